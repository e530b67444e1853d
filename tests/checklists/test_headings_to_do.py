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
