"""Say that something changed. What changed is made for whoever may see it, when they hear of it."""

import json
import logging
from collections.abc import Iterable
from uuid import UUID

import redis
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

CHANNEL = "keyturn:live"
# The topic of accounts and memberships: every stream asks whether its person may still listen, and whether what its
# page shows of people is still so.
PEOPLE = "people"
_client: redis.Redis | None = None


def announce(topic: str, *, sequence: int | None = None, items: Iterable[UUID] = ()) -> None:
    """Tell open pages, after commit, that `topic` changed: a sequence number and item ids, never content."""
    message = json.dumps({"topic": topic, "seq": sequence, "items": [str(item) for item in items]})
    transaction.on_commit(lambda: _publish(message), robust=True)


def _publish(message: str) -> None:
    """A broker that is down costs liveness only: pages also ask again when they reconnect."""
    try:
        connection().publish(CHANNEL, message)
    except redis.RedisError as error:
        logger.warning("live: nobody was told: %s", error)


def connection() -> redis.Redis:
    """The connection to the broker that all of this process say things on."""
    global _client
    if _client is None:
        _client = redis.Redis.from_url(settings.KEYTURN_REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    return _client
