"""What pages show of single sign-on."""

from typing import Any

from apps.accounts.models import User
from apps.accounts.selectors.pages import sso_name

from . import permissions
from .models import Identity


def identity_of(person: User) -> Identity | None:
    """Who somebody is at the sign-in service, if their account is linked."""
    return Identity.objects.filter(person=person).first()


def link_page(person: User) -> dict[str, Any]:
    """Whether an account is linked, and whether it may be."""
    identity = identity_of(person)
    may_link = permissions.link_identity(person, linked=identity is not None)
    return {"identity": identity, "may_link": may_link, "sso": sso_name()}
