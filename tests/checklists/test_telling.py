"""Lists that say what something does, is or means, in texts of which other lists are to be gone through."""

import pytest

from tests.checklists.reading import commands, items, sections, texts, types

STEPS = "## Steps\n\n- Sail\n"


def beside(text):
    """Titles of the items of a text that has one other item."""
    found = items(f"# Trip\n\n## Harbour\n\n{text}\n\n{STEPS}")
    assert found[-1] == "Sail"
    return found[:-1]


class TestWhatSomebodyElseDoes:
    @pytest.mark.parametrize(
        "text",
        [
            "- Restores the sail\n- Publishes the log to the harbour\n- Waits",
            "1. Tests the rope\n2. Copies `knot` into it\n3. Then rests\n4. Checks every mast\n5. **Stops** the boat\n",
            "- Creates a list\n\n- Deploys the anchor",
        ],
    )  # fmt: skip
    def test_is_no_item(self, text):
        assert beside(text) == []

    @pytest.mark.parametrize(
        "text",
        [
            "- Tests pass\n- Checks are green\n- Logs look well",
            "- Restores the sail\n- Sail\n- Rest",
            "- Creates a knot",
            "- Creates\n- Creates",
        ],
    )
    def test_things_of_which_there_are_several_are_items(self, text):
        assert len(beside(text)) == text.count("- ")

    def test_numbers_and_bullets_at_one_indent_are_two_lists(self):
        assert beside("1. Sail\n2. Rest\n\n* Creates the log\n* Updates the book") == ["Sail", "Rest"]

    def test_boxes_are_items_whatever_they_say(self):
        assert beside("- [ ] Creates the log\n- [ ] Updates the log") == ["Creates the log", "Updates the log"]

    def test_where_it_is_all_a_text_has_it_is_the_list(self):
        assert items("# Trip\n\n- Creates the log\n- Updates the log\n") == ["Creates the log", "Updates the log"]


class TestAsides:
    TEXT = "# Trip\n\n## Sail\n\n1. Check the hull\n2. Pull the rope\n\n## Land\n\n1. Drop it\n2. Stop\n\n## {}\n\n{}\n"
    ACTS = ["Check the hull", "Pull the rope", "Drop it", "Stop"]

    def test_bullets_that_name_things_tell_where_numbers_say_what_to_do(self):
        assert items(self.TEXT.format("Sea", "- Waves of the north\n- Birds")) == self.ACTS

    @pytest.mark.parametrize(
        ("title", "line"),
        [("Prerequisites", "Birds"), ("Sea", "Birds are gone"), ("Sea", "Count birds"), ("Sea", "Call the birds")],
    )
    def test_what_holds_or_is_to_be_done_is_an_item(self, title, line):
        found = items(self.TEXT.format(title, f"- Waves of the north\n- {line}"))
        assert found[4:] == ([] if line == "Count birds" else ["Waves of the north", line])

    def test_one_list_of_numbers_says_too_little(self):
        text = "# Trip\n\n## Sail\n\n1. Check the hull\n2. Pull the rope\n\n## Sea\n\n- Waves of the north\n- Birds\n"
        assert items(text)[2:] == ["Waves of the north", "Birds"]


@pytest.mark.parametrize(
    "lead",
    [
        "Typical kinds of wind:",
        "Supported sails:",
        "Call the harbour when:",
        "A mast ensures:",
        "This boat does NOT:",
        "The crew restores:",
        "Response fields:",
        "Expected:",
    ],
)
def test_a_line_that_tells_stands_over_no_items(lead):
    assert beside(f"{lead}\n\n- north\n- south") == []


def test_calls_and_names_with_an_aside_are_explained():
    assert (
        beside(
            "- `wind(north)` — how it blows\n- `deck/mast.txt` (of the mast)\n- `sail`（帆）\n- `a`, `b` and `c`: words"
        )
        == []
    )
    assert beside("- `make sail` — run it\n- `deck` - what it is") == ["make sail — run it", "deck - what it is"]


class TestIssues:
    @pytest.mark.parametrize("title", ["Common issues", "3. Typical problems & solutions", "Quick fixes", "常见问题"])
    def test_what_goes_wrong_now_and_then_is_no_item(self, title):
        assert items(f"# Trip\n\n## {title}\n\n1. The rope is wet\n2. The sail is torn\n\n{STEPS}") == ["Sail"]

    def test_what_to_do_about_one_of_them_is(self):
        text = f"# Trip\n\n## Common issues\n\n### The sail is torn\n\n1. Take it down\n\n{STEPS}"
        assert sections(text)[1] == ("The sail is torn", ["Take it down"])

    def test_where_they_are_all_a_text_has_they_are_the_list(self):
        assert items("# Trip\n\n## Common issues\n\n- The rope is wet\n") == ["The rope is wet"]

    def test_headings_over_commands_tell_with_the_part_they_stand_in(self):
        code = "```sh\nmake it\n```\n\n"
        text = f"# Trip\n\n## Sail\n\n### Pull\n{code}## Troubleshooting\n\n### {{}}\n{code}"
        assert items(text.format("Check the rope")) == ["Pull"]
        assert items(text.format("2. Check the rope")) == ["Pull", "2. Check the rope"]

    def test_its_labels_are_as_it_is(self):
        text = f"# Trip\n\n## Common issues\n\n**The rope:**\n\n- dry it\n\n**The sail:**\n\n- mend it\n\n{STEPS}"
        assert items(text) == ["Sail"]


@pytest.mark.parametrize("title", ["4. Appendix", "Sail roadmap", "Future improvements", "Document classification"])
def test_a_part_that_tells_has_no_items(title):
    assert items(f"# Trip\n\n## {title}\n\n- A second mast\n- Another sail\n\n{STEPS}") == ["Sail"]


class TestNumbersAndBullets:
    def test_bullets_behind_a_blank_line_say_more_of_their_number(self):
        text = "# Trip\n\n1. **Sail**\n\n- The sea is wide.\n- Uses: wind\n\n1. **Land**\n\n- It is narrow.\n"
        assert texts(text) == [("Sail", "- The sea is wide.\n- Uses: wind"), ("Land", "- It is narrow.")]

    @pytest.mark.parametrize(
        "text",
        [
            "1. Sail\n\n- Tie the rope\n- Pull it\n\n1. Land\n\n- Drop it\n",
            "1. Sail\n\n- It is wide\n\n1. Land\n",
            "1. Sail\n\n- It is wide\n- It is deep\n",
        ],
    )
    def test_bullets_that_say_what_to_do_are_items_and_so_are_those_of_one_number(self, text):
        assert len(items(f"# Trip\n\n{text}")) == text.count("1. ") + text.count("- ")

    def test_numbers_that_go_on_behind_boxes_are_steps(self):
        text = "# Trip\n\n1. Look\n\n2. Count these:\n\n[ ] mast\n[ ] sail\n\n3. Go\n"
        assert items(text) == ["Look", "Count these:", "mast", "sail", "Go"]

    @pytest.mark.parametrize("after", ["1. Rest", "5. Rest", "## Land\n\n3. Rest"])
    def test_others_tell(self, after):
        assert "Look" not in items(f"# Trip\n\n1. Look\n2. Read\n\n- [ ] mast\n\n{after}\n")


class TestPlainText:
    TEXT = "- Count\n- Look\n\nThen load it with\n    make load\n\n{}\n\nIf it floats, push it with\n    make push\n"

    def test_lines_over_commands_are_steps_and_lines_between_that_begin_with_a_verb(self):
        found = items(self.TEXT.format("Tell the harbour about our sail"))
        assert found[2:] == ["Then load it with", "Tell the harbour about our sail", "If it floats, push it with"]

    def test_other_lines_are_words(self):
        assert len(items(self.TEXT.format("The harbour is not told."))) == 4

    def test_a_line_without_a_verb_over_a_command_is_none(self):
        assert items("- Count\n\nThe boat of ours\n    make load\n") == ["Count"]

    def test_a_short_line_that_says_what_to_do_is_no_heading(self):
        assert sections("Trip\n\nAt sea\n\n• Sail\n\nTell the harbour about it\n\nIt is far.\n")[0][0] == "At sea"

    def test_the_names_of_columns_are_no_heading(self):
        assert types("Trip\n====\n\n- [ ] Look\n\nname      place\n---------------\n")[-2:] == ["guidance", "layout"]


class TestTextsWithoutMarks:
    def test_lines_that_begin_with_verbs_are_the_list(self):
        text = "check the sail\ncheck the mast\nthe rope\nset sail\n"
        assert items(text) == ["check the sail", "check the mast", "set sail"]
        assert items("check the sail\nthe mast\nthe rope\nset sail\n") == []

    def test_commands_are_the_list_where_there_is_hardly_anything_else(self):
        text = "git pull origin sea\n# now\nmake sail\n\nThe boat is ours.\n"
        assert commands(text) == [("git pull origin sea", ["git pull origin sea"]), ("make sail", ["make sail"])]
        assert items(f"{text}It is old.\n\nIt is blue.\n") == []
        assert items("# look\nmake sail\n") == []

    def test_one_command_over_several_lines_is_no_list(self):
        assert items("git pull \\\n  origin sea\n") == []

    def test_those_in_a_fence_are_commands_of_the_text(self):
        assert items("```sh\ngit pull origin sea\nmake sail\n```\n") == []


class TestLabels:
    @pytest.mark.parametrize("lead", ["Confirm the state:", "**Confirm it:**"])
    def test_a_line_that_says_what_to_do_is_an_item_and_what_it_leads_its_words(self, lead):
        text = f"# Trip\n\n1. {lead}\n   - mast\n   - sail\n2. Rest now:\n   - `make rest`\n"
        assert len(items(text)) == 2
        assert texts(text)[0][1].endswith("- mast\n- sail")

    def test_over_boxes_it_is_a_label(self):
        assert items("# Trip\n\n- Confirm the state:\n  - [ ] mast\n- Rest now:\n  - [ ] sail\n") == ["mast", "sail"]


class TestTables:
    def test_a_row_with_one_cell_stands_over_those_below(self):
        text = "| Suomi | Deutsch |\n|---|---|\n| ENNEN | |\n| Purje | Segel |\n| Köysi | Seil |\n| Masto | Mast |\n"
        assert [found for found in sections(text) if found[1]] == [("ENNEN", ["Purje", "Köysi", "Masto"])]
        asked = text.replace("Suomi", "Task").replace("Deutsch", "Owner")
        assert sections(f"# Trip\n\n{asked}")[-1] == ("ENNEN", ["Purje", "Köysi", "Masto"])

    @pytest.mark.parametrize("rows", [("| Purje | Segel |", "| ENNEN | |"), ("| ENNEN | |", "| JA | |")])
    def test_one_that_nobody_finished_does_not(self, rows):
        first, second = rows
        text = f"# Trip\n\n| Task | Owner |\n|---|---|\n{first}\n{second}\n| Masto | Ann |\n| Köysi | Bo |\n"
        assert len(items(text)) == 4

    def test_how_many_tasks_there_are_is_no_task(self):
        table = "| Phase | Tasks | State |\n|---|---|---|\n| Sea | 3 | 1/3 |\n| Land | 2 | 2/2 |\n"
        assert items(f"# Trip\n\n- [ ] Sail\n\n## So far\n\n{table}") == ["Sail"]

    def test_a_table_with_the_columns_of_another_has_items_whatever_it_stands_under(self):
        table = "| Aufgabe | Wer | Status |\n|---|---|---|\n| {} | Ann | |\n"
        text = f"# Trip\n\n## Vorher\n\n{table.format('Segeln')}\n## Links\n\n{table.format('Winken')}"
        assert items(text) == ["Segeln", "Winken"]
        assert items(f"# Trip\n\n{STEPS}\n## Links\n\n{table.format('Winken')}") == ["Sail"]
