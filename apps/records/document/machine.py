"""The files inside the PDF: the whole record as data, the whole ledger, and a list of checksums."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import rfc8785

from apps.core.wording import timestamp, without_isolates

from . import wording
from .facts import Evidence, Ledger, Record
from .page import Document

RECORD_FORMAT = "keyturn-record/1"
LEDGER_FORMAT = "keyturn-ledger/1"
FROM_LEDGER = ("body", "openings")  # these stand in ledger.json, once
# Sentences of ours in which typed words are isolated, for paper alone; what people typed stands as they did.
SENTENCES = {
    ("Evidence", "removed"), ("Waiver", "note"), ("Fallen", "why"), ("LedgerEntry", "text"),
    ("Blocker", "subject"), ("Blocker", "reason"), ("Blocker", "who"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class File:
    """One file inside the PDF."""

    name: str
    description: str
    relationship: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Lowercase hex."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Made:
    """What is filed: the PDF, the record.json inside it, its pages, and the ledger head it states.

    Where the PDF could not be made it is empty, and `why` is a sentence that says so.
    """

    pdf: bytes
    json: bytes
    pages: int
    head_sequence: int
    head_digest: str
    why: str = ""


def attachments(document: Document) -> tuple[File, ...]:
    """ledger.json, record.json and manifest.sha256, the same bytes for the same document."""
    ledger = File(
        "ledger.json",
        f"The ledger of {document.facts.deployment.code} up to its head, with the texts it commits to",
        "Source",
        ledger_file(document.facts.ledger),
    )
    record = File("record.json", "Everything printed here, as data", "Data", machine_record(document))
    manifest = File(
        "manifest.sha256",
        "One line per file, for sha256sum --check",
        "Supplement",
        manifest_file(document, (ledger, record)),
    )
    return ledger, record, manifest


def is_enclosed(record: Record, evidence: Evidence) -> bool:
    """Whether a piece of evidence is a file inside the PDF: those that stand are, where that was asked for."""
    return record.with_evidence and evidence.kind == "file" and not evidence.removed


def enclosed(document: Document, contents: Mapping[str, bytes]) -> tuple[File, ...]:
    """The files of evidence inside the PDF, named as in manifest.sha256; `contents` by the id of the evidence."""
    labels = {key: label for label, key in document.labels}
    return tuple(
        File(
            _file_name(each, labels[each.id]),
            f"Evidence {labels[each.id]}, as its SHA-256 was signed",
            "Supplement",
            contents[each.id],
        )
        for each in document.facts.evidence
        if is_enclosed(document.facts, each)
    )


def printed(document: Document) -> str:
    """Every text that is printed of a record, in no order; what the templates say by themselves is not among them."""
    names = (document.facts.requested_by, document.facts.deployment.team)
    return " ".join(_texts((*names, *(value for name, value in vars(document).items() if name != "facts"))))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _texts(each)


def machine_record(document: Document) -> bytes:
    """The record as canonical JSON (RFC 8785): every fact that is printed, and every number it was given."""
    return rfc8785.dumps(
        {
            "format": RECORD_FORMAT,
            "facts": plain(document.facts),
            "labels": dict(document.labels),
            "decision": {
                "word": document.cover.verdict,
                "tail": document.cover.tail,
                "title": document.cover.title,
            },
            "counts": {each.noun: {"count": each.figure, "detail": each.detail} for each in document.cover.counts},
            "look_here_first": [
                {"count": each.figure, "what": each.what, "where": [ref.text for ref in each.references]}
                for each in document.exceptions
            ],
            "head": document.head_argument,
            "missing_characters": list(document.missing_characters),
        }
    )


def ledger_file(ledger: Ledger) -> bytes:
    """Every entry of the chain with its digest and the texts it commits to, canonical JSON."""
    return rfc8785.dumps(
        {
            "format": LEDGER_FORMAT,
            "stream": ledger.stream,
            "head": {"sequence": ledger.head.sequence, "digest": ledger.head.digest},
            "anchor": plain(ledger.anchor),
            "entries": [
                {"entry": each.body, "digest": each.digest, "openings": each.openings} for each in ledger.entries
            ],
        }
    )


def manifest_file(document: Document, files: tuple[File, ...]) -> bytes:
    """One line per evidence file and attached file, in the form of sha256sum."""
    labels = {key: label for label, key in document.labels}
    rows = [f"{each.sha256}  {each.name}" for each in files]
    rows += [
        f"{each.sha256}  {_file_name(each, labels[each.id])}" for each in document.facts.evidence if each.kind == "file"
    ]
    return "".join(f"{row}\n" for row in rows).encode()


def _file_name(evidence: Evidence, label: str) -> str:
    name = "".join("_" if character in '/\\:*?"<>|' else character for character in wording.plain(evidence.title))
    return f"{label} {name or 'untitled'}"


def plain(value: Any) -> Any:
    """A fact, tuple or time as JSON knows it. Ledger bodies and openings stay out: ledger.json has them."""
    if hasattr(value, "_fields"):
        return {name: _field(value, name) for name in value._fields if name not in FROM_LEDGER}
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def _field(fact: Any, name: str) -> Any:
    value = getattr(fact, name)
    return without_isolates(value) if (type(fact).__name__, name) in SENTENCES else plain(value)
