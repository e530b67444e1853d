from django.urls import path

from . import views

app_name = "programs"
urlpatterns = [
    path("t/<slug:team>/commands/", views.list_commands, name="list"),
    path("t/<slug:team>/commands/propose/", views.propose_command, name="propose_command"),
    path("t/<slug:team>/commands/<uuid:command>/", views.command, name="command"),
    path("t/<slug:team>/commands/<uuid:command>/approve/", views.approve_command, name="approve_command"),
    path("t/<slug:team>/commands/<uuid:command>/withdraw/", views.withdraw_command, name="withdraw_command"),
]
