import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import connections, models
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import OfTeamQuerySet, Team, User
from apps.checklists.models import TemplateVersion
from apps.core.shown import texts
from apps.deployments.states import LIMITS, Limits, Outcome, State
from apps.evidence.models import Stored
from apps.rollback.models import RollbackPlan

LONGEST_TIER = 120
LONGEST_CHANGE = 200


class DeploymentQuerySet(OfTeamQuerySet["Deployment"]):
    def lock(self, pk: uuid.UUID, *also: str) -> "Deployment":
        """The deployment, locked before anything it owns: sign-offs and the stream always come after it.

        also: "team" where nothing but the stream is locked later.
        """
        return self.select_for_update(of=("self", *also), no_key=True).select_related("team").get(pk=pk)

    def hold(self, **which: Any) -> None:
        """Lock the one that `which` finds without reading it, for whoever reads it together with what it owns.

        SQLite has no row locks and needs none: every writing transaction holds the whole database from its start.
        """
        if connections[self.db].features.has_select_for_update:
            list(self.select_for_update(no_key=True).filter(**which).values_list("pk"))


class Deployment(models.Model):
    """One version on its way to one environment, and everything people sign on that way."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="deployments", db_index=False)
    number = models.PositiveIntegerField()
    template_version = models.ForeignKey(TemplateVersion, models.PROTECT, related_name="+")
    service = models.CharField(max_length=100)
    version = models.CharField(max_length=100)
    environment = models.CharField(max_length=60)
    tier = models.CharField(max_length=LONGEST_TIER, blank=True)  # of its version, where that has tiers
    window_start = models.DateTimeField(null=True, blank=True)
    window_end = models.DateTimeField(null=True, blank=True)
    variables = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    # The deployment that it runs again, and what changed since: what that signed may be carried over.
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="reruns")
    change = models.CharField(max_length=LONGEST_CHANGE, blank=True)
    closing_reason = models.TextField(blank=True)
    rollback_plan = models.OneToOneField(RollbackPlan, models.PROTECT, related_name="deployment")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_by_name = models.CharField(max_length=120, blank=True)
    closed_at = models.DateTimeField(null=True)

    shown = ("team_id", "state")  # who judges when keys were turned goes by it
    stored: ClassVar = Stored("template_version__size")  # whose texts it copied
    objects = DeploymentQuerySet.as_manager()

    # Only on rows from selectors.with_probe_versions: the sum of its probes' versions.
    probe_versions: int

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "number"], name="deployment_one_per_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="deployment_numbered_from_one"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="deployment_state_known"),
            models.CheckConstraint(condition=Q(outcome__in=["", *Outcome.values]), name="deployment_outcome_known"),
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, closed_at__isnull=False, closed_by__isnull=False) & ~Q(outcome="")
                | ~Q(state=State.CLOSED) & Q(closed_at__isnull=True, closed_by__isnull=True, outcome=""),
                name="deployment_closed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True, change="") | Q(parent__isnull=False) & ~Q(change=""),
                name="deployment_rerun_for_a_change",
            ),
            models.CheckConstraint(
                condition=Q(window_start__isnull=True)
                | Q(window_end__isnull=True)
                | Q(window_end__gt=models.F("window_start")),
                name="deployment_window_has_length",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.version} → {self.environment}"

    @property
    def code(self) -> str:
        """What people call it: PAY-3."""
        return f"{self.team.code}-{self.number}"

    @property
    def values(self) -> dict[str, str]:
        """What stands in the blanks of its checklist, by their names."""
        return {
            **self.variables,
            "version": self.version,
            "environment": self.environment,
            "service": self.service,
        }

    @property
    def limits(self) -> Limits:
        """What cannot be done while it is in its state, and why."""
        return LIMITS[State(self.state)]

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.limits.is_over

    @property
    def standing(self) -> dict[str, str]:
        """What its pages show of it, to whoever would end it."""
        return texts(state=self.state)

    @property
    def judged_at(self) -> datetime:
        """The moment for which its verdict stands: now, or when it ended."""
        return self.closed_at or timezone.now()

    @property
    def takes_keys(self) -> bool:
        """Whether keys can be turned."""
        return not self.limits.keys

    @property
    def stream(self) -> str:
        """Its chain in the ledger."""
        return f"deployment/{self.id}"


class Section(models.Model):
    """A part of the checklist, in the template's order."""

    deployment = models.ForeignKey(Deployment, models.PROTECT, related_name="sections", db_index=False)
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=50, blank=True)  # what its template calls it in every version
    title = models.CharField(max_length=200)
    parent = models.CharField(max_length=200, blank=True)
    guidance = models.TextField(blank=True)
    commands = models.JSONField(default=list)
    checklist_version = models.PositiveIntegerField(default=1)  # the number of the version that it quotes

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deployment", "position"], name="deployment_section_position")]

    def __str__(self) -> str:
        return self.title
