from django.urls import path

from . import views

app_name = "secrets"
urlpatterns = [
    path("t/<slug:team>/secrets/", views.list_secrets, name="list"),
    path("t/<slug:team>/secrets/set/", views.set_secret, name="set_secret"),
    path("t/<slug:team>/secrets/<uuid:secret>/", views.secret, name="secret"),
    path("t/<slug:team>/secrets/<uuid:secret>/rotate/", views.rotate_secret, name="rotate_secret"),
    path("t/<slug:team>/secrets/<uuid:secret>/bind/", views.bind_secret, name="bind_secret"),
    path("t/<slug:team>/secrets/<uuid:secret>/remove/", views.remove_secret, name="remove_secret"),
]
