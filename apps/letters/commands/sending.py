"""Sending letters on the shared leases: tried again with the same Message-ID, dropped, or come back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.states import after
from apps.leases import commands as leases
from apps.leases.models import UNHEARD
from apps.ledger import commands as ledger
from apps.letters import events, rules
from apps.letters.models import LONGEST_REASON, Letter
from apps.letters.rules import Kind
from apps.letters.states import MOVES, State

STOPPED = "The worker that sent it stopped before the server answered."
AWAY = timedelta(seconds=30)


def claim_letter(letter_id: UUID, attempt: int, *, by: ledger.Actor) -> Letter | None:
    """Take a letter that is due; None when it is not, somebody has it, or the attempt is over."""
    now = timezone.now()
    if not Letter.objects.filter(pk=letter_id, due_at__lte=now).exists():
        return None
    return leases.claim(Letter, letter_id, attempt, now=now)


@transaction.atomic
def end_letter(letter: Letter, move: str, *, by: ledger.Actor, people: Sequence[User] = (), reason: str = "") -> None:
    """It was sent, dropped because nothing is left to say, or came back. people: whose links to a password it held.

    Nothing happens where another attempt counts by now.
    """
    held = Letter.objects.held(letter.pk, letter.attempt)
    if held is None:
        return
    held.state = after(MOVES, held.state, move)
    held.lease_until, held.ended_at = None, timezone.now()
    held.reason = reason[:LONGEST_REASON]
    held.save()
    leases.pass_on(held)
    if held.state == State.SENT and held.kind == Kind.RESET:
        for person in people:
            event = events.ResetMailed(person=person.pk, name=person.full_name)
            ledger.record(ledger.INSTANCE, event, by=by)


@transaction.atomic
def put_off_letter(letter_id: UUID, attempt: int, *, reason: str, by: ledger.Actor) -> None:
    """An attempt came to nothing: make the next one after a while, or give up after the last."""
    letter = Letter.objects.held(letter_id, attempt)
    if letter is None:
        return
    due = timezone.now() + rules.pause_after(attempt)
    reason = reason[:LONGEST_REASON]
    if leases.retry(letter, due_at=due, published_at=due - UNHEARD, reason=reason) is None:
        end_letter(letter, "give_up", by=by, reason=reason)


def hold_letters(*, by: ledger.Actor) -> int:
    """The mail server is away: let the other letters wait too; returns how many."""
    until: datetime = timezone.now() + AWAY
    waiting = Letter.objects.filter(state=State.WAITING, due_at__lt=until)
    return waiting.update(due_at=until, published_at=until - UNHEARD)


def sweep_letters(*, by: ledger.Actor) -> int:
    """Publish what is due, release what a dead worker left, forget what anybody typed a day ago; returns how many."""
    long_ago = timezone.now() - rules.FORGOTTEN_AFTER
    Letter.objects.filter(kind=Kind.RESET, created_at__lt=long_ago).delete()
    return leases.sweep(Letter, partial(put_off_letter, reason=STOPPED, by=by))
