"""Settings above a text: of a template of Keyturn, of an issue form, of a page; and what is wrong with them."""

import pytest

from apps.checklists.markdown import front_matter, read
from apps.checklists.markdown.document import Correction, LineType
from apps.checklists.rules.parameters import Parameter
from apps.checklists.rules.variables import Variable

KEYTURN = """\
---
keyturn: 1
title: AI gateway
occasion: A rollout
source: its readme
tiers: [A, B, A]
later:
  - one
parameters:
  - {name: p95, value: 2, unit: s, limit: below}
variables:
  - {name: VERSION, kind: text}
  - {name: USES_REDIS, kind: choice, options: [yes, no]}
  - REGION
---

- [ ] x
"""


def settings(text):
    return front_matter.read(text.split("\n"))


def test_settings_of_a_template_are_read_as_text():
    found = settings(KEYTURN)
    assert (found.end, found.is_keyturn, found.title, found.occasion) == (15, True, "AI gateway", "A rollout")
    assert found.tiers == ("A", "B")
    assert found.parameters == (Parameter("p95", value="2", unit="s", limit="below"),)
    assert found.variables == (Variable("VERSION"), Variable("USES_REDIS", "", "choice", ("yes", "no")),
                               Variable("REGION"))  # fmt: skip
    assert found.unread == "later:\n  - one"
    assert found.problems == ()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("parameters:\n  - {name: P}", "“P” cannot name a parameter."),
        ("parameters:\n  - {name: a, value: 1}\n  - {name: a, value: 2}", "Two of the parameters are called a. Rename"),
        ("variables: [{name: 1}]", "“1” cannot name a variable."),
    ],
)
def test_a_setting_that_cannot_be_is_left_out_with_a_sentence(body, sentence):
    found = settings(f"---\nkeyturn: 1\n{body}\n---\n")
    (problem,) = found.problems
    assert problem[0] == 3
    assert problem[1].startswith(sentence)
    assert problem[1].endswith(f"It was left out of the {body.partition(':')[0]}.")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("a: [1", "Line 3 of it cannot be read: "),
        ("a: &x 1", "Line 2 of it uses & or *, which repeat a part of it. Write the part out."),
        ("a: *x", "uses & or *"),
        ("a: " + "[" * 20 + "]" * 20, "Line 2 of it has more than 12 lists in one another. Write it flatter."),
        ("a: \x01", "This is not YAML: it holds characters that no text has."),
        ("a: " + "x" * 300_000, "It has to be names with values, and at most 300,000 characters."),
    ],
)
def test_wrong_yaml_is_a_sentence_and_the_items_are_read_all_the_same(body, sentence):
    text = f"---\nkeyturn: 1\n{body}\n---\n- [ ] x\n"
    document = read(text)
    assert [item.title for item in document.templates[0].items] == ["x"]
    (suggestion,) = [one for one in document.suggestions if one.kind == "front_matter"]
    assert suggestion.line == 2
    assert suggestion.text.startswith("The front matter is left as it stands. ")
    assert sentence in suggestion.text
    assert document.templates[0].unread[0].text == f"keyturn: 1\n{body}"


@pytest.mark.parametrize(
    ("text", "title", "unread"),
    [
        ("---\nname: Release\nabout: Every time\ntitle: v\n---\n- [ ] x", "Release", "about: Every time\ntitle: v"),
        ('---\ntitle: "A: b"\nlabels: [x]\n---\n# Heading\n- [ ] x', "A: b", "labels: [x]"),
        ("---\nlayout: page\n---\n# Heading\n- [ ] x", "Heading", "layout: page"),
        ('+++\ntitle = "Pier"\ndraft = true\n+++\n- [ ] x', "Pier", "draft = true"),
        ("+++\nname = 'Pier'\n+++\n- [ ] x", "Pier", ""),
        ("+++\ndraft = true\n+++\n- [ ] x", "Untitled checklist", "draft = true"),
        ("---\na: [1\n---\n# Heading\n- [ ] x", "Heading", "a: [1"),
    ],
)
def test_settings_above_any_text_name_the_template_and_are_no_guidance(text, title, unread):
    document = read(text)
    (template,) = document.templates
    assert (template.title, template.guidance) == (title, "")
    assert "\n".join(one.text for one in template.unread) == unread
    assert document.lines[0].line_type is LineType.FRONT_MATTER
    assert not document.suggestions


@pytest.mark.parametrize(
    "text",
    ["", "# Title\n---\na: b\n---", "---\nno names\n---\n", "---\na: b", "+++\n", "\n\ntext\n---\n", "---\n---\n"],
)
def test_a_text_that_begins_otherwise_has_no_settings(text):
    assert settings(text) == front_matter.Settings()


def test_a_rule_and_a_list_are_no_settings():
    assert [item.title for item in read("---\n- [ ] a\n---\n- [ ] b\n").templates[0].items] == ["a", "b"]


def test_settings_are_text_where_a_person_says_so():
    document = read(KEYTURN, {1: Correction(LineType.GUIDANCE)})
    assert document.templates[0].parameters == ()
    assert document.lines[0].line_type is LineType.GUIDANCE
    same = read(KEYTURN, {1: Correction(LineType.FRONT_MATTER), 2: Correction(critical=True)})
    assert same.templates[0].title == "AI gateway"
