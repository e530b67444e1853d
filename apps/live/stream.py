"""The event stream of one page: first what was missed, then what happens, with a ping in between.

    id: 42
    event: changed
    data: {"seq": 42, "items": ["…"], "parts": "…"}

One subscription per process feeds every open page. While the broker is away or answers nothing,
pages ask the ledger every other second instead, so they are late and never wrong.
"""

import asyncio
import json
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable
from functools import partial
from typing import Any, Self

import redis.asyncio
from django.conf import settings
from django.http import HttpResponse

from apps.core.fairness import crowder

from .publish import CHANNEL, PEOPLE

logger = logging.getLogger(__name__)

PING_SECONDS = 15
RETRY_SECONDS = 1
SILENT_SECONDS = 2  # then the broker is asked whether it is there, and has as long to answer
TOGETHER = 0.002  # in which everybody has heard of an entry
LONGEST_QUEUE = 100
MOST_OF_ONE = 30  # streams of one person in this process; a browser opens three
MOST = 700  # streams of all people in this process: each is a descriptor, and 1,024 of those is a usual limit
ASK_THE_LEDGER: dict[str, Any] = {}
ASK_WHETHER_ALLOWED: dict[str, Any] = {"check": True}

OF_ONE_FULL = f"You have {MOST_OF_ONE} live pages open, and no more are kept up to date. Close some of them."
FULL = "Too many live pages are open here. This one is as of its load; reload it to see what changed."

RETRY = b"retry: 2000\n\n"
STREAM_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}

Ask = Callable[..., Awaitable[Any]]
Missed = Callable[[int], Awaitable[tuple[int | None, list[str]]]]
Allowed = Callable[[], Awaitable[bool]]
Parts = Callable[[int, list[str], int], Awaitable[str | None]]
PartsFor = Callable[[list[Any], int, list[str], int], dict[Any, str]]


class Full(Exception):
    """No place for one more stream; the message says what to do."""


class Place:
    """A place among the streams of this process. `given_up` is set when it goes to somebody who has fewer."""

    def __init__(self, person: Hashable, places: "list[Place]") -> None:
        self.person, self.places = person, places
        self.given_up = asyncio.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.given_up.is_set():
            self.places.remove(self)

    def give_up(self) -> None:
        """Give it back at once, and end the stream."""
        self.places.remove(self)
        self.given_up.set()


class Hub:
    """Hands messages from the broker to the pages of this process."""

    def __init__(self) -> None:
        self.places: list[Place] = []  # of all streams, the last one last
        self.pages: dict[str, set[asyncio.Queue[dict[str, Any]]]] = defaultdict(set)
        self.reader: asyncio.Task[None] | None = None
        self.asked: dict[tuple[str, int, int], tuple[list[Any], asyncio.Task[dict[Any, str]]]] = {}

    @property
    def open(self) -> Counter[Hashable]:
        """How many streams each person has."""
        return Counter(place.person for place in self.places)

    def place(self, person: Hashable) -> Place:
        """A place for one more stream of `person`, taken at once. Raises Full.

        Where all are taken, the last stream of whoever has most ends, if that is more than the person would have.
        """
        held = self.open
        if held[person] >= MOST_OF_ONE:
            raise Full(OF_ONE_FULL)
        if held.total() >= MOST:
            crowding = crowder({(who,): count for who, count in held.items()}, (person,))
            if crowding is None:
                raise Full(FULL)
            next(place for place in reversed(self.places) if (place.person,) == crowding).give_up()
        self.places.append(Place(person, self.places))
        return self.places[-1]

    def join(self, topic: str) -> "asyncio.Queue[dict[str, Any]]":
        """A queue that receives every message about `topic` from now on."""
        if self.reader is None or self.reader.done():
            self.reader = asyncio.get_running_loop().create_task(self._read())
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(LONGEST_QUEUE)
        self.pages[topic].add(queue)
        return queue

    def leave(self, topic: str, queue: "asyncio.Queue[dict[str, Any]]") -> None:
        """Stop receiving."""
        self.pages[topic].discard(queue)
        if not self.pages[topic]:
            del self.pages[topic]

    def tell(self, topic: str, message: dict[str, Any]) -> None:
        """Put a message into the queue of every page that follows `topic`."""
        if topic == PEOPLE:
            for each in list(self.pages):
                self.tell(each, ASK_WHETHER_ALLOWED)
            return
        for queue in list(self.pages.get(topic, ())):
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                message = ASK_THE_LEDGER
            queue.put_nowait(message)

    async def parts(
        self, topic: str, ask: Ask, parts: PartsFor, listener: Hashable, sequence: int, items: list[str], since: int
    ) -> str | None:
        """What goes along with an entry for one listener: one question for all who hear of it in the same moment."""

        async def answer() -> dict[Any, str]:
            await asyncio.sleep(TOGETHER)
            listeners, _ = self.asked.pop(key)
            return await ask(parts, listeners, sequence, items, since)

        key = (topic, sequence, since)
        if key not in self.asked:
            self.asked[key] = ([], asyncio.create_task(answer()))
        listeners, found = self.asked[key]
        listeners.append(listener)
        return (await asyncio.shield(found)).get(listener)

    async def _read(self) -> None:
        while True:
            try:
                await self._subscribe()
            except (redis.RedisError, OSError) as error:
                logger.warning("live: the broker is away, asking the ledger instead: %s", error)
            for topic in list(self.pages):
                self.tell(topic, ASK_THE_LEDGER)
            await asyncio.sleep(RETRY_SECONDS)

    async def _subscribe(self) -> None:
        client = redis.asyncio.Redis.from_url(settings.KEYTURN_REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
        async with client, client.pubsub() as subscription:
            await subscription.subscribe(CHANNEL)
            for topic in list(self.pages):
                self.tell(topic, ASK_THE_LEDGER)
            async for message in _published(subscription):
                self.tell(message["topic"], message)


HUB = Hub()


class EventStream(HttpResponse):
    """What a view answers to a page that follows `topic` and has seen everything up to sequence `after`.

    missed and allowed are those of `follow`, as plain functions that may ask the database. The server sends `events`
    in place of the content; one that knows only WSGI sends the content, and the page asks again.
    """

    def __init__(
        self, topic: str, after: int, missed: Callable[[int], tuple[int | None, list[str]]], allowed: Callable[[], bool]
    ) -> None:
        super().__init__(RETRY, content_type="text/event-stream", headers=STREAM_HEADERS)
        self.topic, self.after, self.missed, self.allowed = topic, after, missed, allowed
        self.person: Hashable = None
        self.along: tuple[PartsFor, Hashable] | None = None

    def of(self, person: Hashable) -> "EventStream":
        """The same, counted as one of this person's."""
        self.person = person
        return self

    def place(self) -> Place:
        """Its place among the streams of this process. Raises Full."""
        return HUB.place(self.person)

    def with_parts(self, parts: PartsFor, listener: Hashable) -> "EventStream":
        """The same; what `parts(listeners, sequence, items, since)` has for this listener goes along with an entry."""
        self.along = parts, listener
        return self

    def events(self, ask: Ask) -> AsyncGenerator[bytes]:
        """The stream; `ask(function, *arguments)` runs one of those functions where it may wait."""
        parts = partial(HUB.parts, self.topic, ask, *self.along) if self.along else None
        return follow(self.topic, self.after, partial(ask, self.missed), partial(ask, self.allowed), parts)


async def follow(
    topic: str, after: int, missed: Missed, allowed: Allowed, parts: Parts | None = None
) -> AsyncGenerator[bytes]:
    """Events about `topic` for one page that has seen everything up to sequence `after`.

    missed: answers (newest sequence, item ids) for what came after a sequence, (None, …) where something changed that
    no entry of the stream says, no ids where anything may have changed; asked at the start, whenever a message is out
    of order, when anybody's account or membership changed, and while the broker is away.
    allowed: whether this person may still listen; asked again once the last yes is PING_SECONDS old, and when
    anybody's account or membership changed. No ends the stream.
    parts: what goes along with an entry (its sequence, its items, the sequence before it), and None in place of a
    no; asked of the last entry that waits and names items, since a page fetches what came without.
    """
    queue = HUB.join(topic)
    clock = asyncio.get_running_loop().time
    asked = clock()
    try:
        yield RETRY
        queue.put_nowait(ASK_THE_LEDGER)
        while True:
            message = await _next(queue)
            if message is ASK_WHETHER_ALLOWED or clock() - asked >= PING_SECONDS:
                if not await allowed():
                    return
                asked = clock()
            if message is None:
                yield b"event: ping\ndata: {}\n\n"
                continue
            sequence, items = await _news(message, after, missed)
            if sequence is None:
                yield _event(None, items)
            elif sequence > after:
                along = await parts(sequence, items, after) if parts and items and queue.empty() else ""
                if along is None:
                    return
                after = sequence
                yield _event(sequence, items, along)
    finally:
        HUB.leave(topic, queue)


async def _next(queue: "asyncio.Queue[dict[str, Any]]") -> dict[str, Any] | None:
    """The next message, or None when it is time for a ping.

    `asyncio.wait_for` of Python 3.11 forgets that it was cancelled when a message comes in the same moment: the
    stream of a page that has left would go on, and its place would stay taken.
    """
    try:
        async with asyncio.timeout(PING_SECONDS):
            return await queue.get()
    except TimeoutError:
        return None


async def _published(subscription: redis.asyncio.client.PubSub) -> AsyncIterator[dict[str, Any]]:
    """Every message. Raises TimeoutError of redis when the broker is silent: a line can be cut without a word."""
    was_asked = False
    while True:
        raw = await subscription.get_message(timeout=SILENT_SECONDS)
        if raw is None and was_asked:
            raise redis.TimeoutError("it does not answer")
        was_asked = raw is None
        if raw is None:
            await subscription.ping()
        elif raw["type"] == "message":
            yield json.loads(raw["data"])


async def _news(message: dict[str, Any], after: int, missed: Missed) -> tuple[int | None, list[str]]:
    """(sequence, items) to tell; sequence None for a change the ledger does not record."""
    if message is ASK_WHETHER_ALLOWED:
        return await missed(after)
    if message and message["seq"] is None:
        return None, message["items"]
    if message and message["seq"] == after + 1:
        return message["seq"], message["items"]
    if message and message["seq"] <= after:
        return after, []
    return await missed(after)


def _event(sequence: int | None, items: list[str], parts: str = "") -> bytes:
    data = json.dumps({"seq": sequence, "items": items} | ({"parts": parts} if parts else {}), separators=(",", ":"))
    named = f"id: {sequence}\n" if sequence is not None else ""
    return f"{named}event: changed\ndata: {data}\n\n".encode()
