"""Text in, document out: what every kind of checklist becomes."""

import gc
import time

import pytest

from apps.checklists.markdown import read
from apps.checklists.markdown.document import Correction, LineType, as_json
from apps.checklists.markdown.text import NotText, checked, decode
from tests.checklists.texts import COLLECTION, COMMANDS, FLATTENED, PASTED


def titles(document):
    return [[item.title for item in section.items] for t in document.templates for section in t.sections]


def sections(document):
    return [section.title for template in document.templates for section in template.sections]


IN_GUIDANCE = {LineType.GUIDANCE, LineType.CODE, LineType.COMMAND, LineType.LINK}


def line_types(document):
    return {line.line: str(line.line_type) for line in document.lines}


def everything(document):
    """Every string the templates hold, joined without white space."""
    found = []

    def walk(value):
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                walk(inner)

    walk(as_json(document)["templates"])
    return "\n".join("".join(text.split()) for text in found)


class TestCommands:
    document = read(COMMANDS)

    def test_counts(self):
        assert self.document.totals() == {
            "templates": 1, "sections": 6, "items": 4, "commands": 3, "fill_ins": 1, "sign_off_fields": 3,
        }  # fmt: skip

    def test_commands_belong_to_their_item_or_section(self):
        template = self.document.templates[0]
        assert [len(item.code) for item in template.items] == [1, 1, 0, 0]
        keep = next(section for section in template.sections if section.title == "1. Keep a copy")
        assert (keep.code[0].is_command, keep.parent, keep.depth) == (True, "Casting off", 2)

    def test_bullets_without_a_box_are_guidance_where_others_have_one(self):
        assert "- Open the chart room\n- Compare two ports by eye" in self.document.templates[0].items[1].text
        assert line_types(self.document)[39] == "guidance"

    def test_a_blank_on_an_item_is_a_fill_in(self):
        item = self.document.templates[0].items[2]
        assert (item.title, [field.label for field in item.fill_ins]) == ("Copy lies in", ["Copy lies in"])

    def test_the_sign_off_sheet(self):
        fields = self.document.templates[0].sign_off_fields
        assert [(field.label, field.kind) for field in fields] == [
            ("Trip led by", "text"), ("Date", "date"), ("Ready to sail", "choice"),
        ]  # fmt: skip
        assert fields[2].options == ("Yes", "No", "With remarks")

    def test_the_variables_a_template_names(self):
        assert self.document.variables == ("version",)

    def test_what_to_look_at_before_publishing(self):
        assert [one.kind for one in self.document.suggestions] == [
            "condition", "fixed_date", "placeholder", "link", "list",
        ]  # fmt: skip

    def test_nothing_is_critical_unless_it_says_so(self):
        assert not any(item.critical for item in self.document.templates[0].items)
        assert all(item.keys == 2 for item in self.document.templates[0].items)


class TestCollection:
    document = read(COLLECTION)

    def test_each_checklist_is_a_template(self):
        assert [(t.title, len(t.items)) for t in self.document.templates] == [
            ("Engine Checklist", 3), ("Galley Checklist", 2),
        ]  # fmt: skip
        assert sections(self.document) == ["Oil", "Belts", "Gas", "Water"]

    def test_bold_words_are_the_title_and_the_rest_is_the_text(self):
        item = self.document.templates[0].items[0]
        assert item.title == "Level read"
        assert item.text.startswith("Between the two marks")
        assert [link.url for link in item.links] == ["04_oil.html"]

    def test_what_stands_outside_the_checklists_goes_along_with_each(self):
        for template in self.document.templates:
            assert "Go through each before leaving." in template.guidance
            assert "| **Engine** | oil, belts |" in template.guidance
            assert "2. Let a second person look" in template.guidance
            assert [one.text for one in template.unread] == ["toc: false"]  # front matter is nothing to read

    def test_a_rule_under_a_sentence_is_no_heading(self):
        assert line_types(self.document)[6] == "layout"

    def test_a_line_of_links_is_a_link(self):
        assert line_types(self.document)[13] == "link"

    def test_placeholder_limits_are_pointed_out(self):
        assert "threshold" in {one.kind for one in self.document.suggestions}


class TestPasted:
    document = read(PASTED)

    def test_every_bullet_is_an_item(self):
        assert self.document.totals()["items"] == PASTED.count("•")
        assert len(self.document.templates) == 1
        assert self.document.templates[0].title == "Harbour Opening Checklist"

    def test_headings_are_bare_lines_numbers_and_labels(self):
        assert sections(self.document) == [
            "Before Opening", "1. Lamps", "2. Ropes", "Rules", "DO", "DON'T", "Going Back", "1. At once", "2. Then",
        ]  # fmt: skip

    def test_code_without_a_fence_is_code_and_commands_are_commands(self):
        by_section = {section.title: section for section in self.document.templates[0].sections}
        assert by_section["2. Ropes"].code[0].language == "python"
        assert [code.is_command for code in by_section["1. At once"].code] == [True]
        assert "LAMP_KEY=night_..." in by_section["1. Lamps"].guidance

    def test_a_heading_over_nothing_is_guidance(self):
        assert "What next" in self.document.templates[0].guidance

    def test_the_furniture_of_the_page_is_not_understood(self):
        assert [line.text for line in self.document.not_understood] == ["Skip to main content"]


class TestFlattened:
    document = read(FLATTENED)

    def test_stages_and_control_tables_are_the_sections(self):
        assert sections(self.document) == [
            "First Look", "Depth Check", "Rope Drill", "Harbour checklist", "Controls mapped to the sheds",
        ]  # fmt: skip
        assert [len(section.items) for section in self.document.templates[0].sections] == [0, 0, 0, 2, 2]

    def test_rows_get_their_columns_back(self):
        first, _second, third, _fourth = self.document.templates[0].items
        assert first.title == "Light"
        assert "**Must-have controls:** Lamps, mirrors, spare bulbs" in first.text
        assert "**Practical baseline:** Measure brightness each night" in first.text
        assert (third.title, third.paths) == ("Lamp log", ("sheds/lamps/log.py",))
        assert "**Applied to:** `sheds/lamps/log.py`" in third.text

    def test_a_legend_is_guidance(self):
        assert "D Wanted depth" in self.document.templates[0].guidance

    def test_the_same_in_markdown_gives_the_same(self):
        text = (
            "# Harbour\n\n## The way in\n```mermaid\nflowchart LR\n A[One] --> B[Two]\n```\n\n## Controls\n\n"
            "| Control | Applied to | Why |\n|---|---|---|\n| Log | `a/b.py` | Light |\n\n## Notes\nDeep.\n"
        )
        assert sections(read(text)) == ["One", "Two", "Controls"]
        assert read(text).templates[0].items[0].paths == ("a/b.py",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- [ ] a\n* [x] b\n+ [X] c\n1. [ ] d\n- [] e\n[ ] f\n☐ g\n- ☐ h\n", [list("abcdefgh")]),
        ("# T\n* a\n* b\n", [["a", "b"]]),
        ("# T\n1. a\n2. b\n   - under b\n", [["a", "b"]]),
        ("# T\n- [ ] a\n- b\n", [["a"]]),
        ("T\n=\n\nPart one\n--------\n\n- a\n\nPart two\n--------\n\n- b\n", [["a"], ["b"]]),
        ("# T\n## Same\n- a\n## Same\n- b\n", [["a"], ["b"]]),
        ("# T\n\n| Done | Task |\n|---|---|\n| [ ] | Ship |\n| [x] | Tell |\n", [["Ship", "Tell"]]),
        ("\ufeff# T\r\n- [ ] a\r\n\t- [ ] b\r\n", [["a", "b"]]),
        ("# T\n~~~\n- [ ] not me\n~~~\n- [ ] me\n", [["me"]]),
        ("# T\n```\n- [ ] lost?\n\n- [ ] found\n", [["found"]]),
        ("# T\n- Before:\n  - a\n  - b\n- After:\n  - c\n", [["a", "b"], ["c"]]),
        ("# T\n**Before:**\n- [ ] a\n\n**After:**\n- [ ] b\n", [["a"], ["b"]]),
        ("# T\n## Steps\n- a\n## References\n- [x](https://example.com)\n- a book\n", [["a"], []]),
        ("Open day\n\nFirst part\n☐ a\n☐ b\nSecond part\n☐ c\n", [["a", "b"], ["c"]]),
        ("Open day\n\n1. Stop it\n\nsystemctl stop x\n\n2. Start it\n\nsystemctl start x\n", [["Stop it", "Start it"]]),
    ],
)  # fmt: skip
def test_which_lines_are_items(text, expected):
    assert titles(read(text)) == expected


@pytest.mark.parametrize("depth", [10, 40])
def test_nested_boxes_are_items_however_deep(depth):
    document = read("\n".join("  " * level + f"- [ ] level {level}" for level in range(depth)))
    assert [item.depth for item in document.templates[0].items] == list(range(depth))


def test_nested_bullets_without_boxes_stay_with_their_item():
    document = read("# T\n" + "\n".join("  " * level + f"- level {level}" for level in range(10)))
    assert titles(document) == [["level 0"]]
    assert all(f"level {level}" in document.templates[0].items[0].text for level in range(1, 10))


@pytest.mark.parametrize(
    ("line", "critical"),
    [
        ("- [ ] Backups run (critical)", True),
        ("- [ ] CRITICAL: backups run", True),
        ("- [ ] **Critical** backups run", True),
        ("- [ ] Backups run [critical]", True),
        ("- [ ] Alerts for critical failures", False),
        ("- [ ] Fallback for non-critical settings", False),
        ("- [ ] No critical vulnerabilities open", False),
        ("- [ ] Backups run (not critical)", False),
    ],
)
def test_critical_only_where_the_source_says_so(line, critical):
    assert read(f"# T\n{line}\n").templates[0].items[0].critical is critical


def test_a_heading_may_say_critical_for_its_items():
    document = read("# T\n## Critical checks\n- [ ] a\n## Critical path analysis\n- [ ] b\n")
    assert [item.critical for item in document.templates[0].items] == [True, False]


def test_a_long_title_is_cut_at_a_word_and_kept_whole_in_the_text():
    words = "sounding " * 1_200
    item = read(f"# T\n- [ ] {words}\n").templates[0].items[0]
    assert len(item.title) <= 200
    assert item.title.endswith("sounding…")
    assert words.strip() in item.text


@pytest.mark.parametrize(
    ("line", "title", "text"),
    [
        ("**Bold** - detail", "Bold", "detail"),
        ("**Bold**: detail", "Bold", "detail"),
        ("**Bold:** detail", "Bold", "detail"),
        ("**Bold** — detail", "Bold", "detail"),
        ("**Bold** words go on", "Bold words go on", ""),
        ("Call `run.sh` in __init__ and *look*", "Call run.sh in __init__ and look", ""),
        ("See [the book](a/b.md)", "See the book", "See [the book](a/b.md)"),
        ("Copied to: ____", "Copied to", ""),
        ("From ____ to ____", "From … to", ""),
    ],
)
def test_titles_and_details(line, title, text):
    item = read(f"# T\n- [ ] {line}\n").templates[0].items[0]
    assert (item.title, item.text) == (title, text)


def test_html_and_script_are_text():
    item = read("# T\n- [ ] Look <script>alert(1)</script> <b>here</b>\n").templates[0].items[0]
    assert item.title == "Look <script>alert(1)</script> <b>here</b>"


@pytest.mark.parametrize("text", ["", "\n \n", "Only words.\nAnd more of them.\n", "# Only a heading\n"])
def test_without_an_item_it_says_so(text):
    document = read(text)
    assert document.problem.endswith(".")
    assert document.totals()["items"] == 0


def test_corrections_have_the_last_word():
    text = "# T\n## One\nSome words\n- [ ] a\n- [ ] b\nKeyturn _ _\n"
    chosen = {
        3: Correction(LineType.ITEM),
        4: Correction(critical=True, keys=1),
        5: Correction(LineType.LEFT_OUT),
        2: Correction(LineType.GUIDANCE),
        6: Correction(LineType.SECTION),
    }
    document = read(text, chosen)
    assert titles(document) == [["Some words", "a"], []]
    corrected = document.templates[0].items[1]
    assert (corrected.critical, corrected.keys) == (True, 2)
    assert line_types(document) == {1: "title", 2: "guidance", 3: "item", 4: "item", 5: "left_out", 6: "section"}


@pytest.mark.parametrize("line_type", list(LineType))
@pytest.mark.parametrize("text", [COMMANDS, COLLECTION, PASTED, FLATTENED])
def test_every_line_can_become_anything(text, line_type):
    lines = sorted({line.block for line in read(text).lines})
    for line in lines[:: max(1, len(lines) // 12)]:
        document = read(text, {line: Correction(line_type, critical=True, keys=3)})
        assert line_types(document)[line] == line_type


@pytest.mark.parametrize("text", [COMMANDS, COLLECTION, PASTED, FLATTENED])
def test_nothing_is_lost(text):
    document = read(text)
    texts = everything(document)
    for line in document.lines:
        if line.line_type in IN_GUIDANCE and not line.text.strip().startswith("```"):
            assert "".join(line.text.split()) in texts, line


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("\n# H\n# H", "title title"),
        ("Open day\n☐ one\nmore of it\n", "title item guidance"),
        ("---\na: b", "layout guidance"),  # front matter that never ends
        ("---\n1 is no key of front matter\n---\n", "layout guidance layout"),
        ("<br>\n- a", "not_understood item"),
        ("Open day\n\n☐\n☐ a", "title not_understood item"),
        ("\\[\n\nx = 1\n\\]\n- a", "not_understood guidance not_understood item"),
        ("\\[\nx = 1\n- a", "not_understood guidance item"),  # a formula that never ends
        ("T\n\n1\n# look\nsystemctl stop x", "title guidance command command"),
        ("1\n# c", "guidance guidance"),
    ],
)
def test_odd_lines_are_what_they_look_like(text, types):
    assert list(line_types(read(text)).values()) == types.split()


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\x00\x00", bytes(range(32)) * 20, b"\xff\xfe\x00", b"a" * 6_000_000, b"\n" * 300_000]
)
def test_what_cannot_be_read_is_refused(data):
    with pytest.raises(NotText, match=r"\.$"):
        decode(data)


def test_other_encodings_are_read():
    assert decode("# Tür".encode("utf-16")) == "# Tür"
    assert decode("\ufeff# Tür".encode()) == "# Tür"
    assert decode("# Tür".encode("cp1252")) == "# Tür"
    assert checked("x") == "x"


@pytest.mark.parametrize(
    "text",
    [
        "*" * 500_000, "[" * 500_000, "[a](" * 100_000, "**a" * 150_000, "_ " * 200_000, "`" * 500_000,
        "```a\n" * 20_000, "<a " * 150_000, "<!--\n" * 20_000, "\\[\n" * 20_000, "# h\n" * 20_000, "x = 1\n\n" * 20_000,
        "- [ ] " + "word [x](y) " * 40_000, "| a | b |\n" * 20_000, "flowchart TB\n" + "A-->B\n" * 20_000,
        "- [ ] a <B\n``` `x`\n" * 10_000, "1.1 a\n1.2 b\n" * 10_000, "a@b:" * 100_000, "x: [" * 100_000,
        "- a:\n - b\n" * 10_000, "Then check it:\n\n    ls -l\n\n" * 6_000,
    ],
)  # fmt: skip
def test_time_grows_with_the_length_only(text):
    # Eight times the text takes about eight times as long; were it the square of it, it would be 64 times.
    assert seconds(text) < 24 * max(seconds(text[: len(text) // 8]), 0.01)


def seconds(text):
    gc.disable()  # what other tests left in memory is none of its time
    try:
        started = time.process_time()
        read(text)
        return time.process_time() - started
    finally:
        gc.enable()
