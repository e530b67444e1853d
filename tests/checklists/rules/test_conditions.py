"""A condition has a one-line form, is judged by facts with a reason, and no item drops out for lack of one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.checklists.rules.conditions import (
    HOLDS,
    Condition,
    ConditionFacts,
    Outcome,
    condition,
    condition_of,
    cycles,
    judge_all,
    judge_items,
)

PRODUCTION = Condition("environment", ("production",))
FACTS = ConditionFacts(
    "Production", {"USES_REDIS": "yes", "region": ""}, {"cache": "redis"}, {"cache": "Choose a cache"}
)


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("environment is production", PRODUCTION),
        ("environment is not staging, test", Condition("environment", ("staging", "test"), is_not=True)),
        ("strategy is canary", Condition("strategy", ("canary",))),
        ("variable USES_REDIS is yes", Condition("variable", ("yes",), "USES_REDIS")),
        ("item cache-choice is redis", Condition("item", ("redis",), "cache-choice")),
        ("item cache-choice is all at once", Condition("item", ("all at once",), "cache-choice")),
        ("variable 'two words' is 'it''s', 'not now', 'a, b'", Condition(
            "variable", ("it's", "not now", "a, b"), "two words")),
        ("environment is 'not', nothing", Condition("environment", ("not", "nothing"))),
        ("variable 'is' is is", Condition("variable", ("is",), "is")),
    ],
)  # fmt: skip
def test_the_one_line_form_is_read_and_written(text, one):
    assert condition(text) == one
    assert str(one) == text
    assert condition_of(one.as_values()) == one


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("  Environment  IS Not  a,b ,, a", Condition("environment", ("a", "b"), is_not=True)),
        ("environment is 'production'", PRODUCTION),
    ],
)
def test_the_one_line_form_is_read_however_it_is_spaced(text, one):
    assert condition(text) == one


@pytest.mark.parametrize(
    "text",
    ["", "if applicable", "environment production", "environment prod is x", "variable is yes", "weather is fine",
     "item a b is c", "is production"],
)  # fmt: skip
def test_what_is_no_condition_is_refused_with_the_forms_there_are(text):
    with pytest.raises(ValueError, match=re.escape(f"“{text}” is not a condition. Write it as “environment is")):
        condition(text)


@pytest.mark.parametrize("text", ["environment is ", "environment is not ", "environment is ''", "environment is ,"])
def test_a_condition_says_which_answer(text):
    with pytest.raises(ValueError, match=r"does not say which answer|is not a condition"):
        condition(text)


@pytest.mark.parametrize("values", [{}, {"subject": "environment"}, {"subject": "environment", "values": "production"}])
def test_plain_values_that_are_no_condition_are_refused(values):
    with pytest.raises(ValueError, match=r"condition|which answer"):
        condition_of(values)


WORDS = st.text(st.sampled_from("ab ',isnot-é"), max_size=12).map(lambda text: " ".join(text.split()))
TEXTS = WORDS.filter(bool)


@given(st.sampled_from(["environment", "strategy", "variable", "item"]), TEXTS,
       st.lists(TEXTS, min_size=1, max_size=4, unique=True), st.booleans())  # fmt: skip
def test_any_condition_is_read_again_from_its_one_line_form(subject, name, values, is_not):
    one = Condition(subject, tuple(values), name if subject in ("variable", "item") else "", is_not)
    assert condition(str(one)) == one


@pytest.mark.parametrize(
    ("text", "outcome", "reason"),
    [
        ("environment is production", Outcome.HOLDS, ""),
        ("environment is not production", Outcome.HOLDS_NOT,
         "Applies only where the environment is anything but production; here it is Production."),
        ("environment is staging, test", Outcome.HOLDS_NOT,
         "Applies only where the environment is staging or test; here it is Production."),
        ("strategy is canary", Outcome.NOT_JUDGED,
         "Strategies of rollouts are not known yet: “strategy is canary” is not judged."),
        ("variable USES_REDIS is yes", Outcome.HOLDS, ""),
        ("variable region is eu", Outcome.HOLDS_NOT, "Applies only where region is eu; here it was left empty."),
        ("variable OTHER is yes", Outcome.NOT_JUDGED, "Nobody has answered OTHER yet."),
        ("item cache is Redis", Outcome.HOLDS, ""),
        ("item cache is memory", Outcome.HOLDS_NOT, "Applies only where “Choose a cache” is memory; here it is redis."),
        ("item other is memory", Outcome.NOT_JUDGED, "Nobody has answered “other” yet."),
    ],
)  # fmt: skip
def test_a_condition_is_judged_by_facts_with_a_reason(text, outcome, reason):
    judged = judge_all([condition(text)], FACTS)
    assert (judged.outcome, judged.reason) == (outcome, reason)
    assert judged.applies is (outcome is not Outcome.HOLDS_NOT)


def test_all_conditions_must_hold_and_one_that_does_not_comes_before_one_that_is_not_judged():
    holds, waits, fails = (condition(f"{text}") for text in (
        "environment is production", "strategy is canary", "environment is test"))  # fmt: skip
    assert judge_all([], FACTS) is HOLDS
    assert judge_all([holds], FACTS) is HOLDS
    assert judge_all([holds, waits], FACTS).outcome is Outcome.NOT_JUDGED
    assert judge_all([holds, waits, fails], FACTS).outcome is Outcome.HOLDS_NOT


def test_an_item_whose_question_does_not_apply_is_judged_after_it_by_no_answer():
    conditions = {
        "size": [condition("item cache is redis")],
        "none": [condition("item cache is not redis")],
        "cache": [condition("environment is test")],
        "plain": [],
    }
    judged = judge_items(conditions, FACTS)
    assert list(judged) == list(conditions)
    assert judged["size"].reason == "Applies only where “Choose a cache” is redis; here it does not apply."
    assert [key for key, one in judged.items() if one.applies] == ["none", "plain"]


def test_circles_are_found_and_their_items_apply():
    conditions = {
        "a": [condition("item b is x")],
        "b": [condition("item c is x"), condition("item missing is x")],
        "c": [condition("item a is x"), condition("item d is x")],
        "d": [condition("item d is x")],
        "e": [condition("item a is x"), condition("environment is production")],
    }
    assert cycles(conditions) == (("a", "b", "c"), ("d",))
    assert cycles({"a": conditions["e"], "b": []}) == (("a",),)
    judged = judge_items(conditions, FACTS)
    assert all(one.applies for one in judged.values())
    assert judged["a"].reason == "Its conditions go round in a circle."
    assert judged["e"].reason == "Nobody has answered “a” yet."


KEYS = "abcdef"


@given(st.dictionaries(st.sampled_from(KEYS), st.lists(st.sampled_from(KEYS), max_size=3), max_size=6))
def test_there_is_a_circle_exactly_where_an_item_asks_for_itself_in_the_end(asked):
    conditions = {key: [Condition("item", ("x",), name) for name in names] for key, names in asked.items()}
    reached = {key: set(names) for key, names in asked.items()}
    for _ in KEYS:
        for key in reached:
            reached[key] |= {far for name in set(reached[key]) for far in reached.get(name, ())}
    assert bool(cycles(conditions)) == any(key in names for key, names in reached.items())
    assert set(judge_items(conditions, FACTS)) == set(asked)


def test_a_chain_of_ten_thousand_items_is_judged():
    chain = {f"i{at}": [Condition("item", ("x",), f"i{at + 1}")] for at in range(10_000)}
    assert cycles(chain) == ()
    assert len(judge_items(chain, FACTS)) == 10_000
