"""Where items of a draft go, by their places alone."""

import pytest

from apps.studio.rules import Place, beside, texts_of

PLACES = [Place("a", "one", 0, 0), Place("b", "one", 1, 0), Place("c", "two", 0, 0)]


@pytest.mark.parametrize("step", [-1, 1])
def test_what_is_no_item_of_the_draft_goes_nowhere(step):
    assert beside(PLACES, ["one", "two"], ["gone"], step) is None


@pytest.mark.parametrize(
    ("key", "step", "goes"),
    [("a", 1, ("one", "b")), ("b", -1, ("one", "")), ("a", -1, None), ("c", 1, None)],
)
def test_one_place_up_or_down_ends_where_the_draft_ends(key, step, goes):
    assert beside(PLACES, ["one", "two"], [key], step) == goes


def test_over_the_edge_lies_the_section_beside():
    assert beside(PLACES, ["one", "two"], ["b"], 1) == ("two", "")
    assert beside(PLACES, ["one", "two"], ["c"], -1) == ("one", "b")


def test_a_field_is_the_same_text_in_whatever_order_a_database_has_its_keys():
    assert texts_of({"fill_ins": [{"label": "a", "kind": "text"}]}) == texts_of(
        {"fill_ins": [{"kind": "text", "label": "a"}]}
    )
