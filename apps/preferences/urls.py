from django.urls import path

from . import views

app_name = "preferences"
urlpatterns = [path("account/preferences/", views.edit_preferences, name="edit_preferences")]
