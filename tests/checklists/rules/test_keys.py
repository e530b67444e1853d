"""A key is made once from a title, is unique, and stays what it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.checklists.rules.keys import LONGEST_KEY, UniqueKeys, assign, is_key, slug


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("p95 is below 3 s", "p95-is-below-3-s"),
        ("Schlüssel geprüft, Straße", "schlussel-gepruft-strasse"),
        ("Don't forget: **backup**!", "dont-forget-backup"),
        ("  ", ""),
        ("日本語", ""),
        ("日本語 v2", "v2"),
    ],
)
def test_a_key_is_what_letters_and_digits_are_left_of_a_title(title, key):
    assert slug(title) == key


def test_a_long_title_is_cut_at_a_word_or_where_there_is_none_in_it():
    assert (
        slug("Ask the database team whether the replica lags behind")
        == "ask-the-database-team-whether-the-replica-lags"
    )
    assert slug("x" * 60) == "x" * LONGEST_KEY
    assert slug("y " + "x" * 60) == "y-" + "x" * 46


def test_equal_titles_are_numbered_and_titles_without_letters_too():
    unique = UniqueKeys("item", {"backup-3"})
    assert [unique.make("Backup") for _ in range(4)] == ["backup", "backup-2", "backup-4", "backup-5"]
    assert [unique.make("日本") for _ in range(3)] == ["item-1", "item-2", "item-3"]
    assert unique.make("Item 2") == "item-2-2"


def test_a_numbered_key_is_as_short_as_any():
    unique = UniqueKeys("item")
    keys = [unique.make("x" * 70) for _ in range(12)]
    assert len(set(keys)) == 12
    assert all(is_key(key) for key in keys)


def test_a_given_key_stays_and_is_not_made_for_an_item_before_it():
    given_keys = [("", "Backup"), ("backup", "Other"), ("backup", "Again"), ("No Key", "Fourth")]
    assert assign(given_keys, "item") == ["backup-2", "backup", "again", "fourth"]


@pytest.mark.parametrize("text", ["", "-a", "A", "a_b", "a" * 49, "a\n"])
def test_what_is_no_key(text):
    assert not is_key(text)


KEYS = st.one_of(st.just(""), st.text("ab-1", max_size=4), st.text(max_size=5))


@given(st.lists(st.tuples(KEYS, st.one_of(st.text(max_size=60), st.sampled_from(["a", "A 2", "日", "item"])))))
def test_keys_are_keys_and_unique_whatever_the_titles(given_keys):
    keys = assign(given_keys, "item")
    assert len(set(keys)) == len(keys) == len(given_keys)
    assert all(is_key(key) for key in keys)
    again = [(key, title) for key, (_, title) in zip(keys, given_keys, strict=True)]
    assert assign(again, "item") == keys


def test_ten_thousand_equal_titles_have_ten_thousand_keys():
    assert len(set(assign([("", "Backup")] * 10_000, "item"))) == 10_000
