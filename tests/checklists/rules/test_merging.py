"""A changed document is brought into a template: items go on with their keys, and nothing set by hand is lost."""

import pytest

from apps.checklists.markdown import content as written
from apps.checklists.markdown import read
from apps.checklists.rules.merging import UNSAID, merged

WIKI = """# Release

## Before
- [ ] Take a backup of the database
- [ ] Restore it on another machine
- [ ] Tell support what changes

## After
- [ ] Dashboards are green
"""
CHANGED = """# Release, the new way

## After
- [ ] Dashboards are green

## Before
- [ ] Take a backup of the whole database
- [ ] Ask the owner of the database
- [ ] Tell support what changes
"""
BY_HAND = {
    "critical": True, "keys": 3, "passkey": True, "evidence_kinds": ["file"], "max_age_days": 7,
    "probe": {"kind": "http", "settings": {"url": "https://example.com"}},
    "conditions": [{"subject": "item", "name": "dashboards-are-green", "is_not": False, "values": ["yes"]}],
    "tiers": ["gold"], "owner_role": "dba", "controls": ["A.8"], "links": [{"text": "How", "url": "https://example.com"}],
    "minutes": 20, "paths": ["a/b"], "attributes": [["x", "y"]],
    "fill_ins": [{"label": "Where", "kind": "text", "options": [], "unit": ""}],
}  # fmt: skip


def content(text=WIKI):
    [template] = read(text).templates
    return written.content(template)


def edited(text=WIKI, **of_items):
    """The content of a text with items edited by hand, by key."""
    found = content(text)
    for section in found["sections"]:
        section["items"] = [{**item, **of_items.get(item["key"], {})} for item in section["items"]]
    return found


def items(found):
    return {item["key"]: item for section in found["sections"] for item in section["items"]}


@pytest.mark.parametrize("exact", [True, False])
def test_the_same_document_changes_nothing(exact):
    old = edited(**{"take-a-backup-of-the-database": BY_HAND})
    assert merged(old, old, exact=exact).content == old


def test_items_go_on_with_their_keys_wherever_they_stand_now():
    found = merged(content(), content(CHANGED))
    assert [[item["title"] for item in section["items"]] for section in found.content["sections"]] == [
        [item["title"] for item in section["items"]] for section in content(CHANGED)["sections"]
    ]
    assert [list(items({"sections": [section]})) for section in found.content["sections"]] == [
        ["dashboards-are-green"],
        ["take-a-backup-of-the-database", "ask-the-owner-of-the-database", "tell-support-what-changes"],
    ]
    assert found.recognised == {
        "dashboards-are-green": "words", "tell-support-what-changes": "words",
        "take-a-backup-of-the-database": "similar",
    }  # fmt: skip


@pytest.mark.parametrize("name", UNSAID)
def test_what_a_text_leaves_unsaid_stays_as_it_was_set_by_hand(name):
    key = "take-a-backup-of-the-database"
    old = edited(**{key: {name: BY_HAND[name]}})
    assert items(merged(old, content(CHANGED)).content)[key][name] == BY_HAND[name]
    assert items(merged(old, content(CHANGED), exact=True).content)[key][name] == UNSAID[name]


def test_every_field_that_is_not_stated_by_a_text_can_stay():
    item = content()["sections"][0]["items"][0]
    assert item.keys() - UNSAID.keys() == {"key", "title", "text", "depth", "commands"}
    assert {name: item[name] for name in UNSAID} == UNSAID


def test_the_template_keeps_its_name_its_limits_and_its_questions():
    limit = {"name": "p95", "label": "", "value": "3", "unit": "s", "limit": "below"}
    question = {"name": "version", "label": "", "kind": "text", "options": []}
    old = {**content(), "parameters": [limit], "variables": [question], "tiers": ["gold"], "source": "wiki"}
    found = merged(old, {**content(CHANGED), "variables": [{**question, "label": "Which"}]}).content
    assert (found["title"], found["tiers"], found["source"]) == ("Release", ["gold"], "wiki")
    assert (found["parameters"], found["variables"]) == ([limit], [{**question, "label": "Which"}])
    assert merged(old, content(CHANGED), exact=True).content["title"] == "Release, the new way"


def test_somebody_says_that_an_item_is_another_one():
    key = "take-a-backup-of-the-database"
    found = items(merged(edited(**{key: BY_HAND}), content(CHANGED), apart=[key]).content)
    assert key not in found
    assert found["take-a-backup-of-the-whole-database"]["minutes"] is None


def test_a_new_item_never_takes_the_key_of_one_that_leaves():
    old = edited(**{"restore-it-on-another-machine": {"title": "Something else by now"}})
    found = items(merged(old, content("# R\n\n## Before\n- [ ] Restore it on another machine\n")).content)
    assert list(found) == ["restore-it-on-another-machine-2"]


def test_conditions_ask_for_the_answers_of_the_same_items():
    asked = {"subject": "item", "name": "tell-support-what-changes", "is_not": False, "values": ["yes"]}
    of_variable = {"subject": "variable", "name": "tell-support-what-changes", "is_not": False, "values": ["yes"]}
    old = edited(**{"tell-support-what-changes": {"key": "support"}})
    new = edited(CHANGED, **{"dashboards-are-green": {"conditions": [asked, of_variable]}})
    found = items(merged(old, new).content)["dashboards-are-green"]
    assert found["conditions"] == [{**asked, "name": "support"}, of_variable]


def test_a_condition_set_by_hand_keeps_asking_the_item_it_asked():
    asks = {"subject": "item", "name": "restore-it-on-another-machine", "is_not": False, "values": ["yes"]}
    old = edited(**{
        "dashboards-are-green": {"conditions": [asks]},
        "restore-it-on-another-machine": {"title": "Something else by now"},
    })  # fmt: skip
    found = merged(old, content(WIKI)).content
    assert items(found)["dashboards-are-green"]["conditions"] == [asks]


def test_sections_keep_their_keys_and_attributes_and_what_was_not_understood_its_place():
    old = content()
    old["sections"][1] |= {"key": "later", "attributes": [["x", "y"]]}
    new = content(CHANGED)
    new["sections"][1]["unread"] = [{"after": "take-a-backup-of-the-whole-database", "text": "???"}]
    found = merged(old, new).content["sections"]
    assert [(one["key"], one["attributes"]) for one in found] == [("later", [["x", "y"]]), ("before", [])]
    assert found[1]["unread"] == [{"after": "take-a-backup-of-the-database", "text": "???"}]
