"""Headings that say what to do, over words or commands and no list: without boxes they are the items."""

from tests.checklists.reading import commands, items, sections, texts


def test_headings_over_commands_are_items_beside_lists():
    text = (
        "# Release guide\n\n## Set up\n- Ask for the key\n\n"
        "## 1. Make the branch\nFrom main.\n```bash\ngit branch r\n```\n\n"
        "## 2. Tag it\n```bash\ngit tag v1\n```\n\n## Notes\n```bash\ngit log\n```\n"
    )
    assert items(text) == ["Ask for the key", "1. Make the branch", "2. Tag it"]
    assert commands(text)[1:] == [("1. Make the branch", ["git branch r"]), ("2. Tag it", ["git tag v1"])]


def test_headings_that_begin_with_a_verb_are_items():
    text = (
        "# Review\n\n## 1. Choose a level\nRead about levels.\n\n## 2. Create an issue\nIn our tracker.\n\n"
        "## 3. Ask for a review\n- of the lead\n- of another team\n\n## The levels\nThere are two.\n"
    )
    assert texts(text)[:2] == [("1. Choose a level", "Read about levels."), ("2. Create an issue", "In our tracker.")]
    assert sections(text)[-1] == ("The levels", [])


def test_one_alone_stays_a_heading_and_so_do_all_beside_boxes():
    assert items("# Guide\n\n## Create it\nAnyhow.\n\n## Then\n- Look\n") == ["Look"]
    assert items("# Guide\n\n## Create it\nAnyhow.\n\n## Tag it\nSoon.\n\n## Then\n- [ ] Look\n") == ["Look"]


def test_a_numbered_heading_over_a_table_of_tasks_is_a_section():
    text = (
        "# Go-live\n\n## Before\n\n### 1.1 Code\n\n| # | Item | Status |\n|---|---|---|\n| 1 | Tests pass | ⬜ |\n\n"
        "### 1.2 People\n\n| # | Item | Status |\n|---|---|---|\n| 2 | Rota is set | ⬜ |\n"
    )
    assert sections(text) == [("Before", []), ("1.1 Code", ["Tests pass"]), ("1.2 People", ["Rota is set"])]


def test_headings_beside_most_others_are_to_be_done_as_they_are():
    text = (
        "# Release\n\n## Release it\n\n### Create the branch\n"
        "```bash\ngit branch r\n```\n\n### Voting\nAsk for votes.\n\n"
        "### Announce the release\nBy mail.\n\n## About\n\n### History\n"
        "It is old.\n\n### Words\nFew.\n\n## Tools\n- git\n- make\n"
    )
    assert items(text) == ["Create the branch", "Voting", "Announce the release", "git", "make"]


def test_a_text_without_lists_has_at_least_the_heading_over_its_commands():
    text = "# NodeDown\n\n## Meaning\nA node is down.\n\n## Mitigation\nLook:\n\n```bash\nkubectl get pods\n```\n"
    assert commands(text) == [("Mitigation", ["kubectl get pods"])]


def test_the_first_heading_is_the_title_where_it_alone_names_a_checklist():
    text = "# API checklist\n\n## One\n- [ ] a b\n\n# Later\n\n## Two\n- [ ] c d\n"
    assert [title for title, _items in sections(text)] == ["One", "Later", "Two"]


def test_a_label_with_its_value_is_no_heading():
    text = "# Review\n\n## One\n- [ ] a b\n\n##### **Weight:** [3]\n##### **Assignee:** @team\n"
    assert sections(text) == [("One", ["a b"])]


def test_a_list_that_shows_an_output_makes_no_section_of_a_step():
    text = (
        "# Restore\n\n## 1. Find the backup\n```bash\naws rds list\n"
        "```\n\nExample of the output:\n\n- id = 1\n- name = a\n\n"
        "## 2. Restore it\n```bash\naws rds restore\n```\n\n## What it does not restore\n- Users\n- Keys\n"
    )
    assert items(text) == ["1. Find the backup", "2. Restore it"]
