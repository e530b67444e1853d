"""Conditions: what can be written, what it comes to, and that nothing a target sends breaks it."""

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.probes.conditions import ANYTHING, NUMBER, TEXT, BadCondition, Series, Value, parse, verdict_of
from apps.probes.conditions.grammar import LONGEST_CONDITION, MOST_CONDITIONS
from apps.probes.conditions.values import in_one_unit, plain
from apps.probes.forms import FORMS
from apps.probes.kinds import KINDS

VALUES = {
    "status": NUMBER,
    "latency": "ms",
    "size": "B",
    "errors": "%",
    "body": TEXT,
    "json": ANYTHING,
    "header": ANYTHING,
    "certificate_days": "d",
}
JSON = {
    "status": "healthy",
    "up": True,
    "count": 5,
    "ratio": Decimal("0.50"),
    "models": [{"id": "a", "loaded": True}, {"id": "b", "loaded": False}],
    "nothing": None,
    "odd-name": 1,
}
MEASURED = {
    "status": Value(200),
    "latency": Value(Decimal("0.226"), "ms"),
    "size": Value(4096, "B"),
    "errors": Value(Decimal("0.0021"), "%"),
    "body": Value("It works.\nReally"),
    "json": Value(JSON),
    "header": Value({"cache-control": "no-store"}),
    "certificate_days": Value(Decimal(96 * 86_400), "d"),
}


def judge(line: str, **values: Any) -> Any:
    (condition,) = parse(line, VALUES)
    return condition.judge(MEASURED | values)


@pytest.mark.parametrize(
    ("line", "verdict", "value", "explanation"),
    [
        ("status == 200", "pass", "200", ""),
        ("status != 200", "fail", "200", "status is 200, expected anything but 200."),
        ("status in 200..299", "pass", "200", ""),
        ("status in 201..299, 304", "fail", "200", "status is 200, expected 201..299, 304."),
        ("status in [200, 304]", "pass", "200", ""),
        ("latency < 300 ms", "pass", "226 ms", ""),
        ("latency < 0.3 s", "pass", "0.226 s", ""),
        ("latency < 226 ms", "fail", "226 ms", "latency is 226 ms, expected under 226 ms."),
        ("latency <= 226 ms", "pass", "226 ms", ""),
        ("latency < 300ms", "pass", "226 ms", ""),
        ("latency < 300 ms, warn 200 ms", "warn", "226 ms", "Warns: latency is 226 ms, expected under 200 ms."),
        ("latency < 200 ms, warn 100 ms", "fail", "226 ms", "latency is 226 ms, expected under 200 ms."),
        ("latency < 300 ms, warn 250 ms", "pass", "226 ms", ""),
        ("warn: latency < 200 ms", "warn", "226 ms", "Warns: latency is 226 ms, expected under 200 ms."),
        ("errors < 1 %", "pass", "0.21 %", ""),
        ("errors < 0.1 %", "fail", "0.21 %", "errors is 0.21 %, expected under 0.1 %."),
        ("size <= 4 KiB", "pass", "4 KiB", ""),
        ("size < 4 KB", "fail", "4.096 KB", "size is 4.096 KB, expected under 4 KB."),
        ("certificate_days > 21 d", "pass", "96 d", ""),
        ('body contains "works"', "pass", "“It works.\nReally”", ""),
        ('body contains "broken"', "fail", "“It works.\nReally”", 'body does not contain "broken".'),
        (r'body matches "w\w+s\."', "pass", "“It works.\nReally”", ""),
        (r'body matches "^x"', "fail", "“It works.\nReally”", 'body does not match "^x".'),
        ('json.status == "healthy"', "pass", "“healthy”", ""),
        ("json.up == true", "pass", "true", ""),
        ("json.nothing == null", "pass", "null", ""),
        ("json.count >= 5", "pass", "5", ""),
        ("json.count == 5.0", "pass", "5", ""),
        ("json.ratio == 0.5", "pass", "0.5", ""),
        ("json.odd-name == 1", "pass", "1", ""),
        ('json["odd-name"] == 1', "pass", "1", ""),
        ('json.models[1].id == "b"', "pass", "“b”", ""),
        ("size(json.models) >= 6", "fail", "2", "size(json.models) is 2, expected at least 6."),
        ('header.cache-control == "no-store"', "pass", "“no-store”", ""),
        ("json.models.all(each, each.loaded)", "fail", "", "json.models.all(each, each.loaded) does not hold."),
        ('json.models.exists(each, each.id == "a")', "pass", "", ""),
        ("status == 200 && latency < 1 s", "pass", "", ""),
        ("latency < certificate_days * 0.5 && size(json.models) > 1", "pass", "", ""),
        ("latency < 300 ms && json.count > 9", "fail", "", "latency < 300 ms && json.count > 9 does not hold."),
        ("!(status == 200) || json.count > 100", "fail", "", "!(status == 200) || json.count > 100 does not hold."),
        ("json.wrong == 1", "inconclusive", "",
         "json has no wrong, it has status, up, count, ratio, models, nothing."),
        ("json.models[7].id == 1", "inconclusive", "", "json.models has no 7, it has 2."),
        ("json.status.deep == 1", "inconclusive", "", "json.status has no deep."),
        ("json.status < 3", "inconclusive", "", "json.status could not be compared: the value is of another sort."),
        ("json.wrong && true", "inconclusive", "", "json.wrong && true: 'wrong' is not in the answer."),
        ("json.count > 0.0", "pass", "5", ""),
        ('json.models == 3', "fail", "a list of 2", "json.models is a list of 2, expected 3."),
        ("json.models[0] == 3", "fail", "an object", "json.models[0] is an object, expected 3."),
        ("json.odd-name + status == 201", "pass", "", ""),
        ("json.count + 1", "inconclusive", "", "json.count + 1 is neither true nor false."),
    ],
)  # fmt: skip
def test_what_a_condition_comes_to(line: str, verdict: str, value: str, explanation: str) -> None:
    judged = judge(line)
    assert (judged.verdict, judged.value, judged.explanation) == (verdict, value, explanation)
    assert judged.expression == line


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("latency < 300", "“300” needs a unit: write 300 ms or 300 s."),
        ("errors < 1", "“1” needs a unit: write 1 %."),
        ("latency < 300 KB", "latency is measured in ms, so “300 KB” is no limit of it."),
        ("status < 300 ms", "status is a number without a unit, so “300 ms” is no limit of it."),
        ("latency < 300 parsecs", "“parsecs” is no unit known here."),
        ("status == 1 parsec && status == 2", "“parsec” is no unit known here."),
        ('status == "200"', "status is a number; write its limit without quotation marks."),
        ("body == 200", "body is a text; write “200” in quotation marks."),
        ("speed < 3 s", "There is no value called “speed” here. There are status, latency"),
        ("latency < 300 && status == 200", "“300” needs a unit: write 300 ms or 300 s."),
        ("status == 200 && !(latency > 300)", "“300” needs a unit: write 300 ms or 300 s."),
        ("(latency) < 300", "“300” needs a unit: write 300 ms or 300 s."),
        ("latency < 5 MB || status == 2", "latency is measured in ms, so “5 MB” is no limit of it."),
        ("json.a ? size < 5 : true", "“5” needs a unit: write 5 B or 5 KB."),
        ("5 > errors && true", "“5” needs a unit: write 5 %."),
        ('body contains "a\u202eb"', "“body contains \"a⟨U+202E⟩b\"” has a character that nobody sees."),
        ("speed && true", "There is no value called “speed” here."),
        ("status.code == 200", "status has no parts."),
        ("status ==", "Write what status is compared with."),
        ("status < 200 300", "Compare status with one limit."),
        ("status < true", "Compare status with one limit."),
        ("status in 299..200", "A range begins with the smaller number: 200..299."),
        ("status in 200 201", "List values and ranges with commas"),
        ("status contains 2", "“contains” searches a text"),
        ('status contains "2"', "“contains” searches a text"),
        ('status == 200, warn 201', "Only a limit that is under or over something can warn before it."),
        ("status == 200 &&", "This cannot be read."),
        ("(status == 200", "This cannot be read."),
        ("status == 200; drop", "“; drop” is not part of a condition."),
        ('body contains "open', "“\"open” is not part of a condition."),
        ("any(status == 1 && latency < 1 s)", "any(…) holds one comparison of a value with a limit."),
        ("true", "A condition names a value that is measured"),
        ("1 == 1", "A condition names a value that is measured"),
        ("warn:", "Write what has to hold"),
        ("open(status)", "There is no function called “open” here."),
        ("json.a.all(x, json.b.all(y, x == y))", "One condition goes through one list"),
        ("status == " + "1" * LONGEST_CONDITION, f"A condition has at most {LONGEST_CONDITION} characters."),
        ("status == 200\n" * (MOST_CONDITIONS + 1), f"A probe has at most {MOST_CONDITIONS} conditions"),
        ("status > 2 && body contains 3", "“contains”, “matches” and ranges compare one value with one limit."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_what_to_write(line: str, says: str) -> None:
    with pytest.raises(BadCondition) as refused:
        parse(line, VALUES)
    assert says in str(refused.value)


def series(**values: float) -> Series:
    return Series(tuple((name, Value(value, "ms")) for name, value in values.items()))


@pytest.mark.parametrize(
    ("value", "limit", "alike"),
    [
        ("212 ms", "3 s", ("0.212 s", "3 s")),
        ("226.3771 ms", "2 s", ("0.2263771 s", "2 s")),
        ("5400 s", "1 h", ("1.5 h", "1 h")),
        ("5401 s", "1 h", ("5401 s", "3600 s")),
        ("0 ms", "3 s", ("0 s", "3 s")),
        ("120000 ms", "1 min", ("2 min", "1 min")),
        ("212 ms", "300 ms", ("212 ms", "300 ms")),
        ("200", "300", ("200", "300")),
        ("212 ms", "200..299", ("212 ms", "200..299")),
        ("", "3 s", ("", "3 s")),
    ],
)
def test_a_value_and_its_limit_stand_in_one_unit(value: str, limit: str, alike: tuple[str, str]) -> None:
    assert in_one_unit(value, limit) == alike


def test_a_warning_and_its_limit_stand_in_one_unit_too() -> None:
    judged = judge("latency < 2 s, warn 200 ms", latency=Value(Decimal("0.226"), "ms"))
    assert (judged.value, judged.limit) == ("0.226 s", "2 s")
    assert (judged.number, judged.unit, judged.bound) == ("0.226", "s", "2")
    assert judged.explanation == "Warns: latency is 226 ms, expected under 200 ms."


def test_a_series_holds_where_all_of_it_does_and_says_which_part_does_not() -> None:
    judged = judge("latency < 2 s", latency=series(llama=2.31, phi=0.93))
    assert (judged.verdict, judged.value) == ("fail", "2.31 s")
    assert judged.explanation == "llama: latency is 2.31 s, expected under 2 s."
    assert judged.parts == (("llama", "2.31 s", "fail"), ("phi", "0.93 s", "pass"))
    assert judge("all(latency < 3 s)", latency=series(llama=2.31, phi=0.93)).verdict == "pass"
    assert judge("any(latency < 2 s)", latency=series(llama=2.31, phi=0.93)).verdict == "pass"
    assert judge("any(latency < 2 s)", latency=series(llama=2.31)).verdict == "fail"


def test_no_series_and_no_number_are_inconclusive_and_never_pass() -> None:
    assert judge("latency < 2 s", latency=series()).verdict == "inconclusive"
    assert judge("any(latency < 2 s)", latency=series()).verdict == "inconclusive"
    nan = judge("latency < 2 s", latency=series(a=float("nan"), b=1))
    assert (nan.verdict, nan.explanation) == ("inconclusive", "a: latency is not a number.")
    for odd in ("nan", "inf", "-inf"):
        assert judge("latency < 2 s", latency=Value(Decimal(odd), "ms")).verdict == "inconclusive"
        assert judge("latency > 2 s", latency=Value(float(odd), "ms")).verdict == "inconclusive"
    assert judge("latency + latency < 1 s", latency=series(a=0.1)).verdict == "inconclusive"


@pytest.mark.parametrize("line", ["latency < 1 s", "latency < 1 s && status == 200"])
def test_a_value_that_is_missing_is_inconclusive(line: str) -> None:
    (condition,) = parse(line, VALUES)
    judged = condition.judge({"status": Value(200)})
    assert (judged.verdict, judged.explanation) == ("inconclusive", "There is no value for latency.")


def test_what_was_not_read_whole_passes_only_by_what_was_read() -> None:
    body = Value("ready", doubt="The rest of the body was not read.")
    assert judge('body contains "ready"', body=body).verdict == "pass"
    for line in ('body contains "gone"', 'body != "x"', 'body matches "y"', 'body == "ready" && true'):
        judged = judge(line, body=body)
        assert (judged.verdict, judged.explanation) == ("inconclusive", "The rest of the body was not read.")
    assert judge("json.a == 1", json=Value(None, doubt="No JSON.")).explanation == "No JSON."


def test_a_fail_outweighs_a_missing_value_which_outweighs_a_pass() -> None:
    good, bad, none = judge("status == 200"), judge("status == 500"), judge("json.wrong == 1")
    warning = judge("latency < 300 ms, warn 200 ms")
    assert verdict_of([good, warning]) == "pass"
    assert verdict_of([good, none, warning]) == "inconclusive"
    assert verdict_of([none, good, bad]) == "fail"


def test_what_a_target_sends_is_shown_without_what_hides_or_turns() -> None:
    odd = "a\u202eb\x00\ud800"
    assert judge("json.x == 1", json=Value({"x": odd})).value in ("", "“a⟨U+202E⟩b⟨U+0000⟩⟨U+D800⟩”")
    assert "\u202e" not in judge("json.x == 1", json=Value({odd: 1})).explanation
    part = judge("latency < 2 s", latency=series(**{odd: 3.0}))
    assert "\u202e" not in json.dumps(part.as_json(), ensure_ascii=False)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals(allow_nan=True),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
LINES = ["json.a < 3", "json == 1", 'json.a contains "x"', "size(json) > 1", "json.all(each, each == 1)", "json[0] > 1",
         'json.a matches "x*"', "json.a in 1..9", "json.a > json.b", "-json < 3"]  # fmt: skip


@given(data=JSON_VALUES, line=st.sampled_from(LINES))
def test_nothing_a_target_sends_breaks_a_condition(data: Any, line: str) -> None:
    judged = judge(line, json=Value({"a": data, "b": 1}))
    other = judge(line, json=Value(data))
    assert {judged.verdict, other.verdict} <= {"pass", "fail", "inconclusive"}
    json.dumps([judged.as_json(), other.as_json()], ensure_ascii=False).encode()


@given(text=st.text(max_size=60))
def test_whatever_is_typed_is_a_condition_or_refused(text: str) -> None:
    with suppress(BadCondition):
        for condition in parse(text, VALUES):
            condition.judge(MEASURED)


def test_a_number_too_large_for_the_language_is_compared_all_the_same() -> None:
    assert judge("json.a > 3", json=Value({"a": 2**70})).verdict == "pass"
    assert str(Value(Decimal("NaN"), "ms")) == "NaN ms"


def test_deep_and_huge_answers_are_inconclusive() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    assert judge("json.all(each, each == 1)", json=Value(deep)).verdict == "inconclusive"
    assert judge("json.a < 3", json=Value({"a": 10**400})).verdict in ("fail", "inconclusive")


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.USUAL])
def test_the_usual_conditions_of_a_kind_can_be_read(kind: str) -> None:
    assert parse(KINDS[kind].USUAL, KINDS[kind].VALUES)


def test_only_prometheus_has_no_usual_conditions_and_says_so() -> None:
    assert [name for name, kind in KINDS.items() if not kind.USUAL] == ["prometheus"]
    field = FORMS["prometheus"].base_fields["conditions"]
    assert field.initial == ""
    assert field.help_text.endswith("ask for by name. At least one.")


@pytest.mark.parametrize("text", ["1e308", "-1e308", "1e24", "999999999999999999999999", "1e-30"])
def test_a_number_is_short_however_large_it_is(text):
    assert len(plain(Decimal(text))) <= 40
