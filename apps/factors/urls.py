from django.urls import path

from . import views

app_name = "factors"
urlpatterns = [
    path("account/statement/", views.statement, name="statement"),
    path("sign-in/passkey/ask/", views.ask_passkey, name="ask_passkey"),
    path("sign-in/passkey/", views.sign_in_by_passkey, name="sign_in_by_passkey"),
    path("sign-in/second-step/", views.confirm_sign_in, name="confirm_sign_in"),
    path("account/factors/", views.factors, name="factors"),
    path("account/factors/address/", views.change_address, name="change_address"),
    path("account/factors/codes/", views.add_codes, name="add_codes"),
    path("account/factors/codes/remove/", views.remove_codes, name="remove_codes"),
    path("account/factors/passkeys/add/", views.add_passkey, name="add_passkey"),
    path("account/factors/passkeys/<int:passkey>/remove/", views.remove_passkey, name="remove_passkey"),
    path("account/factors/passkeys/<int:passkey>/name/", views.rename_passkey, name="rename_passkey"),
    path("account/factors/recovery-codes/make/", views.make_recovery_codes, name="make_recovery_codes"),
    path("account/factors/recovery-codes/", views.recovery_codes, name="recovery_codes"),
]
