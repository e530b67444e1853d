"""A body arrives on the event loop, and only a whole request takes one of the threads.

WSGI reads a body in the thread that makes the page: a dozen clients who send slowly, or stop in the middle,
would keep every thread waiting, and everybody else with them.
"""

import asyncio
import errno
import math
from collections import Counter
from collections.abc import Awaitable, Callable
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings

from apps.core.fairness import Who, crowder, first_in_turn

from .limits import AROUND_THE_FILE, READ_ANYWAY
from .senders import sender

# Loose, because every library has its own types of the same protocol.
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Pages = Callable[[Any, Any, Any, IO[bytes]], Awaitable[None]]  # the last is the whole body

SMALL = 64 * 1024  # waits in memory; a larger one in a temporary file
LARGE_AT_ONCE = 16  # so many temporary files in each process; the next one waits its turn
LONGEST_PAUSE = 20  # seconds without a byte, or in which a large one brings no LEAST
LEAST = 256 * 1024
LONGEST_WAY = 300  # seconds for all of it, its turn included
NO_ROOM = "The server’s disk is full, so the request was not taken in. Tell whoever runs Keyturn here."
GAVE_WAY = (
    "You were sending several large files at once, and somebody else waited to send one. "
    "Send this one again when the others are through."
)
LATE = "The request did not arrive in time. Check your connection and send it again."


class Upload:
    """A large body that arrives, and `way`, the time that it has for that."""

    def __init__(self, sender: Who, way: asyncio.Timeout) -> None:
        self.sender, self.way = sender, way
        self.has_place = asyncio.Event()
        self.is_arriving, self.gave_way = True, False

    def give_way(self) -> None:
        """Take no more of it in."""
        self.is_arriving, self.gave_way = False, True
        self.way.reschedule(asyncio.get_running_loop().time())


class Places:
    """Places for so many large bodies at once, shared between those who send."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.taken: list[Upload] = []
        self.waiting: list[Upload] = []

    async def take(self, upload: Upload) -> None:
        """Wait for a place. Where all are taken, whoever has most gives way to who has fewer, with the last one."""
        self.waiting.append(upload)
        arriving = [each for each in self.taken if each.is_arriving]
        if len(self.taken) >= self.count:
            # Those of the same network that wait already count as if they had a place, or each would ask for one more.
            before = [each for each in self.waiting[:-1] if each.sender[0] == upload.sender[0]]
            crowding = crowder(Counter(each.sender for each in [*arriving, *before]), upload.sender)
            last = next((each for each in reversed(arriving) if each.sender == crowding), None)
            if last:
                last.give_way()
        self._give()
        await upload.has_place.wait()

    def leave(self, upload: Upload) -> None:
        """Give the place back, or wait for none any more."""
        for where in (self.taken, self.waiting):
            if upload in where:
                where.remove(upload)
        self._give()

    def _give(self) -> None:
        while self.waiting and len(self.taken) < self.count:
            turn = first_in_turn([each.sender for each in self.waiting], Counter(each.sender for each in self.taken))
            first = next(each for each in self.waiting if each.sender == turn)
            self.waiting.remove(first)
            self.taken.append(first)
            first.has_place.set()


class WholeRequests:
    """Hands each request to `pages` once all of it is here, and answers 408 to one that does not come."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.places = Places(LARGE_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the body in, then make the page."""
        if not announced(scope):
            await self.pages(scope, receive, send, BytesIO())
            return
        upload = Upload(sender(scope), asyncio.timeout(LONGEST_WAY))
        with SpooledTemporaryFile(max_size=SMALL) as body:
            try:
                length = await self._arrived(upload, body, receive, send)
                if length is not None:
                    body.seek(0)
                    await self.pages(_with_length(scope, length), receive, send, body)
            finally:
                self.places.leave(upload)

    async def _arrived(self, upload: Upload, body: IO[bytes], receive: Receive, send: Send) -> int | None:
        """The length of what arrived; None where nothing is to be done with it any more."""
        try:
            async with upload.way:
                return await _take_in(receive, body, lambda: self.places.take(upload))
        except TimeoutError:
            late = (429, GAVE_WAY) if upload.gave_way else (408, LATE)
            await turn_down(send, *late)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            await turn_down(send, 507, NO_ROOM)
        finally:
            upload.is_arriving = False
        return None


def announced(scope: Scope) -> float:
    """How long the body will be by the request's own word: 0 for none, infinity for one whose end shows itself."""
    headers = dict(scope["headers"])
    return math.inf if b"transfer-encoding" in headers else int(headers.get(b"content-length", 0))


async def turn_down(send: Send, status: int, why: str, **headers: str) -> None:
    """Answer with one sentence and hang up, for the rest of the request may still be on its way."""
    fields = headers | {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store", "connection": "close"}
    pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": why.encode()})


async def _take_in(receive: Receive, body: IO[bytes], turn: Callable[[], Awaitable[Any]]) -> int | None:
    """Put what arrives into `body`; returns its length, or None when the sender left.

    It waits for its `turn` once more is here than waits in memory, whatever was announced: nobody has a place for
    what they do not send. Who has one makes good use of it.

    One that is too large is read off all the same, for a browser shows no answer while it sends. Nothing of it is
    passed: its length is enough to refuse it.
    """
    now = asyncio.get_running_loop().time
    length, has_more, enough, until = 0, True, 0, 0.0
    while has_more and length < READ_ANYWAY:
        if length <= SMALL or length >= enough:
            enough, until = length + LEAST, now() + LONGEST_PAUSE
        async with asyncio.timeout_at(until):
            message = await receive()
        if message["type"] == "http.disconnect":
            return None
        before, length = length, length + len(message.get("body", b""))
        if before <= SMALL < length:
            await turn()
            enough, until = length + LEAST, now() + LONGEST_PAUSE
        if length <= settings.KEYTURN_MAX_UPLOAD + AROUND_THE_FILE:
            body.write(message.get("body", b""))
        else:
            body.truncate(0)
        has_more = message.get("more_body", False)
    return length


def _with_length(scope: Scope, length: int) -> Scope:
    """The request as one whose length is known, which is all that WSGI understands."""
    passed = [pair for pair in scope["headers"] if pair[0] not in (b"content-length", b"transfer-encoding")]
    return scope | {"headers": [*passed, (b"content-length", str(length).encode())]}
