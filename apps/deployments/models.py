import uuid
from dataclasses import dataclass
from typing import Any

from django.db import connections, models
from django.db.models import Q

from apps.accounts.models import Team, User
from apps.checklists.models import TemplateVersion
from apps.evidence.models import Evidence
from apps.probes.models import Probe, Run
from apps.probes.states import State as ProbeState
from apps.rollback.models import RollbackPlan
from apps.signoff.models import SignOff
from apps.signoff.rules import REJECTED

from . import rules
from .states import LIMITS, Answer, ItemState, Limits, Outcome, State


class DeploymentQuerySet(models.QuerySet["Deployment"]):
    def visible_to(self, user: User) -> "DeploymentQuerySet":
        """The deployments of her teams."""
        return self.filter(team__memberships__user=user)

    def lock(self, pk: uuid.UUID) -> "Deployment":
        """The deployment, locked before anything it owns: sign-offs and the stream always come after it."""
        return self.select_for_update(of=("self",)).select_related("team").get(pk=pk)

    def hold(self, **which: Any) -> None:
        """Lock the one that `which` finds without reading it, for whoever reads it together with what it owns.

        SQLite has no row locks and needs none: every writing transaction holds the whole database from its start.
        """
        if connections[self.db].features.has_select_for_update:
            list(self.select_for_update().filter(**which).values_list("pk"))


class Deployment(models.Model):
    """One version on its way to one environment, and everything people sign on that way."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="deployments")
    number = models.PositiveIntegerField()
    template_version = models.ForeignKey(TemplateVersion, models.PROTECT, related_name="+")
    service = models.CharField(max_length=100)
    version = models.CharField(max_length=100)
    environment = models.CharField(max_length=60)
    window_start = models.DateTimeField(null=True, blank=True)
    window_end = models.DateTimeField(null=True, blank=True)
    variables = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    closing_reason = models.TextField(blank=True)
    rollback_plan = models.OneToOneField(RollbackPlan, models.PROTECT, related_name="deployment")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

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
    def takes_keys(self) -> bool:
        """Whether keys can be turned."""
        return not self.limits.keys

    @property
    def stream(self) -> str:
        """Its chain in the ledger."""
        return f"deployment/{self.id}"


class Section(models.Model):
    """A part of the checklist, in the template's order."""

    deployment = models.ForeignKey(Deployment, models.PROTECT, related_name="sections")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    parent = models.CharField(max_length=200, blank=True)
    guidance = models.TextField(blank=True)
    commands = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deployment", "position"], name="deployment_section_position")]

    def __str__(self) -> str:
        return self.title


@dataclass(frozen=True)
class Address:
    """Where an item is found without having been read: its team, its deployment's number, its own number."""

    team: uuid.UUID
    deployment: int
    number: int


class ItemQuerySet(models.QuerySet["Item"]):
    def visible_to(self, user: User) -> "ItemQuerySet":
        """The items of her teams' deployments."""
        return self.filter(deployment__team__memberships__user=user)

    def for_signing(self) -> "ItemQuerySet":
        """What commands, permissions and digests read but the probe, which few items have."""
        return self.select_related("deployment", "sign_off").prefetch_related(
            "sign_off__signatures",
            "sign_off__contributions",
            "attachments__evidence",
            "waivers__sign_off__signatures",
        )

    def with_everything(self) -> "ItemQuerySet":
        """All that rows, pages, permissions and digests read, in a fixed number of queries."""
        return self.select_related(
            "deployment__team", "section", "owner", "sign_off", "probe__latest_run", "pinned_run"
        ).prefetch_related(
            "sign_off__signatures",
            "sign_off__contributions",
            "sign_off__revisions",
            "sign_off__rejections",
            "attachments__evidence__added_by",
            "waivers__sign_off__signatures",
            "waivers__sign_off__contributions",
            "waivers__sign_off__rejections",
            "waivers__requested_by",
        )


class Item(models.Model):
    """One line of the checklist: what to do, who does it, and whether two people said it is done."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deployment = models.ForeignKey(Deployment, models.PROTECT, related_name="items")
    section = models.ForeignKey(Section, models.PROTECT, related_name="items")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    commands = models.JSONField(default=list)
    fill_ins = models.JSONField(default=list)
    result = models.TextField(blank=True)
    critical = models.BooleanField(default=False)
    keys = models.PositiveSmallIntegerField(default=2)
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="owned_items")
    sign_off = models.OneToOneField(SignOff, models.PROTECT, related_name="item")
    probe = models.OneToOneField(Probe, models.PROTECT, null=True, related_name="item")
    pinned_run = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+")
    # Bumped with every change that a row shows, so that rendered rows can be kept.
    version = models.PositiveIntegerField(default=1)

    objects = ItemQuerySet.as_manager()

    _prefetched_objects_cache: dict[str, Any]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deployment", "number"], name="item_one_per_number"),
            models.CheckConstraint(condition=Q(keys__gte=1, keys__lte=4), name="item_one_to_four_keys"),
            models.CheckConstraint(condition=Q(critical=False) | Q(keys__gte=2), name="item_critical_needs_two"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    @property
    def evidence(self) -> "list[Evidence]":
        """What is attached now, in order; reads prefetched attachments."""
        return [a.evidence for a in sorted(self.attachments.all(), key=lambda a: a.position) if not a.removed_at]

    @property
    def waiver(self) -> "Waiver | None":
        """The waiver that is asked for or holds; reads prefetched waivers."""
        return next((w for w in self.waivers.all() if w.ended_at is None), None)

    @property
    def is_waived(self) -> bool:
        """Whether an approved waiver lets it through."""
        return self.waiver is not None and self.waiver.sign_off.is_settled

    @property
    def open_fill_ins(self) -> list[str]:
        """Labels of the blanks nobody filled."""
        return [fill["label"] for fill in self.fill_ins if not fill["value"].strip()]

    def content(self, *, pinned: Run | None) -> dict[str, object]:
        """What a signature covers, with `pinned` as the probe run that goes with it."""
        return rules.item_content(
            deployment=str(self.deployment.id),
            version=self.deployment.version,
            environment=self.deployment.environment,
            item=str(self.id),
            number=self.number,
            title=self.title,
            text=self.text,
            commands=self.commands,
            critical=self.critical,
            keys=self.keys,
            result=self.result,
            fill_ins=self.fill_ins,
            evidence=[evidence.sha256 for evidence in self.evidence],
            probe_run=pinned.digest if pinned else "",
        )

    @property
    def run_to_pin(self) -> Run | None:
        """The probe run a signature covers now: the pinned one once a key is turned, the latest before."""
        if self.sign_off.turned:
            return self.pinned_run
        latest = self.probe.latest_run if self.probe else None
        return latest if latest and latest.digest else None

    @property
    def facts(self) -> rules.ItemFacts:
        """What decides how it stands; reads prefetched rows, rejections and revisions included."""
        latest = self.probe.latest_run if self.probe else None
        return rules.ItemFacts(
            turned=len(self.sign_off.turned),
            required=self.sign_off.required,
            fall=self.last_fall,
            waived=self.is_waived,
            waiver_asked=self.waiver is not None and not self.is_waived,
            has_probe=self.probe is not None,
            probe=ProbeState(latest.state) if latest else None,
            probe_explanation=latest.explanation if latest else "",
        )

    @property
    def state(self) -> ItemState:
        """How it stands."""
        return rules.item_state(self.facts)

    @property
    def last_fall(self) -> rules.Fall | None:
        """What made keys fall out last, if anything did."""
        if self.sign_off.revision == 1:
            return None
        changes = [(r.number, r.why) for r in self.sign_off.revisions.all() if r.fell and r.why != REJECTED]
        return rules.last_fall(changes, [(r.revision, r.reason) for r in self.sign_off.rejections.all()])


class Attachment(models.Model):
    """One piece of evidence laid before one item; taken away it stays on record."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="attachments")
    evidence = models.OneToOneField(Evidence, models.PROTECT, related_name="attachment")
    position = models.PositiveSmallIntegerField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="attachment_position"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="attachment_removed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evidence} on {self.item}"


class Waiver(models.Model):
    """Not done, and we go anyway: why, and who besides the requester agrees."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="waivers")
    justification = models.TextField()
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    sign_off = models.OneToOneField(SignOff, models.PROTECT, related_name="waiver")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item"], condition=Q(ended_at=None), name="waiver_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ended_why="")
                | Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_why=""),
                name="waiver_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"waiver of {self.item}"

    def content(self) -> dict[str, object]:
        """What an approval covers."""
        return rules.waiver_content(
            item=str(self.item.id),
            title=self.item.title,
            text=self.item.text,
            critical=self.item.critical,
            justification=self.justification,
        )


class Sheet(models.Model):
    """The sign-off sheet: eight lines, two signatures, and the deployment closes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deployment = models.OneToOneField(Deployment, models.PROTECT, related_name="sheet")
    version_deployed = models.CharField(max_length=100)
    issues = models.TextField(blank=True)
    resolution = models.TextField(blank=True)
    answer = models.CharField(max_length=8, choices=Answer)
    caveats = models.TextField(blank=True)
    verdict = models.CharField(max_length=5)
    sign_off = models.OneToOneField(SignOff, models.PROTECT, related_name="sheet")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(answer__in=Answer.values), name="sheet_answer_known"),
            models.CheckConstraint(condition=Q(verdict__in=["GO", "NO-GO"]), name="sheet_verdict_known"),
            models.CheckConstraint(condition=Q(answer="no") | Q(verdict="GO"), name="sheet_yes_only_with_go"),
            models.CheckConstraint(condition=~Q(answer="caveats") | ~Q(caveats=""), name="sheet_caveats_written"),
        ]

    def __str__(self) -> str:
        return f"sheet of {self.deployment}"
