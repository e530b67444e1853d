"""What commands have in common that change how somebody gets in, also those of factors."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Case, F, When
from django.utils import timezone

from apps.accounts import permissions
from apps.accounts.models import OpenSession, SignInTries, User
from apps.accounts.rules import SUSPENSION, Suspension
from apps.core.permissions import require
from apps.live import publish as live


def suspend_signing(person: User, why: Suspension) -> User:
    """Let them sign nothing for 24 hours, within the command of what changed, whose entry proves the person.

    The caller holds the person locked. A suspension that ends later stays.
    """
    until = timezone.now() + SUSPENSION
    person.signing_suspended_until = max(until, person.signing_suspended_until or until)
    person.signing_suspended_for = why
    person.save(update_fields=["signing_suspended_until", "signing_suspended_for"])
    live.announce(live.PEOPLE)
    return person


def end_sessions(person: User, *, but: str = "") -> int:
    """End every session of somebody but the one of that key, and return how many: they stop with their next click."""
    ended = [*OpenSession.objects.filter(person=person).exclude(session_key=but)]
    Session.objects.filter(session_key__in=[each.session_key for each in ended]).delete()
    OpenSession.objects.filter(pk__in=[each.pk for each in ended]).delete()
    return len(ended)


@transaction.atomic
def count_try(here: str, everywhere: str = "") -> tuple[int, int]:
    """Count one try before it is looked at, or refuse while it waits; returns the tries and the seconds to wait.

    here, everywhere: what tries from this network are counted under, and those from all. Where one was right before,
    only those from here count: somebody who guesses from elsewhere keeps nobody out.
    """
    now = timezone.now()
    rows = tries_of([key for key in (here, everywhere) if key], now)
    counted = [rows[here]] if rows[here].was_right else [*rows.values()]
    require(permissions.sign_in(max(row.waits_until for row in counted), now))
    for row in counted:
        row.count(now)
        row.save()
    return rows[here].tries, int((max(row.waits_until for row in counted) - now).total_seconds())


def forget_tries(here: str, everywhere: str = "") -> None:
    """Begin to count anew after a right one."""
    found = SignInTries.objects.filter(key__in=[here, everywhere])
    found.update(tries=0, waits_until=F("last_at"), was_right=Case(When(key=here, then=True), default=False))


def tries_of(keys: Collection[str], now: datetime) -> dict[str, SignInTries]:
    """The counters of these keys, locked, by key; new ones begin now."""
    fresh = [SignInTries(key=key, last_at=now, waits_until=now) for key in sorted(keys)]
    SignInTries.objects.bulk_create(fresh, ignore_conflicts=True)
    return {row.key: row for row in SignInTries.objects.lock(keys)}
