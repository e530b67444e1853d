"""What runs measured as marks, gauges and charts: nothing without a value looks like a pass. Without a database."""

from decimal import Decimal
from typing import Any

import pytest

from apps.boards.selectors.marks import NO_VALUE, NOT_RUN, mark_of, mark_of_condition
from apps.boards.selectors.samples import chart_of, condition_of, gauge, limit_words, samples_of
from apps.probes.conditions.values import quantity
from apps.probes.models import Run
from apps.probes.states import MARKS, State

LINE = "latency < 300 ms, warn 200 ms"


def made(value: str, verdict: str = "pass", line: str = LINE) -> dict[str, Any]:
    return {"expression": line, "verdict": verdict, "explanation": "", "value": value, "limit": "300 ms", "parts": []}


def run(*conditions: dict[str, Any], state: str = State.PASSED, asks: str = LINE) -> Run:
    return Run(state=state, conditions=list(conditions), kind="http", config={"conditions": asks})


def charted(*runs: Run) -> dict[str, Any]:
    condition = condition_of("http", LINE)
    chart = chart_of(condition, samples_of(LINE, runs))
    assert chart
    return chart


def shapes(chart: dict[str, Any]) -> list[str]:
    return [name for name, _ in chart["dots"]]


def test_every_state_has_a_shape_of_its_own_and_a_word():
    assert set(MARKS) == set(State)
    marks = [*MARKS.values(), NOT_RUN]
    assert len({mark.word for mark in marks}) == len(marks)
    assert len({MARKS[state].shape for state in State if state != State.QUEUED}) == len(State) - 1
    assert mark_of(None) == NOT_RUN


def test_a_warning_about_what_has_no_value_is_no_pass():
    assert mark_of_condition(made("", "warn")) == NO_VALUE
    assert mark_of_condition(made("250 ms", "warn")).shape == "verified"
    assert mark_of_condition(made("400 ms", "fail")).shape == "failed"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("300 ms", (Decimal("0.3"), "ms")),
        ("200", (Decimal(200), "")),
        ("20 %", (Decimal("0.2"), "%")),
        ("-3 d", (Decimal(-259_200), "d")),
        ("3 parsecs", None),
        ("“200”", None),
        ("a list of 3", None),
        ("", None),
    ],
)
def test_a_value_that_is_a_number_is_read_again_in_its_unit(text, found):
    assert quantity(text) == found


def test_a_limit_is_said_as_people_say_it():
    words = {line: limit_words(condition_of("http", line)) for line in (LINE, "status == 200", "status in 200..299")}
    assert words == {LINE: "under 300 ms", "status == 200": "is 200", "status in 200..299": "in 200..299"}
    assert limit_words(condition_of("http", "status == 200 || json.up")) == ""


def test_a_line_that_is_read_no_longer_has_neither_limit_nor_gauge():
    assert condition_of("http", "speed < 3") is None
    assert condition_of("a kind that is gone", LINE) is None
    assert (limit_words(None), gauge(None, "3 ms")) == ("", None)


def test_the_limit_of_a_gauge_is_always_at_one():
    ceiling, floor = condition_of("http", LINE), condition_of("http", "size(json.models) >= 6")
    assert gauge(ceiling, "150 ms") == {"ok_from": "0", "ok": "1", "value": "0.5", "warn": "0.67"}
    assert gauge(floor, "5") == {"ok_from": "1", "ok": "0.5", "value": "0.83", "warn": ""}
    assert gauge(ceiling, "9 s") == {"ok_from": "0", "ok": "1", "value": "1.5", "warn": "0.67"}
    assert gauge(ceiling, "") == {"ok_from": "0", "ok": "1", "value": "", "warn": "0.67"}
    assert gauge(condition_of("http", "status == 200"), "200") is None
    assert gauge(condition_of("http", "size > 0 B"), "3 B") is None


def test_the_line_breaks_where_a_value_is_missing_and_a_ring_or_hollow_square_stands_at_the_foot():
    none, lost = run(made("", "inconclusive"), state=State.INCONCLUSIVE), run(state=State.LOST)
    chart = charted(
        run(made("100 ms")), run(made("200 ms")), none, lost, run(made("300 ms", "fail"), state=State.FAILED)
    )
    assert chart["line"] == "M0 75 1 50 M4 25"
    assert chart["dots"] == [
        ("run", "M0 75h0M1 50h0"),
        ("run failed", "M4 25h0"),
        ("run half", "M2 97h0"),
        ("run hole", "M2 97h0"),
        ("run failed", "M3 97h0"),
        ("run hole lost", "M3 97h0"),
    ]
    assert (chart["limit"], chart["top_text"], chart["foot_text"]) == ("25", "400 ms", "0 ms")


def test_nothing_that_is_no_pass_is_a_dot():
    for state, condition in (
        (State.FAILED, [made("400 ms", "fail")]),
        (State.FAILED, []),
        (State.INCONCLUSIVE, [made("", "inconclusive")]),
        (State.INCONCLUSIVE, []),
        (State.LOST, []),
    ):
        assert "run" not in shapes(charted(run(*condition, state=state)))


def test_what_a_run_did_not_ask_is_left_out():
    other = run(made("3", line="size(json) > 1"), asks="size(json) > 1")
    assert samples_of(LINE, [other, run(asks="status == 200", state=State.LOST)]) == []
    assert chart_of(condition_of("http", LINE), []) is None


def test_an_axis_ends_with_a_number_that_people_read_and_holds_values_below_zero():
    assert charted(run(made("0 ms")), run(made("2.31 s", "fail")))["top_text"] == "3000 ms"
    chart = chart_of(None, samples_of("x", [run(made("-3", line="x"), asks="x"), run(made("7", line="x"), asks="x")]))
    assert chart
    assert (chart["top_text"], chart["foot_text"], chart["limit"]) == ("8", "-3", "")


def test_of_a_small_chart_only_the_last_that_passed_has_a_mark():
    samples = samples_of(LINE, [run(made("100 ms")), run(made("200 ms"))])
    chart = chart_of(condition_of("http", LINE), samples, is_small=True)
    assert chart
    assert chart["dots"] == [("run", "M1 50h0")]
