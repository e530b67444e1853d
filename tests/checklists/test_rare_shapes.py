"""Shapes that few checklists have, each read as its writer meant it."""

import pytest

from apps.checklists.markdown import code, read
from apps.checklists.markdown.document import Correction, LineType
from apps.checklists.markdown.text import NotText, checked

PASTED = "Harbour plan\n\n"


def items(text):
    return [(item.title, item.text) for item in read(text).templates[0].items]


def sections(text):
    return {section.title: [item.title for item in section.items] for section in read(text).templates[0].sections}


def blocks(text):
    """(language, is a command, text) of every block of code."""
    parts = read(text).templates[0].parts()
    return [(one.language, one.is_command, one.text) for part in parts for one in part.code]


def sheet(text):
    return [(field.label, field.kind, field.options) for field in read(text).templates[0].sign_off_fields]


def kinds(text):
    return [one.kind for one in read(text).suggestions]


class TestSheet:
    def test_boxes_under_a_field_are_its_answers(self):
        text = "# Ship\n- [ ] a\n\n## Sign-off\nReady: ____\n- [ ] Yes\n- [ ] No, because it rains\n"
        assert sheet(text) == [("Ready", "choice", ("Yes", "No, because it rains"))]
        assert items(text) == [("a", "")]

    def test_answers_between_slashes_are_a_choice(self):
        text = "# Ship\n- [ ] a\n\n## Sign-off\nProduction-ready: yes / no / with caveats\n"
        assert sheet(text) == [("Production-ready", "choice", ("yes", "no", "with caveats"))]

    def test_a_line_that_somebody_puts_on_the_sheet_is_a_field(self):
        document = read("# Ship\n- [ ] a\n\nThe captain\n", {4: Correction(LineType.SIGN_OFF)})
        assert [field.label for field in document.templates[0].sign_off_fields] == ["The captain"]

    def test_headings_below_the_sign_off_heading_belong_to_it(self):
        text = "# Ship\n- [ ] a\n\n## Sign-off\n### Captain\nName: ____\n### Mate\nDate: ____\n"
        assert sheet(text) == [("Name", "text", ()), ("Date", "date", ())]


class TestHeadings:
    def test_a_sign_over_a_list_of_other_bullets_is_a_heading(self):
        text = PASTED + "✅ Testing\n\n• hull is dry\n• sails are up\n\n✅ Leaving\n\n• ropes off\n• flag up\n"
        assert sections(text) == {"Testing": ["hull is dry", "sails are up"], "Leaving": ["ropes off", "flag up"]}

    def test_a_number_over_its_own_numbers_is_a_heading(self):
        text = "# Ship\n\n1. Preparation\n1.1 Tell the team\n1.2 Dry the hull\n\n2. Leaving\n2.1 Ropes off\n"
        assert list(sections(text).values()) == [["Tell the team", "Dry the hull"], ["Ropes off"]]

    def test_words_before_the_checklists_of_a_collection_belong_to_each(self):
        text = "# Checklists\n\nwords\n\n## Harbour checklist\n\n### A\n- [ ] a\n\n## Sea checklist\n\n### B\n- [ ] b\n"
        templates = read(text).templates
        assert [(one.title, one.guidance) for one in templates] == [
            ("Harbour checklist", "words"),
            ("Sea checklist", "words"),
        ]

    def test_stages_of_a_flow_that_branches_and_joins_keep_its_order(self):
        text = "# Ship\n\n```mermaid\nflowchart LR\nA[One] --> B[Two]\nB --> C[Three]\nA --> C\n```\n"
        assert list(sections(text)) == ["One", "Two", "Three"]

    def test_stages_of_a_flow_that_goes_round_stay_as_written(self):
        text = "# Ship\n\n```mermaid\nflowchart LR\nA[One] --> B[Two]\nB --> C[Three]\nC --> A\n```\n"
        assert list(sections(text)) == ["One", "Two", "Three"]


class TestCode:
    def test_an_indented_block_is_code_between_two_items(self):
        text = "# Ship\n\n- [ ] a\n\nRun this:\n\n    make sail\n    make anchor\n\n- [ ] b\n"
        assert blocks(text) == [("shell", True, "make sail\nmake anchor")]
        assert [title for title, _ in items(text)] == ["a", "b"]

    def test_an_indented_block_under_an_item_is_its_own(self):
        (item, _) = read("# Ship\n\n- [ ] a\n\n        kubectl get pods\n\n- [ ] b\n").templates[0].items
        assert [one.text for one in item.code] == ["kubectl get pods"]

    def test_an_indented_block_ends_at_a_box(self):
        text = "# Ship\n\n- [ ] a\n\nThen\n\n    make sail\n    - [ ] b\n"
        assert blocks(text) == [("shell", True, "make sail")]
        assert [title for title, _ in items(text)] == ["a", "b"]

    def test_commands_and_code_pasted_one_after_the_other_are_two_blocks(self):
        text = PASTED + "Steps\n• a\n• b\n\nimport os\nprint(1)\n\nkubectl get pods\n"
        assert blocks(text) == [("python", False, "import os\nprint(1)"), ("shell", True, "kubectl get pods")]

    @pytest.mark.parametrize(
        ("lines", "language"),
        [
            ([], ""),
            (["", " "], ""),
            (["{", '"a": 1', "}"], "json"),
            (["SELECT 1 FROM boats"], "sql"),
            (["# git push"], "shell"),
            (["flowchart LR", "A --> B"], "mermaid"),
        ],
    )
    def test_the_language_of_an_untagged_block_is_guessed_by_its_lines(self, lines, language):
        assert code.language(lines) == language

    def test_a_prompt_makes_a_command_of_any_line(self):
        assert code.is_shell("$ hoist the sail")
        assert not code.is_shell("hoist the sail")

    def test_a_sentence_that_begins_with_a_keyword_is_no_code(self):
        assert not code.is_code("return to the harbour before it gets dark.")
        assert code.is_code("return harbour")


class TestTables:
    def test_columns_between_tabs_are_cells(self):
        text = PASTED + "Check\tWho\tWhen\nHull dry\tAnna\tMonday\nSails up\tJun\tTuesday\n"
        assert items(text) == [
            ("Hull dry", "**Who:** Anna\n\n**When:** Monday"),
            ("Sails up", "**Who:** Jun\n\n**When:** Tuesday"),
        ]

    def test_several_paths_between_commas_are_one_cell(self):
        rows = [
            "Control Applied to Why it matters",
            "Rate limit src/api/server.py Keeps callers apart",
            "Retries src/api/client.py, src/api/worker.py Network is slow",
            "Timeouts everywhere Slow calls end",
        ]
        assert items(PASTED + "\n".join(rows))[:2] == [
            ("Rate limit", "**Applied to:** `src/api/server.py`\n\n**Why it matters:** Keeps callers apart"),
            ("Retries", "**Applied to:** src/api/client.py, src/api/worker.py\n\n**Why it matters:** Network is slow"),
        ]

    def test_a_header_in_capitals_leaves_the_number_of_columns_to_the_rows(self):
        text = PASTED + "Control Applied Where It Matters\nRate limit Keeps callers apart\nRetries Network is slow\n"
        assert items(text + "Timeouts Slow calls end\n") == [
            ("Rate limit", "Keeps callers apart"),
            ("Retries", "Network is slow"),
            ("Timeouts", "Slow calls end"),
        ]

    def test_a_heading_right_above_a_table_is_no_row_of_it(self):
        rows = ["Controls", "Control Applied to Why it matters", "Rate limit src/api/server.py Keeps callers apart"]
        text = PASTED + "\n".join([*rows, "Retries src/api/client.py Network is slow"])
        assert sections(text) == {"Controls": ["Rate limit", "Retries"]}

    def test_lines_in_small_letters_under_capitals_are_no_rows(self):
        text = PASTED + "Control Applied Where It Matters\nrate limit everywhere\nretries somewhere\nmore words here\n"
        assert items(text) == []

    def test_blanks_side_by_side_name_no_columns(self):
        assert items(PASTED + "____   ____   ____\na   b   c\nd   e   f\n") == []


class TestWarnings:
    def test_a_secret_in_a_command_is_pointed_out(self):
        assert kinds("# Ship\n- [ ] a\n\n```sh\nexport API_TOKEN=abcdef0123456789abcdef\n```\n") == ["secret"]

    def test_a_condition_and_a_weighty_word_are_notes(self):
        suggestions = read("# Ship\n- [ ] The hull must be dry (if it rained)\n").suggestions
        assert [(one.kind, one.is_note) for one in suggestions] == [("condition", True), ("critical", True)]


def test_a_reference_at_the_foot_is_a_link():
    document = read("# Ship\n- [ ] a\n\n[plan]: https://example.com/plan\n")
    links = [link for part in document.templates[0].parts() for link in part.links]
    assert [(link.text, link.url) for link in links] == [("plan", "https://example.com/plan")]
    assert document.lines[-1].line_type is LineType.LINK


@pytest.mark.parametrize(("text", "message"), [("a\x01" * 10, "is not text"), ("é" * 5_500_000, "larger than 5 MB")])
def test_text_that_was_pasted_is_checked_like_a_file(text, message):
    with pytest.raises(NotText, match=message):
        checked(text)


class TestUntitled:
    def test_a_label_in_bold_leads_a_question_as_it_leads_a_list(self):
        text = "**Before:**\n**Before:**\n- Took: ____\n**Before:**\nReady: yes / no\n"
        assert sections(text) == {"Before": ["Took"]}

    def test_a_step_that_is_a_blank_stays_a_step(self):
        assert items("1. Name: ____\n2. Say so\n") == [("Name", ""), ("Say so", "")]

    def test_a_word_in_capitals_begins_a_cell(self):
        text = "Item Owner Status\nDeploy API Alice\nMigrate V2 Bob\n"
        assert items(text) == [
            ("Deploy", "**Owner:** API\n\n**Status:** Alice"),
            ("Migrate", "**Owner:** V2\n\n**Status:** Bob"),
        ]
