"""Blanks of an item: each kind says what an answer is, and the workers of a capacity are exact."""

import re
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.checklists.rules.fill_ins import (
    KINDS,
    Capacity,
    FillIn,
    answer,
    capacity,
    capacity_of,
    compared,
    fill_in,
    shown,
)

STRATEGY = FillIn("Strategy", "choice", ("canary", "all at once"))


def test_what_was_typed_becomes_a_fill_in_and_its_values_give_it_again():
    made = fill_in({"label": "Strategy", "kind": "choice", "options": ["canary", "all at once"], "unit": "s"})
    assert made == STRATEGY
    for kind in KINDS:
        one = fill_in({"label": "A", "kind": kind, "options": ["x", "y"], "unit": "s"})
        assert fill_in(one.values()) == one
        assert (one.unit, bool(one.options)) == ("s" if kind == "number" else "", kind == "choice")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "A fill-in needs a label that says what to write into it."),
        ({"label": "A", "kind": "file"}, "“file” is no kind of fill-in. A can be one of text, number, date"),
        ({"label": "A", "kind": "choice"}, "A is a choice without options. Say what can be chosen."),
    ],
)
def test_a_fill_in_that_is_none_is_refused_with_a_sentence(values, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        fill_in(values)


@pytest.mark.parametrize(
    ("asked", "typed", "stored", "printed"),
    [
        (FillIn("Where"), " in the vault ", "in the vault", "in the vault"),
        (FillIn("p95", "number", unit="s"), "2.5 s", "2.5", "2.5 s"),
        (FillIn("On", "date"), "2026-11-29", "2026-11-29", "2026-11-29"),
        (STRATEGY, "All at once", "all at once", "all at once"),
        (FillIn("Ready", "yes_no"), "Yes", "yes", "yes"),
        (
            FillIn("Workers", "capacity"), "Q=20, L=0.3, U=0.6", "Q=20 L=0.3 U=0.6 W=10",
            "10 workers = ⌈20 requests/s × 0.3 s ÷ 0.6⌉",
        ),
    ],
)  # fmt: skip
def test_an_answer_is_stored_as_one_text_and_printed(asked, typed, stored, printed):
    assert answer(asked, typed) == stored
    assert answer(asked, stored) == stored
    assert shown(asked, stored) == printed
    assert shown(asked, "") == ""


@pytest.mark.parametrize(
    ("asked", "typed", "sentence"),
    [
        (FillIn("Where"), " ", "Where is empty."),
        (FillIn("Where"), "x" * 2001, "Where has 2,001 characters; at most 2,000 fit."),
        (FillIn("p95", "number", unit="s"), "2.5 ms", "“2.5 ms” is not a number. Write digits with a point"),
        (FillIn("On", "date"), "29.11.2026", "“29.11.2026” is not a day. Write it as 2026-11-29."),
        (FillIn("On", "date"), "2026-02-30", "is not a day"),
        (STRATEGY, "big bang", "“big bang” is no answer to Strategy. Choose one of canary, all at once."),
        (FillIn("Ready", "yes_no"), "y", "“y” is no answer to Ready. Choose one of yes, no."),
        (FillIn("Workers", "capacity"), "10", "Q is missing: the requests per second."),
        (FillIn("Workers", "capacity"), "Q=20 L=0.3 U=0.6 W=9", "W is 10 for these inputs, not 9."),
    ],
)
def test_an_answer_of_another_kind_is_refused_with_a_sentence(asked, typed, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        answer(asked, typed)


@pytest.mark.parametrize(
    ("inputs", "workers"),
    [(("20", "0.3", "0.6"), 10), (("3", "0.2", "0.6"), 1), (("1", "0.1", "1"), 1), (("1000", "2", "0.7"), 2858)],
)
def test_the_workers_of_a_capacity_are_rounded_up_from_the_exact_quotient(inputs, workers):
    assert capacity(*inputs).workers == workers


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        (("", "0.3", "0.6"), "Q is missing: the requests per second."),
        (("20", "", "0.6"), "L is missing: the seconds that one request takes."),
        (("20", "0.3", ""), "U is missing: the share of its time a worker may be busy."),
        (("0", "0.3", "0.6"), "Q is 0, and must be above 0"),
        (("20", "-1", "0.6"), "L is -1, and must be above 0"),
        (("20", "0.3", "0"), "U is 0, and must be above 0"),
        (("20", "0.3", "60"), "U is 60, and is at most 1: write a target of 60% as 0.6."),
        (("many", "0.3", "0.6"), "Q: “many” is not a number."),
    ],
)
def test_inputs_of_a_capacity_are_checked(inputs, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        capacity(*inputs)


POSITIVE = st.decimals("0.001", 1000, places=3).map(lambda value: f"{value:f}")


@given(POSITIVE, POSITIVE, st.decimals("0.01", 1, places=2).map(lambda value: f"{value:f}"))
def test_any_capacity_is_exact_and_found_again_in_the_text_it_is_stored_as(requests, latency, utilization):
    made = capacity(requests, latency, utilization)
    assert made.workers == ceil(Fraction(requests) * Fraction(latency) / Fraction(utilization))
    assert capacity_of(made.value) == made
    assert Capacity(requests, latency, utilization) == made


def test_a_condition_compares_a_capacity_by_its_workers():
    assert compared(FillIn("Workers", "capacity"), "Q=20 L=0.3 U=0.6 W=10") == "10"
    assert compared(FillIn("Workers", "capacity"), "") == ""
    assert compared(STRATEGY, "canary") == "canary"
    assert shown(FillIn("W", "capacity"), "Q=1 L=1 U=1 W=1").startswith("1 worker =")
