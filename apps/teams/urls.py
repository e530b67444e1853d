from django.urls import path

from . import views

app_name = "teams"
urlpatterns = [
    path("roles/", views.asked, name="asked"),
    path("t/<slug:team>/people/", views.people, name="people"),
    path("t/<slug:team>/people/invited/", views.invited, name="invited"),
    path("t/<slug:team>/people/invite/", views.invite_person, name="invite_person"),
    path(
        "t/<slug:team>/people/invitations/<uuid:invitation>/revoke/", views.revoke_invitation, name="revoke_invitation"
    ),
    path("t/<slug:team>/people/team/", views.edit_team, name="edit_team"),
    path("t/<slug:team>/people/delegate/", views.delegate, name="delegate"),
    path(
        "t/<slug:team>/people/delegations/<uuid:delegation>/accept/", views.accept_delegation, name="accept_delegation"
    ),
    path("t/<slug:team>/people/delegations/<uuid:delegation>/end/", views.end_delegation, name="end_delegation"),
    path("t/<slug:team>/people/<uuid:person>/", views.member, name="member"),
    path("t/<slug:team>/people/<uuid:person>/role/", views.change_role, name="change_role"),
    path("t/<slug:team>/people/<uuid:person>/remove/", views.remove_member, name="remove_member"),
    path("t/<slug:team>/people/<uuid:person>/roles/", views.ask_role, name="ask_role"),
    path("t/<slug:team>/people/roles/<uuid:grant>/grant/", views.grant_role, name="grant_role"),
    path("t/<slug:team>/people/roles/<uuid:grant>/end/", views.end_role, name="end_role"),
]
