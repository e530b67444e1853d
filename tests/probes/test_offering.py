"""What an answer offers to be a condition: every line of it can be read, and holds now."""

from decimal import Decimal

import pytest

from apps.probes.conditions import ANYTHING, NUMBER, TEXT, Measured, Series, Value, parse, verdict_of
from apps.probes.conditions.offering import MOST, offered

VALUES = {"status": NUMBER, "latency": "ms", "certificate_days": "d", "body": TEXT, "json": ANYTHING, "up": NUMBER}
JSON = {
    "status": "healthy",
    "models": ["a", "b"],
    "odd name": True,
    "deep": {"er": {"still": {"deeper": 1}}},
    "ratio": Decimal("0.5"),
    "nothing": None,
    "quoted": 'say "hi"',
    "hidden": "a\u202eb",
    "empty": "",
    "long": "x" * 200,
}
MEASURED: Measured = {
    "status": Value(200),
    "latency": Value(Decimal("0.143"), "ms"),
    "certificate_days": Value(Decimal(96 * 86_400), "d"),
    "json": Value(JSON),
    "up": Series((("one", Value(1)), ("two", Value(1)))),
}


def test_each_value_is_offered_with_a_condition_that_it_meets():
    found = {name: (value, condition) for name, value, condition in offered(MEASURED)}
    assert found == {
        "status": ("200", "status == 200"),
        "latency": ("143 ms", "latency < 286 ms"),
        "certificate_days": ("96 d", "certificate_days > 48 d"),
        "json.status": ("“healthy”", 'json.status == "healthy"'),
        "size(json.models)": ("2", "size(json.models) >= 2"),
        'json["odd name"]': ("true", 'json["odd name"] == true'),
        "json.ratio": ("0.5", "json.ratio == 0.5"),
        "up": ("two: 1", "up == 1"),
    }


def test_all_that_is_offered_can_be_read_and_holds():
    lines = dict.fromkeys(condition for _, _, condition in offered(MEASURED))
    assert verdict_of(each.judge(MEASURED) for each in parse("\n".join(lines), VALUES)) == "pass"


@pytest.mark.parametrize(
    "text",
    ["a\u2028b", "a\u2029b", "a\tb", "a  b", "a\u00a0b", "a\rb", "a\x85b", "f\u0430iled", "\u0441\u043e\u0440",
     "a\ufe0f", "\uff4f\uff4b", "\u2800", "a\x1cb"],
)  # fmt: skip
def test_a_text_of_which_the_condition_would_say_something_else_is_not_offered(text):
    assert offered({"json": Value({"state": text})}) == []
    named = offered({"json": Value({text: 1})})
    assert all(verdict_of([parse(line, VALUES)[0].judge({"json": Value({text: 1})})]) == "pass" for *_, line in named)


def test_what_an_answer_calls_by_other_letters_is_offered_by_a_name_in_quotes():
    assert offered({"json": Value({"größe": 1, "a b": 2, "ok": 3})}) == [
        ('json["größe"]', "1", 'json["größe"] == 1'),
        ('json["a b"]', "2", 'json["a b"] == 2'),
        ("json.ok", "3", "json.ok == 3"),
    ]


def test_of_a_series_what_only_some_of_it_meet_is_not_offered():
    up = Series((("one", Value(1)), ("two", Value(0))))
    assert offered({"up": up}) == []


def test_what_was_not_read_whole_offers_nothing():
    assert offered({"json": Value({"a": 1}, doubt="Only the beginning was read.")}) == []


def test_not_more_than_people_read_is_offered():
    assert len(offered({"json": Value({f"n{number}": number for number in range(1000)})})) == MOST


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-30T07:00:00Z", "2026-11-30 07:00:00.123+01:00", "Mon, 30 Nov 2026 07:00:00 GMT",
        "Monday, 30-Nov-26 07:00:00 GMT", "0b0b7f3a-5f0e-4a47-9a41-0f2b3a1c9d11", "9f86d081884c7d65", "1790000000",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "8e1f2a3b4c5d6e7f-FRA", 1_790_000_000,
        1_790_000_000_123, 1_790_000_000.5, Decimal("1790000000.25"),
    ],
)  # fmt: skip
def test_what_is_another_at_every_answer_is_not_offered(value):
    assert offered({"json": Value({"it": value})}) == []


@pytest.mark.parametrize(
    "value", ["healthy", "4.3.0", "no-store", "2026-11", "deadbeef", "application/json", "200", 0, 41_207, 20_261_130]
)
def test_what_may_stay_as_it_is_is_offered(value):
    assert len(offered({"json": Value({"it": value})})) == 1


def test_headers_that_say_when_are_not_offered():
    headers = {"age": "12", "date": "now", "etag": "abc", "server": "gw"}
    assert [name for name, _, _ in offered({"header": Value(headers)})] == ["header.server"]
