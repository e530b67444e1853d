"""Sending what is due: put off, tried again and given up on the shared leases.

A mail that the server took is noted at once; where that note is lost, another attempt sends the same mail with the same
Message-ID.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core import mail
from apps.core.clock import Clock, readings
from apps.core.states import after
from apps.leases import commands as leases
from apps.leases.models import UNHEARD
from apps.ledger import commands as ledger
from apps.notices.models import Delivery, Enclosure, Notice, Reach
from apps.notices.models.deliveries import LONGEST_REASON
from apps.notices.rules import Kind, Pace, due_at, pause_after
from apps.notices.states import MOVES, State

STOPPED = "The worker that sent it stopped before the server answered."
SOON = timedelta(seconds=5)  # a delivery that is due within it takes nothing more


def enclose(notices: Iterable[Notice], stage: Enclosure.Stage = Enclosure.Stage.FIRST) -> None:
    """Have some notices mailed to whom they are for, where mail leaves here and as they want it.

    The rows of these people are locked already, so that nobody else opens a delivery for them meanwhile.
    """
    found = list(notices)
    if not found or not mail.is_configured():
        return
    people = User.objects.select_related("reach").in_bulk({notice.person_id for notice in found})
    for notice in found:
        person = people[notice.person_id]
        reach = getattr(person, "reach", None) or Reach(person=person)
        pace = reach.pace_of(notice.kind)
        if pace is not Pace.NEVER and person.email:
            Enclosure.objects.create(delivery=_delivery(notice, person, reach, pace), notice=notice, stage=stage)


def claim_delivery(delivery_id: UUID, attempt: int, *, by: ledger.Actor) -> Delivery | None:
    """Take a delivery that is due; None when it is not, somebody has it, or the attempt is over."""
    now = timezone.now()
    if not Delivery.objects.filter(pk=delivery_id, due_at__lte=now).exists():
        return None
    return leases.claim(Delivery, delivery_id, attempt, now=now)


@transaction.atomic
def end_delivery(
    delivery: Delivery, move: str, *, by: ledger.Actor, subject: str = "", address: str = "", reason: str = ""
) -> None:
    """It was sent, dropped because nothing is left to say, or given up because it would never be taken.

    Nothing happens where another attempt counts by now.
    """
    held = Delivery.objects.held(delivery.pk, delivery.attempt)
    if held is None:
        return
    held.state = after(MOVES, held.state, move)
    held.lease_until, held.ended_at = None, timezone.now()
    held.subject, held.address = subject[:320] or held.subject, address
    held.reason = reason[:LONGEST_REASON]
    held.save()
    leases.pass_on(held)


@transaction.atomic
def put_off(delivery_id: UUID, attempt: int, *, reason: str, by: ledger.Actor) -> None:
    """An attempt came to nothing: make the next one after a while, or give up after the last."""
    delivery = Delivery.objects.held(delivery_id, attempt)
    if delivery is None:
        return
    due = timezone.now() + pause_after(attempt)
    reason = reason[:LONGEST_REASON]
    if leases.retry(delivery, due_at=due, published_at=due - UNHEARD, reason=reason) is None:
        end_delivery(delivery, "give_up", by=by, reason=reason)


def hold_back(*, until: datetime, by: ledger.Actor) -> int:
    """The mail server is away: let the other mails wait too, so that no worker stands before it; returns how many."""
    waiting = Delivery.objects.filter(state=State.WAITING, due_at__lt=until, post=None)
    return waiting.update(due_at=until, published_at=until - UNHEARD)


def sweep_deliveries(*, by: ledger.Actor) -> int:
    """Publish what is due, release what a dead worker left; returns how many. Safe to run twice."""
    return leases.sweep(Delivery, partial(put_off, reason=STOPPED, by=by))


def _delivery(notice: Notice, person: User, reach: Reach, pace: Pace) -> Delivery:
    """The delivery of this person that waits and takes more, or a new one."""
    due = _due(notice, person, reach, pace)
    waiting = Delivery.objects.filter(person=person, team=notice.team_id, state=State.WAITING, attempt=1, pace=pace)
    waiting = waiting.filter(due_at__gt=timezone.now() + SOON, due_at__lte=due).order_by("pk")
    if found := waiting.select_for_update(no_key=True).first():
        return found
    return Delivery.objects.create(
        person=person, team_id=notice.team_id, pace=pace, due_at=due, published_at=due - UNHEARD
    )


def _due(notice: Notice, person: User, reach: Reach, pace: Pace) -> datetime:
    clock = Clock(person.time_zone)
    local = due_at(Kind(notice.kind), pace, clock.local(timezone.now()), quiet=reach.quiet, digest=reach.digest_at)
    found: Sequence[datetime] = readings(local, clock.zone)
    # Where clocks go forward over it, the same hours of UTC later.
    return found[0] if found else local.replace(tzinfo=clock.zone).astimezone(UTC)
