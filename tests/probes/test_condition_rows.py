"""Conditions as rows: whatever text there is opens as rows and comes back with the same meaning, wrong lines too."""

from dataclasses import replace

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from apps.probes.conditions import SIGNS, BadCondition, Condition, ConditionRow, parse, patterns, rows_of, text_of
from apps.probes.conditions.grammar import OPERATORS
from apps.probes.forms import FORMS, rearranged
from apps.probes.kinds import KINDS, Http
from tests.probes.test_conditions import VALUES

PARTS = st.sampled_from([
    "status", "latency", "json.a", 'json["odd  name"]', "json[0]", "size(json.a)", "speed", "any(", "all(", "(", ")",
    "==", "!=", "<", "<=", ">", ">=", "in", "contains", "matches", "&&", "||", "?", ":", ",", "-", "..", "[", "]", "!",
    "200", "-1", "0.5", "300 ms", "300ms", "5 %", "1 GB", "3 parsecs", '"x"', "'a == b'", '"warn: < 3"', "true", "null",
    "warn", "warn:", "warn :", ", warn 200 ms", "json.a.all(x, x > 1)", "size", "\n", "\r\n", "  ", "\t", ";", "\u202e",
])  # fmt: skip
TEXTS = st.lists(st.tuples(PARTS, st.sampled_from(["", " ", "  "])), max_size=14).map(
    lambda parts: "".join(part + space for part, space in parts)
)


def meaning(text: str) -> tuple[Condition, ...] | str:
    """What a text asks, however it is spaced; why it is refused, where it is."""
    try:
        return tuple(replace(each, expression="") for each in parse(text, VALUES))
    except BadCondition as refused:
        return str(refused)


@given(text=TEXTS | st.text(max_size=60))
def test_rows_of_any_text_mean_the_same_and_are_written_alike_ever_after(text: str) -> None:
    rows = rows_of(text)
    written = text_of(rows)
    assert rows_of(written) == rows
    assert text_of(rows_of(written)) == written
    if not (isinstance(meaning(text), str) and "is not part of a condition" in str(meaning(text))):
        assert meaning(written) == meaning(text)
    else:
        assert "is not part of a condition" in str(meaning(written))


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("latency<300 ms,  warn 200 ms", ConditionRow("latency", "<", "300 ms, warn 200 ms")),
        ("warn :certificate_days > 30 d", ConditionRow("certificate_days", ">", "30 d", warns=True)),
        ("status in [200, 304]", ConditionRow("status", "in", "[200, 304]")),
        ("size(json.models) >= 6", ConditionRow("size(json.models)", ">=", "6")),
        ('json["a == b"] contains "< 3"', ConditionRow('json["a == b"]', "contains", '"< 3"')),
        ("latency < 300", ConditionRow("latency", "<", "300")),
        ("speed ==", ConditionRow("speed", "==", "")),
        ("any(up == 1)", ConditionRow("any(up == 1)")),
        ("warn: status == 200 && latency < 1 s", ConditionRow("status == 200 && latency < 1 s", warns=True)),
        ("warn:", ConditionRow("warn:")),
        ("status == 200; drop", ConditionRow("status == 200; drop")),
    ],
)
def test_a_comparison_has_three_fields_and_all_else_is_one(line: str, row: ConditionRow) -> None:
    assert rows_of(line) == [row]


def test_there_is_a_word_for_every_sign() -> None:
    assert SIGNS.keys() == OPERATORS


def test_rows_in_which_nothing_was_written_are_no_conditions() -> None:
    assert text_of(
        [
            ConditionRow(sign="=="),
            ConditionRow("status", "==", "200"),
            ConditionRow(warns=True),
            ConditionRow("", "==", "5"),
        ]
    ) == ("status == 200\n== 5")


@pytest.mark.parametrize("kind", KINDS)
def test_the_usual_conditions_are_written_as_their_rows_say_them(kind: str) -> None:
    assert text_of(rows_of(KINDS[kind].USUAL)) == KINDS[kind].USUAL


@given(text=TEXTS)
def test_what_is_stored_is_what_its_rows_say(text: str) -> None:
    """Else whoever opens a probe and saves it as it is would change it, and keys would fall out."""
    stored = Http.tidied({"conditions": text, "for_each": ""})["conditions"]
    assert stored == text_of(rows_of(stored))


def sent(*rows: tuple[str, str, str, str], **more: str) -> QueryDict:
    data = QueryDict(mutable=True)
    for values in rows:
        for name, value in zip(("value", "sign", "limit", "level"), values, strict=True):
            data.appendlist(f"condition_{name}", value)
    data.update(more)
    return data


STATUS, SLOW, ANY = (
    ("status", "==", "200", "fails"),
    ("latency", "<", "300", "warns"),
    ('json.a || body == "x"', "", "", "fails"),
)
TYPED = {"name": "Health", "url": "https://gateway.example/health"}


def test_rows_that_are_sent_are_one_text() -> None:
    form = FORMS["http"](sent(STATUS, ("latency", "<", "300 ms", "warns"), ANY, **TYPED))
    assert form.is_valid(), form.errors
    assert form.settings()["conditions"] == 'status == 200\nwarn: latency < 300 ms\njson.a || body == "x"'
    none = FORMS["http"](sent(("", "==", "", "fails"), **TYPED))
    assert none.is_valid()
    assert KINDS["http"].parse(none.settings()).conditions == KINDS["http"].USUAL


def test_what_is_wrong_stands_at_each_row_that_is_and_nothing_typed_is_lost() -> None:
    empty, unknown = ("", "==", "", "fails"), ("speed", ">", " 3 ", "warns")
    form = FORMS["http"](sent(STATUS, SLOW, empty, unknown, **TYPED))
    assert not form.is_valid()
    question = form.what_has_to_hold
    wrong = {place: why for place, (_, why) in enumerate(question.rows) if why}
    assert wrong.keys() == {1, 3}
    assert "needs a unit: write 300 ms or 300 s" in wrong[1]
    assert "There is no value called “speed” here" in wrong[3]
    assert [row for row, _ in question.rows] == [
        ConditionRow("status", "==", "200"), ConditionRow("latency", "<", "300", warns=True), ConditionRow("", "=="),
        ConditionRow("speed", ">", "3", warns=True),
    ]  # fmt: skip
    assert question.faults == []


def test_what_a_kind_cannot_judge_stands_at_its_row_too() -> None:
    form = FORMS["http"](sent(STATUS, ("body", "contains", '"up"', "fails"), **TYPED, method="HEAD"))
    assert not form.is_valid()
    assert [why for _, why in form.what_has_to_hold.rows] == ["", "HEAD brings no body to judge; ask with GET."]


def test_what_no_row_is_wrong_with_stands_at_all_of_them() -> None:
    form = FORMS["http"](sent(("status", "==", "200", "warns"), **TYPED))
    assert not form.is_valid()
    assert [why for _, why in form.what_has_to_hold.rows] == [""]
    assert "All of these only warn" in form.what_has_to_hold.faults[0]
    many = FORMS["http"](sent(*[STATUS] * 21, **TYPED))
    assert not many.is_valid()
    assert "at most 20 conditions" in many.what_has_to_hold.faults[0]


def test_a_text_that_is_sent_stays_one_and_says_what_is_wrong() -> None:
    form = FORMS["http"](TYPED | {"conditions": "latency < 300"})
    assert not form.is_valid()
    assert form.what_has_to_hold.is_text
    assert "needs a unit" in form.what_has_to_hold.faults[0]


def test_buttons_rearrange_what_was_typed_and_keep_the_rest() -> None:
    rest = (ConditionRow("status", "==", "200"), ConditionRow("latency", "<", "300", warns=True))
    assert rearranged(sent(STATUS, SLOW)) == rest
    assert rearranged(sent(STATUS, SLOW, more="comparison")) == (*rest, ConditionRow(sign="=="))
    assert rearranged(sent(STATUS, SLOW, more="expression")) == (*rest, ConditionRow())
    assert rearranged(sent(STATUS, SLOW, add="any(up == 1)")) == (*rest, ConditionRow("any(up == 1)"))
    assert rearranged(sent(STATUS, SLOW, remove="1")) == rest[1:]
    assert rearranged(sent(STATUS, SLOW, remove="9")) == rearranged(sent(STATUS, SLOW, remove="x")) == rest
    text = "status == 200\nwarn: latency < 300"
    assert rearranged(sent(STATUS, SLOW, **{"as": "text"})) == text
    assert rearranged({"conditions": text, "as": "rows"}) == rest
    assert rearranged({"conditions": text, "add": "up == 1"}) == f"{text}\nup == 1"


def test_values_to_choose_from_are_those_that_the_settings_name() -> None:
    queries = "p95 [ms] = histogram\nerrors = rate"
    assert FORMS["prometheus"](initial={"queries": queries}).measured == ["p95", "errors", "latency"]
    assert "ok" in FORMS["push"](initial={"names": "not a name!"}).measured


def test_where_a_pattern_is_refused_no_other_one_is_tried(monkeypatch) -> None:
    tried = []

    def refuse(matching: str) -> bool:
        tried.append(matching)
        return False

    monkeypatch.setattr(patterns, "_is_pattern", refuse)
    rows = [("body", "matches", f'"a{number}"', "fails") for number in range(19)]
    form = FORMS["http"](sent(*rows, SLOW, **TYPED))
    assert not form.is_valid()
    assert {*tried} == {'it.matches(r"a0")'}
    assert [place for place, (_, why) in enumerate(form.what_has_to_hold.rows) if why] == [0, 19]


@pytest.mark.parametrize("number", ["9" * 5000, "0", "-1", "x", ""])
def test_no_row_goes_where_none_is_named(number: str) -> None:
    assert rearranged(sent(STATUS, remove=number)) == (ConditionRow("status", "==", "200"),)
