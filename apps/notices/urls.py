from django.urls import path

from . import views

app_name = "notices"
urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/reach/", views.edit_reach, name="edit_reach"),
    path("inbox/sent/", views.sent, name="sent"),
    path("inbox/follow/", views.follow, name="follow"),
    path("inbox/done/", views.finish_all, name="finish_all"),
    path("inbox/<uuid:notice>/done/", views.finish_notice, name="finish_notice"),
    path("inbox/<uuid:notice>/undo/", views.reopen_notice, name="reopen_notice"),
]
