"""A third kind of leased work, as small as one can be: a letter that is sent, or given up with a reason."""

from functools import partial
from typing import ClassVar
from uuid import UUID

from celery import shared_task
from django.db import models, transaction
from django.db.models import Q, TextChoices

from apps.core.states import after
from apps.leases import commands as leases
from apps.leases.models import Leased, LeasedQuerySet, leased_constraints, sweep_index
from apps.leases.rules import Plan


class State(TextChoices):
    """Where a letter is."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    GIVEN_UP = "given_up"


PLAN = Plan("tests.leases.send_letter", waiting=State.WAITING, working=State.SENDING, attempts=2, share=2)
MOVES = PLAN.moves | {"send": ({State.SENDING}, State.SENT), "give_up": ({State.SENDING}, State.GIVEN_UP)}


class Letter(Leased):
    """One letter."""

    PLAN: ClassVar = PLAN
    team_path: ClassVar = "team"
    person_path: ClassVar = "sender"
    seconds = 5.0

    team = models.PositiveIntegerField(default=1)
    sender = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)

    objects = LeasedQuerySet.as_manager()

    class Meta:
        app_label = "test_letters"
        constraints = [
            *leased_constraints(PLAN, "letter"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="letter_state_known"),
        ]
        indexes = [sweep_index(PLAN, "letter")]

    def __str__(self) -> str:
        return f"letter {self.pk}"


@transaction.atomic
def end(letter_id: UUID, attempt: int, move: str) -> Letter | None:
    """Send it, or give it up, if this attempt still counts."""
    letter = Letter.objects.held(letter_id, attempt)
    if letter:
        letter.state, letter.lease_until = after(MOVES, letter.state, move), None
        letter.save()
        leases.pass_on(letter)
    return letter


@transaction.atomic
def release(letter_id: UUID, attempt: int) -> None:
    """Try again, or give up."""
    letter = Letter.objects.held(letter_id, attempt)
    if letter and not leases.retry(letter):
        end(letter_id, attempt, "give_up")


sweep = partial(leases.sweep, Letter, release)


@shared_task(name=PLAN.task)
def send_letter(work_id: str, attempt: int) -> None:
    """What a worker would do."""
