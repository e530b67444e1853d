"""What the board says of each item, read for many items at once in four queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from apps.accounts.models import initials
from apps.deployments.models import Attachment, Deployment, Waiver
from apps.deployments.rules import ItemFacts, Look, look, reason_to_block
from apps.signoff.models import Contribution, Rejection, Revision, Signature

Slot = tuple[str, str]


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


def load_rows(deployment: Deployment, ids: Collection[UUID] | None = None) -> list[Row]:
    """Rows of a deployment in order, or of some of its items only."""
    items = deployment.items.order_by("number") if ids is None else deployment.items.filter(id__in=list(ids))
    found = list(items.annotate(proofs=PROOFS).values(*COLUMNS))
    signs = [item["sign_off"] for item in found]
    whole = ids is None
    mine = {"sign_off__item__deployment": deployment} if whole else {"sign_off__in": signs}
    keys = _grouped(_keys_and_contributions(mine))
    falls = _grouped(_falls(mine))
    waivers = _waivers(deployment, [item["id"] for item in found], whole=whole)
    return [_row(item, keys[item["sign_off"]], falls[item["sign_off"]], waivers) for item in found]


COLUMNS = (
    "id",
    "number",
    "section",
    "title",
    "critical",
    "owner",
    "owner__full_name",
    "sign_off",
    "sign_off__digest",
    "sign_off__required",
    "sign_off__revision",
    "sign_off__round",
    "probe",
    "probe__latest_run__status",
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


def _keys_and_contributions(mine: dict[str, Any]) -> Iterable[Any]:
    """Signatures by slot and, as slot 0, contributions with their round for a revision, in one query."""
    signatures = Signature.objects.filter(**mine).values("sign_off", "revision", "slot", "signer", "name")
    worked = Contribution.objects.filter(**mine).values(
        "sign_off", revision=F("round"), slot=Value(0), signer=F("person"), name=Value("")
    )
    return signatures.union(worked, all=True).order_by("slot")


def _falls(mine: dict[str, Any]) -> Iterable[Any]:
    """Revisions that made keys fall out and the reasons of rejections, in one query."""
    changed = Revision.objects.filter(**mine, fell__gt=0).exclude(why="rejected")
    rejected = Rejection.objects.filter(**mine)
    return changed.values("sign_off", "number", "why", rejected=Value(0)).union(
        rejected.values("sign_off", number=F("revision"), why=F("reason"), rejected=Value(1)), all=True
    )


def _waivers(deployment: Deployment, items: list[UUID], *, whole: bool) -> dict[UUID, dict[str, Any]]:
    scope = Q(item__deployment=deployment) if whole else Q(item__in=items)
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


def _row(
    item: dict[str, Any],
    keys: list[dict[str, Any]],
    falls: list[dict[str, Any]],
    waivers: dict[UUID, dict[str, Any]],
) -> Row:
    revision, round_ = item["sign_off__revision"], item["sign_off__round"]
    signatures = [key for key in keys if key["slot"]]
    signed = tuple(Signed(s["slot"], s["signer"], s["name"]) for s in signatures if s["revision"] == revision)
    waiver = waivers.get(item["id"])
    approved = tuple(waiver["signed"]) if waiver else ()
    is_waived = bool(waiver) and len(approved) >= waiver["sign_off__required"]
    last = max(falls, key=lambda fall: (fall["number"], fall["rejected"]), default=None) if not signed else None
    fell_why = last["why"] if last and not last["rejected"] else ""
    facts = ItemFacts(
        turned=len(signed),
        required=item["sign_off__required"],
        waived=is_waived,
        waiver_asked=bool(waiver) and not is_waived,
        fell_why=fell_why,
        rejected_why=last["why"] if last and last["rejected"] else "",
        probe="" if item["probe"] is None else item["probe__latest_run__status"] or "none",
        probe_said=item["probe__latest_run__explanation"] or "",
    )
    return Row(
        id=item["id"],
        number=item["number"],
        section=item["section"],
        title=item["title"],
        critical=item["critical"],
        owner=item["owner"],
        owner_name=item["owner__full_name"] or "",
        digest=item["sign_off__digest"],
        facts=facts,
        signed=signed,
        waiver_signed=approved,
        waiver_required=waiver["sign_off__required"] if waiver else 0,
        waiver_requested_by=waiver["requested_by"] if waiver else None,
        contributors=frozenset(k["signer"] for k in keys if not k["slot"] and k["revision"] == round_),
        fell_names=_fallen_names(signatures, last) if fell_why else (),
        evidence=item["proofs"],
        probe_value=_probe_value(item),
    )


def _fallen_names(signatures: list[dict[str, Any]], fall: dict[str, Any] | None) -> tuple[str, ...]:
    """Whose keys fell out with the last revision that made some fall."""
    before = fall["number"] - 1 if fall else 0
    return tuple(s["name"] for s in signatures if s["revision"] == before)


def _probe_value(item: dict[str, Any]) -> str:
    status = item["probe__latest_run__status"]
    if item["probe"] is None:
        return ""
    words = {None: "probe not run", "queued": "probe queued", "running": "probe running", "lost": "no result"}
    value = f"{item['probe__latest_run__value'] or ''} {item['probe__latest_run__unit'] or ''}".strip()
    if status in words:
        return words[status]
    return f"✕ {value or status}" if status != "passed" else value or "passed"


def _grouped(rows: Iterable[dict[str, Any]]) -> dict[UUID, list[dict[str, Any]]]:
    groups: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["sign_off"]].append(row)
    return groups
