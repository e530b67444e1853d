"""Further kinds of public checklists: parts in the words of a report, steps between paragraphs, drawn headings."""

import pytest

from apps.checklists.markdown import read
from tests.checklists.reading import commands, items, sections, texts, types

STEPS = "## Steps\n\n- Sail\n"


class TestPartsThatTell:
    @pytest.mark.parametrize(
        "title",
        [
            "Are we safe at sea?", "Notes on the wind", "Usage instructions", "Where this list is referenced",
            "Verified state (11 May)", "Current status", "Repairs of the mast implemented", "Aktueller Stand",
            "Common rejection reasons to avoid", "Priority order",
        ],
    )  # fmt: skip
    def test_have_no_items(self, title):
        assert items(f"# Trip\n\n## {title}\n\n- hull\n- mast\n\n{STEPS}") == ["Sail"]

    @pytest.mark.parametrize("title", ["If a sail was delivered", "Do we sail?", "Priorities", "Configure roles"])
    def test_others_have(self, title):
        assert len(items(f"# Trip\n\n## {title}\n\n- hull\n- mast\n\n{STEPS}")) == 3

    @pytest.mark.parametrize(
        "lead",
        [
            "The following people have access to this:", "Do not sail if any of these are true:",
            "The boat is **ready** with:",
        ],
    )  # fmt: skip
    def test_what_a_line_of_theirs_leads_is_no_item(self, lead):
        assert items(f"# Trip\n\n## Sea\n\n{lead}\n\n- north\n- south\n\n{STEPS}") == ["Sail"]


def test_a_heading_that_assigns_something_is_a_step():
    assert items("# Trip\n\n## 1. Sail\n```sh\nmake it\n```\n\n## 2. Assign roles\n```sh\nmake roles\n```\n") == [
        "1. Sail",
        "2. Assign roles",
    ]


class TestListLines:
    def test_a_second_sign_is_none_of_its_words(self):
        assert items("- • Look\n- ○ Sail\n- \\- Rest\n") == ["Look", "Sail", "Rest"]

    def test_a_box_may_stand_before_a_word_that_goes_on(self):
        assert items("- Look ☐\n- Sail ☐ _or_\n- Rest ☐\n") == ["Look", "Sail or", "Rest"]

    def test_an_issue_or_placeholder_is_no_item(self):
        assert items("# Trip\n\n- Closes #12\n- Refs: #XXX\n- TBD: the second\n") == []
        assert len(items("# Trip\n\n- Closes the hatch\n- Tbdeck\n")) == 2

    def test_kinds_of_a_change_are_a_choice(self):
        assert items("# Trip\n\n## What kind of change is this?\n\n- [ ] Hull\n- [ ] Mast\n\n## Sea\n\n- [ ] Go\n") == [
            "Go"
        ]

    def test_code_behind_a_last_line_that_leads_it_is_of_that_line(self):
        land = "## Land\n\n- Walk\n- Rest\n\n```sh\nmake it\n```\n"
        text = f"# Trip\n\n## Sea\n\n- Sail\n- Look:\n\n```sh\nmake look\n```\n\n{land}"
        assert commands(text) == [("Sail", []), ("Look:", ["make look"]), ("Walk", []), ("Rest", [])]


class TestLinesOverCommands:
    PART = "# Trip\n\n## {}\n\n{}\n\n```sh\nmake it\n```\n\n{}"

    @pytest.mark.parametrize("line", ["Check the hull:", "Then run it:", "After the storm, check the mast:"])
    def test_are_items_beside_those_of_a_list(self, line):
        assert items(self.PART.format("Sea", line, "- Sail\n- Rest\n")) == [line, "Sail", "Rest"]

    def test_two_of_them_are_as_well(self):
        second = "Look around:\n\n```sh\nmake look\n```\n\n"
        assert items(self.PART.format("Sea", "Check it:", f"{second}{STEPS}")) == ["Check it:", "Look around:", "Sail"]

    @pytest.mark.parametrize("line", ["Use it:", "To check the hull:", "If it leaks, check it:", "Check the hull"])
    def test_what_is_done_now_and_then_is_none(self, line):
        assert items(self.PART.format("Sea", line, "- Sail\n- Rest\n")) == ["Sail", "Rest"]

    @pytest.mark.parametrize("title", ["Background", "References", "Troubleshooting the rope"])
    def test_nor_is_what_stands_in_a_part_that_tells(self, title):
        assert items(self.PART.format(title, "Check it:", f"- hull\n\n{STEPS}")) == ["Sail"]

    def test_one_without_a_list_goes_with_its_heading(self):
        assert items(self.PART.format("Sea", "Check it:", STEPS)) == ["Sail"]


class TestStepsBesideBoxes:
    TEXT = (
        "# Trip\n\n### 1. Pull\n\n```sh\nmake pull\n```\n\n### 2. Push\n\n```sh\nmake push\n```\n\n"
        "### 3. Sail\n\n- Set the sail\n- Look\n\n### 4. Look\n\n{}\n"
    )

    def test_a_numbered_part_with_bullets_among_steps_and_boxes_is_a_step(self):
        text = self.TEXT.format("- [ ] Hull\n- [ ] Mast")
        assert items(text) == ["1. Pull", "2. Push", "3. Sail", "Hull", "Mast"]
        assert texts(text)[2] == ("3. Sail", "- Set the sail\n- Look")

    def test_one_with_a_table_is_none(self):
        text = self.TEXT.format("- [ ] Hull").replace(
            "- Look\n\n###", "- Look\n\n| a | b |\n|---|---|\n| c | d |\n\n###"
        )
        assert items(text) == ["1. Pull", "2. Push", "Hull"]


def test_rows_that_somebody_verified_with_a_name_are_items():
    table = "| Item | Verified by | Date |\n|---|---|---|\n| Hull dry | | |\n| Mast up | | |\n"
    assert items(f"# Trip\n\n- [ ] Sail\n\n## At the end\n\n{table}") == ["Sail", "Hull dry", "Mast up"]


class TestCodes:
    def test_paragraphs_that_begin_with_a_code_are_items(self):
        text = "# Trip\n\n**SEA.1** - Look\n\n**SEA.2** - Sail\n\n## Land\n\n**LA-10** Rest\n\n- north\n"
        assert items(text)[:3] == ["SEA.1 Look", "SEA.2 Sail", "LA-10 Rest"]

    @pytest.mark.parametrize("text", ["**SEA.1** Look\n\n**SEA.2** Sail\n", "**SEA** a\n\n**Mast** b\n\n**Hull** c\n"])
    def test_two_of_them_and_words_are_none(self, text):
        assert items(f"# Trip\n\n{text}\n{STEPS}") == ["Sail"]

    def test_among_more_list_lines_they_are_none(self):
        text = "".join(f"**SEA.{number}** wind\n\n" for number in range(3))
        assert items(f"# Trip\n\n{text}- Look\n- Sail\n- Rest\n- Land\n") == ["Look", "Sail", "Rest", "Land"]


class TestUnderlinedHeadings:
    LINE = "═" * 20

    def test_a_checklist_in_a_frame_is_the_title(self):
        text = f"{self.LINE}\n  TRIP CHECKLIST\n{self.LINE}\n\nBEFORE YOU SAIL:\n☐ Look\n\nSAIL\n{self.LINE}\n☐ Go\n"
        template = read(text).templates[0]
        assert template.title == "TRIP CHECKLIST"
        assert [section.title for section in template.sections][-1] == "SAIL"

    @pytest.mark.parametrize("other", ["SECOND CHECKLIST", "SAIL"])
    def test_one_of_several_or_without_a_frame_is_a_part(self, other):
        above = self.LINE if other == "SECOND CHECKLIST" else ""
        text = f"{above}\nTRIP CHECKLIST\n{self.LINE}\n☐ Look\n\n{other}\n{self.LINE}\n☐ Go\n"
        assert [title for title, _items in sections(text)] == ["TRIP CHECKLIST", other]

    def test_one_over_words_is_a_part(self):
        text = f"☐ Look\n\nTURNING BACK (if needed)\n{self.LINE}\n\nWhen it storms:\n\nSAIL\n{self.LINE}\n☐ Go\n"
        assert "TURNING BACK (if needed)" in [title for title, _items in sections(text)]

    def test_the_names_of_columns_are_none(self):
        assert "section" not in types(f"☐ Look\n\nname      place\n{self.LINE}\nwords\n")[1:3]

    def test_a_label_in_capitals_may_have_an_aside(self):
        text = "Trip\n====\n\nLOOK\n1. Hull\n2. Mast\n\nLAND (after the storm)\n3. Walk\n"
        assert sections(text) == [("LOOK", ["Hull", "Mast"]), ("LAND (after the storm)", ["Walk"])]
