"""What the board says of each item, read for many items at once in three queries."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from apps.accounts.models import initials
from apps.deployments.models import Attachment, Deployment, Waiver
from apps.deployments.rules import ItemFacts, Look, look, reason_to_block
from apps.signoff import rules
from apps.signoff.models import Contribution, Rejection, Revision, Signature

Slot = tuple[str, str]
# What a row shows besides names of the roster changes only together with one of these:
# number, version, its probe's version, its owner's name.
RowKey = tuple[int, int, int | None, str | None]
KEY = ("number", "version", "probe__version", "owner__full_name")


@dataclass(frozen=True, slots=True)
class Signed:
    """One key that counts now."""

    slot: int
    signer: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """One item as the board shows it, the same for every viewer."""

    id: UUID
    number: int
    section: int
    title: str
    critical: bool
    owner: UUID | None
    owner_name: str
    digest: str
    facts: ItemFacts
    signed: tuple[Signed, ...]
    waiver_signed: tuple[Signed, ...]
    waiver_required: int
    waiver_requested_by: UUID | None
    contributors: frozenset[UUID]
    fell_names: tuple[str, ...]
    evidence: int
    probe_value: str
    key: RowKey
    look: Look = field(init=False)
    reason: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "look", look(self.facts))
        object.__setattr__(self, "reason", reason_to_block(self.facts))

    @property
    def state(self) -> str:
        """The glyph's class."""
        return self.look.value

    @property
    def slots(self) -> list[Slot]:
        """The glyph's key slots as (label, class)."""
        if self.look == Look.WAIVED:
            return [(initials(s.name), "") for s in self.waiver_signed]
        turned = [(initials(s.name), "" if self.look == Look.VERIFIED else "half") for s in self.signed]
        fallen = [(initials(name), "half fell") for name in self.fell_names[len(turned) :]]
        shown = turned + fallen
        return shown + [(str(n), "") for n in range(len(shown) + 1, self.facts.required + 1)]

    @property
    def said(self) -> str:
        """The state in words, for those who do not see the glyph."""
        names = [s.name for s in self.signed]
        if self.look == Look.WAIVED:
            return f"waived, approved by {' and '.join(s.name for s in self.waiver_signed)}"
        if self.look == Look.VERIFIED:
            return f"verified by {' and '.join(names)}" if len(names) > 1 else f"done by {names[0]}, one key needed"
        if self.look == Look.HALF:
            return f"first key turned by {names[0]}, waiting for the next"
        return self.reason[:1].lower() + self.reason[1:]

    @property
    def owner_initials(self) -> str:
        """Two letters for the owner's picture."""
        return initials(self.owner_name)

    @property
    def proofs(self) -> str:
        """How much evidence there is, in words."""
        return "1 piece of evidence" if self.evidence == 1 else f"{self.evidence} pieces of evidence"

    @property
    def words(self) -> dict[str, Any]:
        """All that templates/boards/_item.html shows, as plain values: resolving those is cheapest."""
        return {
            "row": self,
            "number": str(self.number),
            "title": self.title,
            "said": self.said,
            "shows": self.shows,
            "proofs": self.proofs if self.evidence else "",
            "asked": self.approvals if self.facts.waiver_asked else "",
            "is_waived": self.look == Look.WAIVED,
            "has_fallen": self.look == Look.FELL,
            "is_rejected": bool(self.facts.rejected_why),
            "probe": self.probe_value,
            "probe_tone": self.probe_tone,
            "critical": self.critical,
            "owner": self.owner_name,
            "owner_initials": self.owner_initials,
        }

    @property
    def approvals(self) -> str:
        """How far a waiver that is asked for has come."""
        return f"{len(self.waiver_signed)} of {self.waiver_required}"

    @property
    def probe_tone(self) -> str:
        """The status class of the probe's tag."""
        return {"passed": "verified", "failed": "failed", "inconclusive": "failed", "lost": "failed"}.get(
            self.facts.probe, ""
        )

    @property
    def shows(self) -> str:
        """The filters that keep this row."""
        words = ["settled" if self.look in (Look.VERIFIED, Look.WAIVED) and not self.reason else "open"]
        words += ["blocking"] if self.reason else []
        words += ["probes"] if self.facts.probe not in ("", "passed") else []
        words += ["critical"] if self.critical else []
        words += ["unowned"] if self.owner is None else []
        return " ".join(words)


def load_rows(deployment: Deployment, numbers: Collection[int] | None = None) -> list[Row]:
    """Rows of a deployment in order, or of the items with these numbers only."""
    whole = numbers is None
    items = deployment.items.order_by("number")
    items = items if numbers is None else items.filter(number__in=numbers)
    found = list(items.annotate(proofs=PROOFS).values(*COLUMNS))
    signs = [item["sign_off"] for item in found]
    acts = _acts({"sign_off__item__deployment": deployment} if whole else {"sign_off__in": signs})
    waivers = _waivers(Q(item__deployment=deployment) if whole else Q(item__in=[item["id"] for item in found]))
    return [_row(item, acts.get(item["sign_off"], ()), waivers.get(item["id"])) for item in found]


class Act(NamedTuple):
    """Something done to a sign-off. `kind` is the key's slot, or one of the words below.

    `number` is the revision it belongs to, the round for a contribution; `text` the signer's name or the reason.
    """

    sign_off: UUID
    number: int
    kind: int
    person: UUID
    text: str


CONTRIBUTED, CHANGED, REJECTED = 0, -1, -2
COLUMNS = (
    *KEY,
    "id",
    "section",
    "title",
    "critical",
    "owner",
    "sign_off",
    "sign_off__digest",
    "sign_off__required",
    "sign_off__revision",
    "sign_off__round",
    "probe",
    "probe__latest_run__state",
    "probe__latest_run__explanation",
    "probe__latest_run__value",
    "probe__latest_run__unit",
    "proofs",
)
# Counted per item: joining the attachments would group every other column.
PROOFS = Coalesce(
    Subquery(
        Attachment.objects.filter(item=OuterRef("pk"), removed_at=None)
        .order_by()
        .values("item")
        .annotate(count=Count("pk"))
        .values("count")
    ),
    0,
)


def _acts(mine: dict[str, Any]) -> dict[UUID, list[Act]]:
    """Signatures by slot, contributions, revisions that made keys fall out and rejections, in one query."""
    signed = Signature.objects.filter(**mine).values_list("sign_off", "revision", "slot", "signer", "name")
    others = (
        (Contribution.objects.filter(**mine), "round", CONTRIBUTED, "person", Value("")),
        (Revision.objects.filter(**mine, fell__gt=0).exclude(why=rules.REJECTED), "number", CHANGED, "by", F("why")),
        (Rejection.objects.filter(**mine), "revision", REJECTED, "person", F("reason")),
    )
    rows = [
        which.values_list("sign_off").annotate(n=F(number), kind=Value(kind), who=F(person), said=text)
        for which, number, kind, person, text in others
    ]
    found: dict[UUID, list[Act]] = defaultdict(list)
    for row in signed.union(*rows, all=True).order_by("slot"):
        found[row[0]].append(Act(*row))
    return found


def _waivers(scope: Q) -> dict[UUID, dict[str, Any]]:
    rows = (
        Waiver.objects.filter(scope, ended_at=None)
        .values("item", "requested_by", "sign_off__required", "sign_off__revision")
        .annotate(
            revision=F("sign_off__signatures__revision"),
            slot=F("sign_off__signatures__slot"),
            signer=F("sign_off__signatures__signer"),
            name=F("sign_off__signatures__name"),
        )
        .order_by("slot")
    )
    found: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        waiver = found.setdefault(row["item"], {**row, "signed": []})
        if row["slot"] and row["revision"] == row["sign_off__revision"]:
            waiver["signed"].append(Signed(row["slot"], row["signer"], row["name"]))
    return found


def _row(item: dict[str, Any], acts: Sequence[Act], waiver: dict[str, Any] | None) -> Row:
    revision, round_ = item["sign_off__revision"], item["sign_off__round"]
    signed = tuple(Signed(act.kind, act.person, act.text) for act in acts if act.kind > 0 and act.number == revision)
    approved = tuple(waiver["signed"]) if waiver else ()
    last = None if signed else _last_fall(acts)
    fell_why = last.text if last and last.kind == CHANGED else ""
    return Row(
        id=item["id"],
        number=item["number"],
        section=item["section"],
        title=item["title"],
        critical=item["critical"],
        owner=item["owner"],
        owner_name=item["owner__full_name"] or "",
        digest=item["sign_off__digest"],
        facts=_facts(item, turned=len(signed), last=last, waiver=waiver),
        signed=signed,
        waiver_signed=approved,
        waiver_required=waiver["sign_off__required"] if waiver else 0,
        waiver_requested_by=waiver["requested_by"] if waiver else None,
        contributors=frozenset(act.person for act in acts if act.kind == CONTRIBUTED and act.number == round_),
        fell_names=_fallen_names(acts, last) if last and fell_why else (),
        evidence=item["proofs"],
        probe_value=_probe_value(item),
        key=(item["number"], item["version"], item["probe__version"], item["owner__full_name"]),
    )


def _facts(item: dict[str, Any], *, turned: int, last: Act | None, waiver: dict[str, Any] | None) -> ItemFacts:
    is_waived = waiver is not None and len(waiver["signed"]) >= waiver["sign_off__required"]
    return ItemFacts(
        turned=turned,
        required=item["sign_off__required"],
        waived=is_waived,
        waiver_asked=waiver is not None and not is_waived,
        fell_why=last.text if last and last.kind == CHANGED else "",
        rejected_why=last.text if last and last.kind == REJECTED else "",
        probe="" if item["probe"] is None else item["probe__latest_run__state"] or "none",
        probe_said=item["probe__latest_run__explanation"] or "",
    )


def _last_fall(acts: Sequence[Act]) -> Act | None:
    """What made keys fall out last: a change or a rejection."""
    falls = [act for act in acts if act.kind in (CHANGED, REJECTED)]
    return max(falls, key=lambda act: (act.number, act.kind == REJECTED), default=None)


def _fallen_names(acts: Sequence[Act], fall: Act) -> tuple[str, ...]:
    """Whose keys fell out with that revision."""
    return tuple(act.text for act in acts if act.kind > 0 and act.number == fall.number - 1)


def _probe_value(item: dict[str, Any]) -> str:
    status = item["probe__latest_run__state"]
    if item["probe"] is None:
        return ""
    words = {None: "probe not run", "queued": "probe queued", "running": "probe running", "lost": "no result"}
    if status in words:
        return words[status]
    if status != "passed":
        return f"✕ probe {status}"  # what was measured need not be what failed; the reason says it
    return f"{item['probe__latest_run__value'] or ''} {item['probe__latest_run__unit'] or ''}".strip() or "passed"
