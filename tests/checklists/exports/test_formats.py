"""Each format says what is wrong with a text that is no export, and is written as its readers expect it."""

import json

import pytest

from apps.checklists.exports import canonical, data, markdown, table
from apps.checklists.exports.table import FORMULA, guarded, unguarded

ITEM = {"key": "lamps", "title": "Lamps", "text": "=1+1", "commands": ["a\n---\nb", "---"]}
VALUES = canonical.content({
    "title": "Pier", "parameters": [{"name": "p95", "value": "3", "unit": "s"}],
    "sections": [{"key": "before", "title": "Before", "items": [ITEM, {"title": "Ropes", "depth": 2, "keys": "3"}]}],
})  # fmt: skip


def test_defaults_are_filled_in_and_keys_are_made():
    lamps, ropes = VALUES["sections"][0]["items"]
    assert (lamps["key"], ropes["key"], ropes["depth"], ropes["keys"]) == ("lamps", "ropes", 1, 3)
    assert (VALUES["tiers"], VALUES["guidance"], lamps["probe"], lamps["max_age_days"]) == ([], "", None, None)
    assert canonical.content({})["title"] == "Untitled checklist"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([], "The checklist has to be names with values."),
        ({1: 2}, "The checklist has to be names with values."),
        ({"colour": 1}, "The checklist has a field “colour” that Keyturn does not know."),
        ({"sections": {}}, "“sections” has to be a list."),
        ({"sections": [1]}, "A section has to be names with values."),
        ({"sections": [{"title": "A", "x": 1}]}, "The section “A” has a field “x” that Keyturn does not know."),
        (
            {"sections": [{"title": "A", "depth": 0}]},
            "The section “A” has “depth” 0; it is a whole number",
        ),
        ({"parameters": [{"name": "a"}, {"name": "a"}]}, "Two of them are called a. Rename one."),
        ({"variables": [{"name": "9"}]}, "“9” cannot name a variable."),
    ],
)
def test_values_that_are_no_content_are_refused_with_a_sentence(values, sentence):
    with pytest.raises(ValueError, match="^" + sentence.replace("(", r"\(")):
        canonical.content(values)


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        ({"keys": 5}, "The item “A” has “keys” 5; it is a whole number from 1 to 4."),
        ({"keys": True}, "The item “A” has “keys” True; it is a whole number from 1 to 4."),
        ({"evidence_kinds": ["film"]}, "The item “A”: “film” is no kind of evidence."),
        ({"fill_ins": [{"label": "x", "kind": "film"}]}, "The item “A”: “film” is no kind of fill-in."),
        ({"conditions": [{"subject": "weather"}]}, "The item “A”: “weather is” is not a condition"),
        ({"links": [{"text": "x"}]}, "The link “x” has no address."),
        ({"probe": "http"}, "The probe of the item “A” has to be names with values."),
        ({"probe": {"kind": "x", "settings": {"A b": 1}}}, "The item “A”: “A b” cannot name a setting of a probe."),
        ({"attributes": [["A b"]]}, "The item “A” has attributes that are no names with values."),
    ],
)
def test_an_item_that_is_none_is_refused_with_its_title(item, sentence):
    with pytest.raises(ValueError, match="^" + sentence):
        canonical.content({"sections": [{"items": [{"title": "A", **item}]}]})


@pytest.mark.parametrize(
    ("read", "text", "sentence"),
    [
        (data.imported_json, "{\n'a'}", "Line 2 of this JSON cannot be read"),
        (data.imported_json, "[" * 100_000, "This JSON cannot be read: a number is too long, or lists are too deep"),
        (data.imported_json, '{"title": ' + "9" * 5000 + "}", "This JSON cannot be read: a number is too long"),
        (data.imported_yaml, "a: [1", "Line 2 of it cannot be read"),
        (data.imported_yaml, "title: &a x", "Line 1 of it uses & or"),
        (data.imported_yaml, "title: !!python/name:os.system", "Line 1 of it cannot be read"),
        (data.imported_yaml, "- a", "The checklist has to be names with values."),
        (table.imported, "", "This table does not begin with the columns of an export"),
        (table.imported, "a,b\n", "This table does not begin with the columns of an export"),
        (table.imported, "keyturn,title\nitem,x\n", "Row 2: this item stands above all sections."),
        (table.imported, "keyturn,title\nthing,x\n", "Row 2: “thing” is none of template, section, item."),
        (table.imported, "keyturn,fill_ins\ntemplate,=?\n", "Row 2: “=[?]” is not written as names with values"),
        (table.imported, "keyturn,conditions\ntemplate,so\n", "Row 2: “so” is not a condition."),
    ],
)
def test_a_text_that_is_no_export_is_refused_with_a_sentence(read, text, sentence):
    with pytest.raises(ValueError, match="^" + sentence):
        read(text)


def test_a_table_whose_cells_are_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(table, "LONGEST_CELL", 100)
    with pytest.raises(ValueError, match=r"^This table cannot be read: field larger than field limit"):
        table.imported("keyturn,title\ntemplate," + "x" * 200)


def test_json_and_yaml_are_the_values_as_they_are():
    assert json.loads(data.exported_json(VALUES)) == {"keyturn": 1, **VALUES}
    written = data.exported_yaml(VALUES)
    assert written.startswith("keyturn: 1\ntitle: Pier\n")
    assert "commands:\n    - |-\n      a\n      ---\n      b\n" in written
    assert data.imported_json("\ufeff" + data.exported_json(VALUES)) == VALUES


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_is_read_with_the_separators_of_spreadsheets_and_without_some_columns(separator):
    text = "\ufeff" + "\r\n".join(
        separator.join(row)
        for row in (
            ("keyturn", "title", "keys"),
            ("template", "Pier", ""),
            (),
            ("section", "Before", ""),
            ("item", "Lamps", "3"),
        )
    )
    values = table.imported(text)
    assert (values["title"], values["sections"][0]["items"][0]["keys"]) == ("Pier", 3)


def test_no_cell_of_a_table_is_a_formula():
    rows = table.exported(VALUES).split("\r\n")
    assert "'=1+1" in rows[3]
    assert table.imported("\r\n".join(rows)) == VALUES


@pytest.mark.parametrize("cell", [*FORMULA, *(f"{sign}x" for sign in FORMULA), "''", "''=x", "'tis", "x=1", ""])
def test_a_guarded_cell_begins_with_no_sign_of_a_formula_and_is_found_again(cell):
    assert guarded(cell)[:1] not in set(FORMULA) - {"'"}
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("cell", ["'tis", "'", "plain", ""])
def test_an_apostrophe_that_somebody_typed_stays(cell):
    assert unguarded(cell) == cell


def test_a_section_below_the_deepest_heading_says_its_depth():
    sections = [{"title": f"S{depth}", "depth": depth} for depth in range(1, 8)]
    values = canonical.content({"sections": [*sections, {"title": "S8", "depth": 6}]})
    written = markdown.exported(values)
    assert "###### S5 <!-- keyturn key=s5 -->\n" in written
    assert "###### S7 <!-- keyturn key=s7 depth=7 -->\n" in written
    assert markdown.content_of(written) == values


def test_a_blank_that_its_text_has_already_is_written_once():
    item = {
        "title": "x",
        "text": "- Where: _______\n- On: ____",
        "fill_ins": [{"label": "Where"}, {"label": "On", "kind": "date"}, {"label": "[ ] x"}],
    }
    values = canonical.content({"sections": [{"title": "A", "items": [item]}]})
    written = markdown.exported(values)
    assert written.endswith(
        "  - Where: _______ <!-- keyturn stays -->\n  - On: ____ <!-- keyturn kind=date stays -->\n"
        '  - ____: ____ <!-- keyturn label="[ ] x" -->\n'
    )
    assert markdown.content_of(written) == values


@pytest.mark.parametrize("separator", [";", "\t", "\n"])
@pytest.mark.parametrize("formula", ["=1+1", "@SUM(1)", "+1", "-1+cmd|' /C calc'!A0", "'=1", "＝1"])
def test_no_part_of_a_cell_is_a_formula_where_another_sign_separates_cells(separator, formula):
    cell = f"Lamps{separator}{formula}"
    assert guarded(cell) == f"Lamps{separator}'{formula}"
    assert unguarded(guarded(cell)) == cell


def test_bullets_inside_of_a_cell_stay_as_they_are():
    assert guarded("Lamps\n- port\n+ starboard") == "Lamps\n- port\n+ starboard"


def test_fences_of_a_text_are_looked_for_once_however_many_it_has(monkeypatch):
    made: list[int] = []
    fences = markdown.dialect.Fences

    def counted(lines):
        made.append(len(lines))
        return fences(lines)

    monkeypatch.setattr(markdown.dialect, "Fences", counted)
    item = {"key": "lamps", "title": "Lamps", "text": "```\n" * 40}
    values = canonical.content({"title": "Pier", "sections": [{"title": "Before", "items": [item]}]})
    markdown.exported(values)
    assert sum(made) < 3 * 40
