"""Storing follow-ups and letting them go, within the command of what leaves them, under its lock, which records them.

Its entry proves the rows that these return.
"""

from datetime import date

from django.utils import timezone

from apps.accounts.models import Team, User
from apps.accounts.roles import Role
from apps.core.errors import WrongState
from apps.core.wording import day
from apps.followups.models import FollowUp, Kind


def store(
    *, by: User, team: Team, stream: str, subject: str, kind: Kind, what: str, owner: User, due_on: date
) -> FollowUp:
    """Store what is to be done after `subject`, "waiver:" and its id in hex; `stream` is the chain that tells of it."""
    require_member(owner, team)
    return FollowUp.objects.create(
        team=team,
        stream=stream,
        subject=subject,
        kind=kind,
        what=what,
        owner=owner,
        owner_name=owner.full_name,
        due_on=due_on,
        raised_by=by,
        raised_by_name=by.full_name,
        raised_at=timezone.now(),
    )


def settle(subject: str, *, by: User, outcome: str) -> list[FollowUp]:
    """Close what is open of a subject that leaves nothing to be done any more, and say why."""
    found = [*FollowUp.objects.open().filter(subject=subject).select_for_update(no_key=True).order_by("pk")]
    for follow_up in found:
        close(follow_up, by=by, outcome=outcome)
    return found


def close(follow_up: FollowUp, *, by: User, outcome: str) -> None:
    """Write down how a locked follow-up ended."""
    follow_up.closed_at, follow_up.closed_by, follow_up.closed_by_name = timezone.now(), by, by.full_name
    follow_up.outcome = outcome
    follow_up.save(update_fields=["closed_at", "closed_by", "closed_by_name", "outcome"])


def require_member(owner: User, team: Team) -> None:
    """Refuse to give a follow-up to somebody outside the team, or who reads only: they could not close it."""
    role = owner.memberships.filter(team=team).values_list("role", flat=True).first()
    if role is None:
        raise WrongState(f"{owner.full_name} is not in {team.name}. Choose somebody who is.")
    if role == Role.AUDITOR:
        raise WrongState(f"{owner.full_name} reads only in {team.name}. Choose somebody who works there.")


def require_day_to_come(due_on: date) -> None:
    """Refuse a day that has passed, in UTC: what is promised until then would be late from the start."""
    if due_on < timezone.now().date():
        raise WrongState(f"{day(due_on)} has passed. Choose today or a later day, in UTC.")
