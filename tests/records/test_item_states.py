"""A record and a board say the same of every item: both ask the one function that weighs its facts."""

from itertools import product
from types import SimpleNamespace

import pytest

from apps.boards.selectors.rows import TONES
from apps.deployments.models import Item
from apps.deployments.rules import Fall, ItemFacts, item_state
from apps.deployments.selectors import summaries
from apps.deployments.states import SETTLED, ItemState, WaiverState
from apps.evidence.rules import Proof
from apps.probes.kinds import FAILED, PASSED
from apps.probes.states import State
from apps.records.document import build, entries, facts
from apps.records.document.budget import Budget
from apps.records.selectors import collect
from apps.records.selectors.words import ITEMS
from tests import cast
from tests.ledger import histories
from tests.records import making, sample
from tests.records.sample import replace

FALLS = (None, Fall(2, True, "Look again."), Fall(2, False, "The text was changed."))
PROOFS = (None, Proof("a file", is_there=True), Proof("a file", is_there=True, days=7, is_stale=True))
COMBINATIONS = [
    ItemFacts(turned, 2, fall, waiver, has_probe, state if has_probe else None, proof=proof)
    for turned, fall, waiver, has_probe, state, proof in product(
        range(3), FALLS, (None, *WaiverState), (False, True), (None, *State), PROOFS
    )
]


def stated(combination: ItemFacts) -> facts.Item:
    """A printed item of which nothing but the state is known."""
    signatures = tuple(sample.key(slot, slot, slot, "x") for slot in range(1, combination.turned + 1))
    return replace(sample.signed_item(1), state=ITEMS[item_state(combination)], signatures=signatures)


def settled_entry(item: facts.Item) -> bool:
    """Whether its printed keys are those of a settled item."""
    labels = entries.Labels(sample.record(1, 1))
    printed = entries.item_entry(item, labels, anchored=False, budget=Budget())
    return not any(signature.classes in ("key--half", "key--empty") for signature in printed.signatures)


def test_a_record_has_a_word_for_every_state_and_no_two_share_one() -> None:
    assert ITEMS.keys() == set(ItemState) == TONES.keys()
    assert len(set(ITEMS.values())) == len(ItemState)


def test_what_a_record_counts_as_settled_blocks_nothing_on_the_board() -> None:
    assert {ITEMS[state] for state in SETTLED} == set(entries.SETTLED)


def test_no_combination_of_facts_is_counted_or_printed_otherwise_than_on_the_board() -> None:
    for combination in COMBINATIONS:
        state, item = item_state(combination), stated(combination)
        record = replace(sample.record(1, 1), sections=(facts.Section("One", "", (), (item,)),))
        counts = {count.noun: count.figure for count in build(record).cover.counts}
        assert counts["signed"] == str(int(state == ItemState.VERIFIED)), combination
        assert counts["waived"] == str(int(state == ItemState.WAIVED)), combination
        assert counts["open"] == str(int(state not in SETTLED)), combination
        if state != ItemState.WAIVED:
            assert settled_entry(item) is (state in SETTLED), combination


def test_an_item_that_its_probe_blocks_says_so_beside_its_keys() -> None:
    labels = entries.Labels(sample.record(1, 1))
    for state in (ItemState.FAILED, ItemState.PENDING):
        blocked = replace(sample.signed_item(1), state=ITEMS[state])
        assert "its probe" in " ".join(
            line.text for line in entries.item_entry(blocked, labels, anchored=False, budget=Budget()).past
        )


@pytest.fixture
def staged(stage: SimpleNamespace) -> SimpleNamespace:
    """Items without a key, with one, and with two and a probe that fails or passes."""
    made = stage
    plain = [each for each in made.deployment.items.order_by("number") if each.keys == 2 and not each.fill_ins]
    half, failing, *passing = plain
    cast.sign(half, made.member)
    histories.probe(made, failing, [FAILED])
    histories.probe(made, passing[0], [PASSED])
    for item in (failing, *passing):
        cast.sign(item, made.member)
        cast.sign(item, made.reviewer)
    return made


def test_a_record_states_each_item_as_the_board_does(staged: SimpleNamespace) -> None:
    record = collect(making.asked(staged))
    on_paper = {item.number: item.state for section in record.sections for item in section.items}
    on_the_board = {each.number: ITEMS[each.state] for each in summaries(staged.deployment)}
    assert on_paper == on_the_board
    assert {"half", "signed", "failed"} <= set(on_paper.values())


def test_a_state_weighed_anywhere_else_would_be_noticed(
    staged: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Teeth: were the record to read an item's state another way, it would differ from the board."""
    monkeypatch.setattr(
        Item, "state", property(lambda item: ItemState.VERIFIED if item.sign_off.is_settled else ItemState.OPEN)
    )
    with pytest.raises(AssertionError):
        test_a_record_states_each_item_as_the_board_does(staged)
