from django.urls import path

from . import views

app_name = "letters"
urlpatterns = [
    path("sign-in/forgotten/", views.ask_reset, name="ask_reset"),
    path("sign-in/forgotten/asked/", views.reset_asked, name="reset_asked"),
    path("sign-in/forgotten/<str:token>/", views.reset_password, name="reset_password"),
    path("account/address/<str:token>/", views.verify_address, name="verify_address"),
]
