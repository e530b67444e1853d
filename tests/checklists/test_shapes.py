"""The many shapes in which people write the same thing: boxes, bullets, tables, sign-off sheets."""

import pytest

from apps.checklists.markdown import Fate, decode, read


def items(text):
    return [item.title for template in read(text).templates for item in template.items]


def sections(text):
    return [section.title for template in read(text).templates for section in template.sections]


def fate(text, line):
    return next(one.fate for one in read(text).lines if one.line == line)


def sheet(text):
    return [field.label for template in read(text).templates for field in template.sign_off_fields]


@pytest.mark.parametrize(
    "line",
    [
        "-[ ] Lamp lit", "- [  ] Lamp lit", "- [\u00a0] Lamp lit", "- [✓] Lamp lit", "- [ x ] Lamp lit",
        "- [_] Lamp lit", "( ) Lamp lit", "- (x) Lamp lit", "⬜\ufe0f Lamp lit", "🔲 Lamp lit", "・ [ ] Lamp lit", "> - [ ] Lamp lit",
        "\u200b- [ ] Lamp lit", "\u200f- [ ] Lamp lit",
    ],
)  # fmt: skip
def test_a_box_is_a_box_however_it_is_typed(line):
    assert items(f"# Harbour\n- [ ] Rope dry\n{line}\n") == ["Rope dry", "Lamp lit"]


@pytest.mark.parametrize("line", ["- [x](a.md) more words", "(x) Lamp lit", "- [v1] Lamp lit", "- [___] Lamp lit"])
def test_what_only_looks_like_a_box_is_none(line):
    assert items(f"# Harbour\n- [ ] Rope dry\n{line}\n") == ["Rope dry"]


@pytest.mark.parametrize("bullet", ["・", "･", "\uf0b7\t", "\uf0a7\t", "➢ ", "o\t"])
def test_bullets_of_other_programs_are_bullets(bullet):
    text = f"Hafen öffnen\n\nVorher\n\n{bullet}Lampen\n{bullet}Seile\n\nNachher\n\n{bullet}Bericht\n"
    assert (items(text), sections(text)) == (["Lampen", "Seile", "Bericht"], ["Vorher", "Nachher"])


def test_a_ticked_sign_beside_boxes_is_a_box_too():
    assert items("# Harbour\n⬜ Lamps\n✅ Ropes\n") == ["Lamps", "Ropes"]
    assert items("# Harbour\n- [ ] Lamps\n\n✅ You are done\n") == ["Lamps"]


def test_a_text_that_is_indented_as_a_whole_is_read_as_if_it_were_not():
    text = "    # Harbour\n\n    ## Before\n    - [ ] Lamps\n      - [ ] Spare lamps\n\n    ## After\n    - [ ] Log\n"
    assert (items(text), sections(text)) == (["Lamps", "Spare lamps", "Log"], ["Before", "After"])


def test_headings_without_their_space_or_with_a_hard_one_are_headings():
    assert sections("# Harbour\n##Before\n- [ ] a\n##\u00a0After\n- [ ] b\n") == ["Before", "After"]


def test_a_line_of_invisible_signs_is_not_understood_and_parts_nothing():
    text = "# Harbour\n- [ ] Lamps\n\u200b\n  - [ ] Spare lamps\n"
    assert fate(text, 3) is Fate.NOT_UNDERSTOOD
    assert [item.depth for item in read(text).templates[0].items] == [0, 1]


def test_old_line_ends_and_wide_encodings_are_read():
    text = decode("# Hafen\r## Früh\r- [ ] Lampen\r".encode("utf-16"))
    assert (items(text), sections(text)) == (["Lampen"], ["Früh"])


TABLE = (
    "# Harbour\n- [ ] Rope dry\n\n## Run sheet\n| Step | Who | {} |\n|---|---|---|\n| Open | Ada | |\n| Shut | Bo | |\n"
)


@pytest.mark.parametrize("column", ["Done", "Done?", "✓", "Checked", "Pass/Fail", "Initials"])
def test_an_empty_column_to_tick_makes_rows_items(column):
    assert items(TABLE.format(column)) == ["Rope dry", "Open", "Shut"]


def test_an_empty_column_of_another_name_does_not_where_others_have_boxes():
    assert items(TABLE.format("Phone")) == ["Rope dry"]


def test_an_escaped_pipe_is_a_pipe_in_its_cell():
    text = "# Harbour\n| Task | Done |\n|---|---|\n| Run `a \\| b` | [ ] |\n"
    assert items(text) == ["Run a | b"]


class TestSignOffSheets:
    def test_a_table_of_people_with_a_signature_column_is_a_sheet(self):
        crew = "| Role | Name | Signature |\n|---|---|---|\n| Mate | | |\n| Cook | | |\n"
        text = f"# Trip\n## Steps\n1. Sail\n\n## Crew\n{crew}"
        assert (items(text), sheet(text)) == (["Sail"], ["Mate", "Cook"])

    def test_a_table_of_steps_with_initials_is_none(self):
        text = "# Trip\n| Step | Signed off |\n|---|---|\n| Sail | |\n"
        assert (items(text), sheet(text)) == (["Sail"], [])

    @pytest.mark.parametrize("opening", ["**Sign-off**", "Approvals:", "### Sign-off"])
    def test_it_may_begin_with_a_line_that_is_no_heading(self, opening):
        assert sheet(f"# Trip\n## Steps\n- [ ] Sail\n\n{opening}\n\nMate: ______ Day: ______\n") == ["Mate", "Day"]

    def test_a_field_without_a_line_to_write_on_is_a_field(self):
        assert sheet("# Trip\n## Steps\n- [ ] Sail\n\n---\n\nApproved by:\nDate: ______\n") == ["Approved by", "Date"]

    def test_the_name_of_the_document_makes_no_blank_a_signature(self):
        text = "# Sign-off checklist\n## Trip\n- [ ] Sail\n\nWind: ______\n\n## Sign-off\nMate: ______\n"
        assert (sheet(text), fate(text, 5)) == (["Mate"], Fate.FILL_IN)

    @pytest.mark.parametrize(
        ("heading", "signed", "date"),
        [
            ("Freigabe", "Freigegeben durch", "Datum"),
            ("Aprobación", "Aprobado por", "Fecha"),
            ("承認", "承認者", "日付"),
        ],
    )
    def test_other_languages_sign_too(self, heading, signed, date):
        document = read(f"# T\n- [ ] a\n\n## {heading}\n{signed}: ______\n{date}: ______\n")
        fields = document.templates[0].sign_off_fields
        assert [(field.label, field.kind) for field in fields] == [(signed, "text"), (date, "date")]
