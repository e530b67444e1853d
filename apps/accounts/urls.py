from django.urls import path

from . import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("become/", views.become, name="become"),
    path("start/<str:token>/", views.create_first_team, name="create_first_team"),
    path("join/<str:token>/", views.accept_invitation, name="accept_invitation"),
    path("account/", views.account, name="account"),
    path("account/name/", views.rename_person, name="rename_person"),
    path("account/password/", views.change_password, name="change_password"),
    path("teams/new/", views.create_team, name="create_team"),
    path("t/<slug:team>/people/", views.people, name="people"),
    path("t/<slug:team>/people/invited/", views.invited, name="invited"),
    path("t/<slug:team>/people/invite/", views.invite_person, name="invite_person"),
    path(
        "t/<slug:team>/people/invitations/<uuid:invitation>/revoke/", views.revoke_invitation, name="revoke_invitation"
    ),
    path("t/<slug:team>/people/team/", views.edit_team, name="edit_team"),
    path("t/<slug:team>/people/<uuid:person>/role/", views.change_role, name="change_role"),
    path("t/<slug:team>/people/<uuid:person>/remove/", views.remove_member, name="remove_member"),
]
