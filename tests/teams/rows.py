"""Grants as rows that no command stores, right in every field that is not said to be another."""

from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from apps.accounts.models import Grant, Membership, Team, User
from apps.accounts.roles import Role
from apps.teams import commands as teams
from tests.cast import BY_PASSWORD, again

IDENTITY = "known for years"


def grant(team: Team, person: User, role: Role, *, by: User, granted_by: User | None = None, **fields: Any) -> Grant:
    """What `by` asks for somebody, granted at once where it is said by whom; not stored."""
    now = timezone.now()
    granted = (
        {"granted_by": granted_by, "granted_by_name": granted_by.full_name, "granted_at": now} if granted_by else {}
    )
    asked = {"asked_by": by, "asked_by_name": by.full_name, "asked_at": now, "identity": IDENTITY}
    return Grant(**({"team": team, "person": person, "role": role} | asked | granted | fields))


def stored(row: Grant) -> Grant:
    """The same, stored."""
    row.save(force_insert=True)
    return row


def seconded(row: Grant, by: User) -> int:
    """Grant a stored row past every command."""
    granted = {"granted_by": by, "granted_by_name": by.full_name, "granted_at": timezone.now()}
    return Grant.objects.filter(pk=row.pk).update(**granted)


def ended(row: Grant, by: User) -> int:
    """End a stored row past every command."""
    return Grant.objects.filter(pk=row.pk).update(ended_by=by, ended_by_name=by.full_name, ended_at=timezone.now())


def asked(cast: SimpleNamespace, role: Role = Role.REVIEWER, person: User | None = None) -> Grant:
    """What the lead asked for a member of the team, by command; it waits."""
    member = Membership.objects.get(team=cast.team, user=person or cast.member)
    (row,) = teams.ask_role(member, by=again(cast.lead), evidence=BY_PASSWORD, role=role, identity=IDENTITY)
    return row


def held(cast: SimpleNamespace, person: User, role: Role) -> Grant:
    """What somebody holds in the team."""
    return Grant.objects.held().get(team=cast.team, person=person, role=role)
