"""The event stream: missed things first, then what happens, and the ledger when the broker is away."""

import asyncio
import json

import pytest
from django.conf import settings
from pytest_django import Settings

from apps.live import stream
from apps.live.publish import CHANNEL
from tests import servers
from tests.clock import PATIENCE
from tests.live.listening import TOPIC, events, nothing_missed, still_allowed, stop, subscribed


def test_what_was_missed_comes_first_then_what_happens(broker: servers.Broker, hub: stream.Hub) -> None:
    async def missed(after: int) -> tuple[int, list[str]]:
        return (7, ["a", "b"]) if after < 7 else (after, [])

    async def story() -> list[dict[str, object]]:
        source = stream.follow(TOPIC, 3, missed, still_allowed)
        first = await events(source, 1)
        async with stream.redis.asyncio.Redis.from_url(settings.KEYTURN_REDIS_URL) as client:
            await subscribed(client)
            for sequence in (7, 8):
                message = {"topic": TOPIC, "seq": sequence, "items": ["c"]}
                await client.publish(CHANNEL, json.dumps(message))
            second = await events(source, 1)
        await source.aclose()
        await stop(hub)
        return first + second

    assert asyncio.run(story()) == [{"seq": 7, "items": ["a", "b"]}, {"seq": 8, "items": ["c"]}]


def test_a_gap_is_filled_from_the_ledger(broker: servers.Broker, hub: stream.Hub) -> None:
    gap = {"open": False}

    async def missed(after: int) -> tuple[int, list[str]]:
        return (9, ["x", "y"]) if after == 5 and hub.pages[TOPIC] and gap["open"] else (after, [])

    async def story() -> list[dict[str, object]]:
        source = stream.follow(TOPIC, 5, missed, still_allowed)
        await anext(source)
        async with stream.redis.asyncio.Redis.from_url(settings.KEYTURN_REDIS_URL) as client:
            waiting = asyncio.ensure_future(events(source, 1))
            await subscribed(client)
            await asyncio.sleep(0.05)
            gap["open"] = True
            await client.publish(CHANNEL, json.dumps({"topic": TOPIC, "seq": 9, "items": ["y"]}))
            found = await waiting
        await source.aclose()
        await stop(hub)
        return found

    assert asyncio.run(story()) == [{"seq": 9, "items": ["x", "y"]}]


def test_changes_outside_the_ledger_are_told_without_a_number(broker: servers.Broker, hub: stream.Hub) -> None:
    async def story() -> list[dict[str, object]]:
        source = stream.follow(TOPIC, 5, nothing_missed, still_allowed)
        await anext(source)
        waiting = asyncio.ensure_future(events(source, 1))
        async with stream.redis.asyncio.Redis.from_url(settings.KEYTURN_REDIS_URL) as client:
            await subscribed(client)
            await client.publish(CHANNEL, json.dumps({"topic": "another", "seq": 6, "items": ["z"]}))
            await client.publish(CHANNEL, json.dumps({"topic": TOPIC, "seq": None, "items": ["a"]}))
            found = await waiting
        await source.aclose()
        await stop(hub)
        return found

    assert asyncio.run(story()) == [{"seq": None, "items": ["a"]}]


def test_without_a_broker_the_ledger_is_asked(
    hub: stream.Hub, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.KEYTURN_REDIS_URL = f"redis://127.0.0.1:{servers.free_port()}/0"
    monkeypatch.setattr(stream, "RETRY_SECONDS", 0.05)
    answers = iter([(5, []), (5, []), (6, ["late"])])

    async def missed(after: int) -> tuple[int, list[str]]:
        return next(answers, (after, []))

    async def story() -> list[dict[str, object]]:
        source = stream.follow(TOPIC, 5, missed, still_allowed)
        found = await events(source, 1)
        await source.aclose()
        await stop(hub)
        return found

    assert asyncio.run(story()) == [{"seq": 6, "items": ["late"]}]


def test_a_page_that_does_not_read_is_told_to_ask_the_ledger() -> None:
    async def story() -> dict[str, object]:
        hub = stream.Hub()
        queue: asyncio.Queue[dict[str, object]] = asyncio.Queue(stream.LONGEST_QUEUE)
        hub.pages[TOPIC].add(queue)
        for sequence in range(stream.LONGEST_QUEUE + 1):
            hub.tell(TOPIC, {"topic": TOPIC, "seq": sequence, "items": []})
        assert queue.qsize() == 1
        return queue.get_nowait()

    assert asyncio.run(story()) == stream.ASK_THE_LEDGER


@pytest.mark.parametrize("turns", range(6))
def test_a_page_that_closes_while_a_message_comes_has_closed(turns: int) -> None:
    """However many turns of the event loop lie between the message and the closing."""

    async def story() -> bool:
        queue: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        waiting = asyncio.ensure_future(stream._next(queue))
        await asyncio.sleep(0.01)
        queue.put_nowait({"seq": 1})
        for _ in range(turns):
            await asyncio.sleep(0)
        was_there_before = not waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return was_there_before or waiting.cancelled()

    assert asyncio.run(story())


def test_closing_the_page_leaves_the_hub(broker: servers.Broker, hub: stream.Hub) -> None:
    async def story() -> bool:
        source = stream.follow(TOPIC, 5, nothing_missed, still_allowed)
        await anext(source)
        waiting = asyncio.ensure_future(anext(source))
        await asyncio.sleep(0.05)
        joined = TOPIC in hub.pages
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await source.aclose()
        await stop(hub)
        return joined and TOPIC not in hub.pages

    assert asyncio.run(story())


def test_a_page_of_somebody_who_may_no_longer_look_hears_nothing_more(
    broker: servers.Broker, hub: stream.Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "PING_SECONDS", 0.05)
    answers = [True, False]

    async def allowed() -> bool:
        return answers.pop(0)

    async def story() -> list[bytes]:
        heard = [chunk async for chunk in stream.follow(TOPIC, 5, nothing_missed, allowed)]
        await stop(hub)
        return heard

    heard = asyncio.run(asyncio.wait_for(story(), PATIENCE))
    assert heard[-1] == b"event: ping\ndata: {}\n\n"
    assert not answers
    assert TOPIC not in hub.pages
