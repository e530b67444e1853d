"""What changed between two versions, by key; two texts word by word; and characters that nobody sees."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.checklists.rules.differences import Change, FieldChange, differences
from apps.core.comparing import MOST_TOKENS, named, words

PICTURES = "⚠\ufe0f 1\ufe0f\u20e3 👩\u200d💻 ❤\ufe0f\u200d🔥 日本"


def item(key, title="", **fields):
    return {"key": key, "title": title or key, "text": "", "keys": 2} | fields


def section(key, *items, title="", **fields):
    return {"key": key, "title": title or key, "guidance": "", "items": list(items)} | fields


def content(*sections, **fields):
    return {"title": "Harbour", "guidance": "", "sections": list(sections)} | fields


def test_equal_contents_have_no_differences():
    one = content(section("before", item("a"), item("b")))
    assert not differences(one, one)


def test_items_are_added_removed_changed_and_moved():
    before = content(section("before", item("a"), item("b"), item("c"), item("d")))
    after = content(section("before", item("d"), item("a", "A!", keys=3), item("new"), item("c")))
    found = differences(before, after)
    assert found.items == (
        Change("moved", "d", "d", (), moved=True, section="before"),
        Change("changed", "a", "A!", (FieldChange("title", "a", "A!"), FieldChange("keys", 2, 3)),
               section="before"),
        Change("removed", "b", "b", section="before"),
        Change("added", "new", "new", section="before"),
    )  # fmt: skip
    assert [one.key for one in found.of_kind("removed")] == ["b"]
    assert found


def test_an_item_that_goes_to_another_section_is_moved_and_may_be_changed_too():
    before = content(section("x", item("a"), item("b")), section("y"))
    after = content(section("x", item("b")), section("y", item("a", critical=True)))
    (change,) = differences(before, after).items
    assert (change.kind, change.moved, change.section) == ("changed", True, "y")
    assert change.fields == (FieldChange("critical", None, True),)


def test_a_removed_item_stands_where_it_was_even_before_all_others():
    before = content(section("x", item("a"), item("b"), item("c")))
    found = differences(before, content(section("x", item("b"))))
    assert [(one.kind, one.key) for one in found.items] == [("removed", "a"), ("removed", "c")]


def test_sections_are_renamed_moved_added_and_removed():
    before = content(section("x"), section("y"), section("z"), section("old"))
    after = content(section("new"), section("z"), section("x", title="Ex"), section("y"))
    assert [(one.kind, one.key, one.moved) for one in differences(before, after).sections] == [
        ("added", "new", False), ("moved", "z", True), ("removed", "old", False), ("changed", "x", False),
    ]  # fmt: skip


def test_fields_of_the_template_are_compared_as_they_are():
    before = content(parameters=[{"name": "p95", "value": "3"}], title="Pier")
    found = differences(before, content(parameters=[{"name": "p95", "value": "2"}], tiers=["A"]))
    assert [one.name for one in found.template] == ["title", "parameters", "tiers"]
    assert found.template[2] == FieldChange("tiers", None, ["A"])


@given(st.permutations(range(7)))
def test_the_fewest_items_are_called_moved(order):
    before = content(section("x", *(item(f"k{at}") for at in range(7))))
    moved = {one.key for one in differences(before, content(section("x", *(item(f"k{at}") for at in order)))).items}
    stays = [at for at in order if f"k{at}" not in moved]
    assert stays == sorted(stays)
    longest = max(
        bin(chosen).count("1") for chosen in range(128)
        if (run := [at for at in order if chosen >> at & 1]) == sorted(run)
    )  # fmt: skip
    assert len(stays) == longest


def test_two_texts_are_compared_word_by_word():
    assert words("p95 is below 3 s", "p95 stays below 2 s") == (
        ("same", "p95 "), ("removed", "is"), ("added", "stays"), ("same", " below "), ("removed", "3"), ("added", "2"),
        ("same", " s"),
    )  # fmt: skip
    assert words("", "") == ()
    assert words("", "new") == (("added", "new"),)
    assert words("a a", "a a") == (("same", "a a"),)


@pytest.mark.parametrize("joined", ["\n", " "])
def test_a_long_text_is_compared_line_by_line_or_as_a_whole(joined):
    before = joined.join(f"{at} a" for at in range(MOST_TOKENS + 1))
    after = before.replace("7 a", "7 b").replace("0 a", "0 c")
    pieces = words(before, after)
    assert "".join(text for kind, text in pieces if kind != "added") == before
    assert "".join(text for kind, text in pieces if kind != "removed") == after
    assert any(kind == "same" for kind, text in pieces)


def test_a_text_of_too_many_lines_is_replaced_as_a_whole():
    before, after = "a\n" * MOST_TOKENS + "x", "b\n" * (MOST_TOKENS + 1) + "x"
    assert words(before, after) == (("removed", before[:-2]), ("added", after[:-2]), ("same", "\nx"))


def test_a_text_of_lines_that_is_not_too_long_is_compared_line_by_line():
    before = "".join(f"line {at} of the text\n" for at in range(400))
    after = before.replace("of", "off")
    assert words(before, after)[1:3] == (("removed", before[7:-10]), ("added", after[7:-10]))


@given(st.text("ab \n.", max_size=40), st.text("ab \n.", max_size=40))
def test_the_pieces_are_both_texts(before, after):
    pieces = words(before, after)
    assert "".join(text for kind, text in pieces if kind != "added") == before
    assert "".join(text for kind, text in pieces if kind != "removed") == after
    assert all(text for _, text in pieces)
    assert all(one[0] != other[0] for one, other in pairwise(pieces))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("3\u00a0s", (("3", ""), ("\u00a0", "NBSP"), ("s", ""))),
        ("a\u200b\u202eb", (("a", ""), ("\u200b", "ZWSP"), ("\u202e", "RLO"), ("b", ""))),
        ("a\tb\nc\u3164", (("a", ""), ("\t", "TAB"), ("b\nc", ""), ("\u3164", "U+3164"))),
        ("\u2068x\U000e0041\x07", (("\u2068", "FSI"), ("x", ""), ("\U000e0041", "U+E0041"), ("\x07", "U+0007"))),
        ("x\ufe0f", (("x", ""), ("\ufe0f", "U+FE0F"))),
        (PICTURES, ((PICTURES, ""),)),
        ("", ()),
    ],
)  # fmt: skip
def test_characters_that_nobody_sees_have_names(text, pieces):
    assert named(text) == pieces


@given(st.text(max_size=20))
def test_naming_loses_no_character(text):
    assert "".join(characters for characters, _ in named(text)) == text
