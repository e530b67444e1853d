"""What an answer offers to be a condition: every line of it can be read, and holds now."""

from decimal import Decimal

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


def test_what_was_not_read_whole_offers_nothing():
    assert offered({"json": Value({"a": 1}, doubt="Only the beginning was read.")}) == []


def test_not_more_than_people_read_is_offered():
    assert len(offered({"json": Value({f"n{number}": number for number in range(1000)})})) == MOST
