"""Probes, the breakers of their targets, and what runs only while people approve of it."""

import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import OfTeamQuerySet, Team, User, belongs
from apps.core.shown import texts
from apps.leases.models import NOTED
from apps.probes import kinds
from apps.probes.rules import PLACE_LENGTH
from apps.secrets.models import Secret
from apps.zones.models import Zone

SHORTEST_INTERVAL, LONGEST_INTERVAL = 10, 7 * 24 * 3600  # seconds; the clock looks every ten


class Approvable(models.Model):
    """What a kind of probe runs only while people approve of it; KIND is the name of that kind.

    Who approves and how is a floor above: probes ask every model that inherits from this.
    """

    KIND: ClassVar[str]

    class Meta:
        abstract = True

    @classmethod
    def refusal(cls, team: uuid.UUID, digest: str) -> str:
        """Why what has this digest does not run for that team; empty where it does."""
        raise NotImplementedError


class BreakerQuerySet(models.QuerySet["Breaker"]):
    def visible_to(self, user: User) -> "BreakerQuerySet":
        """Those of their teams."""
        return self.filter(belongs(user))


class Breaker(models.Model):
    """The circuit breaker of one target, for the probes of one team.

    After FAILURES answers in a row that did not come the target rests until `rests_until`; then one probe tries, and
    the others wait for it.
    """

    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    target = models.CharField(max_length=PLACE_LENGTH)
    failures = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)

    unproved = {"*": NOTED}
    objects = BreakerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "target"], name="probe_breaker_of_target")]

    def __str__(self) -> str:
        return self.target


class ProbeQuerySet(OfTeamQuerySet["Probe"]):
    def lock_all(self, ids: Iterable[uuid.UUID], *columns: str) -> "list[Probe]":
        """Several probes, with these columns or all of them, locked in one order.

        Whoever orders several runs in one transaction starts with this: ordering locks probe, then stream, and so does
        finishing; a second probe locked after the stream would wait for somebody who waits for the stream.
        """
        return list(self.select_for_update(no_key=True).filter(pk__in=list(ids)).order_by("pk").only(*columns))

    def lock_of(self, run_id: uuid.UUID) -> "Probe":
        """The probe of a run, locked likewise."""
        return self.select_for_update(of=("self",), no_key=True).get(runs=run_id)


class Probe(models.Model):
    """One automated check. `version` grows whenever the probe or its latest run changes, so rows are cached by it.

    zone: whose workers ask, where it is not that of this Keyturn itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    config = models.JSONField()
    secret = models.ForeignKey(Secret, models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    latest_run = models.OneToOneField("Run", models.PROTECT, null=True, related_name="+")
    breaker = models.ForeignKey(Breaker, models.PROTECT, null=True, related_name="probes")
    zone = models.ForeignKey(Zone, models.PROTECT, null=True, related_name="+")
    interval_seconds = models.PositiveIntegerField(null=True)
    expected_by = models.DateTimeField(null=True)  # when the next report has to be there
    scheduled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    scheduled_by_name = models.CharField(max_length=120, blank=True)
    baseline = models.ForeignKey("Run", models.PROTECT, null=True, related_name="+")
    baseline_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    baseline_by_name = models.CharField(max_length=120, blank=True)
    baseline_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    unproved = {
        "version": "outdates rendered rows; says nothing by itself",
        "secret": "what its configuration names, while it may still ask with it",
        "breaker": NOTED,
    }
    objects = ProbeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(interval_seconds__isnull=True, scheduled_by__isnull=True)
                | Q(interval_seconds__gte=SHORTEST_INTERVAL, scheduled_by__isnull=False),
                name="probe_scheduled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(baseline_by__isnull=True, baseline_at__isnull=True)
                | Q(baseline_by__isnull=False, baseline_at__isnull=False),
                name="probe_baseline_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expected_by"], condition=Q(expected_by__isnull=False), name="probe_reported_by_the_clock"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def content(self) -> dict[str, object]:
        """What it asks and expects, in plain values, as a signature covers it."""
        asks = {"kind": self.kind, "config": self.config, "zone": self.zone_id}
        return {"id": str(self.id), "name": self.name} | asks

    @property
    def standing(self) -> dict[str, str]:
        """What pages show of it, to whoever would take it away."""
        return texts(probe=self.content())

    @property
    def compared_with(self) -> dict[str, str]:
        """What pages show of its baseline, to whoever would set another one."""
        return texts(baseline=self.baseline_id)

    @property
    def settings(self) -> kinds.Kind:
        """What is configured, as its kind reads it; raises ValueError if it no longer can."""
        return kinds.settings_of(self.kind, self.config)

    @property
    def is_passive(self) -> bool:
        """Whether nobody asks it, because somebody reports to it."""
        return self.kind in kinds.PASSIVE
