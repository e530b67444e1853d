"""From the event loop into the threads that make pages, and back; and what keeps an event stream alive."""

import asyncio
import io
import re
import shlex
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from uvicorn import Config
from uvicorn.server import ServerState

from apps.live import stream
from apps.live.stream import EventStream
from project import pages
from project.embedded import Embedded
from project.protocol import Protocol
from tests.clock import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
COOKIE = settings.SESSION_COOKIE_NAME.encode()


def scope(**fields: Any) -> dict[str, Any]:
    """A request as uvicorn describes it."""
    given = {"method": "GET", "path": "/", "query_string": b"", "http_version": "1.1", "scheme": "http", "headers": []}
    return given | fields


class Browser:
    """Takes in what is sent; stays until `gone` is set."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    async def ask(self, made: pages.Pages, body: bytes = b"", **fields: Any) -> None:
        await made(scope(**fields), self.receive, self.send, io.BytesIO(body))


async def all_leave(browsers: "list[Browser]", asked: "list[asyncio.Task[None]]") -> None:
    """Every browser closes its page; nothing of their streams is left in the hub."""
    for browser in browsers:
        browser.gone.set()
    await asyncio.gather(*asked)
    assert not stream.HUB.pages
    assert not stream.HUB.places
    if stream.HUB.reader:
        stream.HUB.reader.cancel()


def ask(application: Any, body: bytes = b"", **fields: Any) -> Browser:
    """What a browser gets from a WSGI application."""

    async def story() -> Browser:
        browser = Browser()
        await browser.ask(pages.Pages(application, threads=1), body, **fields)
        return browser

    return asyncio.run(story())


def test_status_headers_and_body_of_an_answer_arrive_in_two_messages() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("404 Not Found", [("Content-Type", "text/plain"), ("Set-Cookie", " sid=1; Path=/")])
        return [environ["REQUEST_METHOD"].encode(), b" ", environ["wsgi.input"].read()]

    browser = ask(application, b"a=1", method="POST")
    start, body = browser.sent
    assert start["status"] == 404
    assert start["headers"] == [(b"Content-Type", b"text/plain"), (b"Set-Cookie", b"sid=1; Path=/")]
    assert body["body"] == b"POST a=1"
    assert not body.get("more_body")


def test_a_request_reads_in_wsgi_as_it_was_sent() -> None:
    headers = [
        (b"host", b"localhost:8000"),
        (b"content-type", b"text/plain"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"x_forwarded_for", b"somebody else"),
    ]
    found = pages.environ(
        scope(path="/é", query_string=b"q=%C3%A9", headers=headers, client=("10.0.0.9", 5), server=("127.0.0.1", 8000)),
        io.BytesIO(),
    )
    assert found["PATH_INFO"].encode("latin-1").decode() == "/é"
    assert found["QUERY_STRING"] == "q=%C3%A9"
    assert (found["REMOTE_ADDR"], found["SERVER_PORT"]) == ("10.0.0.9", "8000")
    assert (found["HTTP_HOST"], found["CONTENT_TYPE"], found["HTTP_COOKIE"]) == (
        "localhost:8000",
        "text/plain",
        "a=1; b=2",
    )
    assert "HTTP_X_FORWARDED_FOR" not in found


class Long:
    """An answer of many chunks that notes whether it was closed."""

    def __init__(self, chunks: int) -> None:
        self.chunks, self.is_closed = chunks, False

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self.chunks):
            yield b"x" * (pages.PIECE // 2)

    def close(self) -> None:
        self.is_closed = True


def serving(answer: Any) -> Any:
    """A WSGI application that answers this."""

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [])
        return answer

    return application


@pytest.mark.parametrize("chunks", [0, 1, 2, 5])
def test_a_long_answer_travels_in_pieces_and_is_closed(chunks: int) -> None:
    answer = Long(chunks)
    browser = ask(serving(answer))
    assert len(browser.body) == chunks * (pages.PIECE // 2)
    assert max(len(message.get("body", b"")) for message in browser.sent) <= pages.PIECE
    assert [bool(message.get("more_body")) for message in browser.sent[1:]].count(False) == 1
    assert answer.is_closed


def test_an_answer_is_closed_when_the_way_to_the_browser_breaks() -> None:
    async def story() -> bool:
        answer, browser = Long(5), Browser()

        async def send(message: dict[str, Any]) -> None:
            if message.get("body"):
                raise ConnectionResetError

        made = pages.Pages(serving(answer), threads=1)
        with pytest.raises(ConnectionResetError):
            await made(scope(), browser.receive, send, io.BytesIO())
        return answer.is_closed

    assert asyncio.run(story())


def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that hears nothing from any broker."""

    async def silence(_: stream.Hub) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(stream.Hub, "_read", silence)
    monkeypatch.setattr(stream, "HUB", stream.Hub())


def test_open_streams_hold_no_thread_and_end_when_the_browser_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(monkeypatch)
    asked_in: list[str] = []

    def missed(after: int) -> tuple[int, list[str]]:
        asked_in.append(threading.current_thread().name)
        return 7, ["an item"]

    def application(environ: dict[str, Any], start_response: Any) -> EventStream:
        return serving(EventStream("deployment/1", 3, missed, lambda: True))(environ, start_response)

    async def story() -> None:
        made = pages.Pages(application, threads=1)
        browsers = [Browser() for _ in range(5)]
        open_ones = [asyncio.create_task(browser.ask(made)) for browser in browsers]
        while not all(b"an item" in browser.body for browser in browsers):
            await asyncio.sleep(0.01)
        assert len(stream.HUB.pages["deployment/1"]) == 5
        await all_leave(browsers, open_ones)

    asyncio.run(asyncio.wait_for(story(), PATIENCE))
    assert set(asked_in) == {"page_0"}


def test_a_stream_whose_place_goes_to_somebody_else_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(monkeypatch)
    monkeypatch.setattr(stream, "MOST", 3)

    def application(environ: dict[str, Any], start_response: Any) -> EventStream:
        followed = EventStream("deployment/1", 3, lambda after: (7, ["an item"]), lambda: True)
        return serving(followed.of(environ["PATH_INFO"]))(environ, start_response)

    async def story() -> None:
        made = pages.Pages(application, threads=1)
        flood, other = [Browser() for _ in range(3)], Browser()
        open_ones = [asyncio.create_task(browser.ask(made, path="/flood")) for browser in flood]
        while not all(b"an item" in browser.body for browser in flood):
            await asyncio.sleep(0.01)
        open_ones.append(asyncio.create_task(other.ask(made, path="/other")))
        done, _ = await asyncio.wait(open_ones, return_when=asyncio.FIRST_COMPLETED)
        assert done < set(open_ones[:3])
        assert sum(browser.sent[-1] == pages.END for browser in flood) == 1
        while b"an item" not in other.body:
            await asyncio.sleep(0.01)
        assert stream.HUB.open == {"/flood": 2, "/other": 1}
        await all_leave([*flood, other], open_ones)

    asyncio.run(asyncio.wait_for(story(), PATIENCE))


def test_who_sends_many_requests_at_once_keeps_nobody_waiting() -> None:
    """Other networks come in between, and sessions of one network take turns as one."""
    made, gate, order = pages.Pages(lambda environ, start: [], threads=1), threading.Event(), list[str]()

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        gate.wait(10)
        order.append(environ["PATH_INFO"])
        return serving([b"done"])(environ, start_response)

    async def story() -> None:
        made.application = application
        session = [(b"cookie", b"a=1; " + COOKIE + b"=first")]
        flood = [Browser().ask(made, path="/flood", client=("10.0.0.9", 5), headers=session) for _ in range(5)]
        invented = [
            Browser().ask(
                made, path=f"/made-up-{n}", client=("10.0.0.9", 5), headers=[(b"cookie", COOKIE + b"=%d" % n)]
            )
            for n in range(3)
        ]
        other = Browser().ask(made, path="/other", client=("10.0.0.7", 5))
        tasks = []
        for each in (*flood, *invented, other):
            tasks.append(asyncio.create_task(each))
            await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*tasks)

    asyncio.run(asyncio.wait_for(story(), PATIENCE))
    assert order.index("/other") <= 2
    assert order.index("/made-up-2") < 7
    assert order.count("/flood") == 5


def test_a_request_is_forgotten_when_the_browser_leaves_before_a_thread_begins_it() -> None:
    """Whoever asks and hangs up, again and again, fills no memory; what a thread has begun is done."""
    gate, begun, done = threading.Event(), threading.Event(), list[str]()

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        begun.set()
        gate.wait(10)
        done.append(environ["PATH_INFO"])
        return serving([b"done"])(environ, start_response)

    async def story() -> None:
        made = pages.Pages(application, threads=1)
        browsers = [Browser() for _ in range(6)]
        tasks = [asyncio.create_task(each.ask(made, path=f"/{n}")) for n, each in enumerate(browsers)]
        while not begun.is_set():
            await asyncio.sleep(0.01)
        for each in browsers[:5]:
            each.gone.set()
        await asyncio.gather(*tasks[1:5])
        assert [len(jobs) for sessions in made.pool.turns.networks.values() for jobs in sessions.values()] == [1]
        gate.set()
        await asyncio.gather(*tasks)
        assert not made.pool.turns.networks

    asyncio.run(asyncio.wait_for(story(), PATIENCE))
    assert done == ["/0", "/5"]


def test_small_writes_leave_at_once_on_sockets_that_do_not_name_their_protocol() -> None:
    async def story() -> int:
        listener = socket.socket()  # as uvicorn makes one for its workers
        listener.bind(("127.0.0.1", 0))
        config = Config(serving([]), lifespan="off", log_config=None)
        config.load()
        made: list[Protocol] = []

        def protocol() -> Protocol:
            made.append(Protocol(config, ServerState(), {}))
            return made[-1]

        async with await asyncio.get_running_loop().create_server(protocol, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            while not (made and made[0].transport):
                await asyncio.sleep(0.01)
            line = made[0].transport.get_extra_info("socket")
            writer.close()
            return int(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    assert asyncio.run(asyncio.wait_for(story(), PATIENCE))


def test_the_documented_the_packaged_and_the_embedded_server_speak_the_same_protocol() -> None:
    (documented,) = re.findall(r"`(uvicorn [^`]+)`", (ROOT / "docs" / "production.md").read_text())
    packaged = re.findall(r'"([^"]+)"', (ROOT / "Dockerfile").read_text().rpartition("\nCMD ")[2])
    embedded = Embedded(port=8000, demo=False, say=print)._web()
    for command in (shlex.split(documented), packaged, embedded):
        assert command[command.index("--http") + 1] == "project.protocol:Protocol"
        assert {"--no-proxy-headers", "--no-access-log", "--timeout-graceful-shutdown"} <= set(command)
