"""HTTP as uvicorn speaks it, without waiting for acknowledgements, nor for whoever does not read or write on.

`uvicorn --http project.protocol:Protocol`
"""

import asyncio
import logging
import resource
import socket
from collections.abc import Iterator, Mapping
from functools import cache
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from apps.accounts.rules import network
from apps.core.fairness import Who, crowder

logger = logging.getLogger(__name__)

HEAD_SECONDS = 15  # from the connection, or the first byte of a later request, to the end of its head
READ_SECONDS = 60  # in which somebody has to read a quarter of a megabyte: 4 KB a second
MOST_DESCRIPTORS = 4096  # that a process asks the system for, if that lets it have as many
RESERVED_DESCRIPTORS = 200  # for what is no connection of a browser: database, broker, temporary files
FEWEST_CONNECTIONS = 50  # however few descriptors there are
PARTING_SECONDS = 2  # for who was turned down to read why, and to stop sending
MOST_PARTING = 100  # at once, of the reserved descriptors
LATE = "The request did not arrive in time. Check your connection and send it again."
FULL = "Too many connections are open here. Wait a moment, then load the page again."
UNREADABLE = "This is no HTTP request that can be read. Check the address and what sends it."


@cache
def most_connections() -> int:
    """How many connections this process takes: as many as it may have descriptors, but for those of other use.

    Raises the limit of descriptors of the process (RLIMIT_NOFILE) as far as the system lets it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = _descriptors(hard)
    if _descriptors(soft) < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max(FEWEST_CONNECTIONS, allowed - RESERVED_DESCRIPTORS)


def _descriptors(limit: int) -> int:
    return MOST_DESCRIPTORS if limit == resource.RLIM_INFINITY else min(MOST_DESCRIPTORS, limit)


class Protocol(H11Protocol):
    """Sends what is written at once, and ends a connection whose other end stopped in the middle.

    uvicorn writes an answer in two parts, and on a kept connection the second one waits 40 ms for the browser's
    delayed acknowledgement of the first unless TCP_NODELAY is set. asyncio sets it on sockets that name their
    protocol; those that uvicorn makes for its workers do not.

    uvicorn also waits for the head of a request, and for somebody to read an answer, for as long as it takes.
    """

    waiting: ClassVar[dict["Protocol", None]] = {}  # those whose request is not here yet, the longest first
    by_network: ClassVar[dict[str, dict["Protocol", None]]] = {}  # all that are open
    parting: ClassVar[set["Protocol"]] = set()  # turned down, and still sending
    network = ""
    head_timer: asyncio.TimerHandle | None = None
    read_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Set TCP_NODELAY, and wait for a head; where that is one too many, another one makes room."""
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        super().connection_made(transport)
        self.network = network(self.client[0]) if self.client else ""
        if len(self.connections) > most_connections() and not self._made_room():
            logger.warning("protocol: %s connections are open, and no more are taken", len(self.connections) - 1)
            self._turn_down(503, "Service Unavailable", FULL)
            return
        self.by_network.setdefault(self.network, {})[self] = None
        self.waiting[self] = None
        self.head_timer = self.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self.parting.discard(self)
        self._forget()
        self._stop_head_timer()
        self._stop_read_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take it in; what begins a head has to end it in time. After having been turned down nothing counts."""
        if self in self.parting:
            return
        super().data_received(data)
        self._watch_head()

    def on_response_complete(self) -> None:
        """Wait for the next head, of which some may be here, and for the answer to be read."""
        super().on_response_complete()
        self._watch_head()
        self._watch_reading()

    def pause_writing(self) -> None:
        """More is to be sent than was read: give that some time."""
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        """It was read."""
        super().resume_writing()
        self._stop_read_timer()

    def timeout_keep_alive_handler(self) -> None:
        """Close it, also where the last answer is never read to its end."""
        super().timeout_keep_alive_handler()
        self._watch_reading()

    def send_400_response(self, msg: str) -> None:
        """Say so, to be read also by who sends on."""
        self._turn_down(400, "Bad Request", UNREADABLE)

    def _made_room(self) -> bool:
        """Hang up on one of the network that has most; if none has more than ours, on one of ours that is silent.

        So nobody keeps others out by saying nothing, nor by saying a lot; and who has most of all hangs up on nobody
        else, however silent. What comes through a proxy is one network.
        """
        having = {(of,): len(those) for of, those in self.by_network.items()}
        crowding = crowder(having, (self.network,))
        those = self.by_network.get(crowding[0] if crowding else self.network, {})
        silent = next((each for each in those if each in self.waiting), None)
        longest = silent or next(iter(those) if crowding else self._silent_of_others(having), None)
        if longest is None:
            return False
        longest._forget()
        longest.transport.abort()
        return True

    def _silent_of_others(self, having: Mapping[Who, int]) -> Iterator["Protocol"]:
        """Of networks that have more than ours, if only by one."""
        ours = having.get((self.network,), 0)
        return (each for each in self.waiting if having.get((each.network,), 0) > ours)

    def _forget(self) -> None:
        self.waiting.pop(self, None)
        those = self.by_network.get(self.network, {})
        those.pop(self, None)
        if not those:
            self.by_network.pop(self.network, None)

    def _watch_head(self) -> None:
        ends = self.transport.is_closing() or self in self.parting
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY) and not ends:
            self.waiting.setdefault(self)
        else:
            self.waiting.pop(self, None)
        if self.conn.their_state is not h11.IDLE or ends:
            self._stop_head_timer()
        elif self.head_timer is None and self.conn.trailing_data[0]:
            self.head_timer = self.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def _head_is_late(self) -> None:
        if self.conn.trailing_data[0]:
            self._turn_down(408, "Request Timeout", LATE)
        else:
            self.transport.close()
            self._watch_reading()

    def _watch_reading(self) -> None:
        """End the connection if what waits to be sent is not read in time."""
        if self.read_timer is None and self.transport.get_write_buffer_size():
            self.read_timer = self.loop.call_later(READ_SECONDS, self.transport.abort)

    def _turn_down(self, status: int, phrase: str, why: str) -> None:
        head = f"HTTP/1.1 {status} {phrase}\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 5\r\n"
        self.transport.write(f"{head}Content-Length: {len(why)}\r\nConnection: close\r\n\r\n{why}".encode())
        self._part()

    def _part(self) -> None:
        """Close our half of the connection, and all of it once the other end stops sending, or after a while.

        A connection that is closed with something unread is reset, and a reset takes back what was answered before
        it was read (RFC 9112, 9.6).
        """
        self._forget()
        self._stop_head_timer()
        self.connections.discard(self)
        if len(self.parting) < MOST_PARTING and self.transport.can_write_eof():
            self.parting.add(self)
            self.transport.write_eof()
            self.loop.call_later(PARTING_SECONDS, self.transport.close)
        else:
            self.transport.close()
        self._watch_reading()

    def _stop_head_timer(self) -> None:
        if self.head_timer:
            self.head_timer.cancel()
            self.head_timer = None

    def _stop_read_timer(self) -> None:
        if self.read_timer:
            self.read_timer.cancel()
            self.read_timer = None
