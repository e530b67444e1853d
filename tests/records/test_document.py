"""The record as a pure value: numbers, counts, exceptions and the files inside it."""

import json

import pytest

from apps.records import pdf
from apps.records.document import attachments, build, facts, machine_record, printed, shell, wording
from tests.records import sample
from tests.records.sample import replace


def files(document):
    return {file.name: file for file in attachments(document)}


@pytest.mark.parametrize(
    ("record", "word", "tail"),
    [
        (sample.record(4, 1), "GO", "with caveats"),
        (replace(sample.record(4, 1), sheet=replace(sample.SHEET, answer="yes")), "GO", "production-ready"),
        (sample.refused(), "NO-GO", "not production-ready"),
        (replace(sample.record(4, 1), sheet=replace(sample.SHEET, verified=None)), "OPEN", "no decision yet"),
        (sample.troubled(), "OPEN", "no decision yet"),
        (
            replace(sample.troubled(), decision=facts.Decision("closed", "cancelled", "NO-GO")),
            "NONE",
            "cancelled without a decision",
        ),
    ],
)
def test_the_cover_says_what_two_people_decided_and_nothing_else(record, word, tail):
    cover = build(record).cover
    assert (cover.verdict, cover.tail) == (word, tail)


def test_a_record_that_went_through_has_nothing_to_look_at_first():
    document = build(sample.record())
    assert document.exceptions == ()
    assert "open items, waivers, items that do not apply, added items, carried items, rejections" in document.clean


def test_look_here_first_names_every_exception_with_its_items():
    found = {each.what: each for each in build(sample.troubled()).exceptions}
    open_items = found["items not settled: a key is missing or a probe blocks, and no waiver is approved"]
    assert (open_items.figure, [each.anchor for each in open_items.references]) == (2, ["item-2", "item-3"])
    assert found["item rejected at least once"].references[0].text == "item 2"
    assert found["item whose keys fell out at least once"].references[0].text == "item 5, critical"
    assert found["probes without a pass: failed, or no result"].figure == 2
    assert found["entries written between the request for this record and its making"].figure == 2


def test_only_items_that_something_links_to_carry_an_anchor():
    document = build(sample.troubled())
    linked = {ref.anchor for each in document.exceptions for ref in each.references}
    assert {entry.anchor for section in document.sections for entry in section.entries} - {""} == linked


def test_counts_add_up():
    counts = {each.noun: each for each in build(sample.troubled()).cover.counts}
    assert [counts[noun].figure for noun in ("items", "signed", "waived", "open")] == ["16", "13", "1", "2"]


def test_an_unsigned_key_is_printed_as_missing():
    entry = build(sample.troubled()).sections[0].entries[1]
    assert [(line.classes, line.initials) for line in entry.signatures] == [("key--half", "ع ح"), ("key--empty", "2nd")]


def test_a_waived_item_never_reads_as_signed():
    entry = build(sample.troubled()).sections[0].entries[0]
    assert entry.past[-1].name == "WAIVED"
    assert {line.classes for line in entry.signatures} == {"key--waived"}


def test_every_signature_line_has_the_same_fixed_width():
    document = build(sample.troubled())
    lines = [line for section in document.sections for entry in section.entries for line in entry.signatures]
    assert {len(line.fixed) for line in lines if "empty" not in line.classes} == {49}
    assert {len(row.fixed) for row in build(sample.record()).probes} == {44}
    assert {len(row.fixed) for row in document.evidence} == {34}


def test_record_json_holds_every_signature_whole():
    data = json.loads(machine_record(build(sample.record())))
    items = [item for section in data["facts"]["sections"] for item in section["items"]]
    assert sum(len(item["signatures"]) for item in items) == 48
    assert items[0]["signatures"][1] == {
        "slot": 2,
        "meaning": "verified",
        "name": "Ingrid Holm",
        "at": "2026-10-05T09:15:09.120Z",
        "digest": sample.sha(1),
        "person": "person-4",
    }


def test_record_json_is_canonical_and_says_where_the_ledger_is():
    data = machine_record(build(sample.record()))
    assert data == json.dumps(json.loads(data), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert b'"body"' not in data


def test_ledger_json_holds_every_entry_with_its_texts():
    ledger = json.loads(files(build(sample.record()))["ledger.json"].data)
    assert len(ledger["entries"]) == 96
    assert ledger["entries"][5]["openings"]["title"]["value"] == "Check"
    assert ledger["head"]["digest"] == ledger["entries"][-1]["digest"]


def test_the_manifest_lists_every_file_in_the_form_of_sha256sum():
    document = build(sample.record())
    lines = files(document)["manifest.sha256"].data.decode().splitlines()
    assert lines[1] == f"{files(document)['record.json'].sha256}  record.json"
    assert lines[2] == f"{sample.sha('file 2')}  E-01 load-test-2.html"
    assert len(lines) == 2 + 12


def test_a_file_name_cannot_break_the_manifest():
    odd = replace(sample.evidence(2), title="../a\nb\\c")
    document = build(replace(sample.record(), evidence=(odd,)))
    assert files(document)["manifest.sha256"].data.decode().splitlines()[2].endswith("  E-01 .._a b_c")


def test_a_broken_chain_is_said_at_the_top_of_its_part():
    record = sample.record()
    broken = replace(record, ledger=replace(record.ledger, faults=("entry 3: its text does not match its digest",)))
    document = build(broken)
    assert "the chain does not hold: 1 fault found" in document.ledger_lead
    assert document.ledger_lines[-1].name == "FAULT"


def test_what_is_not_there_is_said():
    bare = replace(
        sample.record(2, 1),
        sections=(facts.Section("Empty", "", (), ()),),
        evidence=(),
        probes=(),
        rollback=None,
        ledger=replace(sample.ledger(2), anchor=None),
    )
    document = build(bare)
    assert document.sections[0].summary == "No items."
    assert document.probes_lead == "No probe is attached to an item."
    assert document.evidence_lead == "No evidence was added."
    assert document.rollback_lead == "There is no rollback plan."
    assert "not yet noted on the chain of the instance" in str(document.ledger_lines)
    assert {each.what for each in document.exceptions} == {"thing the rollback plan lacks"}


def test_evidence_that_was_taken_away_says_so_on_paper():
    taken = sample.evidence(2)._replace(removed="Taken away from item 2 by Lena Fischer, 2026-10-05 10:00:00 UTC.")
    row = build(replace(sample.record(2, 1), evidence=(taken,))).evidence[0]
    assert row.paragraphs == (taken.removed,)


def test_every_text_that_is_printed_is_searched_for_characters_without_a_shape():
    record = replace(sample.troubled(), requested_by="Ⅰ", deployment=replace(sample.DEPLOYMENT, team="Ⅱ"))
    html, _ = pdf._page(build(record))
    rare = {character for character in html if character > "\u024f"}
    literal = {character for character in pdf._page(build(sample.record(2, 1)))[0] if character > "\u024f"}
    assert rare - literal <= set(printed(build(record)))
    assert {"Ⅰ", "Ⅱ", "\u2603", "\U0001f680"} <= rare
    assert pdf.unprintable("".join(literal)) == ()


def test_the_reason_of_a_cancelled_deployment_is_on_the_cover():
    decision = facts.Decision("closed", "cancelled", "NO-GO", reason="The supplier withdrew it.")
    assert "The supplier withdrew it." in build(replace(sample.troubled(), decision=decision)).cover.why


def test_an_ended_waiver_says_so_and_lets_nothing_through():
    ended = replace(sample.waiver(3, "ended"), note="ended 2026-10-05 09:00:00 UTC: done after all")
    document = build(replace(sample.troubled(), waivers=(ended,)))
    assert {line.name: line.text for line in document.waivers[0].lines}["note"].endswith("done after all")
    assert "OPEN" not in {line.name for line in document.sections[0].entries[2].past}


def test_a_result_of_several_lines_is_named_once():
    item = replace(sample.signed_item(1), result="Took 4 min.\nNo errors.")
    document = build(replace(sample.record(1, 1), sections=(facts.Section("One", "", (), (item,)),)))
    lines = document.sections[0].entries[0].lines
    assert [(line.name, line.text) for line in lines][:2] == [("result", "Took 4 min."), ("", "No errors.")]


def test_what_a_run_is_compared_with_is_printed_beside_it():
    compared = replace(sample.probe(1), baseline="+38 % against the baseline of 154 ms, set by Lena Brandt")
    row = build(replace(sample.record(1, 1), probes=(compared,))).probes[0]
    assert {line.name: line.text for line in row.lines}["baseline"] == compared.baseline


def test_a_run_that_never_answered_has_no_digest_to_print():
    silent = replace(sample.probe(2, "no result"), response_digest="", conditions=(), is_covered=True)
    row = build(replace(sample.record(2, 1), probes=(silent,))).probes[0]
    assert [line.name for line in row.lines] == ["probe", "run"]
    assert row.lines[0].text.endswith("the run that the keys of item 2 cover")


def test_a_long_history_shows_its_first_and_last_milestones():
    ledger = sample.ledger(500)
    entries = tuple(replace(entry, kind="waiver.requested") for entry in ledger.entries)
    rows = build(replace(sample.record(1, 1), ledger=replace(ledger, entries=entries))).checkpoints
    assert len(rows) == 120
    assert (rows[0].sequence, rows[-1].sequence, rows[-1].is_head) == ("0", "499", True)


def test_one_person_with_two_keys_of_an_item_would_be_named():
    item = replace(sample.signed_item(1), signatures=(sample.key(1, 0, 1, 1), sample.key(2, 0, 2, 1)))
    document = build(replace(sample.record(1, 1), sections=(facts.Section("One", "", (), (item,)),)))
    assert "One person turned two keys of item 1." in document.people_lead


def test_one_database_role_is_called_tamper_evident_and_not_more():
    assert "tamper-evident, not tamper-proof" in str(build(sample.troubled()).ledger_lines)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Amélie Moreau", "AM"),
        ("Cher", "C"),
        ("佐藤 美咲", "佐藤"),
        ("عمر الحداد", "ع ح"),
        ("  ", "?"),
        ("ann b. cole", "AC"),
    ],
)
def test_initials_fit_a_key(name, letters):
    assert wording.initials(name) == letters


def test_commands_break_at_spaces_only_and_lose_nothing():
    lines = shell.command_lines("echo " + "--option " * 60 + "\n\n  indented")
    assert all(len(row) <= 96 for row in lines[0].split("\n"))
    assert lines[0].replace("\\\n", "") == ("echo " + "--option " * 60).strip()
    assert lines[1] == "  indented"


def test_hidden_direction_marks_are_spelt_out():
    assert wording.line("safe\u202eexe.txt\x07") == "safe⟨U+202E⟩exe.txt�"


FENCED = """Look here, `first`:

```python
def ready():
    return {
	"yes": 1,
    }
```

  ~~~
  in a list
    deeper
  ~~~
Then go on.
````
~~~ is none, nor is ```
  and nothing ends it"""


def test_code_in_a_text_is_printed_as_code_with_its_indent_and_without_its_fences():
    assert wording.markdown_lines(FENCED) == (
        ("Look here, first:", False),
        ("def ready():", True), ("    return {", True), ('    "yes": 1,', True), ("    }", True),
        ("in a list", True), ("  deeper", True),
        ("Then go on.", False),
        ("~~~ is none, nor is ```", True), ("  and nothing ends it", True),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        (
            "Run **all** of it, see [the guide](https://example.org/a_b?x=1)",
            "Run all of it, see the guide (https://example.org/a_b?x=1)",
        ),
        ("## Before **you** begin ##x", "Before you begin ##x"),
        ("- [ ] `**kwargs` and `[a](b)`", "- [ ] **kwargs and [a](b)"),
        ("* **bold *both* it** item", "* bold *both* it item"),
        ("snake_case 2*3*4 __init__ https://e.org/_a_", "snake_case 2*3*4 __init__ https://e.org/_a_"),
        (
            "[https://e.org](https://e.org) [a@b.c](mailto:a@b.c) <https://e.org/x>",
            "https://e.org a@b.c https://e.org/x",
        ),
        ("[![how it went](b.svg)](https://e.org)", "how it went (b.svg) (https://e.org)"),
        ("\\*as it stands\\*, 1 < 2 <b>x</b>", "*as it stands*, 1 < 2 <b>x</b>"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
    ],
)
def test_a_line_of_markdown_is_printed_in_words(line, printed):
    assert wording.markdown_lines(line) == ((printed, False),)


def test_what_would_keep_the_parser_busy_is_printed_as_it_was_written():
    for line in ("[" * 101 + "**a**", "**a** " * 1_000):
        assert wording.words(line) == line


def test_code_in_the_texts_of_items_and_sections_is_printed_as_code():
    record = sample.record(2, 1)
    item = replace(record.sections[0].items[0], text=FENCED)
    (section,) = build(replace(record, sections=(replace(record.sections[0], text=FENCED, items=(item,)),))).sections
    expected = [*wording.markdown_lines(FENCED)]
    assert [(line.text, line.code) for line in section.paragraphs] == expected
    assert [(line.text, line.code) for line in section.entries[0].paragraphs] == expected


def test_a_section_without_items_says_so_only_where_it_holds_nothing_else():
    record = sample.record(2, 1)
    empty = replace(record.sections[0], title="Back", items=())
    sections = build(replace(record, sections=(empty, replace(empty, text="Read this.")))).sections
    assert [(section.summary, section.short) for section in sections] == [("No items.", "Back"), ("", "Back")]
