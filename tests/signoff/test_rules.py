"""The two-person rule as a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.signoff.rules import MOST_KEYS, SignOffFacts, is_settled, next_slot, why_not, why_not_reject

CLOSED = "This is closed; nothing more can be signed here."
ALL_TURNED = "All keys are turned already."
TWICE = "You have already turned a key here; another person must turn this one."
CONTRIBUTED = "You contributed to this, so somebody else must verify it."
NO_REVIEWER = "Only a reviewer may turn this key. Ask one of them."


def facts(signers="", contributors="", *, person="a", required=2, contributor_keys=1, **more):
    return SignOffFacts(person, required, contributor_keys, set(signers), set(contributors), **more)


@pytest.mark.parametrize(
    ("given_facts", "answer"),
    [
        (facts(), ""),
        (facts(contributors="a"), ""),
        (facts(may_verify=False), ""),
        (facts("b"), ""),
        (facts("b", "b"), ""),
        (facts("b", "c"), ""),
        (facts("a"), TWICE),
        (facts("a", "a"), TWICE),
        (facts("b", "a"), CONTRIBUTED),
        (facts("b", "abc"), CONTRIBUTED),
        (facts("b", may_verify=False), NO_REVIEWER),
        (facts("bc"), ALL_TURNED),
        (facts("ab"), ALL_TURNED),
        (facts(closed=True), CLOSED),
        (facts("bc", closed=True), CLOSED),
        (facts(required=1), ""),
        (facts("b", required=1), ALL_TURNED),
        (facts("bc", required=3), ""),
        (facts("bc", "a", required=3), CONTRIBUTED),
        (facts("bcd", required=4), ""),
        (facts("b", "ab", contributor_keys=2, agreed=True), ""),
        (facts("b", "ab", contributor_keys=2), CONTRIBUTED),
        (facts("b", "ab", agreed=True), CONTRIBUTED),
        (facts("a", "ab", contributor_keys=2, agreed=True), TWICE),
        (facts("b", "ab", contributor_keys=2, agreed=True, may_verify=False), NO_REVIEWER),
        (facts("b", contributor_keys=2, may_verify=False), NO_REVIEWER),
        (facts("bc", "abc", required=3, contributor_keys=2, agreed=True), CONTRIBUTED),
        (facts(contributor_keys=2, contributors="a", may_verify=False), ""),
        (facts(contributor_keys=0), ""),
        (facts(contributors="a", contributor_keys=0), CONTRIBUTED),
        (facts(contributor_keys=0, may_verify=False), NO_REVIEWER),
    ],
)
def test_why_not(given_facts, answer):
    assert why_not(given_facts) == answer


@pytest.mark.parametrize(
    ("given_facts", "begins"),
    [
        (facts("b"), ""),
        (facts("b", "a"), ""),
        (facts("a"), "You turned a key here, so somebody else rejects it."),
        (facts("a", closed=True), "This is closed;"),
        (facts("b", opened=False), "Nothing can be rejected here yet."),
        (facts("b", counts_as={"b": "Ruth"}), "Ruth turned a key here, and one of you stands in for the other"),
    ],
)
def test_why_not_reject(given_facts, begins):
    assert why_not_reject(given_facts).startswith(begins)
    assert bool(why_not_reject(given_facts)) is bool(begins)


@pytest.mark.parametrize(("turned", "slot"), [("", 1), ("b", 2), ("bc", None), ("bcd", None)])
def test_the_next_key(turned, slot):
    assert next_slot(facts(turned)) == slot


@pytest.mark.parametrize(("turned", "required", "settled"), [(0, 1, False), (1, 1, True), (1, 2, False), (3, 2, True)])
def test_a_subject_is_settled_when_all_keys_are_turned(turned, required, settled):
    assert is_settled(turned, required) is settled


PEOPLE = "abcde"


@given(
    required=st.integers(2, MOST_KEYS),
    contributors=st.sets(st.sampled_from(PEOPLE)),
    reviewers=st.sets(st.sampled_from(PEOPLE)),
    order=st.lists(st.sampled_from(PEOPLE), max_size=12),
)
def test_however_they_come_two_different_people_settle_it_and_no_contributor_verifies(
    required, contributors, reviewers, order
):
    signers: list[str] = []
    for person in order:
        now = SignOffFacts(person, required, 1, signers, contributors, may_verify=person in reviewers)
        if not why_not(now):
            signers.append(person)
    assert len(set(signers)) == len(signers) <= required
    assert not set(signers[1:]) & contributors
    assert set(signers[1:]) <= reviewers
