"""`all` of an empty list: nothing was judged, so it does not hold."""

from typing import Any

import pytest

from apps.probes.conditions import ANYTHING, NUMBER, BadCondition, Value, parse
from apps.probes.conditions.judging import judge_all

VALUES = {"json": ANYTHING, "status": NUMBER}


def verdict(line: str, data: Any) -> str:
    [made] = judge_all(parse(line, VALUES), {"json": Value(data), "status": Value(200)})
    return made.verdict


@pytest.mark.parametrize(
    ("line", "none", "good", "bad"),
    [
        ("json.all(x, x > 1)", [], [2], [1, 2]),
        ("json.a.all(x, x > 1)", {"a": []}, {"a": [2, 3]}, {"a": [1]}),
        ("json.odd-name.all(x, x > 1)", {"odd-name": []}, {"odd-name": [2]}, {"odd-name": [1]}),
        ('json["b c"][0].all(x, x > 1)', {"b c": [[]]}, {"b c": [[2]]}, {"b c": [[1]]}),
        ("status == 200 && json.a.all(x, x > 1)", {"a": []}, {"a": [2]}, {"a": [1]}),
        ("json.a.all(x, x > 1) && status == 200", {"a": []}, {"a": [2]}, {"a": [1]}),
        ("(json.a + json.b).all(x, x > 1)", {"a": [], "b": []}, {"a": [], "b": [2]}, {"a": [1], "b": [2]}),
        ("(json.a).all(x, (x + 1) > 2)", {"a": []}, {"a": [2]}, {"a": [1]}),
        ("!json.a.all(x, x > 1)", {"a": []}, {"a": [1]}, {"a": [2]}),
        ('json.a.all(k, k != "x")', {"a": {}}, {"a": {"y": 1}}, {"a": {"x": 1}}),
    ],
)
def test_none_is_no_value(line: str, none: Any, good: Any, bad: Any) -> None:
    assert (verdict(line, none), verdict(line, good), verdict(line, bad)) == ("inconclusive", "pass", "fail")


def test_it_says_what_is_missing() -> None:
    [made] = judge_all(parse("json.models.all(each, each.loaded)", VALUES), {"json": Value({"models": []})})
    assert made.explanation == ("json.models.all(each, each.loaded): 'an entry of json.models' is not in the answer.")


def test_what_may_be_empty_is_said_before() -> None:
    line = "size(json.a) == 0 || json.a.all(x, x > 1)"
    assert [verdict(line, {"a": data}) for data in ([], [2], [1])] == ["pass", "pass", "fail"]


def test_what_is_called_all_but_asks_no_list_stays_as_it_is() -> None:
    assert verdict("json.all == 1", {"all": 1}) == "pass"
    assert verdict("json.all + 0 == 1", {"all": 1}) == "pass"
    assert verdict("json.a.exists(x, x > 1)", {"a": []}) == "fail"


@pytest.mark.parametrize("line", ["json.a).all(x, x > 1)", "json.a.all(x, x > 1", "json.a]).all(x, x > 1)"])
def test_brackets_that_do_not_match_are_refused(line: str) -> None:
    with pytest.raises(BadCondition):
        parse(line, VALUES)
