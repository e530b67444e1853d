"""The chain as pure functions: the same bytes, the same digests, and every kind of fault named."""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.storable import Unstorable
from apps.ledger import chain

STREAM = "deployment/1b6f0c1e-9d2a-4b6e-8d19-3f0a7a1c2b3d"
ACTOR = UUID("7d3c1c0a-52b4-4a55-9a0b-0f6f6f8b2a11")
SALT = "ab" * 32
OPEN = "the text “name” is not the one it commits to"


@dataclass(frozen=True)
class Stored:
    """An entry as the table keeps it, without a table."""

    stream_id: str
    sequence: int
    kind: str
    at: str
    actor: Any
    item: Any
    previous: str
    digest: str
    body: str


def entry(sequence: int, previous: str, *, text: str = "Ada", **overrides: Any) -> Stored:
    """An honest entry that follows `previous`; `overrides` replace fields of its body before it is hashed."""
    body: dict[str, Any] = {
        "v": 1,
        "stream": STREAM,
        "seq": sequence,
        "prev": previous,
        "at": f"2026-11-21T10:00:{sequence:02}.000Z",
        "type": "item.signed",
        "actor": str(ACTOR),
        "actor_kind": "person",
        "data": {"slot": 1},
        "commit": {"name": chain.commitment(SALT, sequence, "name", text)},
        "sw": {"version": "0.1.0"},
    } | overrides
    raw = chain.canonical(body)
    return Stored(STREAM, sequence, "item.signed", body["at"], ACTOR, None, previous, chain.digest(raw), raw.decode())


def honest(length: int = 3) -> list[Stored]:
    """A whole chain."""
    entries: list[Stored] = []
    for sequence in range(length):
        entries.append(entry(sequence, entries[-1].digest if entries else chain.genesis(STREAM)))
    return entries


def walk(entries: list[Stored], *, openings: dict[str, tuple[str, str]] | None = None) -> list[str]:
    """What the walk says about `entries`, each with the same opening."""
    steps = chain.Walk(STREAM)
    for each in entries:
        steps.step(each, {"name": ("Ada", SALT)} if openings is None else openings)
    length, end = (entries[-1].sequence + 1, entries[-1].digest) if entries else (0, steps.head)
    faults = steps.close(length, end)
    return [str(fault) for fault in faults]


def rehash(stored: Stored, **changes: Any) -> Stored:
    """The entry with its body changed and its own digest made to fit again."""
    raw = chain.canonical(json.loads(stored.body) | changes)
    return replace(stored, body=raw.decode(), digest=chain.digest(raw))


def test_genesis_is_what_the_documents_say():
    assert chain.genesis("instance") == hashlib.sha256(b"keyturn-genesis\ninstance").hexdigest()


def test_a_digest_is_the_sha256_of_the_canonical_bytes():
    raw = chain.canonical({"b": 1, "a": "ä"})
    assert raw == '{"a":"ä","b":1}'.encode()
    assert chain.digest(raw) == hashlib.sha256(raw).hexdigest()


def test_a_commitment_hides_its_text_and_binds_its_place():
    expected = hashlib.sha256(b"\x02" + bytes.fromhex(SALT) + b'["7/name","Ada"]').hexdigest()
    assert chain.commitment(SALT, 7, "name", "Ada") == expected
    others = {chain.commitment(SALT, 8, "name", "Ada"), chain.commitment(SALT, 7, "title", "Ada")}
    assert expected not in others | {chain.commitment("cd" * 32, 7, "name", "Ada")}


@pytest.mark.parametrize("value", [1.0, {"a": [1, {"b": 0.5}]}, [float("nan")], {"a": (2.5,)}])
def test_floats_are_refused_wherever_they_hide(value):
    with pytest.raises(ValueError, match="no floats"):
        chain.canonical(value)


@pytest.mark.parametrize("value", ["\ud800", {"\udc00": 1}, 2**60, {1: "a"}, object()])
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises((ValueError, TypeError)):
        chain.canonical(value)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1.0}',
        b'{"a":NaN}',
        b'{"a":1e2}',
        b'{ "a":1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1}\n',
        b"[1]",
        b"null",
        b"",
        b"\xff",
        b'"a"',
        b"[" * 100_000,
    ],
)
def test_only_canonical_objects_are_entries(raw):
    assert chain.parse(raw) is None


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20) | st.integers(-(2**53) + 1, 2**53 - 1), max_size=6))
def test_whatever_is_written_canonically_is_read_back_the_same(body):
    try:
        raw = chain.canonical(body)
    except ValueError:
        return  # a lone surrogate
    assert chain.parse(raw) == body


NAMES = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\%s\uffff😀'), max_size=4)


@given(st.dictionaries(NAMES, NAMES | st.integers(0, 9), max_size=6), st.data())
def test_an_object_put_together_from_texts_is_the_canonical_one(values, data):
    texts = {name: chain.canonical(value).decode() for name, value in values.items()}
    assert chain.object_of(texts).encode() == chain.canonical(values)
    gaps = {name: f"gap{n}" for n, name in enumerate(values) if data.draw(st.booleans())}
    form = chain.Form({name: value for name, value in values.items() if name not in gaps}, gaps)
    assert form.filled({gap: texts[name] for name, gap in gaps.items()}).encode() == chain.canonical(values)


def test_text_that_no_bytes_stand_for_and_numbers_that_are_too_large_are_refused_as_such():
    with pytest.raises(Unstorable):
        chain.encode({"name": "half a pair \ud83d"})
    with pytest.raises(ValueError, match="1152921504606846976") as refused:
        chain.encode({"name": "whole 😀", "count": 2**60})
    assert not isinstance(refused.value, Unstorable)


def test_an_honest_chain_has_no_fault():
    assert walk(honest()) == []
    assert walk([]) == []


FIRST, SECOND, THIRD = honest()
NOT_BEFORE = "it does not name the entry before it"
TEXT_NOT_BEFORE = "its text does not name the entry before it"
ZIGNED = replace(SECOND, body=SECOND.body.replace("signed", "zigned"))
OLDER = entry(2, SECOND.digest, at="2020-01-01T00:00:00.000Z")
MISPLACED = "one is missing, doubled or out of order"
BYTES: Any = SECOND.body.encode()

TAMPERED = {
    "a byte of the text": ([FIRST, ZIGNED, THIRD], 1, "its digest"),
    "a byte of the digest": ([FIRST, replace(SECOND, digest="0" * 64), THIRD], 1, "does not match its digest"),
    "the text kept as bytes": ([FIRST, replace(SECOND, body=BYTES), THIRD], 1, "kept as bytes"),
    "the column that names the entry before": ([FIRST, replace(SECOND, previous="0" * 64), THIRD], 1, NOT_BEFORE),
    "an entry gone": ([FIRST, THIRD], 2, MISPLACED),
    "the first entry gone": ([SECOND, THIRD], 1, MISPLACED),
    "two entries swapped": ([FIRST, THIRD, SECOND], 2, MISPLACED),
    "an entry twice": ([FIRST, SECOND, SECOND, THIRD], 1, MISPLACED),
    "an entry rewritten with its digest": ([FIRST, rehash(SECOND, data={"slot": 2}), THIRD], 2, NOT_BEFORE),
    "a gap closed by renumbering": ([FIRST, replace(THIRD, sequence=1)], 1, NOT_BEFORE),
    "another stream's entry": ([rehash(FIRST, stream="instance"), SECOND, THIRD], 0, "differ in “stream”"),
    "another version": ([rehash(FIRST, v=2), SECOND, THIRD], 0, "differ in “v”"),
    "the kind": ([FIRST, SECOND, replace(THIRD, kind="item.rejected")], 2, "differ in “type”"),
    "the time": ([FIRST, SECOND, replace(THIRD, at="2026-11-21T11:00:00.000Z")], 2, "differ in “at”"),
    "the actor": ([FIRST, SECOND, replace(THIRD, actor=UUID(int=1))], 2, "differ in “actor”"),
    "the item": ([FIRST, SECOND, replace(THIRD, item=UUID(int=1))], 2, "differ in “item”"),
    "an older time": ([FIRST, SECOND, OLDER], 2, "older than the entry"),
    "a text that is not canonical": (
        [FIRST, SECOND, replace(THIRD, body=THIRD.body + " ", digest=chain.digest(THIRD.body.encode() + b" "))],
        2,
        "not a canonical entry",
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_changed_is_found_and_the_first_broken_entry_named(what):
    entries, sequence, words = TAMPERED[what]
    first = walk(entries)[0]
    assert first.startswith(f"{STREAM} entry {sequence}: "), first
    assert any(words in fault for fault in walk(entries))


@pytest.mark.parametrize(
    ("openings", "words"),
    [
        ({}, "the text “name” it commits to is gone"),
        ({"name": ("Eve", SALT)}, OPEN),
        ({"name": ("Ada", "cd" * 32)}, OPEN),
        ({"name": ("Ada", "not hex")}, OPEN),
        ({"name": ("Ada", "")}, OPEN),
        ({"name": (1.5, SALT)}, OPEN),
        ({"name": (None, SALT)}, OPEN),
        ({"name": ("Ada", SALT), "more": ("x", SALT)}, "a text “more” lies beside it"),
    ],
)
def test_a_text_that_is_not_the_committed_one_is_found(openings, words):
    assert any(words in fault for fault in walk(honest(1), openings=openings))


def test_a_cut_tail_is_found_against_the_streams_own_row():
    steps = chain.Walk(STREAM)
    for each in honest(3)[:2]:
        steps.step(each, {"name": ("Ada", SALT)})
    assert "the stream says 3 entries" in str(steps.close(3, honest(3)[-1].digest)[0])


@pytest.mark.parametrize(
    "body",
    ['{"commit":{"name":1}}', '{"commit":[]}', '{"commit":"x"}', '{"commit":null}', "{}", '{"seq":"x"}'],
)
def test_a_malformed_entry_is_a_fault_and_not_a_crash(body):
    broken = replace(FIRST, body=body, digest=chain.digest(body.encode()))
    assert walk([broken])


@given(st.data())
def test_any_single_changed_byte_of_the_text_is_found(data):
    raw = bytearray(SECOND.body.encode())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 127))
    broken = replace(SECOND, body=raw.decode("utf-8", "surrogateescape"))
    assert f"{STREAM} entry 1: its text does not match its digest" in walk([FIRST, broken, THIRD])
