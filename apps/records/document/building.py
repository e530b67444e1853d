"""From facts to a document: numbered, counted and worded, without database, clock or network."""

from typing import Any

from . import chapters, cover, entries, notable
from .facts import Record
from .page import Document


def build(record: Record, *, missing_characters: tuple[str, ...] = ()) -> Document:
    """The printable record. `missing_characters` are the characters the fonts at hand cannot draw."""
    labels = entries.Labels(record)
    notables, clean = notable.notables(record)
    anchored = notable.anchored(notables)
    return Document(
        facts=record,
        cover=cover.cover(record),
        exceptions=notables,
        clean=clean,
        sheet_lead=cover.sheet_lead(record),
        sheet_rows=cover.sheet_rows(record.sheet),
        blockers=cover.blocker_lines(record),
        items_lead=_items_lead(record),
        sections=tuple(
            entries.item_section(section, place, labels, anchored) for place, section in enumerate(record.sections, 1)
        ),
        head_argument=f"{record.ledger.stream}:{record.ledger.head.sequence}:{record.ledger.head.digest}",
        labels=labels.pairs(),
        missing_characters=missing_characters,
        **_back(record, labels, missing_characters),
    )


def _back(record: Record, labels: entries.Labels, missing: tuple[str, ...]) -> dict[str, Any]:
    """The parts behind the items, each with the sentence that sums it up."""
    plan = record.rollback
    return {
        "waivers_lead": chapters.waivers_lead(record),
        "waivers": tuple(entries.waiver_entry(each, labels) for each in record.waivers),
        "probes_lead": chapters.probes_lead(record),
        "probes": tuple(entries.probe_row(each, labels) for each in record.probes),
        "evidence_lead": chapters.evidence_lead(record),
        "evidence": tuple(entries.evidence_row(each, labels) for each in record.evidence),
        "rollback_lead": chapters.rollback_lead(plan),
        "rollback_lines": chapters.rollback_lines(plan),
        "rollback_steps": tuple(
            entries.step_entry(step, place) for place, step in enumerate(plan.steps if plan else (), 1)
        ),
        "ledger_lead": chapters.ledger_lead(record.ledger),
        "ledger_lines": chapters.ledger_lines(record, missing),
        "checkpoints": chapters.checkpoints(record.ledger),
        "people_lead": chapters.people_lead(record),
        "people": chapters.people_rows(record),
    }


def _items_lead(record: Record) -> str:
    items = [item for section in record.sections for item in section.items]
    signed, waived, unsettled = (entries.count(items, state) for state in ("signed", "waived", "open"))
    return f"{len(items)} items: {signed} signed, {waived} waived, {unsettled or 'none'} open."
