"""Kinds of lists: what a name means, what a machine does, what is left open, one of several, the same link again."""

import pytest

from apps.checklists.markdown import read
from tests.checklists.reading import commands, items, kinds, sections, types


def test_a_list_that_says_what_names_mean_is_asked_about():
    text = (
        "# Set up\n\n## Steps\n- Ask for the key\n\nThen look at:\n\n- `PORT` - where it listens\n- `HOST`: its name\n"
    )
    assert items(text) == ["Ask for the key"]
    assert kinds(text) == [("list", (8, 9))]
    assert items("# Ports\n\n- `PORT` - where it listens\n- `HOST`: its name\n") != [], "it is all there is"


@pytest.mark.parametrize("second", ["- `make all` - builds it", "- Look at it", "- `HOST` has a name\n  - or two"])
def test_a_list_with_something_to_do_is_one_of_items(second):
    assert len(items(f"# Set up\n\n- `PORT` - where it listens\n{second}\n")) == 2


@pytest.mark.parametrize(
    "label",
    [
        "**The `Begin release` workflow will perform the following steps:**", "**Required variables:**",
        "**A release results in:**", "**This script:**", "**Each bundle contains:**",
    ],
)  # fmt: skip
def test_what_a_machine_does_is_no_part_to_go_through(label):
    text = f"# Release\n\n## Release it\n\n**By hand:**\n* Tag it\n\n{label}\n* builds it\n* signs it\n"
    assert items(text) == ["Tag it"]
    assert items(text.replace(label, f"## {label.strip('*:')}")) == ["Tag it"]


def test_labels_that_wait_are_blanks_where_half_of_their_list_does():
    text = "# Restore test\n\n## Steps\n- Restore it\n\n## Result\n- Day:\n- **Done by:**\n- Well: `yes/no`\n"
    assert items(text) == ["Restore it", "Well: yes/no"]
    assert types(text)[-3:] == ["fill_in", "fill_in", "item"]
    assert [field.label for field in read(text).templates[0].sections[-1].fill_ins] == ["Day", "Done by"]
    assert len(items("# Go\n\n- Hosts:\n- Turn it on\n- Look at it\n")) == 3


@pytest.mark.parametrize(
    ("heading", "boxes"),
    [
        ("## Type of change", ["A new feature that breaks nothing", "A mended fault"]),
        ("## Systems it hits", ["Tablet", "Phone", "Other?"]),
        ("Systems it hits:", ["Tablet", "Other (name it)"]),
    ],
)
def test_boxes_of_kinds_are_a_choice(heading, boxes):
    text = f"# Merge\n\n{heading}\n\n" + "".join(f"- [ ] {box}\n" for box in boxes) + "\n## Checks\n- [ ] Tests pass\n"
    assert items(text) == ["Tests pass"]
    assert types(text)[2 : 2 + len(boxes)] == ["fill_in"] * len(boxes)


@pytest.mark.parametrize(
    "boxes", ["- [ ] Look at the other side too\n- [ ] Other", "- [ ] Other", "- [ ] a b\n- [ ] c"]
)
def test_boxes_that_ask_for_more_than_a_word_are_items(boxes):
    assert len(items(f"# Merge\n\n## Look\n\n{boxes}\n")) == len(boxes.splitlines())


def test_a_number_that_is_a_link_is_an_item_beside_items():
    text = (
        "# Add one\n\n## How\n1. [Find its name](#name)\n2. Write it down\n   - [by hand](#hand)\n3. [Send it](#to)\n"
    )
    assert items(text) == ["Find its name", "Write it down", "Send it"]
    assert items("# Add one\n\n1. [One](#one)\n\nText.\n\n1. Write it down\n") == ["Write it down"]
    nested = "# Add one\n\n- Look\n  1. [One](#one)\n  2. Two\n"
    assert items(nested) == ["Look"]
    assert items(nested.replace("  2. Two", "1. Go")) == ["Look", "Go"], "a link further in stays what it is"


def test_a_heading_of_links_leads_elsewhere():
    text = "# Move\n\n#### [home](a.md) | [next](b.md)\n\n## Do it\n- Push the button\n"
    assert sections(text) == [("Do it", ["Push the button"])]


def test_a_row_that_adds_up_is_neither_item_nor_group():
    rows = "| Move it | 15 min |\n| Look | 5 min |\n| **Total** | **~20** |\n"
    text = f"# Plan\n\n## Tasks\n\n| Task | Time |\n|---|---|\n{rows}"
    assert sections(text) == [("Tasks", ["Move it", "Look"])]


def test_headings_over_commands_are_steps_beside_boxes_except_where_something_went_wrong():
    code = "\n```bash\nmake it\n```\n\n"
    text = (
        f"# Deploy\n\n## Before\n- [ ] Told all\n\n## Move\n\n### Build it{code}### Ship it{code}"
        f"## Rollback\n\n### Take it back{code}## After\n- [ ] Looked\n"
    )
    assert items(text) == ["Told all", "Build it", "Ship it", "Looked"]
    assert ("Build it", ["make it"]) in commands(text)
    assert ("Take it back", []) in sections(text)


def test_many_questions_about_lists_are_one():
    part = "## Part {0}\n- [ ] Do it\n\nSome words.\n\n- one thing\n- two things\n\n"
    few = "# Go\n\n" + "".join(part.format(number) for number in range(3))
    assert len(kinds(few)) == 3
    [(kind, lines)] = kinds(few + part.format(3))
    assert (kind, len(lines)) == ("list", 8)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("PULL_REQUEST_TEMPLATE", "Pull request template"), ("go-live", "Go live"), ("harbour", "harbour"),
        ("My list_2", "My list_2"), ("iOS_release", "IOS release"),
    ],
)  # fmt: skip
def test_the_name_of_a_file_is_a_title_in_words(name, title):
    assert read("- [ ] Look\n", name=name).templates[0].title == title


def test_a_box_in_code_is_a_box():
    assert items("# Go\n\n- `[ ]` Look\n- `[x]` Listen\n- `[~]` Wait\n") == ["Look", "Listen", "Wait"]
