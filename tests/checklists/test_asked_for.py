"""Blanks of items and fields of the sign-off sheet, in the shapes in which people leave them open."""

import pytest

from apps.checklists.markdown import read
from tests.checklists.reading import fill_ins, first, items, sections, sheet, texts

DONE = "# T\n- [ ] a\n\n"


class TestBlanksOfItems:
    @pytest.mark.parametrize("mark", ["- [ ] ", "1. "])
    def test_a_blank_below_an_item_is_its_own(self, mark):
        text = f"# T\n{mark}**Change approved**\n   - Approved by: ____\n{mark}**Backup taken**\n   - Where: ____\n"
        assert fill_ins(text) == [("Change approved", ["Approved by"]), ("Backup taken", ["Where"])]
        assert (sheet(text), texts(text)) == ([], [("Change approved", ""), ("Backup taken", "")])

    @pytest.mark.parametrize(
        "line", ["  Deployed by: ____ Date: ____", "\n  Deployed by: ____ Date: ____", "Deployed by: ____ Date: ____"]
    )
    def test_a_blank_of_its_text_is_its_own_too(self, line):
        text = f"# T\n- [ ] Deploy\n{line}\n- [ ] Check\n"
        assert (fill_ins(text)[0], sheet(text)) == (("Deploy", ["Deployed by", "Date"]), [])

    def test_a_blank_with_more_words_stays_in_the_text(self):
        assert first("# T\n- [ ] Deploy\n  - Took: ____ minutes at most\n").text == "- Took: ____ minutes at most"

    def test_blanks_after_the_list_are_signed(self):
        assert [label for label, *_ in sheet("# T\n- [ ] Log\n\nApproved by: ____\nDate: ____\n")] == [
            "Approved by",
            "Date",
        ]

    def test_answers_below_an_item_answer_it(self):
        item = first("# T\n- [ ] Is it dry?\n  ☐ Yes ☐ No\n")
        assert [(field.label, field.options) for field in item.fill_ins] == [("Is it dry?", ("Yes", "No"))]


class TestSheet:
    def test_boxes_with_blanks_are_fields(self):
        text = f"{DONE}## Sign-off\n- [ ] **Tech lead:** ____ Date: ____\n- [ ] Security approves\n"
        assert sheet(text) == [("Tech lead", "text", ()), ("Date", "date", ())]
        assert items(text) == ["a", "Security approves"]

    def test_fields_below_a_role_keep_it(self):
        text = f"{DONE}## Sign-off\n- [ ] **Product**\n  - Signature: ____\n  - Date: ____\n- Security\n  - Name:\n"
        assert [label for label, *_ in sheet(text)] == ["Product: Signature", "Product: Date", "Security: Name"]
        assert items(text) == ["a"]

    @pytest.mark.parametrize("opening", ["**Signatures:**", "## Signatures", "Signatures:"])
    def test_a_list_below_signatures_names_who_signs(self, opening):
        assert [label for label, *_ in sheet(f"{DONE}{opening}\n- Ada Lovelace\n- The mate\n")] == [
            "Ada Lovelace",
            "The mate",
        ]

    def test_a_list_of_roles_below_sign_off_names_who_signs(self):
        text = "# T\n## Steps\n- Sail\n\n## Sign-off\n- QA lead\n- Write the report of the trip\n"
        assert ([label for label, *_ in sheet(text)], items(text)) == (
            ["QA lead"],
            ["Sail", "Write the report of the trip"],
        )

    @pytest.mark.parametrize("cell", ["TBD", "Pending", "[Name]", "<name>", "YYYY-MM-DD", "⏳ pending", "", "____"])
    def test_cells_that_wait_are_open(self, cell):
        rows = f"| Role | Name | Signature |\n|---|---|---|\n| Mate | {cell} | {cell} |\n"
        text = f"{DONE}## Approvals\n{rows}"
        assert ([label for label, *_ in sheet(text)], sections(text)[1]) == (["Mate"], ("Approvals", []))
        assert read(text).templates[0].sections[1].guidance == ""

    def test_a_row_that_somebody_filled_elsewhere_asks_the_same_role_again(self):
        rows = "| Role | Name | Status |\n|---|---|---|\n| Mate | Ada | Approved |\n"
        assert [label for label, *_ in sheet(f"{DONE}## Approvals\n{rows}")] == ["Mate, Ada"]

    def test_other_tables_below_approvals_stay_tables(self):
        rows = "| Step | Result |\n|---|---|\n| Sail | fine |\n"
        assert sheet(f"{DONE}## Approvals\n{rows}") == []


class TestChoices:
    @pytest.mark.parametrize(
        ("text", "label"),
        [
            ("## Sign-off\n- Decision:\n  - [ ] Approved\n  - [ ] Rejected\n", "Decision"),
            ("**Decision:**\n- [ ] Approved\n- [ ] Rejected\n", "Decision"),
            ("## Go/No-Go\n- [ ] Approved\n- [ ] Rejected\n", "Go/No-Go"),
            ("## Sign-off\n- [ ] Result\n  - [ ] Approved\n  - [ ] Rejected\n", "Result"),
        ],
    )
    def test_boxes_that_answer_one_question_are_one_choice(self, text, label):
        assert (sheet(DONE + text), items(DONE + text)) == ([(label, "choice", ("Approved", "Rejected"))], ["a"])

    def test_answers_of_an_item_are_a_choice_of_it(self):
        item = first("# T\n- [ ] Boat is dry\n  - [ ] Yes\n  - [ ] No\n- [ ] Sail\n")
        assert [(field.label, field.options) for field in item.fill_ins] == [("Boat is dry", ("Yes", "No"))]

    ASKED = "Was it dry?\n- [ ] Yes\n- [ ] No\n\n"

    def test_a_question_between_items_is_one_of_the_item_above(self):
        item = first(f"# T\n## Deck\n- [ ] a\n\n{self.ASKED}- [ ] b\n")
        assert [(field.label, field.options) for field in item.fill_ins] == [("Was it dry?", ("Yes", "No"))]

    def test_a_question_of_a_section_is_read_in_its_guidance(self):
        section = read(f"# T\n## Deck\n\n{self.ASKED}- [ ] b\n").templates[0].sections[0]
        assert [(field.label, field.options) for field in section.fill_ins] == [("Was it dry?", ("Yes", "No"))]
        assert section.guidance == "Was it dry?\n- ☐ Yes\n- ☐ No"

    @pytest.mark.parametrize(
        "boxes",
        [
            "- [ ] Approved by Ada\n- [ ] Rejected by nobody\n", "- [ ] Ready\n- [ ] Done\n", "- [ ] Yes\n",
            "- [ ] Yes\n- [ ] No\n- [ ] Sail home\n",
        ],
    )  # fmt: skip
    def test_other_boxes_below_a_question_are_items(self, boxes):
        assert len(items(f"# T\n\nWhat is done?\n{boxes}")) == boxes.count("[ ]")

    @pytest.mark.parametrize("above", ["### Something lasts", "Something lasts"])
    def test_yes_and_no_alone_answer_whatever_stands_above_them(self, above):
        text = f"# T\n- [ ] a\n\n{above}\n- [ ] YES\n- [ ] NO\n"
        assert items(text) == ["a"]


def test_a_line_over_the_sheet_is_no_field_of_it():
    text = (
        "# Go\n\n- [ ] a b\n\n## Sign-off\n\n**Before the release:**\n\n```text\nRequest: 1\n```\n\n"
        "**Checked and approved by:**\n\n- Developer: ____ Date: ____\n- Lead: ____\n"
    )
    assert [label for label, _kind, _options in sheet(text)] == ["Developer", "Date", "Lead"]


def test_a_heading_that_leaves_a_blank_is_a_line_to_fill_in():
    text = "# Go\n\n- [ ] a b\n\n## Approval\n\n### Released: YES / NO\n\n### Planned hour: ____\n"
    assert sheet(text) == [("Released", "choice", ("YES", "NO")), ("Planned hour", "text", ())]
    assert sections("# Go\n\n## Hub: ____ of ours\n\n- [ ] a b\n")[0][0].startswith("Hub")


def test_sheets_in_more_languages():
    table = "# 手順\n\n- [ ] 確認\n\n## 承認\n\n| 項目 | 氏名 | 承認日 |\n|---|---|---|\n| 作成者 | [氏名] | [日付] |\n"
    assert sheet(table) == [("作成者", "text", ())]
    boxes = "# 发布\n\n- [ ] 测试\n\n**审批签字**:\n- [ ] Lead: ____ Date: ____\n"
    assert [label for label, _kind, _options in sheet(boxes)] == ["Lead", "Date"]


def test_one_of_several_boxes_is_chosen_not_done():
    text = (
        "# Call\n\n## Severity\n\nSelect the approach:\n"
        "- [ ] **Roll back**: now\n- [ ] **Fix**: soon\n\nThen:\n\n- [ ] Tell all\n"
    )
    assert fill_ins(text) == [("Select the approach:", ["Select the approach"]), ("Tell all", [])]
    [choice] = first(text).fill_ins
    assert (choice.kind, choice.options) == ("choice", ("Roll back: now", "Fix: soon"))
    inner = "# Call\n\n- [ ] Choose the strategy:\n  - [ ] canary\n  - [ ] all at once\n"
    assert fill_ins(inner) == [("Choose the strategy:", ["Choose the strategy"])]
    assert items("# Call\n\nSelect all that apply:\n- [ ] logs\n- [ ] traces\n") == ["logs", "traces"]


def test_what_stands_above_all_items_is_no_field_of_the_sheet():
    text = "# Go\n\n**Approved by:** [TODO]\n**Revision:** [TODO]\n**Version:** [TODO]\n\n## Do\n- [ ] a b\n"
    assert [label for label, _kind, _options in sheet(text)] == ["Approved by (TODO)"]


def test_a_box_with_a_place_for_a_signature_is_a_field_of_the_sheet():
    text = (
        "# Go\n\n- [ ] a b\n\n## Sign-off\n\n"
        "- [ ] **Owner:** GO / NO-GO - [Signature] [Day]\n- [ ] **Lead:** [Signature here]\n"
    )
    assert [label for label, _kind, _options in sheet(text)] == ["Owner", "Lead (Signature here)"]
