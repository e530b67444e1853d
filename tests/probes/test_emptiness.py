"""What is asked of an empty list: nothing was judged, so it holds neither way."""

from typing import Any

import pytest

from apps.probes.conditions import ANYTHING, NUMBER, BadCondition, Value, judge_all, language, parse
from apps.probes.conditions.values import NoValue

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
        ("json.a.exists(x, x > 1)", {"a": []}, {"a": [2]}, {"a": [1]}),
        ("!json.a.exists(x, x > 1)", {"a": []}, {"a": [1]}, {"a": [2]}),
        ("!json.a.exists_one(x, x > 1)", {"a": []}, {"a": [1]}, {"a": [2]}),
        ("!json.a.existsOne(x, x > 1)", {"a": []}, {"a": [1]}, {"a": [2]}),
        ("size(json.a.filter(x, x > 1)) == 0", {"a": []}, {"a": [1]}, {"a": [2]}),
        ("json.a.filter(x, x > 1) == []", {"a": []}, {"a": [1]}, {"a": [2]}),
        ("json.a.filter(x, x > 1).size() < 1 && status == 200", {"a": []}, {"a": [1]}, {"a": [2]}),
        ("size(json.a.map(x, x + 1)) < 2", {"a": []}, {"a": [1]}, {"a": [2, 3]}),
        ('!("down" in json.a)', {"a": []}, {"a": ["up"]}, {"a": ["down"]}),
        ('!("down" in json.a) && status == 200', {"a": {}}, {"a": {"up": 1}}, {"a": {"down": 1}}),
        ('("down" in json.a) == false', {"a": []}, {"a": ["up"]}, {"a": ["down"]}),
        ('"down" in json.a == false', {"a": []}, {"a": ["up"]}, {"a": ["down"]}),
        ('status == 200 ? !("in" in json.a) : false', {"a": []}, {"a": ["up"]}, {"a": ["in"]}),
        ("!(json.b[0] + 1 in json.a)", {"a": [], "b": [1]}, {"a": [3], "b": [1]}, {"a": [2], "b": [1]}),
        ("!(2 in json.a.filter(x, x > 0))", {"a": []}, {"a": [1]}, {"a": [2]}),
        ("!(2 in json.a + json.b)", {"a": [], "b": []}, {"a": [1], "b": []}, {"a": [1], "b": [2]}),
        ("!json.a.exists(x, x in json.b)", {"a": [1], "b": []}, {"a": [1], "b": [2]}, {"a": [1], "b": [1]}),
        ("![json.a, json.b].exists(x, x > 1)", {}, {"a": 1, "b": 1}, {"a": 1, "b": 2}),
    ],
)
def test_none_is_no_value(line: str, none: Any, good: Any, bad: Any) -> None:
    assert (verdict(line, none), verdict(line, good), verdict(line, bad)) == ("inconclusive", "pass", "fail")


def test_a_line_that_asks_only_whether_something_is_in_a_list_fails_of_none() -> None:
    line = '"up" in json.a'
    assert [verdict(line, {"a": data}) for data in ([], ["down"], ["up"])] == ["fail", "fail", "pass"]
    assert verdict(f"{line} && status == 200", {"a": []}) == "inconclusive"


def test_it_says_what_is_missing() -> None:
    [made] = judge_all(parse("json.models.all(each, each.loaded)", VALUES), {"json": Value({"models": []})})
    assert made.explanation == ("json.models.all(each, each.loaded): 'an entry of json.models' is not in the answer.")


def test_what_may_be_empty_is_said_before() -> None:
    for asked in ("json.a.all(x, x > 1)", "!json.a.exists(x, x < 2)", "size(json.a.filter(x, x < 2)) == 0"):
        line = f"size(json.a) == 0 || {asked}"
        assert [verdict(line, {"a": data}) for data in ([], [2], [1])] == ["pass", "pass", "fail"]
    assert verdict("size(json.a) == 0", {"a": []}) == "pass"


def test_whatever_it_means_it_means_the_same_of_what_is_there() -> None:
    """An empty list is all that is told apart: precedence stays as CEL has it."""
    lists: list[list[int]] = [[1], [2], [1, 2], [2, 3]]
    for line in (
        "1 in json.a || 2 in json.a && 3 in json.a",
        "1 in json.a == 2 in [true, 2]",
        "true == (1 in json.a) || json.a[0] in [2]",
        "!(1 in json.a) && (json.a.exists(x, x > 2) ? true : 2 in json.a)",
        "(1 in json.a ? 1 : 2) in json.a",
    ):
        [read] = parse(line, VALUES)
        for data in lists:
            assert (read.judge({"json": Value({"a": data})}).verdict, line) == (plainly(line, data), line)


def plainly(line: str, data: list[int]) -> str:
    """What CEL makes of it as it is written."""
    try:
        return "pass" if language.holds(line, {"json": {"a": data}}, line) else "fail"
    except NoValue:
        return "inconclusive"


def test_a_condition_goes_through_one_list_whatever_that_is_called() -> None:
    for macro in ("exists", "exists_one", "existsOne", "filter", "map"):
        with pytest.raises(BadCondition, match="goes through one list"):
            parse(f"json.a.{macro}(x, json.a.{macro}(y, x == y))", VALUES)


def test_what_is_called_all_but_asks_no_list_stays_as_it_is() -> None:
    assert verdict("json.all == 1", {"all": 1}) == "pass"
    assert verdict("json.all + 0 == 1", {"all": 1}) == "pass"
    assert verdict('json.a == ".all(" && status == 200', {"a": ".all("}) == "pass"
    assert verdict('"in" + json.a == "in(" && status == 200', {"a": "("}) == "pass"


@pytest.mark.parametrize("line", ["json.a).all(x, x > 1)", "json.a.all(x, x > 1", "json.a]).all(x, x > 1)"])
def test_brackets_that_do_not_match_are_refused(line: str) -> None:
    with pytest.raises(BadCondition):
        parse(line, VALUES)
