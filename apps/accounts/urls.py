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
    path("account/sessions/end/", views.end_other_sessions, name="end_other_sessions"),
    path("account/sessions/<uuid:session>/end/", views.end_session, name="end_session"),
    path("teams/new/", views.create_team, name="create_team"),
]
