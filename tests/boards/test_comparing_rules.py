"""What two deployments differ in: which item is which, and what counts as a difference. Without a database."""

from dataclasses import replace
from typing import Any

import pytest

from apps.boards.rules import NOT_DONE, OUTCOMES, Aspect, Compared, ItemOf, compare
from apps.deployments.states import ItemState

DONE, OPEN = ItemState.VERIFIED, ItemState.OPEN


def item(key: str, *, number: int = 1, title: str = "", state: ItemState = DONE, **facts: Any) -> ItemOf:
    return ItemOf(number, key, title or key, state, **facts)


def only(before: list[ItemOf], after: list[ItemOf]) -> Compared:
    (found,) = compare(before, after)
    return found


def aspects(before: ItemOf, after: ItemOf) -> set[Aspect]:
    return set(only([before], [after]).aspects)


def pairs(before: list[ItemOf], after: list[ItemOf]) -> list[tuple[int, int]]:
    """(number before, number after) of each, 0 for none."""
    return [(one.before.number if one.before else 0, one.after.number if one.after else 0)
            for one in compare(before, after)]  # fmt: skip


def test_the_same_item_is_found_by_its_key_whatever_it_is_called():
    assert pairs([item("backup", number=1)], [item("backup", number=7, title="Two backups")]) == [(1, 7)]


def test_items_come_in_the_order_of_the_later_one_then_those_that_only_the_other_has():
    before = [item("a", number=1), item("gone", number=2), item("b", number=3)]
    after = [item("b", number=1), item("new", number=2), item("a", number=3)]
    assert pairs(before, after) == [(3, 1), (0, 2), (1, 3), (2, 0)]
    assert [one.aspects for one in compare(before, after)][1::2] == [{Aspect.ONLY}, {Aspect.ONLY}]


@pytest.mark.parametrize(("old", "new"), [("", ""), ("", "taken-over"), ("was-there", "")])
def test_an_item_that_was_added_on_a_board_is_found_by_its_title(old, new):
    assert pairs([item(old, title="Warm the cache")], [item(new, title="Warm the cache")]) == [(1, 1)]


def test_two_keys_are_two_items_even_if_they_are_called_the_same():
    assert pairs([item("one", title="Backup")], [item("two", title="Backup")]) == [(0, 1), (1, 0)]


@pytest.mark.parametrize("twice", ["before", "after"])
def test_a_title_that_two_share_tells_neither(twice):
    one, two = [item("", number=1, title="Look")], [item("", number=n, title="Look") for n in (1, 2)]
    found = pairs(two, one) if twice == "before" else pairs(one, two)
    assert all(0 in pair for pair in found)


def test_an_item_that_is_found_by_key_is_not_found_by_title_again():
    before = [item("a", number=1, title="Look")]
    assert pairs(before, [item("a", number=1, title="Look"), item("", number=2, title="Look")]) == [(1, 1), (0, 2)]


def test_what_says_the_same_and_came_out_the_same_does_not_differ():
    found = only([item("a", terms={"minutes": 5})], [item("a", terms={"minutes": 5})])
    assert (found.aspects, found.differs) == (frozenset(), False)


@pytest.mark.parametrize(
    ("values", "aspect"),
    [
        ({"texts": ("Another",)}, Aspect.TEXT),
        ({"keys": 3}, Aspect.KEYS),
        ({"critical": True}, Aspect.KEYS),
        ({"terms": {"minutes": 5}}, Aspect.TERMS),
        ({"limits": {"p95": "below 3 s"}}, Aspect.LIMIT),
        ({"answers": (("Where", "there"),)}, Aspect.ANSWER),
        ({"evidence": ("file",)}, Aspect.EVIDENCE),
        ({"measured": "2 s"}, Aspect.MEASURED),
        ({"state": ItemState.NOT_APPLICABLE}, Aspect.RESULT),
    ],
)
def test_each_thing_that_differs_is_named(values, aspect):
    plain = item("a", measured="1 s", limits={})
    assert aspects(plain, replace(plain, **values)) == aspects(replace(plain, **values), plain) == {aspect}


def test_terms_and_limits_are_named_one_by_one():
    old = item("a", terms={"minutes": 5, "owner_role": "SRE"}, limits={"p95": "below 3 s", "rate": "below 1%"})
    new = item("a", terms={"minutes": 9, "owner_role": "SRE"}, limits={"p95": "below 3 s"})
    assert (only([old], [new]).terms, only([old], [new]).limits) == (("minutes",), ("rate",))


def test_no_limit_differs_where_one_checklist_no_longer_has_the_item():
    assert aspects(item("a", limits=None), item("a", limits={"p95": "below 3 s"})) == set()


@pytest.mark.parametrize("state", [ItemState.FAILED, ItemState.REJECTED])
def test_what_was_signed_and_fails_now_is_worse_and_the_other_way_round_is_not(state):
    assert aspects(item("a"), item("a", state=state)) == {Aspect.WORSE, Aspect.RESULT}
    assert aspects(item("a", state=state), item("a")) == {Aspect.RESULT}


@pytest.mark.parametrize("state", [DONE, OPEN, ItemState.FAILED])
def test_a_waiver_in_one_is_named_whatever_the_other_came_to(state):
    assert aspects(item("a", state=ItemState.WAIVED), item("a", state=state)) == {Aspect.WAIVED, Aspect.RESULT}


@pytest.mark.parametrize("state", [state for state, outcome in OUTCOMES.items() if outcome == NOT_DONE])
def test_what_a_running_deployment_has_not_done_yet_is_no_difference(state):
    found = only([item("a", is_over=True)], [item("a", state=state)])
    assert (found.aspects, found.differs) == ({Aspect.UNDONE}, False)


def test_what_an_ended_deployment_did_not_do_is_one():
    assert aspects(item("a", is_over=True), item("a", state=OPEN, is_over=True)) == {Aspect.RESULT}


@pytest.mark.parametrize("is_over", [True, False])
def test_two_that_are_not_done_do_not_differ(is_over):
    assert aspects(item("a", state=OPEN, is_over=is_over), item("a", state=ItemState.HALF)) == set()


def test_who_has_not_said_anything_yet_says_nothing_else():
    full: dict[str, Any] = {"answers": (("Where", "there"),), "evidence": ("file",), "is_over": True}
    old = item("a", **full)
    assert aspects(old, item("a", state=OPEN)) == aspects(item("a", state=OPEN), old) == {Aspect.UNDONE}
    assert aspects(old, item("a", is_over=True)) == {Aspect.ANSWER, Aspect.EVIDENCE}
    assert Aspect.ANSWER in aspects(old, item("a", state=OPEN, answers=(("Where", "here"),)))


def test_the_order_of_evidence_is_no_difference():
    assert aspects(item("a", evidence=("file", "note")), item("a", evidence=("note", "file"))) == set()


def test_the_gravest_difference_weighs_most():
    worse = only([item("a")], [item("a", state=ItemState.FAILED)])
    text, same = only([item("a")], [item("a", texts=("Another",))]), only([item("a")], [item("a")])
    assert worse.weight < text.weight < same.weight


def test_what_is_carried_over_came_out_as_it_was_signed():
    carried = ItemState.CARRIED
    assert aspects(item("a", evidence=("file",)), item("a", state=carried)) == set()
    assert aspects(item("a", state=carried), item("a", state=ItemState.FAILED)) == {Aspect.WORSE, Aspect.RESULT}
    assert aspects(item("a", state=carried), item("a", state=OPEN)) == {Aspect.UNDONE}
    assert Aspect.RESULT in aspects(item("a", state=ItemState.WAIVED), item("a", state=carried))
