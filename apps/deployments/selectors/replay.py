"""What the ledger of one deployment says should stand in the tables, told entry by entry."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.deployments.states import Outcome, State
from apps.ledger.selectors import Told

CONTRIBUTES = ("item.edited", "item.filled_in", "evidence.attached", "evidence.removed")
SIGNS = ("item.signed", "waiver.approved", "sheet.completed", "sheet.verified")
REJECTS = ("item.rejected", "sheet.sent_back")


@dataclass
class Matter:
    """One sign-off as told: its present revision and round, and who contributed in which round.

    `digest` is empty where only the tables know it; `told` is the entry that last spoke of its content;
    `begun` holds (entry, digest) with which each revision after the first began, `keys` how many were turned on each.
    """

    told: Told
    digest: str
    revision: int = 1
    round: int = 1
    contributors: set[tuple[int, str]] = field(default_factory=set)
    begun: dict[int, tuple[Told, str]] = field(default_factory=dict)
    keys: Counter[int] = field(default_factory=Counter)

    def revised(self, told: Told) -> None:
        """An entry that names revision and digest."""
        self.digest = told.said.get("rev_digest", self.digest)
        if told.said["rev"] > self.revision:
            self.begun[told.said["rev"]] = (told, self.digest)
        self.told, self.revision = told, told.said["rev"]
        if told.kind in SIGNS:
            self.keys[self.revision] += 1

    def content_changed(self, told: Told) -> None:
        """An entry about something else changed what is signed here: a new revision of unknown digest."""
        self.revision += 1
        self.begun[self.revision] = (told, "")
        self.digest = ""

    def next_round(self, rejected_by: str) -> None:
        """A rejection: only who rejected is still a contributor, if she was one."""
        worked = (self.round, rejected_by) in self.contributors
        self.round += 1
        if worked:
            self.contributors.add((self.round, rejected_by))


@dataclass
class Expected:
    """Everything the entries say, by the id of what they speak of. `called`: all names each person ever had."""

    called: Mapping[str, Collection[str]]
    created: Told | None = None
    closed: Told | None = None
    stands: str = State.DRAFT
    ended: str = ""
    window: tuple[str, str] = ("", "")
    plan: Told | None = None
    items: dict[str, Matter] = field(default_factory=dict)
    owners: dict[str, Told] = field(default_factory=dict)
    probes: dict[str, Told] = field(default_factory=dict)
    waivers: dict[str, Matter] = field(default_factory=dict)
    waivers_asked: dict[str, Told] = field(default_factory=dict)
    waivers_ended: dict[str, Told] = field(default_factory=dict)
    sheet: Matter | None = None
    completed: Told | None = None
    signatures: dict[str, Told] = field(default_factory=dict)
    rejections: dict[str, Told] = field(default_factory=dict)
    attached: dict[str, Told] = field(default_factory=dict)
    removed: dict[str, Told] = field(default_factory=dict)
    runs_asked: dict[str, Told] = field(default_factory=dict)
    runs: dict[str, Told] = field(default_factory=dict)
    latest: dict[str, Told] = field(default_factory=dict)
    asks: dict[str, Told] = field(default_factory=dict)

    def position(self, evidence: str) -> int:
        """Where an attached piece lies before its item, counted from 1."""
        item = self.attached[evidence].said["item"]
        return [key for key, told in self.attached.items() if told.said["item"] == item].index(evidence) + 1


def replay(entries: Iterable[Told], called: Mapping[str, Collection[str]]) -> Expected:
    """Follow the entries of one deployment. Raises KeyError or TypeError on an entry that lacks what its kind says."""
    expected = Expected(called)
    for told in entries:
        if told.kind in SIGNS:
            expected.signatures[told.said["signature"]] = told
        if told.kind in REJECTS:
            expected.rejections[told.said["rejection"]] = told
        if told.kind in HANDLERS:
            HANDLERS[told.kind](expected, told)
        if told.kind in CONTRIBUTES:
            matter = expected.items[told.said["item"]]
            matter.contributors.add((matter.round, told.actor))
    return expected


def _created(expected: Expected, told: Told) -> None:
    expected.created = told
    expected.window = (told.said["window_start"], told.said["window_end"])
    expected.items = {item: Matter(told, digest) for item, _, digest in told.said["items"]}


def _review_opened(expected: Expected, told: Told) -> None:
    expected.stands = State.IN_REVIEW


def _edited(expected: Expected, told: Told) -> None:
    expected.window = (told.said["window_start"], told.said["window_end"])


def _cancelled(expected: Expected, told: Told) -> None:
    expected.stands, expected.ended, expected.closed = State.CLOSED, Outcome.CANCELLED, told


def _assigned(expected: Expected, told: Told) -> None:
    expected.owners |= dict.fromkeys(told.said["items"], told)


def _item_revised(expected: Expected, told: Told) -> None:
    expected.items[told.said["item"]].revised(told)


def _item_edited(expected: Expected, told: Told) -> None:
    _item_revised(expected, told)
    for waiver, asked in expected.waivers_asked.items():
        if asked.said["item"] == told.said["item"] and waiver not in expected.waivers_ended:
            expected.waivers[waiver].content_changed(told)


def _item_rejected(expected: Expected, told: Told) -> None:
    matter = expected.items[told.said["item"]]
    matter.revised(told)
    matter.next_round(told.actor)


def _probe(expected: Expected, told: Told) -> None:
    expected.probes[told.said["item"]] = told


def _run_asked(expected: Expected, told: Told) -> None:
    expected.runs_asked[told.said["run"]] = told
    expected.latest[told.said["probe"]] = told


def _probe_defined(expected: Expected, told: Told) -> None:
    expected.asks[told.said["probe"]] = told


def _probe_changed(expected: Expected, told: Told) -> None:
    expected.asks[told.said["probe"]] = expected.latest[told.said["probe"]] = told


def _run(expected: Expected, told: Told) -> None:
    expected.runs[told.said["run"]] = told


def _evidence_attached(expected: Expected, told: Told) -> None:
    _item_revised(expected, told)
    expected.attached[told.said["evidence"]] = told


def _evidence_removed(expected: Expected, told: Told) -> None:
    _item_revised(expected, told)
    expected.removed[told.said["evidence"]] = told


def _waiver_requested(expected: Expected, told: Told) -> None:
    waiver = told.said["waiver"]
    expected.waivers_asked[waiver] = told
    expected.waivers[waiver] = Matter(told, told.said["rev_digest"], contributors={(1, told.actor)})


def _waiver_approved(expected: Expected, told: Told) -> None:
    expected.waivers[told.said["waiver"]].revised(told)


def _waiver_ended(expected: Expected, told: Told) -> None:
    expected.waivers_ended[told.said["waiver"]] = told


def _plan(expected: Expected, told: Told) -> None:
    expected.plan = told


def _sheet_completed(expected: Expected, told: Told) -> None:
    expected.sheet = expected.sheet or Matter(told, "")
    expected.sheet.revised(told)
    expected.sheet.contributors.add((expected.sheet.round, told.actor))
    expected.completed = told


def _sheet_sent_back(expected: Expected, told: Told) -> None:
    if expected.sheet:
        expected.sheet.revised(told)
        expected.sheet.next_round(told.actor)


def _sheet_verified(expected: Expected, told: Told) -> None:
    expected.stands, expected.ended, expected.closed = State.CLOSED, told.said["outcome"], told


HANDLERS: dict[str, Any] = {
    "deployment.created": _created,
    "review.opened": _review_opened,
    "deployment.edited": _edited,
    "deployment.cancelled": _cancelled,
    "items.assigned": _assigned,
    "item.edited": _item_edited,
    "item.filled_in": _item_revised,
    "item.signed": _item_revised,
    "item.rejected": _item_rejected,
    "evidence.attached": _evidence_attached,
    "evidence.removed": _evidence_removed,
    "probe.attached": _probe,
    "probe.detached": _probe,
    "probe.defined": _probe_defined,
    "probe.changed": _probe_changed,
    "probe.requested": _run_asked,
    "probe.recorded": _run,
    "waiver.requested": _waiver_requested,
    "waiver.approved": _waiver_approved,
    "waiver.ended": _waiver_ended,
    "rollback_plan.filled_in": _plan,
    "sheet.completed": _sheet_completed,
    "sheet.sent_back": _sheet_sent_back,
    "sheet.verified": _sheet_verified,
}
