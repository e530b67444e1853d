"""Searching a history: the database looks through it, alike on both engines, whatever was written."""

from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.ledger import selectors
from tests.ledger.recording import STREAM, add_entries

pytestmark = pytest.mark.django_db


def found(find):
    return [entry.sequence for entry in selectors.search_history(STREAM, find)]


@pytest.mark.parametrize(
    ("title", "find"),
    [
        ("Überservice", "überSERVICE"),
        ("Straße", "STRASSE"),
        ("Straße", "straße"),
        ("ﬁle", "file"),
        ("u\u0308ber", "über"),
        ("عربى", "عربى"),
        ("👩‍🚀 lands", "👩‍🚀"),
        ('say "yes"', '"yes"'),
        ("back\\slash", "\\slash"),
        ("100 %", "%"),
        ("a_b", "a_b"),
        ("two  words", "words two"),
        ("\u2068isolated\u2069", "isolated"),
    ],
)
def test_a_word_is_found_however_it_is_spelt(title, find):
    add_entries(title="Something else")
    add_entries(title=title)
    assert found(find) == [1]


@pytest.mark.parametrize("find", ["u00fc", "00fc", "a%b", "ab", "axb", "title", "words", "test.event"])
def test_nothing_is_found_that_is_not_in_the_sentence(find):
    add_entries(title="ü a_b")
    assert found(find) == []


def test_entries_are_found_by_number_and_by_a_part_of_their_digest():
    entries = add_entries(times=12)
    assert found("11") == [11]
    assert found(entries[3].digest[:8]) == [3]
    assert found(entries[3].digest[-6:].upper()) == [3]
    assert found(entries[3].digest) == [3]


def test_another_chain_is_not_looked_through():
    add_entries(stream="deployment/other")
    assert found("backup") == []


def test_a_search_puts_nothing_into_words_and_takes_two_questions(monkeypatch):
    add_entries(times=30)
    monkeypatch.setattr(import_module("apps.ledger.selectors.history"), "sentence", None)
    with CaptureQueriesContext(connection) as asked:
        assert len(found("backup")) == 30
        assert selectors.search_history(STREAM, "backup").count() == 30
    assert len(asked) == 3
