"""Who is where on a page now: a hash of the broker, which forgets it by itself. Nothing in it is true for long.

Each person has one place on a topic, that of the page they were in last, however many they have open. A page notes
itself again every few seconds; one that stops is forgotten after SECONDS. With a broker that is away, nobody is seen.
"""

import json
import logging
import time
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import redis

from .publish import announce, connection

logger = logging.getLogger(__name__)

SECONDS = 45  # a page in sight notes itself every 20


@dataclass(frozen=True)
class Presence:
    """A person, where on the topic they are and whether they type there; `page` is the one that noted it, a UUID."""

    person: str
    page: str
    place: str
    edits: bool
    until: float  # seconds since 1970


def enter(topic: str, person: UUID, *, page: UUID, place: str = "", edits: bool = False) -> list[Presence]:
    """Note where a person is. Returns everybody who is on the topic, and announces it where that changed."""
    now = Presence(str(person), str(page), place, edits, time.time() + SECONDS)
    try:
        before = _present(topic)
        client = connection()
        client.hset(_key(topic), now.person, json.dumps(asdict(now)))
        client.expire(_key(topic), SECONDS)
    except redis.RedisError as error:
        logger.warning("live: nobody sees who is here: %s", error)
        return []
    last = before.get(now.person)
    if last is None or (last.place, last.edits) != (place, edits):
        announce(topic)
    return list({**before, now.person: now}.values())


def leave(topic: str, person: UUID, *, page: UUID) -> None:
    """Forget a person whose page is closed or out of sight, unless they are noted by another one meanwhile."""
    try:
        last = _present(topic).get(str(person))
        if last is None or last.page != str(page):
            return
        connection().hdel(_key(topic), last.person)
    except redis.RedisError as error:
        logger.warning("live: nobody sees who left: %s", error)
        return
    announce(topic)


def _present(topic: str) -> dict[str, Presence]:
    """By person, those who noted themselves lately."""
    noted: Any = connection().hvals(_key(topic))
    found = [Presence(**json.loads(each)) for each in noted]
    return {each.person: each for each in found if each.until > time.time()}


def _key(topic: str) -> str:
    return f"keyturn:here:{topic}"
