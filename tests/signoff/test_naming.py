"""What people call a key, when none can be turned yet, and that a digest knows only what is signed."""

import hashlib

import pytest

from apps.signoff.rules import MOST_KEYS, content_digest, is_settled, next_slot, ordinal, why_not
from tests.signoff.test_rules import facts


@pytest.mark.parametrize("slot", range(1, MOST_KEYS + 1))
def test_every_key_that_an_item_can_have_has_a_name_of_its_own(slot):
    others = {ordinal(other) for other in range(1, MOST_KEYS + 1) if other != slot}
    assert ordinal(slot) not in others


def test_a_key_beyond_the_last_is_called_like_the_last():
    assert ordinal(MOST_KEYS + 1) == ordinal(MOST_KEYS)


def test_before_the_review_is_open_nobody_turns_a_key():
    assert why_not(facts(opened=False)) == "Nothing can be signed here yet. Open the review first."
    assert why_not(facts(opened=False, closed=True)).startswith("This is closed")


@pytest.mark.parametrize(("signers", "slot"), [("", 1), ("b", 2), ("bc", None)])
def test_keys_are_turned_in_order_until_all_are(signers, slot):
    assert next_slot(facts(signers)) == slot
    assert is_settled(len(signers), 2) is (slot is None)


def test_a_digest_covers_the_content_and_not_the_order_in_which_it_was_gathered():
    assert content_digest({"b": 1, "a": "ü"}) == content_digest({"a": "ü", "b": 1})
    assert content_digest({"a": "ü", "b": 1}) == hashlib.sha256('{"a":"ü","b":1}'.encode()).hexdigest()
    assert content_digest({"a": "u", "b": 1}) != content_digest({"a": "ü", "b": 1})
