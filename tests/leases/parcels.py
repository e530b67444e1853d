"""A third kind of leased work, as small as one can be: a parcel that is sent, or given up with a reason."""

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
    """Where a parcel is."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    GIVEN_UP = "given_up"


PLAN = Plan("tests.leases.send_parcel", waiting=State.WAITING, working=State.SENDING, attempts=2, share=2)
MOVES = PLAN.moves | {"send": ({State.SENDING}, State.SENT), "give_up": ({State.SENDING}, State.GIVEN_UP)}


class Parcel(Leased):
    """One parcel."""

    PLAN: ClassVar = PLAN
    team_path: ClassVar = "team"
    person_path: ClassVar = "sender"
    seconds = 5.0

    team = models.PositiveIntegerField(default=1)
    sender = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)

    objects = LeasedQuerySet.as_manager()

    class Meta:
        app_label = "parcels"
        constraints = [
            *leased_constraints(PLAN, "parcel"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="parcel_state_known"),
        ]
        indexes = [sweep_index(PLAN, "parcel")]

    def __str__(self) -> str:
        return f"parcel {self.pk}"


@transaction.atomic
def end(parcel_id: UUID, attempt: int, move: str) -> Parcel | None:
    """Send it, or give it up, if this attempt still counts."""
    parcel = Parcel.objects.held(parcel_id, attempt)
    if parcel:
        parcel.state, parcel.lease_until = after(MOVES, parcel.state, move), None
        parcel.save()
        leases.pass_on(parcel)
    return parcel


@transaction.atomic
def release(parcel_id: UUID, attempt: int) -> None:
    """Try again, or give up."""
    parcel = Parcel.objects.held(parcel_id, attempt)
    if parcel and not leases.retry(parcel):
        end(parcel_id, attempt, "give_up")


sweep = partial(leases.sweep, Parcel, release)


@shared_task(name=PLAN.task)
def send_parcel(work_id: str, attempt: int) -> None:
    """What a worker would do."""
