"""Whether what is there meets what is asked for: a pure function of it and the moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.checklists.markdown.properties import EVIDENCE_KINDS
from apps.evidence.models import Kind
from apps.evidence.rules import ANY, COUNTS, WORDS, Proof, age_in_words, judge, there

NOW = datetime(2026, 11, 28, 20, 36, tzinfo=UTC)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def judged(kinds: list[str], days: int | None, now: datetime = NOW, **laid: datetime | None) -> Proof:
    proof = judge(kinds, days, laid, now=now)
    assert proof is not None
    return proof


def test_every_kind_that_a_template_may_ask_for_is_known_and_every_piece_counts_as_one() -> None:
    assert COUNTS.keys() == WORDS.keys() == {*EVIDENCE_KINDS}
    assert {each for counts in COUNTS.values() for each in counts} >= {*Kind.values, *ANY}


def test_nothing_asked_is_nothing_judged() -> None:
    assert judge([], None, {"file": NOW}, now=NOW) is None


@pytest.mark.parametrize(
    ("kind", "counts", "counts_not"),
    [
        ("file", ["file"], ["link", "note", "probe", "command", "field"]),
        ("link", ["link"], ["file", "note", "probe", "command", "field"]),
        ("command", ["note", "file", "command"], ["link", "probe", "field"]),
        ("probe", ["probe", "command"], ["file", "link", "note", "field"]),
        ("field", ["field"], ["file", "link", "note", "probe", "command"]),
    ],
)
def test_only_what_counts_as_the_kind_is_proof(kind: str, counts: list[str], counts_not: list[str]) -> None:
    assert not judged([kind], None).is_met
    assert judged([kind], None).reason == f"It asks for {WORDS[kind]}, and has none."
    for each in counts:
        assert judged([kind], None, **{each: ago(days=900)}).is_met, each
    for each in counts_not:
        assert not judged([kind], None, **{each: NOW}).is_met, each


def test_one_of_the_kinds_is_enough() -> None:
    proof = judged(["file", "link"], None, link=NOW)
    assert (proof.is_met, proof.asks, proof.reason, proof.in_short) == (True, "a file or a link", "", "")


def test_it_becomes_too_old_by_the_clock_alone_and_to_the_moment() -> None:
    laid = {"file": ago(days=13)}
    end = ago(days=13) + timedelta(days=14)
    assert judged(["file"], 14, **laid).stale_at == end
    assert judged(["file"], 14, end - timedelta(microseconds=1), **laid).is_met
    stale = judged(["file"], 14, end, **laid)
    assert not stale.is_met
    assert stale.reason == "Its proof is older than 14 days: a new one is needed."
    assert stale.in_short == "✕ proof older than 14 days"


def test_the_oldest_counts_so_that_nothing_is_made_young_by_what_lies_beside_it() -> None:
    assert judged(["file", "link"], 7, file=ago(days=8), link=NOW).is_stale
    assert judged(["link"], 7, file=ago(days=8), link=NOW).is_met, "a file was not asked for"


@pytest.mark.parametrize("kind", ANY)
def test_an_age_alone_is_that_of_whatever_evidence_there_is(kind: str) -> None:
    assert judged([], 1, **{kind: ago(hours=23), "key": ago(hours=25)}).is_met
    assert judged([], 1, **{kind: ago(hours=24), "key": NOW}).reason == (
        "Its proof is older than 24 h: a new one is needed."
    )


def test_an_age_alone_is_that_of_the_first_key_where_there_is_no_evidence() -> None:
    assert judged([], 1).is_met, "no key is turned yet, and that blocks by itself"
    assert judged([], 1, key=ago(hours=23), field=ago(days=9)).is_met
    assert judged([], 1, key=ago(hours=24)).is_stale
    assert judged(["file"], 1, key=NOW).reason == "It asks for a file, and has none."


def test_what_has_no_age_yet_is_there_and_never_too_old() -> None:
    proof = judged(["field"], 1, field=None)
    assert (proof.is_met, proof.stale_at) == (True, None)


def test_what_lacks_is_named_in_a_few_words() -> None:
    assert judged(["probe"], 3).in_short == "✕ lacks a probe run"
    assert (age_in_words(1), age_in_words(2)) == ("24 h", "2 days")


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ({}, {"file": NOW}),
        ({"probe_kind": "http"}, {"file": NOW}),
        ({"probe_kind": "http", "finished_at": NOW}, {"file": NOW, "probe": NOW}),
        ({"probe_kind": "command", "finished_at": NOW}, {"file": NOW, "command": NOW}),
        ({"is_answered": True}, {"file": NOW, "field": None}),
        ({"is_answered": True, "signed_at": NOW}, {"file": NOW, "field": NOW}),
    ],
)
def test_what_is_there_is_named_by_what_it_is(named: dict[str, Any], found: dict[str, datetime | None]) -> None:
    nothing = {"probe_kind": None, "finished_at": None, "is_answered": False, "signed_at": None}
    signed_at = named.get("signed_at")
    assert there({"file": NOW}, **nothing | named) == found | {"key": signed_at}
