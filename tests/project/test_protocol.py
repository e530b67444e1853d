"""What a connection may cost: a head comes in time, an answer is read on, and so many are open and no more."""

import asyncio
import resource
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from project import protocol
from project.protocol import Protocol
from tests.clock import PATIENCE

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
LARGE = 8 * 1024 * 1024  # bytes, more than any system's buffers take


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines that nobody waits for."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.1)
    monkeypatch.setattr(protocol, "READ_SECONDS", 0.1)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer the path: /small, or /large in pieces, or /slow after a while."""
    if scope["path"] == "/slow":
        await asyncio.sleep(0.3)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-path", scope["path"].encode())]})
    for _ in range(LARGE // 65536 if scope["path"] == "/large" else 0):
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
    await send({"type": "http.response.body", "body": b"end"})


def serve(story: Callable[[Callable[[], Awaitable[Line]], ServerState], Awaitable[None]]) -> None:
    """Tell the story to a server; it opens lines."""

    async def run() -> None:
        config, state = Config(application, lifespan="off", log_config=None), ServerState()
        config.load()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Protocol(config, state, {}), "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            await asyncio.wait_for(story(lambda: asyncio.open_connection("127.0.0.1", port), state), PATIENCE)

    asyncio.run(run())


def head(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode()


async def ended(line: Line) -> bytes:
    """What the server still sends until it closes the line."""
    found = await line[0].read()
    line[1].close()
    return found


async def answer(line: Line) -> bytes:
    return await line[0].readuntil(b"end\r\n0\r\n\r\n")


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nHost: ke", b"G", b"GET / HTTP/1.1\r\nHost: here\r\nA: b\r\n"])
def test_half_a_head_is_answered_408_after_its_time(sent: bytes) -> None:
    async def story(open_line: Any, state: ServerState) -> None:
        line = await open_line()
        line[1].write(sent)
        found = await ended(line)
        assert found.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert found.endswith(b"send it again.")
        assert not state.connections

    serve(story)


@pytest.mark.usefixtures("soon")
def test_a_line_on_which_nothing_comes_is_closed_without_a_word() -> None:
    async def story(open_line: Any, state: ServerState) -> None:
        assert await ended(await open_line()) == b""

    serve(story)


@pytest.mark.usefixtures("soon")
def test_a_head_that_comes_byte_by_byte_has_no_more_time_than_one_that_stops() -> None:
    async def story(open_line: Any, state: ServerState) -> None:
        line = await open_line()

        async def drip() -> None:
            for letter in b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 1000:
                line[1].write(bytes([letter]))
                await asyncio.sleep(0.03)

        dripping = asyncio.create_task(drip())
        assert b" 408 " in await ended(line)
        dripping.cancel()

    serve(story)


async def _pours(line: Line) -> None:
    """Send for as long as it is taken."""
    with suppress(ConnectionError):
        while True:
            line[1].write(b"x" * 1000)
            await line[1].drain()
            await asyncio.sleep(0)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    ("begin", "status"), [(b"GET / HTTP/1.1\r\nA: ", b" 400 "), (b"nothing of HTTP\r\n\r\n", b" 400 ")]
)
def test_who_is_turned_down_reads_why_though_it_sends_on(begin: bytes, status: bytes) -> None:
    async def story(open_line: Any, state: ServerState) -> None:
        line = await open_line()
        line[1].write(begin)
        pouring = asyncio.create_task(_pours(line))
        assert b" 400 " in await ended(line)
        pouring.cancel()
        while state.connections or Protocol.parting:
            await asyncio.sleep(0.01)

    serve(story)


@pytest.mark.parametrize("places", [0, 1])
def test_who_does_not_stop_sending_is_parted_from(monkeypatch: pytest.MonkeyPatch, places: int) -> None:
    monkeypatch.setattr(protocol, "PARTING_SECONDS", 0.2)
    monkeypatch.setattr(protocol, "MOST_PARTING", places)

    async def story(open_line: Any, state: ServerState) -> None:
        line = await open_line()
        line[1].write(b"nothing of HTTP\r\n\r\n")
        await line[0].read()
        assert not state.connections
        assert len(Protocol.parting) == places
        await asyncio.wait_for(_pours(line), PATIENCE)
        assert not Protocol.parting
        line[1].close()

    serve(story)


@pytest.mark.usefixtures("soon")
def test_half_a_head_behind_an_answered_request_has_its_deadline_too() -> None:
    async def story(open_line: Any, state: ServerState) -> None:
        line = await open_line()
        line[1].write(head("/small") + b"GET /")
        assert b"x-path: /small" in await answer(line)
        assert b" 408 " in await ended(line)

    serve(story)


def waits(state: ServerState) -> list[tuple[bool, bool]]:
    """Of each connection whether it waits for a head, and for somebody to read on."""
    return [(line.head_timer is not None, line.read_timer is not None) for line in state.connections]  # type: ignore[union-attr]


def test_no_head_is_waited_for_once_it_is_here_until_the_next_one_begins() -> None:
    async def story(open_line: Any, state: ServerState) -> None:
        line = await open_line()
        while not state.connections:
            await asyncio.sleep(0.01)
        assert waits(state) == [(True, False)]
        for _ in range(2):
            line[1].write(head("/small"))
            assert b"x-path: /small" in await answer(line)
            assert waits(state) == [(False, False)]
        line[1].write(b"GET")
        while waits(state) != [(True, False)]:
            await asyncio.sleep(0.01)
        line[1].close()

    serve(story)


@pytest.mark.usefixtures("soon")
def test_an_answer_that_nobody_reads_ends_with_its_connection() -> None:
    async def story(open_line: Any, state: ServerState) -> None:
        line = await open_line()
        line[1].transport.pause_reading()
        line[1].write(head("/large"))
        while not state.connections:
            await asyncio.sleep(0.01)
        while state.connections or state.tasks:
            await asyncio.sleep(0.01)
        line[1].close()

    serve(story)


def test_an_answer_that_is_read_on_arrives() -> None:
    async def story(open_line: Any, state: ServerState) -> None:
        line = await open_line()
        line[1].transport.pause_reading()
        line[1].write(head("/large"))
        while waits(state) != [(False, True)]:
            await asyncio.sleep(0.01)
        line[1].transport.resume_reading()
        length = 0
        while length < LARGE:
            length += len(await line[0].read(1024 * 1024))
        assert waits(state) == [(False, False)]
        line[1].close()

    serve(story)


def test_so_many_connections_are_taken_and_the_next_one_is_told_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "most_connections", lambda: 2)

    async def story(open_line: Any, state: ServerState) -> None:
        taken = [await open_line() for _ in range(2)]
        for line in taken:
            line[1].write(head("/slow"))
        while len(state.tasks) < 2:
            await asyncio.sleep(0.01)
        found = await ended(await open_line())
        assert found.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert b"Retry-After: 5\r\n" in found
        for line in taken:
            assert b"x-path: /slow" in await answer(line)
        taken[0][1].close()
        while len(state.connections) > 1:
            await asyncio.sleep(0.01)
        line = await open_line()
        line[1].write(head("/small"))
        assert b"x-path" in await answer(line)
        for each in (line, taken[1]):
            each[1].close()

    serve(story)


BODY = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n1"


@pytest.mark.parametrize("sent", [b"", b"GET / HT", BODY, head("/small")])
def test_who_keeps_us_waiting_for_a_request_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(protocol, "most_connections", lambda: 3)

    async def story(open_line: Any, state: ServerState) -> None:
        busy = await open_line()
        busy[1].write(head("/slow"))
        idle = [await open_line() for _ in range(2)]
        for line in idle:
            line[1].write(sent)
            await asyncio.sleep(0.05)
        for _ in range(2):
            other = await open_line()
            other[1].write(head("/slow"))
            assert b"x-path: /slow" in await answer(other)
        assert b"x-path: /slow" in await answer(busy)
        with suppress(ConnectionResetError):
            await asyncio.wait_for(idle[0][0].read(), PATIENCE)
        assert len(state.connections) <= 3
        for line in (*idle, busy, other):
            line[1].close()

    serve(story)


@pytest.mark.parametrize("sent", [b"", head("/large")])
def test_of_a_full_process_the_network_that_has_most_makes_room(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    """Whether it says nothing or asks and does not read: others are not hung up on, however long they are here."""
    networks = iter(["office", *["flood"] * 3, "other", "third"])
    monkeypatch.setattr(protocol, "most_connections", lambda: 4)
    monkeypatch.setattr(protocol, "network", lambda _: next(networks))

    async def story(open_line: Any, state: ServerState) -> None:
        async def open_one(begin: bytes) -> Line:
            before = list(state.connections)
            line = await open_line()
            line[1].transport.pause_reading()
            line[1].write(begin)
            while all(each in before for each in state.connections):
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.02)
            return line

        async def is_open(line: Line) -> bool:
            line[1].transport.resume_reading()  # type: ignore[attr-defined]
            line[1].write(head("/small"))
            return b"x-path: /small" in await answer(line)

        oldest = await open_one(b"")
        flood = [await open_one(sent) for _ in range(3)]
        other = await open_one(b"")
        third = await open_one(b"")
        assert {of: len(those) for of, those in Protocol.by_network.items()} == dict.fromkeys(
            ("office", "flood", "other", "third"), 1
        )
        for line in (oldest, other, third):
            assert await is_open(line)
            line[1].close()
        for line in flood:
            line[1].transport.abort()

    serve(story)
    assert not Protocol.by_network


def test_who_has_most_connections_hangs_up_on_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of theirs are at work, and those of others silent: one more of theirs is refused."""
    networks = iter(["office", *["flood"] * 4])
    monkeypatch.setattr(protocol, "most_connections", lambda: 4)
    monkeypatch.setattr(protocol, "network", lambda _: next(networks))

    async def story(open_line: Any, state: ServerState) -> None:
        office = await open_line()
        flood = [await open_line() for _ in range(3)]
        for line in flood:
            line[1].write(head("/slow"))
        while len(state.tasks) < 3:
            await asyncio.sleep(0.01)
        assert b" 503 " in await ended(await open_line())
        office[1].write(head("/small"))
        assert b"x-path: /small" in await answer(office)
        for line in (office, *flood):
            line[1].close()

    serve(story)


@pytest.mark.parametrize(
    ("soft", "hard", "set_to", "most"),
    [
        (1024, 524_288, 4096, 3896),
        (1024, resource.RLIM_INFINITY, 4096, 3896),
        (1024, 1024, None, 824),
        (256, 512, 512, 312),
        (100_000, 100_000, None, 3896),
        (64, 64, None, 50),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None, 3896),
    ],
)
def test_a_process_asks_for_descriptors_and_takes_fewer_connections(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, set_to: int | None, most: int
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits[0]))
    assert protocol.most_connections.__wrapped__() == most
    assert asked == ([set_to] if set_to else [])
