"""What public files of each format do beside what the format says: menus, rows by part, fences of Markdown in it."""

import pytest

from apps.checklists.markdown import read
from apps.imports import formats


def markdown(text, name):
    return formats.brought(text, name).source


def sections(text, name):
    template = read(markdown(text, name)).templates[0]
    return [(section.title, [item.title for item in section.items]) for section in template.sections]


class TestTables:
    HEAD = "Phase;Task;Owner\n"

    def test_rows_that_stand_together_by_part_are_sections(self):
        text = f"{self.HEAD}Before;Look;Ann\n;Count;Ann\nAt sea;Sail;Bo\nAt sea;Rest;Bo\n"
        assert sections(text, "trip.csv") == [("Before", ["Look", "Count"]), ("At sea", ["Sail", "Rest"])]
        assert "Before;" not in markdown(text, "trip.csv")

    @pytest.mark.parametrize(
        "rows",
        [
            "Before;Look;Ann\nAt sea;Sail;Bo\nBefore;Count;Ann\nAt sea;Rest;Bo\n",  # the parts mix
            "Before;Look;Ann\nAt sea;Sail;Bo\nAfter;Rest;Bo\n",  # hardly any rows a part
            "Before;Look;Ann\nBefore;Count;Bo\n",  # one part
            ";Look;Ann\nBefore;Count;Ann\nAt sea;Sail;Bo\nAt sea;Rest;Bo\n",  # the first is of none
        ],
    )
    def test_others_stay_in_one(self, rows):
        (only,) = sections(f"{self.HEAD}{rows}", "trip.csv")
        assert len(only[1]) == rows.count("\n")

    def test_a_row_without_that_cell_belongs_to_the_part_above(self):
        text = "Task;Owner;Phase\nLook;Ann;Before\nCount\nSail;Bo;At sea\nRest;Bo;At sea\n"
        assert sections(text, "trip.csv") == [("Before", ["Look", "Count"]), ("At sea", ["Sail", "Rest"])]

    def test_one_column_is_a_list_though_a_few_rows_have_commas(self):
        text = "Look\nSail\nRest\nTie, pull, tie\nLand\nWalk\nSleep\n"
        assert markdown(text, "trip.csv") == (
            "- [ ] Look\n- [ ] Sail\n- [ ] Rest\n- [ ] Tie, pull, tie\n- [ ] Land\n- [ ] Walk\n- [ ] Sleep\n"
        )
        assert "| Look | Ann |" in markdown("Look,Ann\nSail\nRest\nTie\nLand\n", "trip.csv")

    def test_a_quote_may_follow_a_space(self):
        assert '| Tie | "a, b" |' not in (
            found := markdown('Task, Why\nTie, "so, and so"\nPull, as "it" is\n', "a.csv")
        )
        assert "| Tie | so, and so |" in found
        assert '| Pull | as "it" is |' in found

    def test_a_table_in_words_that_nobody_knows_is_the_list_all_the_same(self):
        ((_title, found),) = sections("Suomi,English\nPurje,Sail\nKöysi,Rope\n", "trip.csv")
        assert found == ["Purje", "Köysi"]


def test_asciidoc_numbers_with_a_bracket_are_steps_too():
    assert markdown("1) Look\n\n----\nls\n----\n\n2) Sail\n", "trip.adoc") == "1. Look\n\n```\nls\n```\n\n2. Sail\n"


class TestVerbatim:
    def test_lines_below_a_style_are_code_up_to_a_blank_line(self):
        text = ". Look:\n+\n[source, sh]\nls\nls -l\n\n. Sail\n\n[listing]\nmast\nsail\n"
        assert markdown(text, "trip.adoc") == (
            "1. Look:\n   ```sh\n   ls\n   ls -l\n   ```\n2. Sail\n\n```\nmast\nsail\n```\n"
        )

    def test_those_between_delimiters_and_below_other_styles_are_as_before(self):
        assert markdown("[source,sh]\n----\nls\n\nls -l\n----\n", "a.adoc") == "```sh\nls\n\nls -l\n```\n"
        assert markdown("[sourced]\nls\nls -l\n", "a.adoc") == "ls ls -l\n"


def test_boxes_between_numbers_of_another_kind_are_what_is_to_be_done():
    text = "1 — SAIL\n--------\n[ ] Look\n      At the sea.\n\n2 — LAND\n--------\n[ ] Rest\n"
    assert formats.brought(text, "trip.txt").form.kind is formats.Kind.MARKDOWN
    assert sections(text, "trip.txt") == [("1 — SAIL", ["Look"]), ("2 — LAND", ["Rest"])]


class TestRestructured:
    def test_fences_of_markdown_are_code(self):
        text = "1. Look:\n\n   ```sh\n   ls\n   ```\n\n2. Sail\n"
        assert markdown(text, "trip.rst") == "1. Look:\n   ```sh\n   ls\n   ```\n2. Sail\n"

    @pytest.mark.parametrize("opened", ["```", "``` no name of a language\nx\n```"])
    def test_what_no_fence_ends_is_text(self, opened):
        assert "\n```" not in f"\n{markdown(f'{opened}', 'trip.rst')}"


class TestPages:
    def test_the_menus_of_a_page_are_no_part_of_a_checklist(self):
        text = (
            "<nav><ul><li>Home</li></ul></nav><header><select><option>English</option><option>Suomi</option></select>"
            "</header><h2>Trip</h2><ul><li>Sail</li></ul>"
        )
        assert "Home" not in markdown(text, "trip.html")
        assert "☐" not in markdown(text, "trip.html")

    @pytest.mark.parametrize("name", ["step-title", "a section-heading b", "card_title", "trip-phase__title"])
    def test_what_a_page_calls_a_title_is_one(self, name):
        part = '<div class="part"><div class="{}"><span>{}</span></div><div>Words</div><ul><li>{}</li></ul></div>'
        text = f"<h1>Trip</h1>{part.format(name, 'Sea', 'Sail')}{part.format(name, 'Land', 'Rest')}"
        assert sections(text, "trip.html") == [("Sea", ["Sail"]), ("Land", ["Rest"])]
        assert "## Sea\n\nWords\n" in markdown(text, "trip.html")

    def test_the_state_beside_a_heading_is_no_part_of_it(self):
        text = '<h2>Sea <span class="step-status">Pending</span></h2><p><span class="badge">New</span> words</p>'
        assert markdown(text, "trip.html") == "## Sea\n\nNew words\n"

    def test_below_a_heading_it_is_one_of_a_part(self):
        text = '<h1>Trip</h1><h2>Day</h2><div class="card-title">Sea</div><p>Wide</p>'
        assert markdown(text, "trip.html") == "# Trip\n\n## Day\n\n### Sea\n\nWide\n"

    @pytest.mark.parametrize(
        "part",
        [
            '<div class="subtitle-text">Sea</div>',
            '<ul><li>Go<div class="step-title">Sea</div></li></ul>',
            '<p class="step-title">Sea</p>',
        ],
    )
    def test_other_words_are_none(self, part):
        assert "# Sea" not in markdown(f"<h1>Trip</h1>{part}", "trip.html")

    def test_options_below_words_are_answers(self):
        text = "<p>Wind <select><option>North</option><option>South</option></select></p>"
        assert markdown(text, "trip.html") == "Wind ☐ North ☐ South\n"


def test_an_issue_form_is_one_though_it_is_called_markdown():
    form = "name: Trip\nbody:\n  - type: checkboxes\n    attributes:\n      options:\n        - label: Sail\n"
    assert markdown(form, "trip.md") == "# Trip\n\n- [ ] Sail\n"


class TestForms:
    FORM = "name: Trip\nbody:\n{}"
    BOXES = "  - type: checkboxes\n    attributes:\n      label: {}\n      options:\n        - label: {}\n"

    def test_a_value_may_begin_with_a_tick(self):
        form = self.FORM.format(self.BOXES.format("@mates", '`sail --now "x\\y"` works'))
        assert markdown(form, "trip.yml") == '# Trip\n\n## @mates\n\n- [ ] `sail --now "x\\y"` works\n'

    def test_what_is_wrong_besides_is_said_of_the_form_as_it_is(self):
        with pytest.raises(formats.NotRead, match="line 5: found character"):
            markdown(self.FORM.format(self.BOXES.format("`a`", "b") + "  x"), "trip.yml")

    def test_a_label_that_repeats_its_heading_is_none(self):
        head = "  - type: markdown\n    attributes:\n      value: |\n        ## Before the trip\n"
        form = self.FORM.format(head + self.BOXES.format("Before", "Look") + self.BOXES.format("Before", "Sail"))
        assert markdown(form, "trip.yml") == "# Trip\n\n## Before the trip\n\n- [ ] Look\n\n## Before\n\n- [ ] Sail\n"


class TestMarkdownInPages:
    PAGE = "<!doctype html><html><body><p>Menu</p>\n<xmp style='display: none'>\n{}\n</xmp><p>Foot</p></body></html>"

    def test_is_read_as_it_stands(self):
        source = "# Trip\n\n- [ ] Look <b>out</b>\n\n- [ ] Sail"
        assert source in markdown(self.PAGE.format(source), "trip.html")
        assert sections(self.PAGE.format(source), "trip.html")[0][1] == ["Look <b>out</b>", "Sail"]

    def test_without_an_end_it_goes_to_the_end(self):
        assert "- [ ] Look" in markdown("<html><body><xmp>\n- [ ] Look\n", "trip.html")


def test_asciidoc_terms_between_numbers_stand_in_one_of_them():
    text = ". Look\n. Fill in:\n\nwind::\nOne of:\n* north\n* south\n\n. Sail\n"
    assert sections(text, "trip.adoc")[0][1] == ["Look", "Fill in:", "Sail"]
    for after in ("", "\n== Land\n\n. Walk\n"):
        assert "\n**wind** Strong" in markdown(f". Look\n\nwind:: Strong\n{after}", "trip.adoc")
