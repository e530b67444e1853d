"""What the templates print: every word decided, nothing left to count or choose."""

from dataclasses import dataclass

from .facts import Record


@dataclass(frozen=True, slots=True)
class NamedText:
    """A short name in the gutter and the text beside it."""

    name: str
    text: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature on one line: what its key shows, fixed part in mono, and the printed name."""

    initials: str
    classes: str
    fixed: str
    name: str
    rtl: bool


@dataclass(frozen=True, slots=True)
class PrintedEntry:
    """An item, waiver or rollback step; `anchor` is set only where something links to it."""

    number: str
    title: str
    classes: str = ""
    anchor: str = ""
    flag: str = ""
    paragraphs: tuple[str, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    lines: tuple[NamedText, ...] = ()
    past: tuple[NamedText, ...] = ()
    signatures: tuple[SignatureLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ProofRow:
    """A probe or a piece of evidence: number, fixed part, what matters, and its lines of code."""

    number: str
    fixed: str
    bad: bool
    strong: str
    rest: str
    code: tuple[str, ...] = ()
    lines: tuple[NamedText, ...] = ()
    paragraphs: tuple[str, ...] = ()
    classes: str = ""


@dataclass(frozen=True, slots=True)
class ItemSection:
    """A section of the checklist with its items."""

    number: str
    anchor: str
    title: str
    short: str
    summary: str
    paragraphs: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]
    entries: tuple[PrintedEntry, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A link inside the record, printed with its page."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Notable:
    """A line of "Look here first": how many, what, and where."""

    count: int
    what: str
    references: tuple[Reference, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class BigKey:
    """One of the two keys on the cover."""

    label: str
    initials: str
    is_turned: bool
    name: str
    at: str


@dataclass(frozen=True, slots=True)
class Count:
    """A figure of the cover."""

    figure: str
    noun: str
    detail: str


@dataclass(frozen=True, slots=True)
class Cover:
    """The first page: the decision, who gave it, and the facts around it."""

    title: str
    is_long: bool
    verdict: str
    classes: str
    tail: str
    keys: tuple[BigKey, ...]
    why: tuple[str, ...]
    left: tuple[NamedText, ...]
    right: tuple[NamedText, ...]
    counts: tuple[Count, ...]
    head: tuple[str, str]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of the sign-off sheet; with a signer or with paragraphs."""

    name: str
    paragraphs: tuple[str, ...] = ()
    signer: str = ""
    initials: str = ""
    answers: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody who acted, and what they did."""

    initials: str
    name: str
    role: str
    did: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A row of the ledger's summary."""

    sequence: str
    at: str
    text: str
    digest: str
    is_head: bool


@dataclass(frozen=True, slots=True)
class Back:
    """The parts behind the items, each with the sentence that sums it up."""

    waivers_lead: str
    waivers: tuple[PrintedEntry, ...]
    probes_lead: str
    probes: tuple[ProofRow, ...]
    evidence_lead: str
    evidence: tuple[ProofRow, ...]
    rollback_lead: str
    rollback_lines: tuple[NamedText, ...]
    rollback_steps: tuple[PrintedEntry, ...]
    ledger_lead: str
    ledger_lines: tuple[NamedText, ...]
    checkpoints: tuple[Checkpoint, ...]
    people_lead: str
    people: tuple[PersonRow, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole record, ready to print; `facts` is what the attached record.json says."""

    facts: Record
    cover: Cover
    exceptions: tuple[Notable, ...]
    clean: str
    sheet_lead: str
    sheet_rows: tuple[SheetRow, ...]
    blockers: tuple[NamedText, ...]
    items_lead: str
    sections: tuple[ItemSection, ...]
    back: Back
    head_argument: str
    labels: tuple[tuple[str, str], ...]
    missing_characters: tuple[str, ...] = ()
