"""Runs of probes, and the series in which they are ordered."""

import uuid
from collections.abc import Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Team, User, belongs
from apps.core.wording import exact, plural, timestamp
from apps.leases.models import NOTED, Leased, LeasedQuerySet, leased_constraints, sweep_index
from apps.ledger import chain
from apps.probes.rules import LONGEST_MS
from apps.probes.states import COMMAND, COMMANDS, FAILURES, FINISHED, MARKS, PLAN, CountsAs, Mark, Standing, State
from apps.zones.models import Zone
from apps.zones.rules import OWN_QUEUES, PROBES

from .probes import Probe


class SeriesQuerySet(models.QuerySet["Series"]):
    def visible_to(self, user: User) -> "SeriesQuerySet":
        """Series of their teams."""
        return self.filter(belongs(user))


class Series(models.Model):
    """Runs that were ordered by one act: who, when, how many; `by_clock` where a schedule ordered them for somebody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    stream = models.CharField(max_length=100)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_by_name = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    size = models.PositiveIntegerField()
    by_clock = models.BooleanField(default=False)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    cancelled_by_name = models.CharField(max_length=120, blank=True)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["stream", "-asked_at"], name="probe_series_of_stream")]

    def __str__(self) -> str:
        return f"{plural(self.size, 'run')} of {exact(self.asked_at)}"


# What a run came to, what its probe counts as since then, and what workers note of it on its way, the attempt first.
RESULT = (
    "value", "unit", "limit", "explanation", "request", "response", "response_digest", "conditions", "software"
)  # fmt: skip
STANDING = ("counts_as", "in_a_row")
WORKED = ("attempt", "state", "published_at", "lease_until", "worker", "started_at")


def of_queue(queue: str) -> Q:
    """The runs whose messages wait in that queue; all of them without one."""
    if not queue:
        return Q()
    if queue == COMMANDS:
        return Q(kind=COMMAND)
    return ~Q(kind=COMMAND) & (Q(zone=None) if queue in OWN_QUEUES else Q(zone=queue))


def ready(now: datetime) -> Q:
    """The runs whose target does not rest; of one that has rested, none while another run tries it."""
    failing = Q(probe__breaker__failures__gte=FAILURES)
    trying = Run.objects.filter(state=PLAN.working, probe__breaker=models.OuterRef("probe__breaker"))
    return ~(failing & (Q(probe__breaker__rests_until__gt=now) | Q(models.Exists(trying))))


class RunQuerySet(LeasedQuerySet["Run"]):
    def visible_to(self, user: User) -> "RunQuerySet":
        """Runs of their teams' probes."""
        return self.filter(belongs(user, "probe__team__memberships"))

    def held_all(self, runs: "Sequence[Run]", state: str = PLAN.working) -> "list[Run]":
        """Those of some runs whose attempts are in that state, locked, in their order: copies as they stand now.

        Only what workers note is read again: what was ordered never changes.
        """
        rows = self.filter(pk__in=[run.pk for run in runs], state=state).order_by("pk")
        found = {row[0]: row[1:] for row in rows.select_for_update(no_key=True).values_list("pk", *WORKED)}
        held = [copy(run) for run in runs if run.pk in found and run.attempt == found[run.pk][0]]
        for run in held:
            run.__dict__ |= dict(zip(WORKED, found[run.pk], strict=True))
        return held


class Run(Leased):
    """One time a probe was asked: the order, the lease of whoever runs it, and in the end its one result.

    `digest` is SHA-256 over `facts()`, empty until there is a result.
    """

    PLAN: ClassVar = PLAN
    team_path: ClassVar = "probe__team"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    probe = models.ForeignKey(Probe, models.PROTECT, related_name="runs")
    series = models.ForeignKey(Series, models.PROTECT, related_name="runs")
    # The latest run of the probe when this one was ordered: it is that again if nobody takes this one.
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    slot = models.DateTimeField(null=True)  # of the schedule that ordered it
    stream = models.CharField(max_length=100)
    item = models.UUIDField()
    kind = models.CharField(max_length=20)
    config = models.JSONField()
    zone = models.ForeignKey(Zone, models.PROTECT, null=True, related_name="+", db_index=False)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_by_name = models.CharField(max_length=120)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()  # by when it has its result, or has none for good
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    worker = models.CharField(max_length=120, blank=True)  # or who reported to a probe that nobody asks
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    value = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    limit = models.CharField(max_length=40, blank=True)
    explanation = models.TextField(blank=True)
    request = models.JSONField(default=dict)
    response = models.JSONField(default=dict)
    conditions = models.JSONField(default=list)
    response_digest = models.CharField(max_length=64, blank=True)
    software = models.CharField(max_length=40, blank=True)  # what asked and judged, with its version
    digest = models.CharField(max_length=64, blank=True)
    # What the probe counts as since this run ended, and how many runs up to it ended alike in a row.
    counts_as = models.CharField(max_length=8, choices=[(each.value, each.value) for each in CountsAs], blank=True)
    in_a_row = models.PositiveIntegerField(default=0)

    # What workers note on the way is proved with the result: `result` covers every column of it.
    unproved = Leased.unproved | dict.fromkeys(("worker", "started_at"), NOTED)
    proved_also = ("result",)
    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="probe_run_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=PLAN.live, finished_at__isnull=True, digest="", counts_as="")
                | Q(state__in=FINISHED, finished_at__isnull=False, in_a_row__gte=1)
                & (Q(started_at__isnull=False) | Q(state=State.LOST))
                & ~Q(digest="")
                & ~Q(counts_as="")
                | Q(state=State.CANCELLED, finished_at__isnull=False, digest="", counts_as=""),
                name="probe_run_finished_with_its_result",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.RUNNING) | Q(started_at__isnull=False), name="probe_run_started"
            ),
            *leased_constraints(PLAN, "probe_run"),
            models.UniqueConstraint(fields=["probe"], condition=Q(state__in=PLAN.live), name="probe_one_live_run"),
            models.UniqueConstraint(fields=["probe", "slot"], name="probe_one_run_of_a_slot"),
        ]
        indexes = [
            models.Index(fields=["probe", "-queued_at"], name="probe_run_history"),
            sweep_index(PLAN, "probe_run"),
        ]

    def __str__(self) -> str:
        return f"{self.probe_id} {self.state}"

    @property
    def queue(self) -> str:
        """Commands have a queue of their own, as has each zone: a worker of no other one runs any of theirs."""
        return COMMANDS if self.kind == COMMAND else self.zone_id or ""

    @property
    def served_by(self) -> str:
        """The queue whose workers ask it."""
        return self.queue or PROBES

    @property
    def seconds(self) -> float:
        """How long it may take, from its configuration."""
        return int(self.config.get("timeout_ms", LONGEST_MS)) / 1000

    @property
    def begins_by(self) -> datetime:
        """When it has to begin at last, to end by its deadline."""
        return self.due_at - timedelta(seconds=self.seconds)

    @property
    def is_finished(self) -> bool:
        """Whether it has its one result."""
        return self.state in FINISHED

    @property
    def standing(self) -> Standing | None:
        """What the probe counts as since this run; None before there is a result."""
        if not self.counts_as:
            return None
        return Standing(CountsAs(self.counts_as), self.state == State.PASSED, self.in_a_row)

    @property
    def mark(self) -> Mark:
        """The mark of its state."""
        return MARKS[State(self.state)]

    @property
    def result(self) -> str:
        """The digest of what it came to, recomputed; empty before there is a result."""
        return self.computed_digest() if self.is_finished else ""

    def facts(self) -> dict[str, Any]:
        """What `digest` covers: the order, what was sent, what came back and what it means; times in milliseconds."""
        covered = ("stream", "kind", "config", "attempt", "worker", *RESULT, *STANDING)
        return {
            "v": 1,
            "run": str(self.id),
            "probe": str(self.probe_id),
            "item": str(self.item),
            "requested_by": str(self.requested_by_id),
            "state": str(self.state),
            **{name: getattr(self, name) for name in covered},
            "queued_at": timestamp(self.queued_at),
            "started_at": timestamp(self.started_at) if self.started_at else None,
            "finished_at": timestamp(self.finished_at) if self.finished_at else None,
            "due_at": timestamp(self.due_at),
            "slot": timestamp(self.slot) if self.slot else None,
            "series": str(self.series_id),
            "zone": self.zone_id,
        }

    def computed_digest(self) -> str:
        """SHA-256 of the RFC 8785 form of `facts()`, lowercase hex."""
        return chain.digest(chain.canonical(self.facts()))
