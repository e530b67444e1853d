"""Pages are made by WSGI in a bounded pool of threads; answers and event streams leave by the event loop.

The pool bounds the threads and the database connections. An event stream holds neither: only what it asks of
the database runs in the pool.
"""

import asyncio
import logging
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from functools import partial
from typing import IO, Any

from django.db import DatabaseError, InterfaceError, close_old_connections

from apps.core.http import PIECE
from apps.live.stream import EventStream, Full, Place

from .bodies import Receive, Scope, Send, turn_down
from .senders import sender
from .threads import Threads

logger = logging.getLogger(__name__)

Piece = tuple[bytes, bool]  # what is sent at once, and whether there is more
Made = tuple[dict[str, Any], Any, Piece]  # see Pages._answer
Run = Callable[..., Awaitable[Any]]  # takes a function and its arguments, and calls it in a thread
END = {"type": "http.response.body", "body": b""}


class Pages:
    """An ASGI application around a WSGI one. `body` is the whole body of the request."""

    def __init__(self, application: Callable[..., Iterable[bytes]], *, threads: int) -> None:
        self.application = application
        self.pool = Threads(threads, "page")

    async def __call__(self, scope: Scope, receive: Receive, send: Send, body: IO[bytes]) -> None:
        """Make the answer in a thread and send it, unless the browser leaves before one of them begins."""
        who = sender(scope)
        run = partial(self.pool.run, who)
        made = await self._made(who, environ(scope, body), receive)
        if made is None:
            return
        head, rest, (piece, has_more) = made
        if isinstance(rest, EventStream):
            await self._stream(rest, head, run, receive, send)
            return
        await send(head)
        if has_more:
            piece = await self._send_pieces(rest, piece, run, receive, send)
        await send({"type": "http.response.body", "body": piece})

    async def _made(self, who: tuple[str, str], environment: dict[str, Any], receive: Receive) -> Made | None:
        """The answer; None where nobody waits for it any more and no thread has begun it.

        Or whoever asks and hangs up would fill the memory with requests faster than the threads answer them.
        """
        future = self.pool.submit(who, self._answer, environment)
        making, leaving = asyncio.wrap_future(future), asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait((making, leaving), return_when=asyncio.FIRST_COMPLETED)
            if leaving.done() and self.pool.withdraw(who, future):
                return None
            return await making
        finally:
            leaving.cancel()

    async def _send_pieces(self, rest: Any, piece: bytes, run: Run, receive: Receive, send: Send) -> bytes:
        """Send all but the last piece, which is returned; none is made before the one ahead of it is on its way.

        `send` waits while the browser does not read, and returns at once where it has left.
        """
        leaving = asyncio.create_task(_gone(receive))
        has_more = True
        try:
            while has_more and not leaving.done():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece, has_more = await run(_with_database, next, rest)
        finally:
            leaving.cancel()
            if has_more:  # the way to the browser broke
                await run(_with_database, rest.close)
        return piece

    def _answer(self, environment: dict[str, Any]) -> Made:
        """The message that begins the answer, the stream or what is left of the answer, and its first piece."""
        head: dict[str, Any] = {"type": "http.response.start"}

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            # Django puts a blank before each cookie, which not every server lets pass.
            head["headers"] = [(name.encode("latin-1"), value.strip().encode("latin-1")) for name, value in headers]
            head["status"] = int(status[:3])

        answer = self.application(environment, start_response)
        if isinstance(answer, EventStream):
            head["headers"] = [pair for pair in head["headers"] if pair[0] != b"Content-Length"]
            answer.close()
            return head, answer, (b"", True)
        rest = _pieces(answer)
        return head, rest, next(rest)

    async def _stream(self, stream: EventStream, head: dict[str, Any], run: Run, receive: Receive, send: Send) -> None:
        """Send events until the stream or the browser ends or its place goes to others; 429 where there is none."""
        try:
            place = stream.place()
        except Full as full:
            await turn_down(send, 429, str(full), **{"retry-after": "30"})
            return
        with place:
            await send(head)
            await self._follow(stream.events(partial(run, _with_database)), place, receive, send)

    async def _follow(self, events: AsyncGenerator[bytes], place: Place, receive: Receive, send: Send) -> None:
        tasks = [asyncio.create_task(each) for each in (_send_all(events, send), _gone(receive), place.given_up.wait())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await events.aclose()
        if place.given_up.is_set():
            await send(END)


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


def _pieces(answer: Iterable[bytes]) -> Iterator[Piece]:
    """The answer piece by piece; lets the application clean up behind the last one."""
    parts: list[bytes] = []
    try:
        for chunk in answer:
            parts.append(chunk)
            if sum(map(len, parts)) >= PIECE:
                yield b"".join(parts), True
                parts.clear()
    finally:
        getattr(answer, "close", lambda: None)()
    yield b"".join(parts), False


async def _send_all(events: AsyncGenerator[bytes], send: Send) -> None:
    """Every event; a database that is away ends the stream, and the page opens another one and asks what it missed."""
    try:
        async for event in events:
            await send({"type": "http.response.body", "body": event, "more_body": True})
    except (DatabaseError, InterfaceError) as error:
        logger.warning("live: a stream ended, because the database did not answer: %s", error)
    await send(END)


async def _gone(receive: Receive) -> None:
    """Wait until the browser has left: what it sends on the way is not asked for."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _with_database(question: Callable[..., Any], *arguments: Any) -> Any:
    """What a request does around a view, so that a connection that is broken or too old is not used."""
    close_old_connections()
    try:
        return question(*arguments)
    finally:
        close_old_connections()
