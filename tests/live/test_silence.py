"""What pages hear when messages come twice, out of order or not at all, and when the broker falls silent."""

import asyncio
import json
import os
import signal
from collections.abc import Iterator

import pytest
from django.conf import settings

from apps.live import stream
from apps.live.publish import CHANNEL
from tests import servers
from tests.live.listening import TOPIC, events, nothing_missed, still_allowed, stop, subscribed


@pytest.fixture
def silenced(broker: servers.Broker) -> Iterator[list[int]]:
    """Processes put here are stopped; at the end they go on."""
    stopped: list[int] = []
    yield stopped
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)


async def say(*sequences: int | None) -> None:
    async with stream.redis.asyncio.Redis.from_url(settings.KEYTURN_REDIS_URL) as client:
        await subscribed(client)
        for sequence in sequences:
            await client.publish(CHANNEL, json.dumps({"topic": TOPIC, "seq": sequence, "items": [str(sequence)]}))


def heard(after: int, *sequences: int | None, count: int) -> list[object]:
    """The numbers that a page hears which has seen everything up to `after`."""

    async def story() -> list[object]:
        source = stream.follow(TOPIC, after, nothing_missed, still_allowed)
        await anext(source)
        waiting = asyncio.ensure_future(events(source, count))
        await say(*sequences)
        found = [event["seq"] for event in await waiting]
        await source.aclose()
        await stop(stream.HUB)
        return found

    return asyncio.run(story())


def test_a_message_that_comes_twice_is_told_once(broker: servers.Broker, hub: stream.Hub) -> None:
    assert heard(5, 6, 6, 7, count=2) == [6, 7]


def test_what_the_page_has_seen_already_is_not_told_again(broker: servers.Broker, hub: stream.Hub) -> None:
    assert heard(5, 4, 5, 6, count=1) == [6]


def test_what_no_entry_records_is_told_in_between(broker: servers.Broker, hub: stream.Hub) -> None:
    assert heard(5, None, 6, None, count=3) == [None, 6, None]


def test_a_quiet_broker_that_answers_is_left_in_peace(
    broker: servers.Broker, hub: stream.Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(stream, "SILENT_SECONDS", 0.2)

    async def story() -> list[dict[str, object]]:
        source = stream.follow(TOPIC, 5, nothing_missed, still_allowed)
        await anext(source)
        waiting = asyncio.ensure_future(events(source, 1))
        await asyncio.sleep(0.7)
        await say(6)
        found = await waiting
        await source.aclose()
        await stop(hub)
        return found

    assert asyncio.run(story()) == [{"seq": 6, "items": ["6"]}]
    assert "the broker is away" not in caplog.text


def test_a_broker_that_falls_silent_is_noticed_and_the_ledger_is_asked(
    silenced: list[int],
    broker: servers.Broker,
    hub: stream.Hub,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(stream, "SILENT_SECONDS", 0.05)
    monkeypatch.setattr(stream, "RETRY_SECONDS", 0.05)

    async def missed(after: int) -> tuple[int, list[str]]:
        return (6, ["late"]) if silenced else (after, [])

    async def story() -> list[dict[str, object]]:
        source = stream.follow(TOPIC, 5, missed, still_allowed)
        await anext(source)
        waiting = asyncio.ensure_future(events(source, 1))
        await say()
        silenced.append(broker.process.pid)
        os.kill(broker.process.pid, signal.SIGSTOP)
        found = await waiting
        await source.aclose()
        await stop(hub)
        return found

    assert asyncio.run(story()) == [{"seq": 6, "items": ["late"]}]
    assert "the broker is away" in caplog.text


def test_two_pages_of_one_topic_both_hear_and_the_second_to_leave_ends_it() -> None:
    async def story() -> tuple[list[int], list[bool]]:
        hub = stream.Hub()
        hub.reader = asyncio.get_running_loop().create_task(asyncio.sleep(60))
        first, second = hub.join(TOPIC), hub.join(TOPIC)
        hub.tell(TOPIC, {"topic": TOPIC, "seq": 6, "items": []})
        sizes = [first.qsize(), second.qsize()]
        followed = []
        for queue in (first, second):
            hub.leave(TOPIC, queue)
            followed.append(TOPIC in hub.pages)
        hub.reader.cancel()
        return sizes, followed

    assert asyncio.run(story()) == ([1, 1], [True, False])


def test_a_reader_that_ended_is_started_again_by_the_next_page() -> None:
    async def story() -> bool:
        hub = stream.Hub()
        hub.join(TOPIC)
        ended = hub.reader
        await stop(hub)
        hub.join(TOPIC)
        again = hub.reader is not ended
        await stop(hub)
        return again

    assert asyncio.run(story())
