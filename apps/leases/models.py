from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q

from .rules import Plan

NOTED = "noted by workers on the way"
UNHEARD = timedelta(seconds=30)  # a message that nobody took by then is published again

Work = TypeVar("Work", bound="Leased")


class LeasedQuerySet(models.QuerySet[Work]):
    """Leased work, by where its lease stands."""

    def live(self) -> Self:
        """Work whose result is still to come."""
        return self.filter(state__in=self.model.PLAN.live)

    def waiting(self, work_id: UUID, attempt: int) -> Self:
        """The work, if it waits for a worker to make this attempt."""
        return self.filter(pk=work_id, attempt=attempt, state=self.model.PLAN.waiting)

    def leased(self, work_id: UUID, attempt: int) -> Self:
        """The work, if this attempt has its lease."""
        return self.filter(pk=work_id, attempt=attempt, state=self.model.PLAN.working)

    def held(self, work_id: UUID, attempt: int) -> Work | None:
        """The work, locked, while this attempt has its lease; None once another attempt counts or there is a result."""
        return self.leased(work_id, attempt).select_for_update(no_key=True).first()

    def expired(self, now: datetime) -> Self:
        """Work whose worker is gone: it did not end in the time that its lease gave it."""
        return self.filter(state=self.model.PLAN.working, lease_until__lt=now)

    def unheard(self, now: datetime) -> Self:
        """Work that nobody took although its message was sent a while ago."""
        return self.filter(state=self.model.PLAN.waiting, published_at__lt=now - UNHEARD)


class Leased(models.Model):
    """Work for the workers. The row is the truth, a message in the queue only points at it.

    `attempt` is the fence: only the worker that claimed this attempt may end the work. A kind of work adds its PLAN,
    its `state` (a field with choices), `seconds`, `team_path`, a LeasedQuerySet, and `leased_constraints` to its Meta.
    """

    PLAN: ClassVar[Plan]
    team_path: ClassVar[str]  # the lookup that leads from a row to the team it is done for
    person_path: ClassVar[str] = "requested_by"  # and to whoever waits for it
    # Nobody records what workers note for themselves; a kind adds its own notes, and proves what they end in.
    unproved: ClassVar[dict[str, str]] = dict.fromkeys(("state", "attempt", "published_at", "lease_until"), NOTED)

    state: Any
    attempt = models.PositiveSmallIntegerField(default=1)
    published_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @property
    def seconds(self) -> float:
        """How long one attempt may take at most."""
        raise NotImplementedError

    @property
    def queue(self) -> str:
        """Where its messages wait, where that is not the queue of its task."""
        return ""

    @property
    def is_live(self) -> bool:
        """Whether its result is still to come."""
        return self.state in self.PLAN.live


def leased_constraints(plan: Plan, prefix: str) -> list[models.CheckConstraint]:
    """What the database knows of a lease: attempts are counted, and who works has a lease that ends."""
    working = Q(state=plan.working)
    leased = working & Q(lease_until__isnull=False) | ~working & Q(lease_until__isnull=True)
    counted = Q(attempt__gte=1, attempt__lte=plan.attempts)
    return [
        models.CheckConstraint(condition=counted, name=f"{prefix}_attempts"),
        models.CheckConstraint(condition=leased, name=f"{prefix}_leased_while_at_work"),
    ]


def sweep_index(plan: Plan, prefix: str) -> models.Index:
    """What the sweep reads: the few rows whose result is still to come."""
    return models.Index(fields=["state", "lease_until"], condition=Q(state__in=plan.live), name=f"{prefix}_sweep")
