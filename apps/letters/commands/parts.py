"""What commands have in common that have a letter sent."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.accounts.commands.parts import tries_of
from apps.accounts.models import SignInTries, User
from apps.core.permissions import require
from apps.leases import commands as leases
from apps.letters import permissions, rules
from apps.letters.models import Letter
from apps.letters.rules import Kind


def count_asking(address: str, where: str, now: datetime) -> None:
    """Count one letter that is asked for under all its keys, or refuse while one of them waits.

    It counts alike whoever has that address. where: the address of the browser.
    """
    limits = rules.asking_limits(address, where)
    rows = tries_of(limits, now)
    now = timezone.now()  # whoever counted while this waited for the lock did so before
    require(permissions.ask_reset(max(row.waits_until for row in rows.values()), now))
    for key, row in rows.items():
        row.count(now, limits[key], 0)
        if row.tries >= limits[key]:
            row.waits_until = now + rules.PAUSE
    SignInTries.objects.bulk_update(rows.values(), ["tries", "last_at", "waits_until"])


def write(kind: Kind, address: str, *, person: User | None = None, **of: Any) -> Letter:
    """Have a letter sent by the workers; of an invitation its row, and how long its link works."""
    now = timezone.now()
    of.setdefault("ends_at", now + rules.VALID[kind])
    letter = Letter.objects.create(
        kind=kind, address=rules.normal(address), person=person, due_at=now, published_at=now, **of
    )
    leases.publish(letter)
    return letter


def end_links(person: User, kind: Kind) -> None:
    """Earlier letters of that kind to this person carry links that work no more."""
    now = timezone.now()
    Letter.objects.filter(person=person, kind=kind, ends_at__gt=now).update(ends_at=now)
