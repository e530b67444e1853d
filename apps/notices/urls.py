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
    path("t/<slug:team>/webhooks/", views.webhooks, name="webhooks"),
    path("t/<slug:team>/webhooks/make/", views.make_webhook, name="make_webhook"),
    path("t/<slug:team>/webhooks/<uuid:webhook>/", views.webhook, name="webhook"),
    path("t/<slug:team>/webhooks/<uuid:webhook>/remove/", views.remove_webhook, name="remove_webhook"),
]
