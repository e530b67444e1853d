"""Roles beside a membership: begun and ended within the command that says why, under the team's lock.

Its entry proves the rows that these return.
"""

from collections.abc import Collection, Iterable
from typing import TypeVar

from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import Delegation, Grant, Team, User
from apps.accounts.roles import GRANTED

E = TypeVar("E", bound=Grant | Delegation)
AT_SET_UP = "at the beginning of the team"


def ask(team: Team, person: User, roles: Iterable[str], *, by: User, identity: str, at_once: bool) -> list[Grant]:
    """Store that an admin asks for roles for a member; where it is `at_once`, they are granted by that."""
    now = timezone.now()
    asked = {"asked_by": by, "asked_by_name": by.full_name, "asked_at": now}
    granted = {"granted_by": by, "granted_by_name": by.full_name, "granted_at": now} if at_once else {}
    return [
        Grant.objects.create(team=team, person=person, role=role, identity=identity, **asked, **granted)
        for role in roles
    ]


def set_up(team: Team, person: User, *, by: User, but: Collection[str] = (), identity: str = AT_SET_UP) -> list[Grant]:
    """Every role `but` some, for whoever begins a team, and for the one other admin that they name alone."""
    roles = [role for role in GRANTED if role not in but]
    return ask(team, person, roles, by=by, identity=identity, at_once=True)


def end(rows: Iterable[E], *, by: User) -> list[E]:
    """End locked grants or delegations: what was asked for is declined, what holds counts no more."""
    ended = [*rows]
    for row in ended:
        row.ended_by, row.ended_by_name, row.ended_at = by, by.full_name, timezone.now()
        row.save(update_fields=["ended_by", "ended_by_name", "ended_at"])
    return ended


def end_all(team: Team, person: User, *, by: User) -> list[Model]:
    """End everything that was asked for or granted to somebody in a team, whose membership the caller locked.

    Who they stand in for, or stands in for them, ends too. Whoever signs locks the membership first, then the grant
    (signoff.guards).
    """
    delegations = Delegation.objects.open(timezone.now()).filter(team=team).of(person)
    ended = end(Grant.objects.standing().filter(team=team, person=person).order_by("pk"), by=by)
    return [*ended, *end(delegations.order_by("pk"), by=by)]
