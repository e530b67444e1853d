"""List lines that nobody does: they say what a text is about, who is meant, what to read, or where to find it."""

import pytest

from tests.checklists.reading import items, kinds, sections, types


@pytest.mark.parametrize(
    "line",
    [
        "- Low Ann [@ann](https://code.example/ann)",
        "- Ann Low (@ann)",
        "- ann.low@mail.example",
        "- **Owner team**: {{TEAM}}",
        "- **Component**: <!-- which one -->",
    ],
)
def test_people_and_what_a_text_is_about_are_no_items(line):
    assert items(f"# Release\n\n## Who\n{line}\n{line}\n\n## Then\n- Tag it\n- Push it\n") == ["Tag it", "Push it"]


@pytest.mark.parametrize(
    "title",
    [
        "Additional reading", "Useful resources", "Emergency contacts", "Planning anti-patterns", "Common mistakes",
        "Recovery targets", "Incident roles", "Release known issues", "Patch release criteria",
        "Supported platforms", "目录", "联系方式", "変更履歴", "Índice rápido",
        "Inhaltsverzeichnis", "Weiterführende Links",
    ],
)  # fmt: skip
def test_a_list_under_such_a_heading_is_none_to_go_through(title):
    assert items(f"# Release\n\n## Steps\n- Tag it\n\n## {title}\n- The first thing\n- The second thing\n") == [
        "Tag it"
    ]


@pytest.mark.parametrize(
    "lead",
    [
        "Notes:", "**Note**:", "Environment variables:", "For example:", "注意：", "Metadata:",
        "It decides based on the following criteria:", "The commands assume these remotes are set up:",
        "Start it with the following inputs:",
    ],
)  # fmt: skip
def test_a_list_below_such_a_line_explains(lead):
    text = (
        f"# Release\n\n## Steps\n{lead}\n\n- origin is a copy\n- upstream is ours\n\nNow go:\n\n1. Tag it\n2. Push it\n"
    )
    assert items(text) == ["Tag it", "Push it"]


def test_it_is_asked_about_all_the_same_in_words_that_hold():
    text = (
        "# Failover\n\n## Steps\nEnvironment variables:\n\n"
        "- NAME is the primary\n- TIME is in seconds\n\nThen:\n\n1. Go\n"
    )
    assert kinds(text) == [("list", (6, 7))]


def test_a_list_of_the_introduction_is_none_where_sections_have_lists():
    text = (
        "# Release guide\n\nThere are two ways to release this thing:\n\n- minor, every month\n- patch, when needed\n\n"
        "## Before\n- Tell the team\n\n## After\n- Close it\n"
    )
    assert items(text) == ["Tell the team", "Close it"]
    assert items("# Release\n\n- Tag it\n\n## Before\n- Tell the team\n\n## After\n- Close it\n")[0] == "Tag it"
    boxed = "# Test checklist\n- Also as a PDF\n\n## One\n- [ ] a b\n\n## Two\n- [ ] c d\n"
    assert items(boxed) == ["a b", "c d"]


def test_a_table_of_contents_is_no_list_and_no_section():
    text = (
        "# Launch\n\n## Contents\n- [Before](#before)\n- [The day](#the-day)\n- [After](#after)\n\n"
        "## Before\n- [ ] Tell all\n\n## The day\n- [ ] Go\n\n## After\n- [ ] Look\n"
    )
    assert [title for title, _items in sections(text)] == ["Before", "The day", "After"]
    assert kinds(text) == []
    plain = "# Launch\n\n## Contents\n- Before\n- The day\n- After\n\n## Before" + text.partition("\n## Before")[2]
    assert items(plain) == ["Tell all", "Go", "Look"]


def test_what_hardly_asks_for_anything_is_not_asked_about():
    boxed = "# Go\n\n## One\n- [ ] a b\n\n## Two\n"
    assert kinds(f"{boxed}- Sign-off: Lead of all\n- Window: Saturday\n") == []
    assert kinds(f"{boxed}- ❌ **Panic**: stay calm\n") == []
    assert kinds(f"{boxed}- [Tool](https://a.example): finds all\n") == []
    assert kinds(f"{boxed}- Error rate: should be below 1 %\n") == [("list", (7,))]
    assert kinds(f"{boxed}- Sign-off: Lead\n- Drain the queue first\n") == [("list", (7, 8))]


def test_what_tells_more_of_an_item_is_no_section():
    text = (
        "# Call\n\n1. Follow the lead\n   - **Is there no lead?**\n"
        "     - Page one\n     - Page the backup\n2. Take notes\n"
    )
    assert items(text) == ["Follow the lead", "Take notes"]
    boxed = "# Prep\n\n- [ ] Mark candidates\n  - By the other team:\n    - [ ] In the repository\n- [ ] Tell all\n"
    assert sections(boxed) == [("Prep", ["Mark candidates", "In the repository", "Tell all"])]


def test_a_list_line_of_a_comment_alone_is_nothing_to_do():
    text = "# Owners\n\n1. <!-- @name -->\n2. <!-- @name -->\n\n- [ ] <!-- who -->\n- [ ] Ask them\n"
    assert items(text) == ["Ask them"]
    assert types("# a\n\n- [ ] b\n\n> c\n>\n> d\n") == ["title", "item", "guidance", "layout", "guidance"]


@pytest.mark.parametrize(
    "title", ["Key assumptions", "Success metrics (this week)", "Assumptions & dependencies (sprint)"]
)
def test_what_a_title_adds_in_brackets_changes_nothing(title):
    assert items(f"# Launch\n\n## Steps\n- Tag it\n\n## {title}\n- The first thing\n- The second thing\n") == ["Tag it"]


def test_a_label_over_what_to_read_is_one():
    assert items("# Alert\n\n## Triage\n- Look\n- Page\n\n**See also:**\n\n- matrix.md\n- template.md\n") == [
        "Look",
        "Page",
    ]


def test_what_a_script_does_is_not_to_be_done():
    text = "# Deploy\n\n## Way A\nThis script will:\n\n1. Migrate the data\n2. Restart all\n\n## Then\n- [ ] Look\n"
    assert items(text) == ["Look"]


def test_what_a_push_triggers_is_not_to_be_done():
    text = "# Release\n\n## Steps\n1. Push the tag\n\nThe tag triggers the job, which:\n\n- builds all\n- signs all\n"
    assert items(text) == ["Push the tag"]
