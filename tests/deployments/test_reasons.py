"""Why an item blocks and what it needs next: every state of an item and of its probe has an answer."""

from typing import Any

import pytest

from apps.deployments import rules
from apps.deployments.rules import Fall, ItemFacts, NextStep, item_state, next_step, reason_to_block
from apps.deployments.states import SETTLED, ItemState, WaiverState
from apps.evidence.rules import Proof
from apps.probes.states import State as ProbeState

NONE = Proof("a file", is_there=False)
STALE = Proof("a file", is_there=True, days=1, is_stale=True)
FACTS = ItemFacts(turned=0, required=2)
UNWELL: dict[str, Any] = {"has_probe": True, "probe": ProbeState.FAILED}


@pytest.mark.parametrize("state", ItemState)
def test_every_state_that_blocks_says_why_and_no_other_does(state):
    fall = Fall(2, state == ItemState.REJECTED, "the text changed")
    facts = ItemFacts(turned=1, required=2, fall=fall, has_probe=True, probe=ProbeState.LOST, proof=NONE)
    assert bool(rules._key_reason(state, facts)) is (state not in SETTLED)


@pytest.mark.parametrize("status", [None, *ProbeState])
def test_every_status_of_a_probe_that_blocks_says_why_and_no_other_does(status):
    facts = ItemFacts(turned=2, required=2, has_probe=True, probe=status)
    assert bool(rules._probe_reason(facts)) is (status != ProbeState.PASSED)
    assert bool(reason_to_block(facts)) is (status != ProbeState.PASSED)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (FACTS, "No key is turned yet."),
        (ItemFacts(1, 2), "The second key is missing."),
        (ItemFacts(1, 3), "2 of 3 keys are missing."),
        (ItemFacts(2, 2), ""),
        (ItemFacts(0, 2, waiver=WaiverState.HOLDS, **UNWELL), ""),
        (ItemFacts(0, 2, waiver=WaiverState.ASKED), "A waiver is asked for and not approved yet."),
        (ItemFacts(0, 2, fall=Fall(3, True, "wrong host")), "Rejected: wrong host"),
        (ItemFacts(0, 2, fall=Fall(3, False, "new text")), "Its keys fell out: new text"),
        (ItemFacts(2, 2, probe_explanation="404", **UNWELL), "Its probe failed: 404"),
        (ItemFacts(2, 2, **UNWELL), "Its probe failed."),
        (ItemFacts(2, 2, has_probe=True), "Its probe has not run yet."),
        (ItemFacts(0, 2, proof=NONE), "No key is turned yet."),
        (ItemFacts(1, 2, proof=NONE), "The second key is missing. It asks for a file, and has none."),
        (ItemFacts(2, 2, proof=NONE), "It asks for a file, and has none."),
        (ItemFacts(2, 2, proof=STALE), "Its proof is older than 24 h: a new one is needed."),
        (ItemFacts(2, 2, proof=STALE, has_probe=True), "Its probe has not run yet."),
        (ItemFacts(0, 2, proof=STALE, waiver=WaiverState.HOLDS), ""),
        (ItemFacts(0, 2, proof=STALE, carried=True), ""),
    ],
)
def test_the_reason_names_what_is_missing(facts, reason):
    assert reason_to_block(facts) == reason


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        (FACTS, NextStep.FIRST_KEY),
        (ItemFacts(1, 2), NextStep.NEXT_KEY),
        (ItemFacts(2, 2), NextStep.NONE),
        (ItemFacts(0, 2, waiver=WaiverState.HOLDS), NextStep.NONE),
        (ItemFacts(1, 2, waiver=WaiverState.ASKED), NextStep.APPROVE_WAIVER),
        (ItemFacts(2, 2, **UNWELL), NextStep.SEE_PROBE),
        (ItemFacts(0, 2, proof=NONE), NextStep.FIRST_KEY),
        (ItemFacts(1, 2, proof=NONE), NextStep.BRING_PROOF),
        (ItemFacts(2, 2, proof=STALE), NextStep.BRING_PROOF),
        (ItemFacts(2, 2, proof=STALE, **UNWELL), NextStep.SEE_PROBE),
    ],
)
def test_the_next_step_is_what_would_bring_the_item_on(facts, step):
    assert next_step(facts) is step


def test_keys_that_are_all_turned_wait_for_a_probe_and_fail_with_it():
    assert item_state(ItemFacts(2, 2, has_probe=True, probe=ProbeState.RUNNING)) == ItemState.PENDING
    assert item_state(ItemFacts(2, 2, **UNWELL)) == ItemState.FAILED
    assert item_state(ItemFacts(2, 2, has_probe=True, probe=ProbeState.PASSED)) == ItemState.VERIFIED


def test_of_all_falls_the_last_one_counts_and_a_rejection_comes_after_a_change_of_its_number():
    assert rules.last_fall([], []) is None
    assert rules.last_fall([(2, "text"), (3, "file")], [(1, "no")]) == Fall(3, False, "file")
    assert rules.last_fall([(2, "text")], [(1, "no")]) == Fall(2, True, "no")


def test_one_blocker_is_enough_for_no():
    assert rules.verdict(0) == rules.GO
    assert rules.verdict(1) == rules.NO_GO
