"""Numbers with a name: read, refused, filled into texts and commands, and required before publishing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.checklists.rules.numbers import number
from apps.checklists.rules.parameters import (
    LIMITS,
    MOST_PARAMETERS,
    Parameter,
    fill,
    names_used,
    parameter,
    problems,
    text_of,
    unknown,
)

P95 = Parameter("p95_limit", "p95 latency", "3", "s", "below")
RATE = Parameter("error_rate", "Error rate", "0.1", "%", "below")
KNOWN = {one.name: one for one in (P95, RATE, Parameter("share", unit="%"))}


def test_what_was_typed_becomes_a_parameter_and_its_values_give_it_again():
    made = parameter({"name": "p95_limit", "label": "p95  latency", "value": " 3 s", "unit": "s", "limit": "below"})
    assert made == P95
    assert parameter(made.values()) == made
    assert parameter({"name": "n", "value": 20}) == Parameter("n", value="20")
    assert parameter({"name": "n", "value": 0.5, "label": True}) == Parameter("n", "yes", "0.5")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "“” cannot name a parameter. Use a small letter first"),
        ({"name": "P95"}, "“P95” cannot name a parameter."),
        ({"name": "a" * 41}, "at most 40"),
        ({"name": "a", "limit": "under"}, "“under” is no limit of a. Choose one of below, at_most, above"),
        ({"name": "a", "unit": "x" * 41}, "The unit of a is too long."),
        ({"name": "a", "value": "three"}, "a: “three” is not a number. Write digits with a point"),
        ({"name": "a", "value": "1,000"}, "a: “1,000” is not a number."),
        ({"name": "a", "value": "3 ms", "unit": "s"}, "and with no unit but s."),
        ({"name": "a", "value": True}, "a: “yes” is not a number."),
    ],
)
def test_a_parameter_that_is_none_is_refused_with_a_sentence(values, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        parameter(values)


@pytest.mark.parametrize(
    ("typed", "stored"), [("3", "3"), (" 0.10 ", "0.10"), (".5", "0.5"), ("\u22122", "-2"), ("1500", "1500")]
)
def test_a_number_is_stored_as_digits(typed, stored):
    assert number(typed) == stored


@pytest.mark.parametrize("typed", ["", "1e5", "٣", "1,5", "0x1", "nan", "01", "1.", "1" * 16, "1 2"])
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(ValueError, match="is not a number"):
        number(typed)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("3", "s", "3 s"), ("0.1", "%", "0.1%"), ("2", "x", "2x"), ("1", "days", "1 day"), ("7", "day", "7 days"),
        ("1", "ms", "1 ms"), ("5", "", "5"), ("", "s", ""),
    ],
)  # fmt: skip
def test_a_value_is_shown_with_its_unit(value, unit, shown):
    assert Parameter("a", value=value, unit=unit).shown == shown


def test_the_limit_used_is_printed_in_words():
    assert P95.limit_used == "below 3 s"
    assert Parameter("a", value="3", unit="retries", limit="equal").limit_used == "exactly 3 retries"
    assert Parameter("a", value="90", unit="days").limit_used == "90 days"
    assert Parameter("a", limit="above").limit_used == "above …, not filled in"
    assert Parameter("a").limit_used == "not filled in"
    assert set(LIMITS) == {"below", "at_most", "above", "at_least", "equal", ""}


def test_sentences_take_the_value_with_its_unit_and_commands_the_value_alone():
    text = "p95 < {{p95_limit}}, errors < {{ error_rate }}"
    assert fill(text, KNOWN) == "p95 < 3 s, errors < 0.1%"
    assert fill(text, KNOWN, in_command=True) == "p95 < 3, errors < 0.1"


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ('{"limit": {{p95_limit}}}', '{"limit": 3}'),
        ('{"a": {"limit": {{ p95_limit }}}}', '{"a": {"limit": 3}}'),
        ("echo ${A:-{{p95_limit}}}", "echo ${A:-3}"),
    ],
)
def test_a_brace_behind_a_name_is_one_of_the_text(text, filled):
    assert fill(text, KNOWN, in_command=True) == filled
    assert names_used(text) == ("p95_limit",)


@pytest.mark.parametrize(
    "text",
    [
        "{{ .Values.image }}", "${{ secrets.p95_limit }}", "${{p95_limit}}", "{{{p95_limit}}}", "{{unknown}}",
        "{{share}}", "{{P95_LIMIT}}", "{ {p95_limit}}", "{{p95_limit}", "{{p95-limit}}",
    ],
)  # fmt: skip
def test_braces_of_others_and_names_without_a_value_stay(text):
    assert fill(text, KNOWN) == text


def test_the_names_a_text_uses_and_those_nobody_defines():
    text = "{{b}} {{ a }} {{b}} ${{c}} {{ .d }}"
    assert names_used(text) == ("b", "a")
    assert names_used("nothing") == ()
    assert unknown([text, "{{e}}"], {"a"}) == ("b", "e")


def test_a_placeholder_a_double_and_too_many_block_publishing():
    assert problems([P95, RATE]) == ()
    assert problems([Parameter("share", "Share"), Parameter("n")]) == (
        "Fill in Share ({{share}}): it has no value yet.",
        "Fill in n ({{n}}): it has no value yet.",
    )
    assert problems([P95, P95]) == ("Two parameters are called p95_limit. Rename one.",)
    many = [Parameter(f"a{number}", value="1") for number in range(MOST_PARAMETERS + 1)]
    assert problems(many) == ("There are 201 parameters; a version has at most 200.",)


def test_only_plain_values_have_a_text():
    assert [text_of(value) for value in (None, [1], {1: 2}, " a\n b ", 3, False)] == ["", "", "", "a b", "3", "no"]


@given(
    st.decimals(-1000, 1000, places=3).map("{:f}".format),
    st.sampled_from(["", "s", "%", "days"]),
    st.sampled_from(sorted(LIMITS)),
)
def test_any_parameter_is_read_again_from_its_values_and_from_what_is_shown(value, unit, limit):
    made = parameter({"name": "a", "value": value, "unit": unit, "limit": limit})
    assert parameter(made.values()) == made
    assert number(made.shown, unit=unit) == made.value or made.value == "1"


@given(st.text("{}$ab _.\n", max_size=40))
def test_filling_leaves_every_text_alone_in_which_no_known_name_stands(text):
    assert fill(text, {}) == text
    assert set(names_used(text)) <= set(unknown([text], ()))
