"""Reminders of what waits when half and nine tenths of its time are over; at its end somebody else hears of it."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.roles import Capability
from apps.ledger import commands as ledger
from apps.notices import selectors
from apps.notices.models import Enclosure, Notice
from apps.notices.rules import NEEDS, Kind, Word, deadline, spent

from .parts import each_apart, store, tell
from .sending import enclose

STAGES = ((Enclosure.Stage.MOST, 0.9), (Enclosure.Stage.HALF, 0.5))
NOBODY = "Nobody did it in time"


def remind(*, by: ledger.Actor) -> int:
    """Remind of what waits too long, and escalate what nobody did; returns of how many. Safe to repeat."""
    now = timezone.now()
    waiting = Notice.objects.open().filter(kind__in=[*NEEDS], deployment__isnull=False)
    found = waiting.select_related("deployment__emergency").order_by("pk")
    return each_apart(partial(_remind, now=now), [notice.pk for notice in found if _stage(notice, now)])


def _stage(notice: Notice, now: datetime) -> str:
    """Which reminder is due of a notice, if any."""
    share = spent(notice.heard_at, _until(notice), now)
    if share >= 1:
        return "over"
    return next((stage for stage, least in STAGES if share >= least), "")


def _until(notice: Notice) -> datetime:
    """Until when it has to be done; what an emergency owes says so itself."""
    emergency = getattr(notice.deployment, "emergency", None) if notice.kind == Kind.REVIEW else None
    if emergency and emergency.due_at:
        return emergency.due_at
    return deadline(notice.heard_at, notice.deployment.window_start if notice.deployment else None)


@transaction.atomic
def _remind(notice_id: UUID, now: datetime) -> bool:
    """Whether there was something to say that was not said."""
    locked = Notice.objects.open().select_for_update(no_key=True, of=("self",))
    notice = locked.select_related("deployment__emergency", "item").filter(pk=notice_id).first()
    if notice is None:
        return False
    stage = _stage(notice, now)
    if stage == "over":
        return _escalate(notice, now)
    if notice.enclosures.filter(stage=stage).exists():
        return False
    list(User.objects.select_for_update(no_key=True).filter(pk=notice.person_id))
    enclose([notice], Enclosure.Stage(stage))
    return notice.enclosures.filter(stage=stage).exists()


def _escalate(notice: Notice, now: datetime) -> bool:
    """Whoever answers for the deployment hears of it, and who can move it: its release managers, or everybody."""
    facts = selectors.facts_of(notice.deployment_id) if notice.deployment_id else None
    if facts is None:
        return False
    # What an emergency owes concerns everybody of the team, auditors too.
    everybody = notice.kind == Kind.REVIEW
    managers = [member.id for member in facts.people if everybody or member.may(Capability.RELEASE)]
    words = [
        Word(
            person=person,
            kind=Kind.OVERDUE,
            about=notice.about,
            occasion=f"late:{notice.occasion}"[:140],
            path=notice.path,
            subject=notice.subject,
            detail=NOBODY,
            item=notice.item_id,
        )
        for person in facts.present(*facts.answerable(), *managers)
        if person != notice.person_id
    ]
    new = store(selectors.unsaid(words), notice.team_id, at=now, deployment=facts.deployment)
    tell(new)
    return bool(new)
