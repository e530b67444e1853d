"""What a record says of limits, and of items that were added or do not apply."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from apps.records.document import chapters, entries
from apps.records.document.budget import Budget
from apps.records.document.facts import Condition, Limit, Variable
from tests.records import sample


@pytest.mark.parametrize(
    ("items", "sections", "words"),
    [
        ((), (), "p95 latency: below 2 s, used by no item or section"),
        ((7,), (), "p95 latency: below 2 s, used by item 7"),
        ((), (4, 12), "p95 latency: below 2 s, used by sections 3.4, 3.12"),
        ((7, 9), (4,), "p95 latency: below 2 s, used by items 7, 9 and by section 3.4"),
        (tuple(range(1, 60)), (), "p95 latency: below 2 s, used by items 1, 2"),
    ],
)
def test_a_limit_says_which_items_and_sections_use_it(
    items: tuple[int, ...], sections: tuple[int, ...], words: str
) -> None:
    limit = Limit("p95", "p95 latency", "2", "s", "below 2 s", items, sections)
    [line] = chapters.limit_lines((limit,))
    assert line.text.startswith(words)
    assert line.text == words or len(items) > chapters.MOST_NUMBERS
    assert (" more" in line.text) == (len(items) > chapters.MOST_NUMBERS)


def test_answers_stand_on_paper_with_the_names_that_conditions_use() -> None:
    asked = Variable("LOAD_TEST", "Is there a load test?", "no")
    answers = (asked, Variable("OLD", "", "2.4"), Variable("NEW", "Next", ""))
    assert [line.text for line in chapters.answer_lines(answers)] == [
        "Is there a load test? = no (LOAD_TEST)", "OLD = 2.4", "Next = left empty (NEW)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "labels"),
    [
        ({"added": True, "inapplicable": "", "conditions": ()}, ["added"]),
        ({"added": False, "inapplicable": "Only in staging.", "conditions": ("x",)}, ["NOT HERE"]),
        ({"added": False, "inapplicable": "", "conditions": ("the environment is staging",)}, ["applies"]),
    ],
)
def test_an_item_says_whether_it_was_added_and_why_it_does_not_apply(facts: dict[str, Any], labels: list[str]) -> None:
    assert [line.name for line in entries._applying(cast(Any, SimpleNamespace(origin=None, **facts)))] == labels


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (
            Condition("latency < 300 ms", "holds", "212 ms", "300 ms"),
            "latency < 300 ms holds: 212 ms, limit used 300 ms",
        ),
        (Condition("status in 200..299", "fails", "503", ""), "status in 200..299 fails: 503"),
        (Condition("size(json.models) >= 6", "no value", "", ""), "size(json.models) >= 6: no value"),
    ],
)
def test_a_condition_says_what_was_measured_and_which_limit_was_used(condition: Condition, words: str) -> None:
    probe = sample.probe(1)._replace(conditions=(condition,))
    labels = cast(Any, SimpleNamespace(probes={probe.id: "P-01"}))
    row = entries.probe_row(probe, labels, Budget())
    assert [line.text for line in row.lines if line.name == "condition"] == [words]


@pytest.mark.parametrize(
    ("value", "words"),
    [("212 ms, Answered 200.", "212 ms, Answered 200"), ("No answer.", "No answer"), ("", "no value")],
)
def test_what_a_run_says_has_no_full_stop_where_the_sentence_goes_on(value: str, words: str) -> None:
    probe = sample.probe(1)._replace(value=value)
    labels = cast(Any, SimpleNamespace(probes={probe.id: "P-01"}))
    assert entries.probe_row(probe, labels, Budget()).strong == words
    assert ".," not in entries._measured(probe)


def test_a_probe_says_who_reported_and_what_it_is_compared_with() -> None:
    probe = sample.probe(1)._replace(reporter="the token “Nightly”", baseline="+38 % against the baseline of 154 ms")
    labels = cast(Any, SimpleNamespace(probes={probe.id: "P-01"}))
    lines = {line.name: line.text for line in entries.probe_row(probe, labels, Budget()).lines}
    assert (lines["reported by"], lines["baseline"]) == (probe.reporter, probe.baseline)
