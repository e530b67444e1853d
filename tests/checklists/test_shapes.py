"""The many shapes in which people write the same thing: boxes, bullets, tables, sign-off sheets."""

import pytest

from apps.checklists.markdown import read
from apps.checklists.markdown.document import LineType
from apps.checklists.markdown.text import decode


def items(text):
    return [item.title for template in read(text).templates for item in template.items]


def sections(text):
    return [section.title for template in read(text).templates for section in template.sections]


def line_type(text, line):
    return next(one.line_type for one in read(text).lines if one.line == line)


def sheet(text):
    return [field.label for template in read(text).templates for field in template.sign_off_fields]


@pytest.mark.parametrize(
    "line",
    [
        "-[ ] Lamp lit", "- [  ] Lamp lit", "- [\u00a0] Lamp lit", "- [✓] Lamp lit", "- [ x ] Lamp lit",
        "- [_] Lamp lit", "( ) Lamp lit", "- (x) Lamp lit", "⬜\ufe0f Lamp lit", "🔲 Lamp lit", "・ [ ] Lamp lit",
        "> - [ ] Lamp lit", "\u200b- [ ] Lamp lit", "\u200f- [ ] Lamp lit",
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
    assert line_type(text, 3) is LineType.NOT_UNDERSTOOD
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

    @pytest.mark.parametrize("header", ["Step | Signed off", "Job | Signature"])
    def test_a_table_of_steps_with_a_column_to_sign_is_none(self, header):
        text = f"# Trip\n| {header} |\n|---|---|\n| Sail | |\n\n- [ ] Log\n"
        assert (items(text), sheet(text)) == (["Sail", "Log"], [])

    @pytest.mark.parametrize("opening", ["**Sign-off**", "Approvals:", "### Sign-off"])
    def test_it_may_begin_with_a_line_that_is_no_heading(self, opening):
        assert sheet(f"# Trip\n## Steps\n- [ ] Sail\n\n{opening}\n\nMate: ______ Day: ______\n") == ["Mate", "Day"]

    def test_a_field_without_a_line_to_write_on_is_a_field(self):
        assert sheet("# Trip\n## Steps\n- [ ] Sail\n\n---\n\nApproved by:\nDate: ______\n") == ["Approved by", "Date"]

    def test_fields_apart_from_their_labels_by_tabs_are_no_table(self):
        text = "Harbour form\n\nChecks\n\n☐\tLamps\n\nSignatures\n\nMate:\t______\nCook:\t______\nDate:\t______\n"
        assert sheet(text) == ["Mate", "Cook", "Date"]

    def test_what_a_line_says_besides_its_label_is_kept(self):
        rows = "| Role | Name | Signature |\n|---|---|---|\n| Mate | **Ada** | |\n"
        text = f"# T\n- [ ] a\n\n## Sign-off\n{rows}\nSea: [calm/rough]\n"
        assert sheet(text) == ["Mate, Ada", "Sea (calm/rough)"]

    def test_the_name_of_the_document_makes_no_blank_a_signature(self):
        text = "# Sign-off checklist\n## Trip\n- [ ] Sail\n\nWind: ______\n\n## Sign-off\nMate: ______\n"
        assert (sheet(text), line_type(text, 5)) == (["Mate"], LineType.FILL_IN)

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


class TestBlanksAndNames:
    @pytest.mark.parametrize("blank", ["______", "`______`", "[version]", "<VERSION>", r"\_\_\_\_"])
    def test_a_label_before_a_blank_asks_for_it(self, blank):
        item = read(f"# Trip\n- [ ] Version: {blank}\n").templates[0].items[0]
        assert (item.title, [field.label for field in item.fill_ins]) == ("Version", ["Version"])

    def test_what_a_blank_says_is_kept(self):
        item = read("# Trip\n- [ ] Result: [pass or fail]\n").templates[0].items[0]
        assert (item.title, item.text) == ("Result", "Result: [pass or fail]")

    @pytest.mark.parametrize(
        "words", ["Read [the book]", "See: [the book](a.md)", "See: <https://a.example>", "Note: [1]: x"]
    )
    def test_brackets_without_a_label_are_words(self, words):
        assert not read(f"# Trip\n- [ ] {words}\n").templates[0].items[0].fill_ins

    def test_names_in_capitals_are_the_deployments_to_fill(self):
        code = "```xml\n<NOT_ME>\n```\n\n```yaml\nkey: ${{ not.me }}\n```\n"
        text = f"# Trip to <HARBOUR>\n- [ ] Write <b>loud</b> in <BOOK>\n\n{code}"
        assert read(text).variables == ("BOOK", "HARBOUR")


class TestCommandsInMoreShapes:
    @pytest.mark.parametrize(
        "block",
        [
            "curl -X POST \\\n  -H 'A: b' \\\n  -H 'C: d' \\\n  http://a.example",
            "VERSION=1.2\ngit tag $VERSION",
            "for host in a b; do\n  ssh $host uptime\ndone",
            "set -e\nif [ -f log ]; then\n  rm log\nfi",
            "cat <<EOF > a.txt\none\ntwo\nthree\nEOF",
            "root@sea:~# harbour open\nopened",
            "[mate@sea ~]$ harbour open",
            "PS C:\\Sea> Open-Harbour",
        ],
    )
    def test_a_fence_without_a_language_is_commands_by_its_lines(self, block):
        document = read(f"# Trip\n- [ ] a\n\n```\n{block}\n```\n")
        assert document.totals()["commands"] == 1

    @pytest.mark.parametrize(
        "block", ["for x in y:\n    sail(x)", "KEY=1\nOTHER=2", "<a>\n</a>", "Expected output\nall good"]
    )
    def test_other_code_is_code(self, block):
        document = read(f"# Trip\n- [ ] a\n\n```\n{block}\n```\n")
        assert (document.totals()["commands"], line_type(f"# Trip\n- [ ] a\n\n```\n{block}\n```\n", 5)) == (
            0,
            LineType.CODE,
        )

    def test_a_prompt_needs_no_fence(self):
        item = (
            read("# Trip\n- [ ] Open\n\n  $ harbour open\n  $ harbour status\n- [ ] Pay $ 5\n  $ 5 is enough\n")
            .templates[0]
            .items
        )
        assert [[code.text for code in one.code] for one in item] == [["harbour open\nharbour status"], []]

    def test_a_fence_right_under_a_line_belongs_to_its_item(self):
        document = read("# Trip\n- Open\n```sh\nopen\n```\n- Shut\n\n```sh\nlater\n```\n")
        section = document.templates[0].sections[0]
        assert [[code.text for code in item.code] for item in section.items] == [["open"], []]
        assert [code.text for code in section.code] == ["later"]


class TestSteps:
    text = "# Trip\n1. Open\n\n```sh\nopen\n```\n\nSlowly.\n\n2. Wait\n3. Shut\n\n```sh\nshut\n```\n\nThat is all.\n"

    def test_what_stands_between_two_steps_belongs_to_the_first(self):
        first, second, third = read(self.text).templates[0].items
        assert [[code.text for code in item.code] for item in (first, second, third)] == [["open"], [], ["shut"]]
        assert first.text == "Slowly."

    def test_words_after_the_last_step_belong_to_the_section(self):
        assert read(self.text).templates[0].sections[0].guidance == "That is all."

    def test_code_after_a_list_that_needed_none_belongs_to_the_section(self):
        section = read("# Trip\n1. Open\n2. Shut\n\n```sh\nlater\n```\n").templates[0].sections[0]
        assert [code.text for code in section.code] == ["later"]


class TestOutlines:
    text = "Harbour plan\n\n1. Before\n1.1 Light lamps\n1.2 Dry ropes\n\n2. After\n2.1 Write the log\n2.2 Sleep\n"

    @pytest.mark.parametrize("first", ["", "# "])
    def test_numbers_of_an_outline_are_items_under_their_chapter(self, first):
        assert sections(first + self.text) == ["1. Before", "2. After"]
        assert items(first + self.text) == ["Light lamps", "Dry ropes", "Write the log", "Sleep"]

    def test_a_number_in_a_sentence_is_none(self):
        assert items("# T\n- a\n\n2.5 metres are deep enough.\n") == ["a"]


@pytest.mark.parametrize(
    "line",
    ["Saltar al contenido", "Home > Docs > Harbour", "Docs / Harbour", "5 min read · Mar 3", "Skip to main navigation"],
)
def test_what_stands_around_a_page_is_not_understood(line):
    text = f"{line}\n\nHarbour plan\n\nBefore\n\n• Lamps\n• Ropes\n"
    assert (line_type(text, 1), read(text).templates[0].title) == (LineType.NOT_UNDERSTOOD, "Harbour plan")


def test_an_image_that_is_a_link_is_a_link_and_a_footnote_is_none():
    text = "# T\n[![Build](https://a.example/b.svg)](https://a.example)\n- [ ] a[^1]\n\n[^1]: Twice.\n"
    assert (line_type(text, 2), line_type(text, 5)) == (LineType.LINK, LineType.GUIDANCE)


class TestWhatIsTheTitle:
    def test_the_address_of_a_link_in_a_heading_is_kept(self):
        template = read("# [Ship](https://a.example)\n## Lamps, see [log](b.md)\n- [ ] Lit\n").templates[0]
        section = template.sections[0]
        assert (template.title, template.guidance) == ("Ship", "[Ship](https://a.example)")
        assert (section.title, section.guidance, section.links[0].url) == ("Lamps, see log", "[log](b.md)", "b.md")

    @pytest.mark.parametrize("column", ["ID", "Time", "Who", "Priority", "No."])
    def test_a_column_that_only_numbers_or_rates_a_row_is_not_its_title(self, column):
        item = read(f"# T\n| {column} | Task |\n|---|---|\n| X-1 | Light lamps |\n").templates[0].items[0]
        assert (item.title, item.text) == ("Light lamps", f"**{column}:** X-1")

    def test_a_comment_is_shown_neither_in_a_title_nor_in_a_text(self):
        document = read(
            "# T\n## Lamps <!-- omit in toc -->\n- [ ] Lit <!-- id: 3 -->\n- [ ] **Dry** <!-- a --> - At noon\n"
        )
        first, second = document.templates[0].items
        assert (document.templates[0].sections[0].title, first.title, first.text) == ("Lamps", "Lit", "")
        assert (second.title, second.text) == ("Dry", "At noon")

    def test_a_bracket_that_was_opened_is_closed(self):
        assert sheet("# T\n- [ ] a\n\n## Sign-off\nMate (name): ______\n") == ["Mate (name)"]


class TestListsInLists:
    def test_a_line_with_a_list_of_its_own_stays_an_item_beside_items(self):
        text = "# T\n1. Light lamps\n2. Tell:\n   - the mate\n   - the cook\n3. Sail\n"
        assert (items(text), sections(text)) == (["Light lamps", "Tell:", "Sail"], ["T"])

    def test_chapters_with_lettered_points_are_sections(self):
        text = "Harbour plan\n\n1.\tBefore\n\na)\tLamps\nb)\tRopes\n\n2.\tAfter\n\na)\tLog\n"
        assert (sections(text), items(text)) == (["1. Before", "2. After"], ["Lamps", "Ropes", "Log"])

    def test_a_number_with_letters_beside_one_without_is_an_item(self):
        assert "Sail" in items("Harbour plan\n\n1. Tell\na) mate\nb) cook\n2. Sail\n")


class TestHeadings:
    TWO = "# Deck checklist\n## Bow\n- [ ] Rope\n\n# Hold checklist\n## Aft\n- [ ] Pump\n"

    def test_what_stands_before_several_checklists_goes_along_with_each(self):
        document = read(f"# Ship\n\n## About\n\nShe is old.\n\n{self.TWO}")
        assert [template.title for template in document.templates] == ["Deck checklist", "Hold checklist"]
        for template in document.templates:
            assert "## About\n\nShe is old." in template.guidance

    def test_items_before_several_checklists_are_a_checklist_too(self):
        two = self.TWO.replace("## ", "### ").replace("# Deck", "## Deck").replace("# Hold", "## Hold")
        document = read(f"# Ship checklists\n\n### Mast\n\n- [ ] Flag\n\n{two}")
        assert [(one.title, len(one.items)) for one in document.templates] == [
            ("Ship checklists", 1), ("Deck checklist", 1), ("Hold checklist", 1),
        ]  # fmt: skip

    def test_a_number_may_be_underlined(self):
        text = "Harbour\n=======\n\n1. Before\n---------\n- Lamps\n\n2. After\n--------\n- Log\n"
        assert (sections(text), items(text)) == (["1. Before", "2. After"], ["Lamps", "Log"])

    def test_a_rule_under_a_numbered_line_is_a_rule(self):
        assert items("# T\n1. Light the lamps\n---\n2. Dry the ropes\n") == ["Light the lamps", "Dry the ropes"]

    def test_the_first_part_of_a_form_without_a_title_is_a_part(self):
        document = read("## What changes?\n\n_Say it._\n\n## Checks\n- [ ] Lamps\n", name="form")
        assert (document.templates[0].title, document.templates[0].sections[0].title) == ("form", "What changes?")
        assert read("## Harbour checklist\n\n## Checks\n- [ ] Lamps\n").templates[0].title == "Harbour checklist"

    @pytest.mark.parametrize("word", ["Overview", "1. Introduction", "Purpose"])
    def test_a_preamble_does_not_name_the_checklist(self, word):
        document = read(f"# {word}\n\nWhy.\n\n# Before\n- [ ] Lamps\n\n# After\n- [ ] Log\n", name="harbour")
        assert document.templates[0].title == "harbour"
        assert [section.title for section in document.templates[0].sections] == [word, "Before", "After"]

    def test_lines_in_capitals_over_lists_are_sections(self):
        text = "Harbour\n=======\n\nBEFORE\n\n[ ] Lamps\n\nAFTER\n\n[ ] Log\n"
        assert (sections(text), items(text)) == (["BEFORE", "AFTER"], ["Lamps", "Log"])
