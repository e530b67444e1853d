"""From facts to a document: numbered, counted and worded, without database, clock or network."""

from typing import Any

from . import chapters, cover, emergency, entries, notable
from .budget import MOST_ENTRIES, Budget
from .facts import Record, Waiver
from .machine import Made, is_enclosed, machine_record
from .page import Document


def build(record: Record, *, missing_characters: tuple[str, ...] = ()) -> Document:
    """The printable record. `missing_characters` are the characters the fonts at hand cannot draw."""
    labels = entries.Labels(record)
    items = Budget()
    notables, clean = notable.notables(record)
    anchored = notable.anchored(notables)
    return Document(
        facts=record,
        cover=cover.cover(record),
        exceptions=notables,
        clean=clean,
        sheet_lead=cover.sheet_lead(record),
        sheet_rows=cover.sheet_rows(record.sheet, Budget()),
        emergency_rows=emergency.rows(record.decision.emergency, Budget()),
        blockers=cover.blocker_lines(record),
        items_lead=_items_lead(record),
        limits=chapters.limit_lines(record.deployment.limits),
        answers=chapters.answer_lines(record.deployment.variables),
        sections=tuple(
            entries.item_section(section, place, labels, anchored, items)
            for place, section in enumerate(record.sections, 1)
        ),
        head_argument=f"{record.ledger.stream}:{record.ledger.head.sequence}:{record.ledger.head.digest}",
        labels=labels.pairs(),
        missing_characters=missing_characters,
        **_back(record, labels, missing_characters),
    )


def data_alone(record: Record, why: str) -> Made:
    """What is filed where the PDF could not be made, with a sentence that says why: record.json."""
    head = record.ledger.head
    return Made(b"", machine_record(build(record)), 0, head.sequence, head.digest, why)


def _back(record: Record, labels: entries.Labels, missing: tuple[str, ...]) -> dict[str, Any]:
    """The parts behind the items, each with the sentence that sums it up."""
    plan = record.rollback
    waivers, probes, evidence, rollback = Budget(), Budget(), Budget(), Budget()
    return {
        "waivers_lead": chapters.waivers_lead(record),
        "waivers": tuple(entries.waiver_entry(each, labels, waivers) for each in _most(record.waivers)),
        "probes_lead": chapters.probes_lead(record),
        "probes": tuple(entries.probe_row(each, labels, probes) for each in record.probes),
        "evidence_lead": chapters.evidence_lead(record),
        "evidence": tuple(
            entries.evidence_row(each, labels, evidence, is_enclosed=is_enclosed(record, each))
            for each in record.evidence[:MOST_ENTRIES]
        ),
        "rollback_lead": chapters.rollback_lead(plan),
        "rollback_lines": chapters.rollback_lines(plan, rollback),
        "rollback_steps": tuple(
            entries.step_entry(step, place, rollback) for place, step in enumerate(plan.steps if plan else (), 1)
        ),
        "ledger_lead": chapters.ledger_lead(record.ledger),
        "ledger_lines": chapters.ledger_lines(record, missing),
        "checkpoints": chapters.checkpoints(record.ledger),
        "people_lead": chapters.people_lead(record),
        "people": chapters.people_rows(record),
    }


def _most(waivers: tuple[Waiver, ...]) -> tuple[Waiver, ...]:
    """As many as are printed; those that ended go first where there are more."""
    if len(waivers) <= MOST_ENTRIES:
        return waivers
    return tuple(sorted(waivers, key=lambda each: each.state == "ended")[:MOST_ENTRIES])


def _items_lead(record: Record) -> str:
    items = [item for section in record.sections for item in section.items]
    signed, waived, unsettled = (entries.count(items, state) for state in ("signed", "waived", "open"))
    rest = ((entries.count(items, state), state) for state in (entries.CARRIED, entries.OUT))
    more = "".join(f", {found} {state}" for found, state in rest if found)
    return (
        f"{len(items)} items: {signed or 'none'} signed, {waived or 'none'} waived, {unsettled or 'none'} open{more}."
    )
