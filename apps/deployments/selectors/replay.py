"""What the ledger of one deployment says should stand in the tables, told entry by entry."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from apps.accounts.roles import Capability
from apps.accounts.selectors.audit import People
from apps.deployments.states import Outcome, State
from apps.ledger.selectors import Told

CONTRIBUTES = ("item.edited", "item.filled_in", "evidence.attached", "evidence.removed")
SIGNS = ("item.signed", "waiver.approved", "sheet.completed", "sheet.verified")
REJECTS = ("item.rejected", "sheet.sent_back")


@dataclass
class Matter:
    """One sign-off as told: its present revision and round, and who contributed in which round.

    `digest` is empty where only the tables know it; `told` is the entry that last spoke of its content;
    `begun` holds (entry, digest) with which each revision after the first began, `signers` who turned keys on each,
    in order; `wrong` the signatures that the two-person rule forbids.
    """

    told: Told
    digest: str
    revision: int = 1
    round: int = 1
    contributors: set[tuple[int, str]] = field(default_factory=set)
    begun: dict[int, tuple[Told, str]] = field(default_factory=dict)
    contributor_keys: int = 1
    signers: dict[int, list[str]] = field(default_factory=dict)
    wrong: list[tuple[Told, str]] = field(default_factory=list)

    def revised(self, told: Told) -> None:
        """An entry that names revision and digest."""
        self.digest = told.said.get("rev_digest", self.digest)
        if told.said["rev"] > self.revision:
            self.begun[told.said["rev"]] = (told, self.digest)
        self.told, self.revision = told, told.said["rev"]

    def signed(self, told: Told, *, may_verify: bool, may_work: bool) -> None:
        """A key was turned. The two-person rule is judged once more, by what the ledger says alone."""
        turned = self.signers.setdefault(told.said["rev"], [])
        verifies = told.said["slot"] > self.contributor_keys
        rules = {
            "a key was turned out of order": told.said["slot"] != len(turned) + 1,
            "one person turned two keys": told.actor in turned,
            "who contributed turned a key that others turn": verifies and (self.round, told.actor) in self.contributors,
            "who turned a key had no role to do so": not (may_verify if verifies else may_work),
        }
        self.wrong += [(told, what) for what, is_so in rules.items() if is_so]
        turned.append(told.actor)

    def content_changed(self, told: Told) -> None:
        """An entry about something else changed what is signed here: a new revision of unknown digest."""
        self.contributors.add((self.round, told.actor))
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
    """Everything the entries say, by the id of what they speak of. `people`: who had which role and name, if known."""

    people: People | None
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

    def matter(self, told: Told) -> Matter:
        """The sign-off that an entry about a key speaks of."""
        owner = told.kind.partition(".")[0]
        if owner == "sheet" and self.sheet:
            return self.sheet
        return {"item": self.items, "waiver": self.waivers}[owner][told.said[owner]]

    def position(self, evidence: str) -> int:
        """Where an attached piece lies before its item, counted from 1."""
        item = self.attached[evidence].said["item"]
        return [key for key, told in self.attached.items() if told.said["item"] == item].index(evidence) + 1


def replay(entries: Iterable[Told], people: People | None) -> Expected:
    """Follow the entries of one deployment. Raises KeyError or TypeError on an entry that lacks what its kind says."""
    expected = Expected(people)
    for told in entries:
        if told.kind in SIGNS:
            expected.signatures[told.said["signature"]] = told
        if told.kind in REJECTS:
            expected.rejections[told.said["rejection"]] = told
        if told.kind in HANDLERS:
            HANDLERS[told.kind](expected, told)
        if told.kind in SIGNS:
            _signed(expected, told)
        if told.kind in CONTRIBUTES:
            matter = expected.items[told.said["item"]]
            matter.contributors.add((matter.round, told.actor))
    return expected


def _signed(expected: Expected, told: Told) -> None:
    def could(capability: Capability) -> bool:
        if expected.people is None or expected.created is None:
            return True
        team = expected.created.said["team"]
        return expected.people.could(capability, team=team, person=told.actor, at=told.at)

    expected.matter(told).signed(told, may_verify=could(Capability.REVIEW), may_work=could(Capability.EDIT))


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
    expected.waivers[waiver] = Matter(told, told.said["rev_digest"], contributors={(1, told.actor)}, contributor_keys=0)


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
