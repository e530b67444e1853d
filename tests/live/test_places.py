"""How many streams a person and a process may have, and that what changes for a person is asked about at once."""

import asyncio
from typing import Any

import pytest

from apps.live import stream
from apps.live.publish import PEOPLE
from apps.live.stream import Full, Hub
from tests.live.listening import TOPIC, nothing_missed


def test_a_person_has_so_many_places_and_gets_one_back_when_one_is_left() -> None:
    hub = Hub()
    places = [hub.place("Ana") for _ in range(stream.MOST_OF_ONE)]
    with pytest.raises(Full, match="Close some of them"):
        hub.place("Ana")
    with hub.place("Bo"), places.pop():
        assert hub.open.total() == stream.MOST_OF_ONE + 1
    assert hub.open == {"Ana": stream.MOST_OF_ONE - 1}
    hub.place("Ana")


def test_a_process_has_so_many_places_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MOST", 3)
    hub = Hub()
    places = [hub.place(name) for name in ("Ana", "Bo", "Cy")]
    with pytest.raises(Full, match="Too many live pages"):
        hub.place("Dee")
    with places[0]:
        pass
    hub.place("Dee")
    with pytest.raises(Full, match="Too many live pages"):
        hub.place("Ana")


def test_who_has_most_gives_a_place_up_to_who_comes_with_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MOST", 8)
    hub = Hub()
    flood = [hub.place("Flo") for _ in range(8)]
    with hub.place("Dee"):
        assert [place.given_up.is_set() for place in flood] == [False] * 7 + [True]
        with pytest.raises(Full, match="Too many live pages"):
            hub.place("Flo")
        with flood[-1]:  # left behind the one who has its place now
            assert hub.open == {"Flo": 7, "Dee": 1}
        for _ in range(3):
            hub.place("Dee")
        assert hub.open == {"Flo": 4, "Dee": 4}
        with pytest.raises(Full, match="Too many live pages"):
            hub.place("Dee")
    assert hub.open == {"Flo": 4, "Dee": 3}


def test_when_an_account_changes_every_stream_asks_at_once_whether_it_may_go_on(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silence(_: Hub) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Hub, "_read", silence)
    answers = {"Ana": True, "Bo": False}

    def page(name: str) -> Any:
        async def allowed() -> bool:
            return answers[name]

        return stream.follow(TOPIC, 5, nothing_missed, allowed)

    async def story() -> list[bool]:
        pages = {name: page(name) for name in answers}
        for each in pages.values():
            await anext(each)
        waiting = [asyncio.ensure_future(anext(each, b"")) for each in pages.values()]
        await asyncio.sleep(0.05)  # until each has asked what it missed
        hub.tell(PEOPLE, {"topic": PEOPLE, "seq": None, "items": []})
        await asyncio.wait(waiting, timeout=0.2)
        found = [each.done() for each in waiting]
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        hub.reader.cancel()
        return found

    assert asyncio.run(story()) == [False, True]
