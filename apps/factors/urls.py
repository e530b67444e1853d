"""Addresses of what people prove themselves by."""

from django.urls import path

from . import views

app_name = "factors"
urlpatterns = [
    path("account/statement/", views.statement, name="statement"),
]
