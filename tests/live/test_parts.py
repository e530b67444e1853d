"""What goes along with an entry: asked once for everybody who hears of it, and only of the newest that waits."""

import asyncio
from typing import Any

import pytest

from apps.live import stream
from tests.clock import PATIENCE
from tests.live.listening import TOPIC, events, nothing_missed, still_allowed


@pytest.fixture(autouse=True)
def deaf(monkeypatch: pytest.MonkeyPatch) -> stream.Hub:
    """A hub that hears only what a test tells it."""

    async def silence(_: stream.Hub) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(stream.Hub, "_read", silence)
    hub = stream.Hub()
    monkeypatch.setattr(stream, "HUB", hub)
    return hub


def message(sequence: int) -> dict[str, Any]:
    return {"topic": TOPIC, "seq": sequence, "items": ["a"]}


def test_an_entry_brings_its_parts_along_and_of_several_that_wait_only_the_last(deaf: stream.Hub) -> None:
    asked: list[tuple[int, list[str], int]] = []

    async def parts(sequence: int, items: list[str], since: int) -> str:
        asked.append((sequence, items, since))
        return "packed"

    async def story() -> list[dict[str, object]]:
        source = stream.follow(TOPIC, 5, nothing_missed, still_allowed, parts)
        waiting = asyncio.ensure_future(events(source, 2))
        await asyncio.sleep(0.05)  # until it has asked what it missed
        for sequence in (6, 7):
            deaf.tell(TOPIC, message(sequence))
        found = await waiting
        await source.aclose()
        return found

    first, second = asyncio.run(story())
    assert first == {"seq": 6, "items": ["a"]}
    assert second == {"seq": 7, "items": ["a"], "parts": "packed"}
    assert asked == [(7, ["a"], 6)]


def test_whoever_gets_no_parts_hears_nothing_more(deaf: stream.Hub) -> None:
    async def none(sequence: int, items: list[str], since: int) -> None:
        return None

    async def story() -> list[bytes]:
        source = stream.follow(TOPIC, 5, nothing_missed, still_allowed, none)
        heard = [await anext(source)]
        waiting = asyncio.ensure_future(anext(source, b"the end"))
        await asyncio.sleep(0.05)  # until it has asked what it missed
        deaf.tell(TOPIC, message(6))
        return [*heard, await waiting]

    assert asyncio.run(asyncio.wait_for(story(), PATIENCE)) == [stream.RETRY, b"the end"]
    assert TOPIC not in deaf.pages


def heard_by(deaf: stream.Hub, answer: Any, listeners: list[str]) -> list[Any]:
    """What each listener's page gets of one entry, or why its stream broke."""

    async def ask(question: Any, *arguments: Any) -> Any:
        return question(*arguments)

    async def one(listener: str) -> list[dict[str, object]]:
        page = stream.EventStream(TOPIC, 5, lambda after: (after, []), lambda: True).with_parts(answer, listener)
        source = page.events(ask)
        found = await events(source, 1)
        await source.aclose()
        return found

    async def story() -> list[Any]:
        pages = [asyncio.ensure_future(one(listener)) for listener in listeners]
        while len(deaf.pages[TOPIC]) < len(listeners):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        deaf.tell(TOPIC, message(6))
        return await asyncio.gather(*pages, return_exceptions=True)

    return asyncio.run(asyncio.wait_for(story(), PATIENCE))


def test_everybody_who_hears_of_an_entry_is_answered_by_one_question(deaf: stream.Hub) -> None:
    asked: list[list[str]] = []

    def parts(listeners: list[str], sequence: int, items: list[str], since: int) -> dict[str, str]:
        asked.append(listeners)
        return {listener: f"for {listener} since {since}" for listener in listeners}

    found = heard_by(deaf, parts, ["Ana", "Bo", "Cy"])
    assert [page[0]["parts"] for page in found] == [f"for {name} since 5" for name in ("Ana", "Bo", "Cy")]
    assert [sorted(listeners) for listeners in asked] == [["Ana", "Bo", "Cy"]]
    assert deaf.asked == {}


def test_a_question_that_fails_breaks_every_stream_so_that_each_page_asks_again(deaf: stream.Hub) -> None:
    def parts(*_: Any) -> dict[str, str]:
        raise OSError("the database is away")

    assert [type(each) for each in heard_by(deaf, parts, ["Ana", "Bo"])] == [OSError, OSError]
    assert deaf.asked == {}
