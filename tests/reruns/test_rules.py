"""What can be carried over, and in words why an item is open instead."""

import pytest

from apps.deployments.rules import ItemFacts, NextStep, item_state, next_step, reason_to_block
from apps.deployments.states import DONE, SETTLED, ItemState
from apps.reruns.rules import IN_WORDS, CarryFacts, why_open


def facts(state: ItemState | None = ItemState.VERIFIED, **more) -> CarryFacts:
    return CarryFacts(code="PAY-11", state=state, **more)


@pytest.mark.parametrize("state", [ItemState.VERIFIED, ItemState.CARRIED])
def test_what_all_keys_were_turned_for_is_carried_over(state):
    assert why_open(facts(state)) is None


@pytest.mark.parametrize(
    ("state", "tag", "why"),
    [
        (None, "new", "PAY-11 did not have it."),
        (ItemState.OPEN, "not signed", "PAY-11 ended before all its keys were turned."),
        (ItemState.HALF, "not signed", "PAY-11 ended before all its keys were turned."),
        (ItemState.PENDING, "not passing", "Its probe did not pass when PAY-11 ended."),
        (ItemState.FAILED, "not passing", "Its probe did not pass when PAY-11 ended."),
        (ItemState.REJECTED, "rejected", "It stood rejected when PAY-11 ended."),
        (ItemState.INVALIDATED, "not signed", "Its keys had fallen out when PAY-11 ended."),
        (ItemState.WAIVED, "waived", "PAY-11 went without it. A waiver lets one deployment through, not the next."),
        (ItemState.NOT_APPLICABLE, "not signed", "It did not apply in PAY-11, so nobody signed it for that."),
    ],
)
def test_anything_else_is_open_and_says_why(state, tag, why):
    reason = why_open(facts(state))
    assert reason
    assert (reason.tag, reason.why) == (tag, why)


def test_every_state_is_answered():
    for state in ItemState:
        assert (why_open(facts(state)) is None) is (state in (ItemState.VERIFIED, ItemState.CARRIED))


def test_what_says_something_else_now_is_never_carried_over():
    reason = why_open(facts(changed=["text", "blanks"]))
    assert reason
    assert (reason.tag, reason.why) == (
        "changed", "Its keys covered something else: guidance, what is filled in.",
    )  # fmt: skip
    assert all(why_open(facts(changed=[name])) for name in IN_WORDS)


@pytest.mark.parametrize(("age", "most", "is_open"), [(7, 7, False), (8, 7, True), (8, None, False), (0, 0, False)])
def test_what_was_proved_too_long_ago_is_open(age, most, is_open):
    reason = why_open(facts(age=age, max_age=most))
    assert bool(reason) is is_open
    if reason:
        assert (reason.tag, reason.why) == ("too old", "What proves it is 8 days old, at most 7 are allowed.")


def test_not_signed_is_said_before_changed_and_changed_before_too_old():
    first, second = (
        why_open(facts(ItemState.OPEN, changed=["text"])),
        why_open(facts(changed=["text"], age=9, max_age=1)),
    )
    assert first
    assert second
    assert (first.tag, second.tag) == ("not signed", "changed")


def test_an_item_that_is_carried_over_blocks_nothing_and_is_not_done():
    carried = ItemFacts(turned=0, required=2, carried=True, has_probe=True)
    assert item_state(carried) == ItemState.CARRIED
    assert reason_to_block(carried) == ""
    assert next_step(carried) == NextStep.NONE
    assert ItemState.CARRIED in SETTLED - DONE


def test_an_item_that_does_not_apply_says_that_first():
    assert item_state(ItemFacts(turned=0, required=2, carried=True, inapplicable="Not here.")) == "not_applicable"
