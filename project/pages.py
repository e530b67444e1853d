"""Pages are made by WSGI in a bounded pool of threads; answers and event streams leave by the event loop.

The pool bounds the threads and the database connections. An event stream holds neither: only what it asks of
the database runs in the pool.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO, Any, TypeVar

from django.db import close_old_connections

from apps.live.stream import EventStream

from .bodies import Receive, Scope, Send

Result = TypeVar("Result")

PIECE = 1024 * 1024  # bytes that are sent at once; nearly every answer is shorter


@dataclass
class Answer:
    """One answer of the WSGI application: what is sent next, and where the rest comes from."""

    chunks: Iterable[bytes] = ()
    head: dict[str, Any] = field(default_factory=dict)
    piece: bytes = b""
    rest: Iterator[bytes] | None = None

    def read_on(self) -> None:
        """Take the next piece; closes the answer behind the last one."""
        parts: list[bytes] = []
        self.rest = self.rest or iter(self.chunks)
        is_over = True
        try:
            for chunk in self.rest:
                parts.append(chunk)
                if sum(map(len, parts)) >= PIECE:
                    is_over = False
                    break
        finally:
            if is_over:
                self.close()
        self.piece = b"".join(parts)

    def close(self) -> None:
        """Let the application clean up."""
        self.rest = None
        close = getattr(self.chunks, "close", None)
        if close is not None:
            close()


class Pages:
    """An ASGI application around a WSGI one. `body` is the whole body of the request."""

    def __init__(self, application: Callable[..., Iterable[bytes]], *, threads: int) -> None:
        self.application = application
        self.pool = ThreadPoolExecutor(threads, "page")

    async def __call__(self, scope: Scope, receive: Receive, send: Send, body: IO[bytes]) -> None:
        """Make the answer in a thread and send it."""
        answer = await self._run(self._answer, environ(scope, body))
        await send(answer.head)
        if isinstance(answer.chunks, EventStream):
            await self._stream(answer.chunks, receive, send)
            return
        try:
            while answer.rest is not None:
                await send({"type": "http.response.body", "body": answer.piece, "more_body": True})
                await self._run(answer.read_on)
        finally:
            if answer.rest is not None:  # the way to the browser broke
                await self._run(answer.close)
        await send({"type": "http.response.body", "body": answer.piece})

    def _answer(self, environment: dict[str, Any]) -> Answer:
        answer = Answer()

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            # Django puts a blank before each cookie, which not every server lets pass.
            pairs = [(name.encode("latin-1"), value.strip().encode("latin-1")) for name, value in headers]
            answer.head = {"type": "http.response.start", "status": int(status[:3]), "headers": pairs}

        answer.chunks = self.application(environment, start_response)
        if isinstance(answer.chunks, EventStream):
            answer.head["headers"] = [pair for pair in answer.head["headers"] if pair[0] != b"Content-Length"]
            answer.close()
        else:
            answer.read_on()
        return answer

    async def _stream(self, stream: EventStream, receive: Receive, send: Send) -> None:
        """Send events until the stream or the browser ends."""
        events = stream.events(self._ask)
        sending = asyncio.create_task(_send_all(events, send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            done, _ = await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            await events.aclose()

    async def _ask(self, question: Callable[..., Result], *arguments: Any) -> Result:
        return await self._run(_with_database, question, *arguments)

    async def _run(self, function: Callable[..., Result], *arguments: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self.pool, function, *arguments)


def environ(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    """The request as WSGI has it (PEP 3333). A header whose name holds `_` could pass for another, and is left out."""
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        if b"_" not in raw_name:
            name, value = raw_name.decode("latin-1").upper().replace("-", "_"), raw_value.decode("latin-1")
            key = name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
            found[key] = f"{found[key]}{'; ' if name == 'COOKIE' else ','}{value}" if key in found else value
    return found


async def _send_all(events: AsyncGenerator[bytes], send: Send) -> None:
    async for event in events:
        await send({"type": "http.response.body", "body": event, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive) -> None:
    """Wait until the browser has left: what it sends on the way is not asked for."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _with_database(question: Callable[..., Result], *arguments: Any) -> Result:
    """What a request does around a view, so that a connection that is broken or too old is not used."""
    close_old_connections()
    try:
        return question(*arguments)
    finally:
        close_old_connections()
