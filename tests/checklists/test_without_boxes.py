"""Lists and tables without boxes, alone and beside others that have them; labels, steps and prose."""

import pytest

from apps.checklists.markdown import read
from tests.checklists.reading import commands, items, kinds, sections, texts, types

BOXED = "# Failover\n\n## Before\n\n- [ ] Page the owner\n\n"
NUMBERS = "1. Promote the replica\n2. Point the proxy at it\n"
BOTH = ["Page the owner", "Promote the replica", "Point the proxy at it"]


@pytest.mark.parametrize("heading", ["## Steps", "## Then", "**Steps:**", "Steps:", "Failover\n--------"])
def test_a_section_without_boxes_keeps_its_numbered_list(heading):
    assert items(f"{BOXED}{heading}\n\n{NUMBERS}") == BOTH


@pytest.mark.parametrize("heading", ["## Notes", "## 3. Background", "## Out of scope", "## References", "## Kontakte"])
def test_a_section_that_explains_has_no_items(heading):
    text = f"{BOXED}{heading}\n\n{NUMBERS}"
    assert (items(text), kinds(text)) == (["Page the owner"], [])


def test_bullets_are_items_where_their_heading_says_so_and_a_question_elsewhere():
    bullets = "- Promote the replica\n- Point the proxy at it\n"
    assert items(f"{BOXED}## Steps\n\n{bullets}") == BOTH
    text = f"{BOXED}## Then\n\n{bullets}\n## And\n\n- Tell all\n"
    assert (items(text), kinds(text)) == (["Page the owner"], [("list", (9, 10)), ("list", (14,))])
    assert "Should they be items?" in read(text).suggestions[0].text


def test_a_numbered_list_beside_boxes_is_a_question():
    text = f"# Failover\n\n## Steps\n\n{NUMBERS}\n- [ ] Done\n"
    assert (items(text), kinds(text)) == (["Done"], [("list", (5, 6))])


@pytest.mark.parametrize(
    "header", ["Check | Expected", "Aufgabe | Wer", "Étape | Détail", "確認項目 | 結果", "Task / Step"]
)
def test_a_section_without_boxes_keeps_its_table_of_tasks(header):
    text = f"{BOXED}## More\n\n| {header} |\n|---|---|\n| Promote the replica | a |\n| Point the proxy at it | b |\n"
    assert items(text) == BOTH


def test_another_table_under_a_heading_of_checks_is_a_question():
    text = f"{BOXED}## Last checks\n\n| Host | Port |\n|---|---|\n| db | 5432 |\n"
    assert (items(text), kinds(text)) == (["Page the owner"], [("list", (11,))])


def test_lists_beside_the_checklists_of_a_collection_belong_to_all_of_them():
    usage = "## After all\n\n1. Read\n2. Sign\n"
    text = f"# Checklists\n\n## A checklist\n\n### X\n- [ ] a\n\n## B checklist\n\n### Y\n- [ ] b\n\n{usage}"
    document = read(text)
    assert [(one.title, len(one.items)) for one in document.templates] == [("A checklist", 1), ("B checklist", 1)]
    assert all("1. Read" in one.guidance for one in document.templates)


class TestProse:
    TEXT = "# Trip\n\n- **Version**: [Version]\n- Owner: Ada\n\n## Background\n\n- Old boat\n\n## Steps\n\n- Sail\n"

    def test_bullets_that_explain_or_say_what_the_text_is_are_no_items(self):
        document = read(self.TEXT)
        assert items(self.TEXT) == ["Sail"]
        assert document.templates[0].sections[0].guidance == "- Old boat"
        assert [field.label for field in document.templates[0].fill_ins] == ["Version"]

    def test_a_text_that_lists_nothing_else_lists_items(self):
        assert items("# Trip\n\n## Background\n\n- The boat is old\n") == ["The boat is old"]

    def test_headings_below_one_that_explains_explain_too(self):
        assert items("# Trip\n\n## Background\n\n### Boat\n\n- Old\n\n## Go\n\n- Sail\n") == ["Sail"]


class TestLabels:
    @pytest.mark.parametrize(
        ("label", "title"),
        [
            ("The day itself:", "The day itself"),
            ("**The day itself**", "The day itself"),
            ("✅ **Speed**", "Speed"),
            ("**Stop here until the lamp is green.**", "Stop here until the lamp is green."),
            (f"**Before {'very ' * 20}long trips:**", f"Before {'very ' * 20}long trips"),
            ("<details>\n<summary><b>Folded</b></summary>", "Folded"),
            ("<details><summary>Folded</summary>", "Folded"),
        ],
    )
    def test_a_label_within_a_list_divides_it(self, label, title):
        assert sections(f"# Trip\n- [ ] Invite\n\n{label}\n\n- [ ] Open\n") == [("Trip", ["Invite"]), (title, ["Open"])]

    @pytest.mark.parametrize("line", ["Please do all of these:", "All of it. That is:", "A word"])
    def test_a_sentence_that_only_leads_to_its_list_divides_none(self, line):
        assert sections(f"# Trip\n- [ ] Invite\n\n{line}\n\n- [ ] Open\n") == [("Trip", ["Invite", "Open"])]

    def test_a_label_under_its_heading_leads_to_the_list(self):
        assert sections("# Trip\n## Day\nThe day itself:\n- [ ] Open\n") == [("Day", ["Open"])]

    def test_signs_over_lists_are_labels(self):
        text = "# Trip\n\n✅ **Speed**\n\n- [ ] Fast\n\n✅ **Safety**\n\n- [ ] Safe\n"
        assert sections(text) == [("Speed", ["Fast"]), ("Safety", ["Safe"])]


class TestSteps:
    @pytest.mark.parametrize("below", ["   - Four words\n   - Written\n", "- Four words\n- Written\n"])
    def test_a_number_in_bold_has_details(self, below):
        text = f"# Key\n\n1. **Make the key**\n{below}2. **Turn the key**\n{below}"
        detail = "- Four words\n- Written"
        assert texts(text) == [("Make the key", detail), ("Turn the key", detail)]

    def test_a_number_over_boxes_is_a_section(self):
        assert sections("# Key\n\n1. **Make it**\n   - [ ] Cut\n2. **Turn it**\n   - [ ] Left\n") == [
            ("1. Make it", ["Cut"]), ("2. Turn it", ["Left"]),
        ]  # fmt: skip

    def test_headings_of_steps_are_items_with_what_stands_below_them(self):
        build = "## Step 1: Build\n\nIn the shop.\n\n```bash\nmake\n```\n"
        text = f"# Deploy\n\n## About\n\nWords.\n\n{build}\n## Step 2: Ship\n\nNow.\n"
        assert commands(text) == [("Step 1: Build", ["make"]), ("Step 2: Ship", [])]
        assert sections(text) == [("About", []), ("Deploy", ["Step 1: Build", "Step 2: Ship"])]
        assert texts(text) == [("Step 1: Build", "In the shop."), ("Step 2: Ship", "Now.")]

    def test_a_step_with_a_list_is_a_section_of_it(self):
        assert sections("# Deploy\n\n## Step 1: Build\n\n- Cut\n- Glue\n") == [("Step 1: Build", ["Cut", "Glue"])]

    def test_numbered_headings_are_steps_in_a_text_without_a_list(self):
        assert items("# Deploy\n\n## 1. Build\n\nIn the shop.\n\n## 2. Ship\n\nNow.\n") == ["1. Build", "2. Ship"]
        assert items("# Deploy\n\n## 1. Build\n\nIn the shop.\n\n## 2. Ship\n\n- [ ] Sail\n") == ["Sail"]

    def test_headings_over_commands_are_steps_in_a_text_without_a_list(self):
        text = "# Deploy\n\n## Build\n\n```sh\nmake\n```\n\n## Why\n\nWords.\n\n## Ship\n\n```sh\nmake ship\n```\n"
        assert commands(text) == [("Build", ["make"]), ("Ship", ["make ship"])]

    def test_steps_stand_under_the_heading_above_them(self):
        text = "# Deploy\n\n## Morning\n\n### Step 1\n\nWake.\n\n## Noon\n\n### Step 2\n\nEat.\n"
        assert sections(text) == [("Morning", ["Step 1"]), ("Noon", ["Step 2"])]


def test_lines_that_only_arrange_others_are_layout():
    text = "# T\n\n---\n\n<details>\n\n| Check | Done |\n|---|---|\n| Sail | |\n| | |\n\n</details>\n"
    assert types(text) == ["title", "layout", "layout", "layout", "layout", "item", "layout", "layout"]


def test_the_end_of_a_paragraph_is_no_label():
    text = "# T\n\n- [ ] a\n\nA paragraph\nand on, namely:\n\n- [ ] b\n\nAnother one\nas well, namely:\n\n- [ ] c\n"
    assert [title for title, _ in sections(text)] == ["T"]


def test_a_second_label_may_speak_of_these():
    text = "# T\n\nTasks of the mate:\n\n- [ ] a\n\nThese tasks are performed by an admin:\n\n- [ ] b\n"
    assert sections(text) == [("Tasks of the mate", ["a"]), ("These tasks are performed by an admin", ["b"])]


def test_steps_below_a_heading_that_explains_are_steps():
    assert items("# T\n\n## Overview\n\n- Old\n\n### Steps to sail\n\n- Sail\n\n### More\n\n- Words\n") == [
        "Sail",
        "Words",
    ]


@pytest.mark.parametrize("line", ["**Step {}: {}**", "Step {}: {}", "**Step {} - {}:**"])
def test_lines_of_steps_are_items_with_what_stands_below_them(line):
    text = f"# T\n\n{line.format(1, 'Stop')}\n\n```sh\nmake stop\n```\n\n{line.format(2, 'Start')}\nSlowly.\n"
    assert [found for _, found in commands(text)] == [["make stop"], []]
    assert texts(text)[1][1] == "Slowly."


def test_a_line_of_a_step_over_a_list_is_its_label_and_a_sentence_about_one_is_none():
    text = "# T\n\n**Step 1: Stop**\n\n- Left\n\n**Step 2: Start**\n\n- Right\n\nStep 3 is done by the mate.\n"
    assert sections(text) == [("Step 1: Stop", ["Left"]), ("Step 2: Start", ["Right"])]


def test_a_bare_heading_over_a_numbered_list_is_a_section_though_others_have_boxes():
    text = "Failover plan\n\nBefore\n\n☐ Page the owner\n☐ Tell all\n\nSteps\n\n1. Promote\n2. Point\n"
    assert sections(text) == [("Before", ["Page the owner", "Tell all"]), ("Steps", ["Promote", "Point"])]


def test_a_checklist_in_a_fence_is_read_where_there_is_no_other():
    text = "# Design\n\n```markdown\nFirst:\n- [ ] Data is named\n- [ ] Keys are set\n\n# Then\n- [ ] Indexes\n```\n"
    document = read(text)
    assert items(text) == ["Data is named", "Keys are set", "Indexes"]
    assert [line.line for line in document.lines] == [1, 3, 4, 5, 6, 8, 9, 10]
    assert items(f"# Design\n\n- [ ] Look\n{text}") == ["Look"]
    assert items(text.replace("markdown", "bash")) == []
