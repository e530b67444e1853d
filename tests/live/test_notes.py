"""Notes in the broker: who writes there without our key says nothing, and breaks nothing but that note."""

import json

import pytest

from apps.live import notes, publish
from apps.zones import selectors as zones
from apps.zones.rules import WORKERS
from tests import servers

ABOUT = {"queues": ["probes"], "busy": 1, "size": 2, "seen": 100.0, "version": "0.1"}


@pytest.fixture(autouse=True)
def empty(broker: servers.Broker, monkeypatch: pytest.MonkeyPatch):
    """A broker without notes."""
    monkeypatch.setattr(publish, "_client", None)
    publish.connection().flushdb()


HOSTILE = [
    b"{}",
    b"",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"verdict": "passed"}',
    json.dumps(ABOUT).encode() + b":" + b"A" * 43,
]


def key(name: str) -> str:
    return f"keyturn:note:{name}"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_note_that_is_none_of_ours_is_as_if_it_were_not_there(hostile):
    notes.note("mine", {"a": 1}, seconds=60)
    assert notes.noted("mine") == {"a": 1}
    publish.connection().set(key("mine"), hostile)
    assert notes.noted("mine") is None


def test_a_note_is_believed_under_its_own_name_only():
    notes.note("mine", {"verdict": "passed"}, seconds=60)
    publish.connection().copy(key("mine"), key("theirs"))
    assert notes.noted("theirs") is None
    notes.note_among("group", "mine", {"a": 1}, seconds=60)
    publish.connection().hset(key("group"), "theirs", publish.connection().hget(key("group"), "mine"))
    assert notes.noted_among("group") == {"mine": {"a": 1}}


def test_another_key_is_another_keyturn(settings):
    notes.note("mine", {"a": 1}, seconds=60)
    settings.SECRET_KEY = "another-key-of-somebody-else"
    assert notes.noted("mine") is None


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_broken_note_of_a_worker_hides_no_other(hostile):
    notes.note_among(WORKERS, "one@here", ABOUT, seconds=60)
    publish.connection().hset(key(WORKERS), "two@here", hostile)
    publish.connection().hset(key(WORKERS), b"\xff", hostile)
    assert [each.name for each in zones.workers(110.0) or ()] == ["one@here"]


@pytest.mark.parametrize(
    "odd",
    [
        {"busy": "1"},
        {"seen": 1e300},
        {"seen": -1},
        {"seen": float("nan")},
        {"queues": "probes"},
        {"queues": [1]},
        {"version": None},
        {"size": [2]},
    ],
)
def test_a_worker_of_another_version_that_says_it_otherwise_is_passed_over(odd):
    notes.note_among(WORKERS, "one@here", ABOUT | {"more": 1}, seconds=60)
    notes.note_among(WORKERS, "two@here", ABOUT | odd, seconds=60)
    assert [each.name for each in zones.workers(110.0) or ()] == ["one@here"]
