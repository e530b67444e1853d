"""Questions about secrets. None of them reads a value."""

from types import SimpleNamespace
from typing import Any

from django.db.models import F

from apps.accounts.models import Team, User
from apps.core.lists import Sorts, by_name, named_page
from apps.core.shown import fingerprint

from . import keyring, permissions
from .models import Secret, SecretVersion
from .rules import certificates_in

LAST_USED = F("last_used_at").desc(nulls_last=True)
SORTS: Sorts = {
    "name": ("Name", by_name),
    "used": ("Last used", lambda rows: rows.order_by(LAST_USED, "pk")),
    "changed": ("Changed last", lambda rows: rows.order_by("-changed_at", "pk")),
}
MOST_VERSIONS = 25


def users_of(secret: Secret) -> list[str]:
    """The names of what refers to a secret, whatever it is: every foreign key that leads to it counts."""
    return [str(row) for model, key in _references() for row in model._default_manager.filter(**{key: secret})]


def secrets_page(team: Team, viewer: User, **asked: Any) -> dict[str, Any]:
    """The secrets of a team, without their values; asked: as `named_page` takes it, sort is name, used or changed."""
    listed = named_page(Secret.objects.filter(team=team), SORTS, **asked)
    return listed | {"team": team, "may_set": permissions.set_secret(viewer, team)}


def secret_page(secret: Secret, viewer: User) -> dict[str, Any]:
    """One secret: where it may go, who set it when, what uses it, and what the viewer may do."""
    used_by = users_of(secret)
    versions = list(secret.versions.order_by("-number")[:MOST_VERSIONS])
    return {
        "team": secret.team,
        "secret": secret,
        "versions": versions,
        "authorities": list(certificates_in(secret.authorities).values()),
        "used_by": used_by,
        "is_readable": bool(versions) and versions[0].key in _known_keys(),
        "basis": fingerprint(secret.standing),
        "may": SimpleNamespace(
            rotate=permissions.rotate_secret(viewer, secret),
            bind=permissions.bind_secret(viewer, secret),
            remove=permissions.remove_secret(viewer, secret, used_by=used_by),
        ),
    }


def _known_keys() -> set[str]:
    return {key.id for key in keyring.known_keys()}


def _references() -> list[tuple[Any, str]]:
    found: list[Any] = [each for each in Secret._meta.get_fields(include_hidden=True) if each.auto_created]
    return [(each.related_model, each.field.name) for each in found if each.related_model is not SecretVersion]
