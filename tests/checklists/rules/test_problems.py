"""What is wrong with a version: what blocks publishing it, and what is worth a look."""

from typing import Any

import pytest

from apps.checklists.models import TemplateItem, TemplateSection
from apps.checklists.rules.contents import empty_content
from apps.checklists.rules.limits import LONGEST_TEXT
from apps.checklists.rules.problems import MOST_ITEMS, problem_to_publish, problems, version_problems


def item(key: str, title: str, **fields: Any) -> dict[str, Any]:
    return TemplateItem(key=key, title=title, **fields).own()


def content(*items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made = empty_content("Release") | fields
    made["sections"][0]["items"] = list(items)
    return made


def sentences(*items: dict[str, Any], **fields: Any) -> list[str]:
    return [problem.sentence for problem in problems(content(*items, **fields))]


def asks(**condition: Any) -> dict[str, Any]:
    return {"conditions": [{"name": "", "is_not": False, "values": ["yes"], **condition}]}


def test_nothing_is_wrong_with_a_plain_item():
    assert sentences(item("backup", "Take a backup")) == []
    assert problem_to_publish(content(item("backup", "Take a backup"))) == ""


def test_a_version_without_items_is_not_published():
    assert "no items yet" in problem_to_publish(content())


@pytest.mark.parametrize("what", ["Every key is younger than X days", "Wait N iterations", "Hold ___ minutes", ">X%"])
def test_a_number_that_is_missing_blocks(what):
    (problem,) = problems(content(item("a", what)))
    assert (problem.blocks, problem.field, problem.key) == (True, "title", "a")
    assert "a number is missing" in problem.sentence


@pytest.mark.parametrize("what", ["Retain 90 days", "MAX requests", "{{ N }} days", "HTTP/2 s", "Node X is up"])
def test_a_number_that_is_there_does_not(what):
    assert [one for one in problems(content(item("a", what))) if one.blocks] == []


def test_a_limit_without_a_value_blocks_and_says_which():
    limit = {"name": "p95", "label": "p95 latency", "value": "", "unit": "s", "limit": "below"}
    assert "Fill in p95 latency" in problem_to_publish(content(item("a", "Below {{p95}}"), parameters=[limit]))


def test_a_name_that_nobody_defines_is_worth_a_look():
    (problem,) = problems(content(item("a", "Below {{p95}}", commands=["echo {{p95}}"])))
    assert (problem.blocks, problem.sentence) == (
        False, "{{p95}} is no limit and no variable of this template, and stays as it stands.",
    )  # fmt: skip


def test_a_name_is_also_looked_for_in_probes():
    probe = {"kind": "http", "settings": {"url": "https://{{host}}/"}}
    assert "{{host}}" in sentences(item("a", "Up", probe=probe))[0]


def test_a_name_that_is_a_variable_is_fine():
    variable = {"name": "host", "label": "", "kind": "text", "options": []}
    assert sentences(item("a", "{{host}} is up"), variables=[variable]) == []


def test_an_item_and_a_section_need_a_title():
    assert any("This item has no title" in one for one in sentences(item("a", " ")))
    nameless = content(item("a", "A"))
    nameless["sections"][0]["title"] = ""
    assert "This section has no title" in problem_to_publish(nameless)
    assert "The template has no title" in problem_to_publish(content(item("a", "A"), title=""))


def test_a_critical_item_takes_two_keys():
    assert "two keys at least" in problem_to_publish(content(item("a", "A", critical=True, keys=1)))


def test_two_items_that_say_the_same_are_worth_a_look():
    found = problems(content(item("a", "Tell support"), item("b", "tell Support")))
    assert [(one.key, one.blocks) for one in found] == [("a", False), ("b", False)]


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ({"subject": "variable", "name": "REDIS"}, "asks for the variable REDIS, which this template does not have"),
        ({"subject": "variable", "name": "SIZE", "values": ["huge"]}, "SIZE is never huge"),
        ({"subject": "item", "name": "gone"}, "the item gone, which is not in this template"),
        ({"subject": "item", "name": "plain"}, "the item plain, which has no fill-in"),
        ({"subject": "weather"}, "This condition cannot be read"),
    ],
)
def test_a_condition_on_nothing_blocks(condition, sentence):
    size = {"name": "SIZE", "label": "", "kind": "choice", "options": ["small", "big"]}
    found = problems(content(item("a", "A", **asks(**condition)), item("plain", "B"), variables=[size]))
    assert [one.blocks for one in found] == [True]
    assert sentence in found[0].sentence


@pytest.mark.parametrize(
    "condition",
    [{"subject": "environment"}, {"subject": "item", "name": "asked"}, {"subject": "variable", "name": "SIZE"}],
)
def test_a_condition_on_what_is_there_is_fine(condition):
    asked = item("asked", "B", fill_ins=[{"label": "Which", "kind": "text", "options": [], "unit": ""}])
    size = {"name": "SIZE", "label": "", "kind": "text", "options": []}
    assert sentences(item("a", "A", **asks(**condition)), asked, variables=[size]) == []


def test_conditions_that_go_round_block():
    blank = [{"label": "Which", "kind": "text", "options": [], "unit": ""}]
    a = item("a", "A", fill_ins=blank, **asks(subject="item", name="b"))
    b = item("b", "B", fill_ins=blank, **asks(subject="item", name="a"))
    assert "depends on its own answer, by way of b" in problem_to_publish(content(a, b))


def test_a_choice_without_options_blocks():
    blank = [{"label": "Which", "kind": "choice", "options": [], "unit": ""}]
    assert "Say what can be chosen" in problem_to_publish(content(item("a", "A", fill_ins=blank)))


def test_a_text_that_is_too_long_blocks_wherever_it_stands():
    long = "x" * (LONGEST_TEXT + 1)
    section = TemplateSection(key="s", title="S", guidance=long).own() | {"items": []}
    for made in (
        content(item("a", "A", text=long)), content(item("a", "A", commands=[long])),
        content(item("a", "A"), guidance=long), content(item("a", "A")) | {"sections": [section]},
    ):  # fmt: skip
        assert any("has 20,001 characters" in one.sentence and one.blocks for one in problems(made))


def test_too_many_items_block():
    assert any("at most 10,000" in one.sentence for one in version_problems(content(), MOST_ITEMS + 1))


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("curl -u admin:admin http://x", "default credentials"),
        ("psql postgresql://app?password=hunter22", "a password"),
        ("export KEY=AKIAABCDEFGHIJKLMNOP", "an access key"),
        ("-----BEGIN RSA PRIVATE KEY-----", "a private key"),
    ],
)
def test_a_secret_is_worth_a_look(command, kind):
    (problem,) = problems(content(item("a", "A", commands=[command])))
    assert (problem.field, problem.blocks) == ("commands", False)
    assert f"It holds {kind}" in problem.sentence


@pytest.mark.parametrize("command", ["curl -u $USER:$PASS http://x", "password=${PASSWORD}", "token: <token>"])
def test_the_place_of_a_secret_is_none(command):
    assert sentences(item("a", "A", commands=[command])) == []


@pytest.mark.parametrize("url", ["", "#top", "javascript:alert(1)"])
def test_a_link_that_leads_nowhere_is_worth_a_look(url):
    assert "leads nowhere" in sentences(item("a", "A", links=[{"text": "Runbook", "url": url}]))[0]


@pytest.mark.parametrize("url", ["https://example.com", "docs/runbook.md", "../a.md", "/x", "mailto:a@example.com"])
def test_a_link_that_leads_somewhere_is_fine(url):
    assert sentences(item("a", "A", links=[{"text": "Runbook", "url": url}])) == []


def test_a_tier_that_nobody_knows_is_worth_a_look():
    assert "“C” is no tier" in sentences(item("a", "A", tiers=["C"]), tiers=["A"])[0]


def test_what_blocks_comes_first_and_the_others_are_counted():
    made = content(item("a", "Tell support"), item("b", "Tell support"), item("c", "X days"), item("d", "N times"))
    assert [one.blocks for one in problems(made)] == [True, True, False, False]
    assert problem_to_publish(made).startswith("“X days”: Placeholder")
    assert problem_to_publish(made).endswith("1 other problem must be solved too.")
