"""Who may sign in by the sign-in service, and link an account to it."""

from django.conf import settings

from apps.accounts.models import User
from apps.core.permissions import ALLOW, Verdict, deny, not_now

from .models import Identity

NONE_HERE = "This Keyturn asks no sign-in service. Whoever runs it sets KEYTURN_OIDC_ISSUER."


def sign_in_by_identity() -> Verdict:
    """Whether there is a service to ask."""
    return ALLOW if settings.KEYTURN_OIDC_ISSUER else not_now(NONE_HERE)


def join_by_identity() -> Verdict:
    """The same; whether the link still works is asked when it is used."""
    return sign_in_by_identity()


def link_identity(by: User, *, linked: bool) -> Verdict:
    """Everybody links their own account, once."""
    if not (may := sign_in_by_identity()):
        return may
    return not_now("Your account is linked already. Unlink it first.") if linked else ALLOW


def unlink_identity(by: User, identity: Identity, *, has_another_way: bool) -> Verdict:
    """Everybody unlinks their own, unless it is their only way in."""
    if identity.person_id != by.pk:
        return deny("Everybody unlinks only their own account.")
    if not has_another_way:
        return not_now("This is your only way in: you have neither a password nor a passkey. Add a passkey first.")
    return ALLOW
