import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from apps.accounts.models import OfTeamQuerySet, User
from apps.checklists.rules import fill_ins
from apps.core.statements import joined
from apps.deployments import rules
from apps.deployments.states import ItemState, WaiverState
from apps.evidence.models import Evidence
from apps.evidence.rules import Proof
from apps.probes.models import Probe, Run
from apps.probes.states import State as ProbeState
from apps.signoff.models import Contribution, Signable, SignOff
from apps.signoff.rules import Cause

from .deployments import Deployment, Section

if TYPE_CHECKING:
    from .waivers import Waiver


@dataclass(frozen=True)
class ItemAddress:
    """Where an item is found without having been read: its team, its deployment's number, its own number."""

    team: uuid.UUID
    deployment: int
    number: int


class ItemQuerySet(OfTeamQuerySet["Item"]):
    memberships_path = "deployment__team__memberships"

    def for_signing(self, *, evidence: bool = True) -> "ItemQuerySet":
        """What commands, permissions and digests read but the probe, which few items have; `evidence` may be many."""
        return self.select_related("deployment", "sign_off", "carried").prefetch_related(
            "sign_off__signatures",
            "sign_off__contributions",
            *([joined(Item, "attachments", "evidence")] if evidence else []),
            joined(Item, "waivers", "sign_off"),
            "waivers__sign_off__signatures",
        )

    def for_upgrade(self, by: User | None) -> "ItemQuerySet":
        """What a newer version is compared with; each says in `contributed` whether `by` did so in its round.

        Of one deployment, as `deployment.items`: joined, it would be made once for each item.
        """
        present = Q(sign_off=models.OuterRef("sign_off"), round=models.OuterRef("sign_off__round"))
        contributed = models.Exists(Contribution.objects.filter(present, person=by)) if by else models.Value(False)
        related = self.select_related("sign_off", "section", "probe", "carried")
        return related.annotate(contributed=contributed).prefetch_related(  # type: ignore[no-redef]
            "sign_off__signatures",
            joined(Item, "waivers", "sign_off"),
            "waivers__sign_off__signatures",
        )

    def with_everything(self) -> "ItemQuerySet":
        """All that rows, pages, permissions and digests read, in a fixed number of queries."""
        return self.select_related(
            "deployment__team", "section", "owner", "sign_off", "probe__latest_run", "pinned_run", "carried"
        ).prefetch_related(
            "sign_off__signatures",
            "sign_off__contributions",
            "sign_off__revisions",
            "sign_off__rejections",
            joined(Item, "attachments", "evidence"),
            joined(Item, "waivers", "sign_off"),
            "waivers__sign_off__signatures",
            "waivers__sign_off__contributions",
            "waivers__sign_off__rejections",
        )


class Item(Signable):
    """One line of the checklist: what to do, who does it, and whether two people said it is done."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deployment = models.ForeignKey(Deployment, models.PROTECT, related_name="items", db_index=False)
    section = models.ForeignKey(Section, models.PROTECT, related_name="items")
    number = models.PositiveIntegerField()
    # What its template calls it in every version; empty where it was added on the board.
    key = models.CharField(max_length=50, blank=True)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    commands = models.JSONField(default=list)
    depth = models.PositiveSmallIntegerField(default=0)
    fill_ins = models.JSONField(default=list)
    result = models.TextField(blank=True)
    critical = models.BooleanField(default=False)
    keys = models.PositiveSmallIntegerField(default=2)
    passkey = models.BooleanField(default=False)  # whether every key of it is turned with a passkey
    # What its template asks of it: which evidence, and how old that may be, are judged with the verdict.
    evidence_kinds = models.JSONField(default=list)
    max_age_days = models.PositiveIntegerField(null=True)
    due_on = models.DateField(null=True)  # a day in UTC; no key covers it
    owner_role = models.CharField(max_length=80, blank=True)
    minutes = models.PositiveIntegerField(null=True)
    controls = models.JSONField(default=list)
    links = models.JSONField(default=list)
    # When it applies, and why it does not: what `conditions` come to with what is known now (commands/conditions.py).
    conditions = models.JSONField(default=list)
    applies = models.BooleanField(default=True)
    inapplicable = models.TextField(blank=True)
    checklist_version = models.PositiveIntegerField(default=1)  # the number of the version it follows
    left_in = models.PositiveIntegerField(null=True)  # the version of its checklist that no longer has it
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="owned_items", db_index=False)
    # What they were called when the deployment ended; empty before, and for whoever had left by then.
    owner_name = models.CharField(max_length=120, blank=True)
    probe = models.OneToOneField(Probe, models.PROTECT, null=True, related_name="item")
    pinned_run = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+", db_index=False)
    contributed: bool  # only where an upgrade reads it: whether the viewer contributed

    # Bumped with every change that a row shows, so that rendered rows can be cached.
    version = models.PositiveIntegerField(default=1)

    unproved = {"version": "outdates rendered rows; says nothing by itself"}
    shown = ("applies",)  # who judges when keys were turned goes by it
    objects = ItemQuerySet.as_manager()

    class Meta:
        # Every list of deployments sums up the probes of each, and few items have one. What begins another index, or is
        # empty in most rows, has none of its own: a deployment begins with hundreds of items.
        indexes = [
            models.Index(fields=["deployment"], condition=Q(probe__isnull=False), name="item_with_probe"),
            models.Index(fields=["owner"], condition=Q(owner__isnull=False), name="item_with_owner"),
            models.Index(fields=["pinned_run"], condition=Q(pinned_run__isnull=False), name="item_with_pinned_run"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["deployment", "number"], name="item_one_per_number"),
            models.UniqueConstraint(fields=["deployment", "key"], condition=~Q(key=""), name="item_one_per_key"),
            models.CheckConstraint(condition=Q(keys__gte=1, keys__lte=4), name="item_one_to_four_keys"),
            models.CheckConstraint(condition=Q(critical=False) | Q(keys__gte=2), name="item_critical_needs_two"),
            models.CheckConstraint(
                condition=Q(applies=True, inapplicable="") | Q(applies=False) & ~Q(inapplicable=""),
                name="item_inapplicable_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    @property
    def called(self) -> str:
        """What people call it where its text does not matter."""
        return f"item {self.number}"

    @property
    def called_in_full(self) -> str:
        """The same, and of which deployment."""
        return f"{self.called} of {self.deployment.code}"

    @classmethod
    def awaited(cls, sign_offs: "models.QuerySet[SignOff]") -> "list[Item]":
        """Those that apply, are not carried over, and are not waived."""
        found = cls.objects.for_signing(evidence=False).filter(sign_off__in=sign_offs, applies=True)
        return [item for item in found.select_related("deployment__team") if not (item.is_carried or item.is_waived)]

    @classmethod
    def with_covered(cls, pks: Collection[uuid.UUID]) -> "Iterable[Item]":
        """Those items with all that `covered` reads."""
        items = cls.objects.filter(pk__in=pks).select_related("sign_off", "deployment", "probe", "pinned_run")
        return items.prefetch_related(joined(Item, "attachments", "evidence"))

    @property
    def needed_keys(self) -> int:
        """How many keys it takes."""
        return self.keys

    def covered(self) -> dict[str, Any]:
        """What its turned keys cover: the content with the run that went with the first of them."""
        return self.content(pinned=self.pinned_run)

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
        """Whether an approved waiver lets it through now; of a deployment that ended, whether one did then."""
        return self.waiver_state is WaiverState.HOLDS

    @property
    def is_waiver_past(self) -> bool:
        """Whether a waiver was asked for, or approved, until a moment that has come."""
        return self.waiver_state in (WaiverState.EXPIRED, WaiverState.UNDECIDED)

    @property
    def waiver_state(self) -> WaiverState | None:
        """How the waiver stands that nobody ended, None without one; of a deployment that ended, how it stood then."""
        return self.waiver.state_at(self.deployment.judged_at) if self.waiver else None

    @property
    def is_carried(self) -> bool:
        """Whether it is carried over, and not opened again; reads the joined row."""
        carried = getattr(self, "carried", None)
        return carried is not None and carried.opened_at is None

    @property
    def open_fill_ins(self) -> list[str]:
        """Labels of the blanks nobody filled."""
        return [fill["label"] for fill in self.fill_ins if not fill["value"].strip()]

    @property
    def answers(self) -> list[tuple[str, str]]:
        """Each blank's label, and its answer in words, empty where nobody filled it."""
        return [(fill["label"], fill_ins.shown(blank_of(fill), fill["value"])) for fill in self.fill_ins]

    @property
    def answer(self) -> str:
        """What conditions of other items compare: that of its first blank.

        Empty where nobody filled it, and where a waiver lets the item through: then nobody verifies what it says. The
        waiver does until it is noted that it expired, because other items are judged again only then.
        """
        if not self.fill_ins or not self.fill_ins[0]["value"]:
            return ""
        if self.waiver and self.waiver.sign_off.is_settled and not self.waiver.expired_at:
            return ""
        return fill_ins.compared(blank_of(self.fill_ins[0]), self.fill_ins[0]["value"])

    def content(self, *, pinned: Run | None, evidence: Iterable[str] | None = None) -> dict[str, object]:
        """Exactly what a signature covers: `pinned` is its probe run; `evidence` are digests of what will be attached.

        Not covered: title and window of the deployment, owner, comments.
        """
        return {
            "deployment": str(self.deployment.id),
            "version": self.deployment.version,
            "environment": self.deployment.environment,
            "item": str(self.id),
            "number": self.number,
            "title": self.title,
            "text": self.text,
            "commands": self.commands,
            "critical": self.critical,
            "keys": self.keys,
            "passkey": self.passkey,
            "result": self.result,
            "fill_ins": [{"label": fill["label"], "value": fill["value"]} for fill in self.fill_ins],
            "evidence": [each.sha256 for each in self.evidence] if evidence is None else [*evidence],
            "probe": self.probe.content() if self.probe else None,
            "probe_run": pinned.digest if pinned else "",
        }

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
            inapplicable=self.inapplicable,
            carried=self.is_carried,
            waiver=self.waiver_state,
            has_probe=self.probe is not None,
            probe=ProbeState(latest.state) if latest else None,
            probe_explanation=latest.explanation if latest else "",
            probe_counts_as=latest.counts_as if latest else "",
            proof=self.proof,
        )

    @property
    def proof(self) -> Proof | None:
        """How what it has meets what its template asks for; reads prefetched evidence and signatures."""
        if not self.evidence_kinds and self.max_age_days is None:
            return None
        pieces: dict[str, datetime] = {}
        for piece in self.evidence:
            pieces[piece.kind] = min(piece.added_at, pieces.get(piece.kind, piece.added_at))
        turned = self.sign_off.turned
        return rules.item_proof(
            self.evidence_kinds,
            self.max_age_days,
            pieces,
            probe_kind=self.probe.kind if self.probe else None,
            finished_at=self.probe.latest_run.finished_at if self.probe and self.probe.latest_run else None,
            fill_ins=self.fill_ins,
            result=self.result,
            signed_at=turned[0].signed_at if turned else None,
            now=self.deployment.judged_at,
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
        changes = [
            (r.number, rules.cause_in_words(r.cause, name=r.name, concerns=r.concerns))
            for r in self.sign_off.revisions.all()
            if r.invalidated and r.cause != Cause.REJECTED
        ]
        return rules.last_fall(changes, [(r.revision, r.reason) for r in self.sign_off.rejections.all()])


def blank_of(stored: Mapping[str, Any]) -> fill_ins.FillIn:
    """A blank as it was asked, of how an item stores it."""
    return fill_ins.FillIn(
        stored["label"], stored.get("kind") or "text", tuple(stored.get("options") or ()), stored.get("unit") or ""
    )


class Attachment(models.Model):
    """A revision of one piece of evidence laid before one item; taken away or replaced it stays on record.

    `position` says which piece of the item it is, `revision` which revision of that, from 1. Only the latest ever
    stands: each takes the place of the one before it, which is taken away at the moment when the newer one was filed.
    """

    item = models.ForeignKey(Item, models.PROTECT, related_name="attachments", db_index=False)
    evidence = models.OneToOneField(Evidence, models.PROTECT, related_name="attachment")
    position = models.PositiveSmallIntegerField()
    revision = models.PositiveSmallIntegerField(default=1)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    removed_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "position", "revision"], name="attachment_position"),
            models.UniqueConstraint(
                fields=["item", "position"], condition=Q(removed_at=None), name="attachment_one_revision_stands"
            ),
            models.CheckConstraint(condition=Q(revision__gte=1), name="attachment_revisions_from_one"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="attachment_removed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evidence} on {self.item}"
