"""What a record is made of: plain frozen facts, read once from the tables and the ledger, with no behaviour.

Times are aware UTC datetimes, digests are lowercase hex SHA-256, ids are UUID strings, sizes are bytes.
"""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's act on one thing: which key, what it meant, and the digest of what it covered."""

    slot: int
    meaning: str
    name: str
    at: datetime
    digest: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A reviewer sent the item back."""

    name: str
    at: datetime
    reason: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class Fallen:
    """Keys that fell out because what they covered was changed afterwards."""

    at: datetime
    why: str
    keys: tuple[Signature, ...] = ()


@dataclass(frozen=True, slots=True)
class FillIn:
    """A value that was asked for and, when not empty, given."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist as it stood.

    state: open, half, pending, failed, rejected, invalidated, signed or waived; the last two block nothing.
    """

    number: int
    title: str
    text: str
    commands: tuple[str, ...]
    fill_ins: tuple[FillIn, ...]
    critical: bool
    required: int
    state: str
    owner: str
    revision: int
    digest: str
    result: str = ""
    signatures: tuple[Signature, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    fallen: tuple[Fallen, ...] = ()
    evidence: tuple[str, ...] = ()
    probe: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the checklist, what belongs to the heading itself, and its items in order."""

    title: str
    text: str
    commands: tuple[str, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file, link or note; `sha256` is over the bytes of a file or the UTF-8 text of a note."""

    id: str
    kind: str
    title: str
    sha256: str
    size: int
    media_type: str
    url: str
    text: str
    added_by: str
    added_at: datetime
    items: tuple[int, ...]
    removed: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """Leave to go on without an item being met; `state` is requested, approved or ended."""

    id: str
    item: int
    item_title: str
    critical: bool
    state: str
    justification: str
    required: int
    requested: Signature
    approvals: tuple[Signature, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """An automated check and the run this record relies on; `is_covered` when the item's keys cover that run."""

    id: str
    name: str
    kind: str
    item: int
    request: str
    outcome: str
    value: str
    limit: str
    at: datetime | None
    response_digest: str
    run: str
    run_digest: str
    is_covered: bool = False


@dataclass(frozen=True, slots=True)
class RollbackStep:
    """One step back."""

    title: str
    text: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rollback:
    """The way back; `missing` names what the plan still lacks."""

    owner: str
    verification: str
    last_rehearsed: date | None
    steps: tuple[RollbackStep, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sign-off sheet; `answer` is yes, caveats or no."""

    answer: str
    version: str
    issues: str
    resolution: str
    caveats: str
    digest: str
    completed: Signature | None
    verified: Signature | None


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something that keeps the verdict at NO-GO, and who can clear it."""

    title: str
    reason: str
    who: str
    item: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the deployment stands; `verdict` is the one at the sheet, or the one at this record without a sheet."""

    state: str
    outcome: str
    verdict: str
    blockers: tuple[Blocker, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is being released, where, when and by which team."""

    id: str
    code: str
    service: str
    version: str
    environment: str
    window_start: datetime | None
    window_end: datetime | None
    team: str
    template: str
    created_at: datetime
    created_by: str
    closed_at: datetime | None = None
    variables: tuple[FillIn, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry of the chain: its sentence for print, its body and openings for the attached file."""

    sequence: int
    at: datetime
    kind: str
    text: str
    digest: str
    body: dict
    openings: dict


@dataclass(frozen=True, slots=True)
class Anchor:
    """The newest entry of the instance chain that holds a head of this deployment's chain."""

    sequence: int
    digest: str
    at: datetime
    covers: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """The whole chain of the deployment up to the pinned head."""

    stream: str
    entries: tuple[LedgerEntry, ...]
    anchor: Anchor | None = None
    faults: tuple[str, ...] = ()

    @property
    def head(self) -> LedgerEntry:
        """The last entry: the one this record states the facts of."""
        return self.entries[-1]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acted, named as at the time of the record."""

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Record:
    """Everything one audit record states."""

    label: str
    requested_by: str
    requested_at: datetime
    requested_head: int
    software: str
    one_role: bool
    deployment: Deployment
    decision: Decision
    sheet: Sheet | None
    sections: tuple[Section, ...]
    evidence: tuple[Evidence, ...]
    waivers: tuple[Waiver, ...]
    probes: tuple[Probe, ...]
    rollback: Rollback | None
    ledger: Ledger
    people: tuple[Person, ...]
