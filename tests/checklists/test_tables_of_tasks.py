"""Tables: which rows are items, and which of their cells says what is to be done."""

import pytest

from apps.checklists.markdown import read
from tests.checklists.reading import commands, fill_ins, items, kinds, sections, texts


def table(header, *rows):
    dashes = "|---" * (header.count("|") + 1)
    return f"# T\n\n| {header} |\n{dashes}|\n" + "".join(f"| {line} |\n" for line in rows)


@pytest.mark.parametrize(
    ("header", "rows", "titles"),
    [
        ("# | Category | Check", ["1 | Log | Lit | ☐", "2 | Log | Dry | ☐"], ["Lit", "Dry"]),
        ("Category | What to check", ["Log | Lit", "Log | Dry"], ["Lit", "Dry"]),
        ("Category | Must-have controls", ["Log | Lit", "Rope | Dry"], ["Log", "Rope"]),
        ("Area | Owner | Rule", ["Log | Ada | Lit", "Log | Ada | Dry"], ["Lit", "Dry"]),
        ("ID | Priority | Requirement", ["A-1 | high | Lit", "A-2 | high | Dry"], ["Lit", "Dry"]),
        ("Step | Action", ["1 | Light", "2 | Dry"], ["Light", "Dry"]),
        ("Item | Description", ["Lamp | It is lit", "Rope | It is dry"], ["Lamp", "Rope"]),
        ("Nr. | Aufgabe | Verantwortlich | Erledigt", ["1 | Licht | Ada | ", "2 | Seil | Bo | "], ["Licht", "Seil"]),
        ("N° | Tâche | Responsable | Fait", ["1 | Feu | Ada | ", "2 | Corde | Bo | "], ["Feu", "Corde"]),
        ("番号 | 確認項目 | 担当 | 完了", ["1 | 灯り | 花 | ", "2 | 縄 | 花 | "], ["灯り", "縄"]),
    ],
)
def test_the_title_is_the_cell_that_says_what_is_to_be_done(header, rows, titles):
    assert items(table(header, *rows)) == titles


def test_empty_rows_and_totals_are_no_items():
    text = table("Check | Points", "Lit | 2", " | ", "Dry | 3", "Total | 5", "Total recall works | fine")
    assert items(text) == ["Lit", "Dry", "Total recall works"]


@pytest.mark.parametrize(
    "header",
    [
        "Version | Date | Author | Changes", "Revision | Datum | Autor", "Risk | Impact | Mitigation",
        "Name | Team | E-mail", "Role | Phone | Slack",
    ],
)  # fmt: skip
def test_tables_that_record_are_no_checklists(header):
    text = table(header, *["a | b | c | d"[: 4 * header.count("|") + 1]] * 2) + "\n- Sail\n"
    assert items(text) == ["Sail"]


def test_the_names_of_columns_are_no_guidance_once_their_rows_are_items():
    document = read(table("Check | Expected", "Lit | yes"))
    assert [section.guidance for section in document.templates[0].sections] == [""]
    assert document.templates[0].guidance == ""


def test_rows_of_a_table_that_explains_stay_a_table():
    text = "# T\n- [ ] a\n\n## Notes\n" + table("Check | Expected", "Lit | yes")[4:]
    assert "| Check | Expected |\n|---|---|\n| Lit | yes |" in read(text).templates[0].sections[1].guidance


def test_rows_between_tabs_are_a_table_however_many():
    rows = "".join(f"Do {number}\tAda\topen\n" for number in range(300))
    assert len(items(f"# T\n\nTask\tOwner\tStatus\n{rows}")) == 300
    assert len(items(f"Harbour plan\n\nTask\tOwner\tStatus\n{rows}")) == 300
    assert texts("# T\nTask\tOwner\nSail\tAda\nEat\t\n") == [("Sail", "**Owner:** Ada"), ("Eat", "")]


@pytest.mark.parametrize(
    "text", ["a\tb\nc\td\n", "a\tb\nc\td\te\tf\ng\th\n", "a\t____\nb\tc\nd\te\n", "w\nTask\tOwner\na\tb\nc\td\n"]
)
def test_words_with_tabs_between_them_are_no_table(text):
    assert read(f"# T\n\n{text}").templates[0].items == ()


def test_words_in_columns_of_blanks_are_a_table():
    text = "Harbour plan\n\nTask      Owner\nSail      Ada\nEat       Bo\n"
    assert texts(text) == [("Sail", "**Owner:** Ada"), ("Eat", "**Owner:** Bo")]


def test_a_column_of_identifiers_is_not_what_is_to_be_done():
    text = (
        "# Test checklist\n\n| Test ID | Test Name | Status |\n|---|---|---|\n| **T-A** | **Reading** | |\n"
        "| T-A-01 | Read the page | |\n| T-A-02 | Read the log | |\n"
        "| **T-B** | **Writing** | |\n| T-B-01 | Write it | |\n"
    )
    found = [part for part in sections(text) if part[1]]
    assert found == [("Reading", ["Read the page", "Read the log"]), ("Writing", ["Write it"])]


def test_a_table_of_steps_beside_boxes_waits_for_its_owners_only():
    text = (
        "# Run\n\n## Before\n- [ ] Tell all\n\n## Steps\n\n| Step | Description | Command | Owner | Status |\n"
        "|---|---|---|---|---|\n| 1 | Tag it | `git tag v1` | | |\n| 2 | Start the job | the page | | |\n"
    )
    assert commands(text)[1:] == [("Tag it", ["git tag v1"]), ("Start the job", [])]
    assert texts(text)[1:] == [("Tag it", ""), ("Start the job", "**Command:** the page")]


def test_questions_that_wait_for_answers_are_items_with_a_blank():
    text = (
        "# Set-up\n\n## First\n\n| Question | Answer | Notes |\n"
        "|---|---|---|\n| Name? | | |\n| Backups? | `Yes/No` | daily |\n"
    )
    assert fill_ins(text) == [("Name?", ["Answer"]), ("Backups?", ["Answer"])]
    assert texts(text) == [("Name?", ""), ("Backups?", "**Notes:** daily")]


def test_a_form_in_two_columns_is_no_list_of_tasks():
    text = (
        "# Go\n\n## Go-live\n\n| Item | Details |\n|---|---|\n"
        "| Date | [MM/DD] |\n| Risk | High / Low |\n\n## Do\n- [ ] Go now\n"
    )
    assert items(text) == ["Go now"]
    assert kinds(text) == []


def test_beside_a_table_of_tasks_what_a_text_says_of_itself_stays_words():
    text = (
        "# Launch\n\n| Task | Owner |\n|---|---|\n| Ask five customers | Ann |\n"
        "\n## Key assumptions\n- All are there\n- All works\n"
    )
    assert items(text) == ["Ask five customers"]
