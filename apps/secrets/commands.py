"""Secrets of teams. Locks are taken in one order: the secret, the team, the ledger's stream."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.errors import Refusal, WrongState
from apps.core.permissions import require
from apps.core.shown import id_of_intent, require_same, require_unchanged
from apps.ledger import commands as ledger

from . import events, keyring, permissions, selectors
from .models import Secret, SecretVersion
from .rules import Destination, SecretValue, authorities_of, bindings_of, fingerprints, why_no_name, why_no_value

NOTE_AGAIN = timedelta(minutes=1)  # two uses within it are noted as one


@transaction.atomic
def set_secret(
    team: Team,
    *,
    by: User,
    name: str,
    value: str,
    bindings: Iterable[str],
    authorities: str = "",
    intent: UUID | None = None,
) -> Secret:
    """Give a team a secret that may be sent to `bindings`, and nowhere else. One intent makes one.

    authorities: whose certificates may vouch for these hosts beside the usual ones, in PEM form.
    """
    team = Team.objects.lock(team.pk)
    require(permissions.set_secret(by, team))
    pk = id_of_intent(intent, team.pk, by.pk, name)
    if known := Secret.objects.filter(pk=pk).first():
        return known
    _require_good(why_no_name(name))
    bound = _bound(bindings, authorities)
    try:
        with transaction.atomic():
            secret = Secret.objects.create(id=pk, team=team, name=name, changed_at=timezone.now(), **bound)
    except IntegrityError:
        raise WrongState(f"The team has a secret called “{name}” already. Open it to give it a new value.") from None
    version = _store(secret, value, by)
    event = events.SecretSet(team=team.pk, secret=secret.pk, name=name, **_as_recorded(secret))
    ledger.record(ledger.INSTANCE, event, by=by, rows=[secret, version])
    return secret


@transaction.atomic
def rotate_secret(secret: Secret, *, by: User, value: str, shown: str | None = None) -> Secret:
    """Give it a new value, which counts from the next use on, unless it is another than was `shown`.

    The value before is destroyed: nobody could read it, and what is not there is not stolen.
    """
    secret = Secret.objects.lock(secret.pk)
    require(permissions.rotate_secret(by, secret))
    require_same(shown, secret.standing, "set the value")
    secret.version, secret.changed_at = secret.version + 1, timezone.now()
    secret.save(update_fields=["version", "changed_at"])
    version = _store(secret, value, by)
    secret.versions.exclude(pk=version.pk).exclude(ciphertext=b"").update(ciphertext=b"", key="")
    event = events.SecretRotated(team=secret.team_id, secret=secret.pk, version=version.number, name=secret.name)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[secret, version])
    return secret


@transaction.atomic
def bind_secret(
    secret: Secret, *, by: User, bindings: Iterable[str], authorities: str = "", shown: str | None = None
) -> Secret:
    """Say where it may be sent from now on, and who may vouch for that, unless somebody said so after `shown`."""
    secret = Secret.objects.lock(secret.pk)
    require(permissions.bind_secret(by, secret))
    before, now = secret.bound, _bound(bindings, authorities)
    secret.bindings, secret.authorities = now["bindings"], now["authorities"]
    require_unchanged(shown, before, secret.bound)
    if secret.bound == before:
        return secret
    secret.changed_at = timezone.now()
    secret.save(update_fields=["bindings", "authorities", "changed_at"])
    event = events.SecretBound(team=secret.team_id, secret=secret.pk, name=secret.name, **_as_recorded(secret))
    ledger.record(ledger.INSTANCE, event, by=by, rows=[secret])
    return secret


@transaction.atomic
def remove_secret(secret: Secret, *, by: User, shown: str | None = None) -> None:
    """Destroy it with all its versions, unless something uses it or it is another than was `shown`."""
    secret = Secret.objects.select_for_update().get(pk=secret.pk)
    require(permissions.remove_secret(by, secret, used_by=selectors.users_of(secret)))
    require_same(shown, secret.standing, "remove it")
    event = events.SecretRemoved(team=secret.team_id, secret=secret.pk, name=secret.name)
    ledger.record(ledger.INSTANCE, event, by=by, removed=[secret, *secret.versions.all()])
    secret.delete()


def release(
    team_id: UUID,
    name: str,
    *,
    by: ledger.Actor,
    to: Destination,
    proven_by: Destination | None = None,
    authorities: str = "",
) -> SecretValue:
    """The value of a team's secret, for the one host that it is about to be sent to. Notes the use.

    proven_by: who proves by TLS to be there, where that is another name; the secret has to be bound to it as well.
    authorities: whose certificates vouch for that in place of the usual ones, in PEM form; the secret has to name them.
    The only way out. Refuses an unknown secret, a host that it is not bound to, and one that cannot be decrypted.
    """
    found = SecretVersion.objects.select_related("secret").filter(secret__team=team_id, secret__name=name)
    newest = found.filter(number=F("secret__version")).first()
    if newest is None:
        raise Refusal(f"The team has no secret called “{name}”. An admin of the team sets it.")
    secret = newest.secret
    _require_good(secret.refusal((to, proven_by or to), authorities))
    value = keyring.decrypt(bytes(newest.ciphertext), newest.key, belongs_to=_owner(secret, newest.number))
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTE_AGAIN)
    Secret.objects.filter(stale, pk=secret.pk).update(last_used_at=now, last_used_for=f"{to.scheme}://{to.host}"[:300])
    return SecretValue(value)


@transaction.atomic
def encrypt_again(*, by: ledger.Actor, most: int) -> tuple[int, int]:
    """Encrypt up to `most` secrets with the first key that another one encrypts: (how many, of them no key is here).

    Each call is whole in itself: whoever breaks off between two, or starts it twice, loses nothing.
    """
    ring = {key.id: place for place, key in enumerate(keyring.known_keys())}
    if not ring:
        raise keyring.NoKey(f"There is no key to encrypt with. Name the new one first in {keyring.SETTING}.")
    first = next(iter(ring))
    old = SecretVersion.objects.exclude(ciphertext=b"").exclude(key=first)
    readable = old.filter(key__in=ring).select_for_update(of=("self",), no_key=True).select_related("secret")
    versions = list(readable.order_by("pk")[:most])
    for version in versions:
        owner = _owner(version.secret, version.number)
        value = keyring.decrypt(bytes(version.ciphertext), version.key, belongs_to=owner)
        version.ciphertext, version.key = keyring.encrypt(value, belongs_to=owner)
        version.save(update_fields=["ciphertext", "key"])
    if versions:
        event = events.SecretsEncryptedAgain(count=len(versions), key=first)
        ledger.record(ledger.INSTANCE, event, by=by, rows=versions)
    return len(versions), old.exclude(key__in=ring).count()


def _store(secret: Secret, value: str, by: User) -> SecretVersion:
    _require_good(why_no_value(value))
    ciphertext, key = keyring.encrypt(value, belongs_to=_owner(secret, secret.version))
    return SecretVersion.objects.create(
        secret=secret,
        number=secret.version,
        set_by=by,
        set_by_name=by.full_name,
        set_at=secret.changed_at,
        ciphertext=ciphertext,
        key=key,
    )


def _owner(secret: Secret, version: int) -> bytes:
    return keyring.owner_bytes(secret.pk, secret.team_id, secret.name, version)


def _bound(lines: Iterable[str], authorities: str) -> dict[str, Any]:
    """Where a secret may go, as its columns hold it."""
    try:
        return {"bindings": bindings_of(lines), "authorities": authorities_of(authorities)}
    except ValueError as error:
        raise Refusal(str(error)) from error


def _as_recorded(secret: Secret) -> dict[str, list[str]]:
    return {"bindings": secret.bindings, "authorities": fingerprints(secret.authorities)}


def _require_good(problem: str) -> None:
    if problem:
        raise Refusal(problem)
