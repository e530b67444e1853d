"""Events: what goes into the entry in the open, what is committed to, and how it reads."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from uuid import UUID

import pytest

from apps.ledger import events
from tests.ledger.recording import SomethingDone

ITEM = UUID("0c8b3f50-0b9d-4b52-9b61-6a9e7f1f2d3c")


def test_ids_move_up_texts_are_committed_the_rest_is_data():
    top, data, texts = events.split(SomethingDone(item=ITEM, count=2, title="Über uns"))
    assert (top, data, texts) == ({"item": str(ITEM)}, {"count": 2}, {"title": "Über uns"})


def test_an_event_cannot_be_changed_after_it_happened():
    with pytest.raises(FrozenInstanceError):
        SomethingDone().count = 3  # type: ignore[misc]


def test_two_events_never_share_a_name():
    with pytest.raises(ValueError, match=r"two events are called test\.event"):
        events.event("test.event")(type("Again", (), {}))


def test_every_event_reads_as_a_sentence_even_without_its_texts():
    body = {"type": "test.event", "data": {"count": 2}}
    assert events.sentence(body, {"title": "it"}) == "did it, 2 times"
    assert events.sentence(body, {}) == "did …, 2 times"
    assert events.sentence({"type": "from.the_future", "data": {}}, {}) == "from.the_future"


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        (ITEM, str(ITEM)),
        (datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC), "2026-01-02T03:04:05.678Z"),
        ({"a": (ITEM, 1)}, {"a": [str(ITEM), 1]}),
        (None, None),
        (True, True),
    ],
)
def test_values_are_said_as_json_can_say_them(value, messages):
    assert events.plain(value) == messages
