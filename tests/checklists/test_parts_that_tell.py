"""Parts of public checklists that tell although their lists look like ones to go through, and parts that do not."""

import pytest

from apps.checklists.markdown import read
from tests.checklists.reading import commands, items, sections, sheet, types

STEPS = "## Steps\n\n- Sail\n"


@pytest.mark.parametrize(
    "title",
    [
        "When to turn back:", "What you can do now", "Completed tasks", "Requirements met",
        "Known operational pain (old)",         "現在の状態", "已完成项目", "现状", "How the harbour works",
    ],
)  # fmt: skip
def test_a_part_about_what_is_has_no_items(title):
    assert items(f"# Trip\n\n## {title}\n\n- The hull is old\n- The mast was mended\n\n{STEPS}") == ["Sail"]


@pytest.mark.parametrize("title", ["Metadata", "Versioning", "2. Scope", "Architecture (of the boat)"])
def test_a_part_named_by_its_subject_has_items_where_its_list_says_what_to_do(title):
    text = "# Trip\n\n## {}\n\n- {} the hull\n- **Check** the mast\n- Birds\n\n" + STEPS
    assert items(text.format(title, "Confirm")) == ["Confirm the hull", "Check the mast", "Birds", "Sail"]
    assert items(text.format(title, "Under")) == ["Sail"]


class TestLeads:
    @pytest.mark.parametrize(
        "lead",
        [
            "**What happens next:**", "Known behaviour:", "You now have:", "Then the boat will be able to:",
            "The harbour script automatically:", "After that you'll see:", "This will do the following:",
        ],
    )  # fmt: skip
    def test_what_follows_by_itself_is_no_item(self, lead):
        assert items(f"# Trip\n\n## Harbour\n\n{lead}\n\n- north wind\n- south wind\n\n{STEPS}") == ["Sail"]

    def test_what_follows_as_steps_is(self):
        text = f"# Trip\n\n## Harbour\n\nThe steps are as follows:\n\n1. Creak\n2. Rest\n\n{STEPS}"
        assert items(text) == ["Creak", "Rest", "Sail"]

    def test_bullets_below_a_lead_of_another_kind_are_items(self):
        steps = "## Sail\n\n1. Check it\n2. Pull it\n\n## Land\n\n1. Drop it\n2. Stop\n\n"
        text = f"# Trip\n\n{steps}## Sea\n\n{{}}- hull.md\n- mast.md\n"
        assert items(text.format("It has to be noted in:\n\n"))[4:] == ["hull.md", "mast.md"]
        assert items(text.format(""))[4:] == []


class TestRemarks:
    def test_lines_that_say_why_are_no_items(self):
        text = "- **Current issue:** It leaks.\n- **Fix**: Tar it.\n- __Benefit__: Dry.\n- **Examples:** none\n"
        assert items(f"# Trip\n\n## Hull\n\n{text}") == ["Fix"]

    @pytest.mark.parametrize("line", ["- Benefit: all of us", "- **Notes** are taken"])
    def test_others_are(self, line):
        assert len(items(f"# Trip\n\n## Hull\n\n{line}\n- Sail\n")) == 2

    def test_boxes_are(self):
        assert items("# Trip\n\n- [ ] **Note:** It leaks.\n") == ["It leaks."]


def test_a_list_that_says_what_to_do_with_names_is_one_to_go_through():
    text = "# Trip\n\n## Names\n\n- `hull.py`: {} the name\n- `mast.md`: {} it\n- `sea`: wide\n\n" + STEPS
    assert len(items(text.format("bump", "write"))) == 4
    assert items(text.format("bump", "with"))[0] == "Sail"


def test_what_somebody_else_does_may_have_a_sign():
    text = "# Trip\n\n## Harbour\n\n1. ✅ Creates a list\n2. 🚀 Tests `sail`\n\n" + STEPS
    assert items(text) == ["Sail"]


def test_questions_wait_for_words_like_labels():
    assert items(f"# Trip\n\n## Boat\n\n- Whose is it?\n- Size:\n- Colour?\n\n{STEPS}") == ["Sail"]


class TestHeadings:
    def test_numbered_ones_over_code_are_steps_where_all_are(self):
        part = "## {}. The {}\n\n```js\nsail()\n```\n\n"
        text = "# Trip\n\n" + "".join(part.format(number, "sea") for number in (1, 2, 3)) + "## Then\n\n- Rest\n"
        assert items(text) == ["1. The sea", "2. The sea", "3. The sea", "Rest"]

    @pytest.mark.parametrize("numbers", ["12", "1x3"])
    def test_fewer_or_others_between_them_are_parts(self, numbers):
        parts = [
            f"## {one}. The sea\n\n```js\nsail()\n```\n\n" if one != "x" else "## So\n\nIt is.\n\n" for one in numbers
        ]
        assert items("# Trip\n\n" + "".join(parts) + "## Then\n\n- Rest\n") == ["Rest"]

    def test_a_title_with_the_sign_of_a_box_is_a_title(self):
        text = "# ☑️ Trip\n\n## ☐ Look\n\nat the sea\n\n# [ ] Sail\n"
        assert (read(text).templates[0].title, items(text)) == ("Trip", ["Look", "Sail"])

    def test_a_line_drawn_to_the_length_of_one_that_ends_with_a_bracket_makes_it_a_heading(self):
        text = "# Trip\n\nSea (`deck.js`)\n---------------\n\n- [ ] Sail\n\nLand (ours)\n---\n\n- [ ] Walk\n"
        assert sections(text) == [("Sea (deck.js)", ["Sail", "Walk"])]
        assert types(text)[4:6] == ["guidance", "layout"]


class TestBoldNumbers:
    def test_lines_that_count_in_bold_are_steps_and_what_follows_is_theirs(self):
        text = "# Trip\n\n## Sail\n\n**1. Look.** At the sea.\n\n```sh\nmake look\n```\n\n**2. Go**\n\nNow.\n\n## End\n"
        assert commands(f"{text}\n- Rest\n") == [("1. Look.", ["make look"]), ("2. Go", []), ("Rest", [])]

    @pytest.mark.parametrize("text", ["**1. Look**\n\nAt it.\n", "**1. Look**\n\n- sea\n\n**2. Go**\n\n- home\n"])
    def test_one_alone_or_over_lists_is_none(self, text):
        assert len(items(f"# Trip\n\n{text}\n{STEPS}")) == text.count("- ") + 1


def test_a_line_over_commands_is_no_blank_of_a_sheet():
    text = "# Trip\n\n## Approval\n\n1. Look\n2. List them:\n   ```sh\n   ls\n   ```\n3. Name:\n"
    assert (items(text), [label for label, *_ in sheet(text)]) == (["Look", "List them:"], ["Name"])


def test_a_box_over_a_drawn_line_is_an_item():
    assert items("Trip\n====\n\n[ ] Look\n[ ] Sail\n=======================\n") == ["Look", "Sail"]


class TestPlainText:
    def test_what_is_for_a_purpose_is_a_step_over_its_command(self):
        first = "- Look\n\nTo sail slowly:\n\nmake sail\n\n"
        text = f"{first}To sail in a wind of which nobody knows how it blows:\n\nmake wind\n"
        assert commands(text) == [
            ("Look", []), ("To sail slowly:", ["make sail"]),
            ("To sail in a wind of which nobody knows how it blows:", ["make wind"]),
        ]  # fmt: skip

    def test_paragraphs_that_say_what_for_first_are_steps_where_nothing_else_is(self):
        assert items("# Trip\n\nTo sail, run it. Then rest.\n\nOnce at sea, check the mast.\n") == [
            "To sail, run it. Then rest.", "Once at sea, check the mast.",
        ]  # fmt: skip
        assert len(items("# Trip\n\nBefore it, please look.\n\nNext you should go.\n")) == 2

    def test_verbs_and_commands_in_turn_are_the_list(self):
        assert items("make sail\nupdate the log\ngit pull origin sea\nwrite to all\n") == [
            "make sail", "update the log", "git pull origin sea", "write to all",
        ]  # fmt: skip
