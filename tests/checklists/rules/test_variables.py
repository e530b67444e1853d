"""What is asked when a deployment starts, and which answers are taken."""

import re

import pytest

from apps.checklists.rules.variables import Variable, answer, answered, options_of, readable, variable

VERSION = Variable("VERSION", "Version that goes out")
REDIS = Variable("USES_REDIS", kind="yes_no")
REGION = Variable("region", "Region", "choice", ("eu", "us"))


def test_what_was_typed_becomes_a_variable_and_its_values_give_it_again():
    made = variable({"name": "region", "label": "Region", "kind": "choice", "options": ["eu", "us", " eu "]})
    assert made == REGION
    assert [variable(one.values()) for one in (VERSION, REDIS, REGION)] == [VERSION, REDIS, REGION]
    assert variable({"name": "a b", "options": ["x"]}) == Variable("a b")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": "9"}, "“9” cannot name a variable. Use a letter first"),
        ({"name": "a", "kind": "date"}, "“date” is no kind of variable. a can be one of text, yes_no, choice."),
        ({"name": "a", "kind": "choice", "options": ","}, "a is a choice without options. Say what can be chosen."),
    ],
)
def test_a_variable_that_is_none_is_refused_with_a_sentence(values, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        variable(values)


def test_answers_are_stored_as_the_template_spells_them():
    asked = [VERSION, REDIS, REGION]
    assert answered(asked, {"VERSION": " 2.1 ", "USES_REDIS": "YES", "region": "EU"}) == (
        {"VERSION": "2.1", "USES_REDIS": "yes", "region": "eu"},
        {},
    )


def test_each_answer_that_is_refused_says_why():
    answers, refused = answered([VERSION, REDIS, REGION], {"USES_REDIS": "maybe", "region": "asia"})
    assert answers == {}
    assert refused == {
        "VERSION": "Say Version that goes out: this template asks for it when a deployment starts.",
        "USES_REDIS": "“maybe” is no answer to USES_REDIS. Choose one of yes, no.",
        "region": "“asia” is no answer to Region. Choose one of eu, us.",
    }
    with pytest.raises(ValueError, match="has 201 characters; at most 200 fit"):
        answer(VERSION, "x" * 201)


def test_options_are_a_list_or_words_with_commas():
    assert options_of("canary, all at once,,canary") == ("canary", "all at once")
    assert options_of(None) == ()
    assert options_of([1, "two", None]) == ("1", "two")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{target_model}} answers", "[target model] answers"),
        ("Move {{ version }} to {{Größe 2}}", "Move [version] to [Größe 2]"),
        ("${{ secrets.TOKEN }} stays, and so does {{}}", "${{ secrets.TOKEN }} stays, and so does {{}}"),
        ("Nothing is named", "Nothing is named"),
    ],
)
def test_names_without_values_are_read(text, words):
    assert readable(text) == words
