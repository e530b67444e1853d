"""Giving follow-ups to others, moving their day, and closing them; also after the deployment has ended."""

from datetime import date
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.permissions import require
from apps.core.shown import require_same, require_unchanged, texts
from apps.followups import permissions
from apps.followups.events import FollowUpChanged, FollowUpClosed
from apps.followups.models import FollowUp
from apps.ledger import commands as ledger

from . import parts


@transaction.atomic
def change_follow_up(follow_up: FollowUp, *, by: User, owner: User, due_on: date, shown: str | None = None) -> FollowUp:
    """Give a follow-up to `owner` until `due_on`, a day in UTC, unless that changed since it was `shown`."""
    follow_up = FollowUp.objects.lock(follow_up.pk)
    require(permissions.change_follow_up(by, follow_up))
    require_unchanged(shown, follow_up.terms, texts(owner=owner.full_name, due_on=due_on))
    before = (follow_up.owner_id, follow_up.owner_name, follow_up.due_on)
    if (follow_up.owner_id, follow_up.due_on) == (owner.pk, due_on):
        return follow_up
    if follow_up.owner_id != owner.pk:
        parts.require_member(owner, follow_up.team)
        follow_up.owner, follow_up.owner_name = owner, owner.full_name
    if follow_up.due_on != due_on:
        parts.require_day_to_come(due_on)
        follow_up.due_on = due_on
    follow_up.save(update_fields=["owner", "owner_name", "due_on"])
    ledger.record(follow_up.stream, _changed(follow_up, *before), by=by, rows=[follow_up])
    return follow_up


def _changed(follow_up: FollowUp, owner_before: UUID, name_before: str, due_before: date) -> FollowUpChanged:
    return FollowUpChanged(
        follow_up=follow_up.id,
        owner=follow_up.owner_id,
        due_on=follow_up.due_on.isoformat(),
        owner_before=owner_before,
        due_before=due_before.isoformat(),
        what=follow_up.what,
        owner_name=follow_up.owner_name,
        owner_name_before=name_before,
    )


@transaction.atomic
def close_follow_up(follow_up: FollowUp, *, by: User, outcome: str, shown: str | None = None) -> FollowUp:
    """Close a follow-up with what was done, unless it stands otherwise than was `shown`."""
    follow_up = FollowUp.objects.lock(follow_up.pk)
    require(permissions.close_follow_up(by, follow_up))
    require_same(shown, follow_up.standing, "close it")
    parts.close(follow_up, by=by, outcome=outcome)
    closed = FollowUpClosed(follow_up=follow_up.id, what=follow_up.what, outcome=outcome)
    ledger.record(follow_up.stream, closed, by=by, rows=[follow_up])
    return follow_up
