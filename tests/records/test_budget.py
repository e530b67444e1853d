"""What of endless texts is printed: so much, and where the rest is; whatever one item holds, the record is made."""

import hashlib
import json
import subprocess
from typing import Any

import pytest

from apps.records import pdf
from apps.records.document import build, facts, machine_record
from apps.records.document.budget import CHAPTER, LEAST, MOST, MOST_ENTRIES, MOST_LISTED
from tests.records import sample
from tests.records.sample import replace

LETTERS = "a\n" * 10_000
WORDS = {
    "lines of one letter": LETTERS,
    "one line of JSON": json.dumps({"rows": list(range(5_000))}, separators=(",", ":"))[:20_000],
    "one word": "W" * 20_000,
    "prose": "The gateway answered as it should. " * 570,
}


def lines_of(value: Any) -> int:
    """How many lines a value takes on paper, at least."""
    if isinstance(value, str):
        return 1 + len(value) // 95 + value.count("\n")
    if isinstance(value, tuple):
        return sum(map(lines_of, value))
    return 0


def with_text(kind: str, text: str, count: int = 1) -> facts.Record:
    """A small record in which one kind of text is this one, so many times."""
    record = sample.record(2, 1)
    item, section, plan = record.sections[0].items[0], record.sections[0], record.rollback
    note = replace(sample.evidence(1), kind="note", title="Seen", text=text)
    waiver = replace(sample.waiver(1), justification=text)
    items: dict[str, dict[str, Any]] = {
        "the text of an item": {"text": text},
        "its result": {"result": text},
        "its command": {"commands": (text,) * count},
        "its rejections": {"rejections": (facts.Rejection("Ruth", sample.after(1), text, "p"),) * count},
        "its fallen keys": {"fallen": (facts.Fallen(sample.after(1), text[:200]),) * count},
    }
    changes: dict[str, dict[str, Any]] = {
        "a note": {"evidence": tuple(replace(note, id=f"n-{n}") for n in range(count))},
        "a waiver": {"waivers": tuple(replace(waiver, id=f"w-{n}") for n in range(count))},
        "the text of a section": {"sections": (replace(section, text=text, commands=(text,)),)},
        "the rollback plan": {
            "rollback": replace(plan, verification=text, steps=(facts.RollbackStep("Back", text),) * count)
        },
        "the sheet": {"sheet": replace(sample.SHEET, issues=text, resolution=text, caveats=text)},
        "a request": {"probes": tuple(replace(sample.probe(2), id=f"p-{n}", request=text) for n in range(count))},
    }
    if kind in items:
        return replace(record, sections=(replace(section, items=(replace(item, **items[kind]),)),))
    return replace(record, **changes[kind])


KINDS = (
    "the text of an item", "its result", "its command", "its rejections", "its fallen keys", "a note", "a waiver",
    "the text of a section", "the rollback plan", "the sheet", "a request",
)  # fmt: skip


def lines_printed(record: facts.Record) -> int:
    return sum(lines_of(value) for name, value in vars(build(record)).items() if name != "facts")


@pytest.mark.parametrize("text", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("kind", KINDS)
def test_of_one_text_so_much_is_printed_and_where_the_rest_is(kind: str, text: str) -> None:
    record = with_text(kind, text)
    assert lines_printed(record) < lines_printed(with_text(kind, "x")) + 4 * MOST
    if kind not in ("its rejections", "its fallen keys"):
        words = str(vars(build(record)))
        assert f"SHA-256 {hashlib.sha256(text.encode()).hexdigest()}" in words
        assert "is in record.json" in words
    assert json.dumps(text, ensure_ascii=False)[1:200] in machine_record(build(record)).decode()


@pytest.mark.parametrize("kind", KINDS)
def test_of_all_texts_of_a_chapter_so_much_is_printed(kind: str) -> None:
    few, many = (lines_printed(with_text(kind, "a\n" * 1_000, count)) for count in (40, 80))
    texts = 3 if kind == "a waiver" else 1
    assert many - few <= 40 * (texts * LEAST + 23 + 3 * texts)  # what names each of them, and its first lines
    assert many < CHAPTER + 80 * (27 + 3 * texts) + 4 * MOST


def test_a_text_that_fits_is_printed_whole() -> None:
    text = "\n".join(f"Line {number}" for number in range(MOST))
    assert build(with_text("a note", text)).evidence[0].paragraphs == tuple(text.splitlines())


def test_removed_evidence_is_named_and_not_printed() -> None:
    record = with_text("a note", "Not for paper.")
    gone = replace(record.evidence[0], removed="Taken away from item 1 by Ruth, 2026-11-29.")
    document = build(replace(record, evidence=(gone,)))
    assert document.evidence[0].paragraphs == (gone.removed,)
    assert document.evidence[0].code == (gone.sha256,)
    assert b"Not for paper." in machine_record(document)


def test_what_one_item_names_has_a_limit_that_is_said() -> None:
    record = with_text("a note", "Seen.", MOST_LISTED + 7)
    section = record.sections[0]
    item = replace(section.items[0], evidence=tuple(each.id for each in record.evidence))
    document = build(replace(record, sections=(replace(section, items=(item,)),)))
    named = [line.text for line in document.sections[0].entries[0].lines if line.name == "evidence"]
    assert len(named) == MOST_LISTED + 1
    assert named[0] == "7 earlier pieces, in record.json"


@pytest.mark.parametrize("kind", ["a note", "a waiver"])
def test_of_too_many_entries_the_first_are_printed_and_the_rest_counted(kind: str) -> None:
    document = build(with_text(kind, "Seen.", MOST_ENTRIES + 2))
    rows, lead = {
        "a note": (document.evidence, document.evidence_lead), "a waiver": (document.waivers, document.waivers_lead)
    }[kind]  # fmt: skip
    assert len(rows) == MOST_ENTRIES
    assert "in record.json" in lead


def test_of_too_many_waivers_those_that_ended_are_left_out_first() -> None:
    record = with_text("a waiver", "Seen.", MOST_ENTRIES + 1)
    ended = tuple(replace(each, state="ended") for each in record.waivers[:-1])
    document = build(replace(record, waivers=(*ended, record.waivers[-1])))
    assert document.waivers[0].number == f"W-{MOST_ENTRIES + 1:02d}"


def test_the_notes_that_stopped_a_record_for_good_no_longer_do() -> None:
    notes = [with_text("a note", text, 6).evidence for text in (LETTERS, WORDS["one line of JSON"])]
    evidence = tuple(replace(each, id=f"n-{n}") for n, each in enumerate((*notes[0], *notes[1])))
    made = pdf.render(replace(sample.record(2, 1), evidence=evidence), lambda step, pages: None)
    assert made.pages < 40
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=made.pdf, capture_output=True, check=True).stdout
    assert text.count(b"Printed up to here.") == len(evidence)
