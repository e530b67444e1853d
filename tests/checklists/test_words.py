"""The words of a line: code is literal, escapes give the sign itself, and marks say nothing in a title."""

import pytest

from apps.checklists.markdown import inline, read, spans


def first(line):
    """Title and text of the item that a line becomes."""
    item = read(f"# T\n{line}\n").templates[0].items[0]
    return item.title, item.text


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("Run `a[*].b[*].c` now", "Run a[*].b[*].c now"),
        ("Run `a*b*c`, `x_y_z` and `__init__  __main__`", "Run a*b*c, x_y_z and __init__  __main__"),
        ("Use ``a`b`` and `` ` ``", "Use a`b and `"),
        ("Write `[drill](u)` and `<!-- no comment -->`", "Write [drill](u) and <!-- no comment -->"),
        ("Look for `&lt;`, `:rocket:` and `~~a~~`", "Look for &lt;, :rocket: and ~~a~~"),
        ("**Set `a**b`**", "Set a**b"),
        ("Open `C:\\[x]` and `\\_`", "Open C:\\[x] and \\_"),
        ("One ` tick and *stress*", "One ` tick and stress"),
        ("An \\` escaped tick and `code`", "An ` escaped tick and code"),
    ],
)
def test_code_is_literal(line, title):
    assert first(f"- [ ] {line}")[0] == title


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ('Say \\"now\\"', 'Say "now"'),
        (r"Type \*stars\*, \_lines\_ and \[x\]", "Type *stars*, _lines_ and [x]"),
        ("Keep --- and mind -- the `--` gap", "Keep — and mind – the -- gap"),
        ("a &lt; b &amp; c&nbsp;d", "a < b & c d"),
        (":rocket: Launch :nobody_knows:", "🚀 Launch :nobody_knows:"),
        ("✅ Lamps lit ✅", "Lamps lit"),
        (":white_check_mark: Lamps lit", "Lamps lit"),
        ("No ❌ in the log", "No ❌ in the log"),
        ("Lamps<br>and ropes", "Lamps and ropes"),
        ("See the plan[^2]", "See the plan"),
    ],
)
def test_marks_and_escapes_show_what_they_stand_for(line, title):
    assert first(f"- [ ] {line}")[0] == title


def test_struck_words_are_still_struck_in_the_text():
    assert first("- [ ] ~~Oil~~ Grease the crane") == ("Oil Grease the crane", "~~Oil~~ Grease the crane")


@pytest.mark.parametrize(
    ("line", "title", "text"),
    [
        ("**Freeze** Nobody merges", "Freeze", "Nobody merges"),
        ("**Freeze the branch** Nobody merges", "Freeze the branch", "Nobody merges"),
        ("**Verify** Ada has the keys", "Verify Ada has the keys", ""),
        ("**Make sure that** Ada has them", "Make sure that Ada has them", ""),
        ("**Ada**'s Boat is dry", "Ada's Boat is dry", ""),
        ("**Mate:** ____ Date: ____", "Mate", ""),
        ("**Mate:** ____ and a word", "Mate", "____ and a word"),
    ],
)
def test_words_after_bold_ones(line, title, text):
    assert first(f"- [ ] {line}") == (title, text)


def test_a_title_that_is_too_long_ends_with_a_sentence_where_it_can():
    sentence = "Light the lamps of the harbour before anybody else is awake. "
    assert first(f"- [ ] {sentence * 5}") == ((sentence * 3).strip(), (sentence * 5).strip())


def test_a_choice_is_no_part_of_a_title_and_code_holds_no_blank():
    item = read("# T\n- [ ] Lamps are [ ] lit [ ] dark\n- [ ] Run `a____b: [x]`\n").templates[0].items
    assert [(one.title, [field.options for field in one.fill_ins]) for one in item] == [
        ("Lamps are", [("lit", "dark")]), ("Run a____b: [x]", []),
    ]  # fmt: skip


def test_addresses_in_code_are_no_links_and_those_without_a_scheme_are():
    item = read("# T\n- [ ] Ask `curl https://a.example` or www.b.example/x.\n").templates[0].items[0]
    assert [link.url for link in item.links] == ["https://www.b.example/x"]


@pytest.mark.parametrize("text", [f"a {spans.OPEN}0{spans.CLOSE} `b`", "`" * 999, "\\" * 999, "``a`b```c", "<!-- a\n"])
def test_a_line_of_signs_is_shown_as_it_stands(text):
    assert inline.plain(spans.mask(text).source(spans.mask(text).text)) == inline.plain(text)


def test_a_piece_of_code_alone_is_known():
    assert spans.only_code(" `a b` ") == "a b"
    assert [spans.only_code(text) for text in ("`a` b", "a", "`a` `b`", "\\`a`")] == [""] * 4


@pytest.mark.parametrize("number", ["PRC-02-001", "A.8.32", "1.2", "#12", "CC8.1:"])
def test_a_number_in_bold_is_no_title_alone(number):
    assert first(f"- [ ] **{number}** — Keys are rotated")[0] == f"{number.rstrip(':')} Keys are rotated"


def test_underscores_within_a_word_are_no_blank():
    assert read("# T\n- [ ] Join #data-____ and mail@____\n").templates[0].items[0].fill_ins == ()
