from django.urls import path

from . import views

app_name = "zones"
urlpatterns = [
    path("zones/", views.list_zones, name="list"),
    path("zones/create/", views.create_zone, name="create_zone"),
    path("zones/of/<slug:zone>/", views.zone, name="zone"),
    path("zones/of/<slug:zone>/edit/", views.edit_zone, name="edit_zone"),
    path("zones/of/<slug:zone>/widen/", views.propose_widening, name="propose_widening"),
    path("zones/of/<slug:zone>/<uuid:widening>/confirm/", views.confirm_widening, name="confirm_widening"),
    path("zones/of/<slug:zone>/<uuid:widening>/end/", views.end_widening, name="end_widening"),
]
