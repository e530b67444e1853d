from django.urls import path

from . import views

app_name = "sso"
urlpatterns = [
    path("sso/", views.sign_in_by_identity, name="sign_in_by_identity"),
    path("sso/leave/", views.leave, name="leave"),
    path("sso/answer/", views.answer, name="answer"),
    path("join/<str:token>/sso/", views.join_by_identity, name="join_by_identity"),
    path("account/identity/link/", views.link_identity, name="link_identity"),
    path("account/identity/<uuid:identity>/unlink/", views.unlink_identity, name="unlink_identity"),
]
