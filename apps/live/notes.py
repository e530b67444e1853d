"""What is known for a minute and then forgotten, in the broker: for whoever waits for it, and for no record."""

import json
import logging
from typing import Any

import redis

from .publish import connection

logger = logging.getLogger(__name__)


def note(name: str, what: dict[str, Any], *, seconds: int) -> bool:
    """Keep `what`, which is plain JSON, for so long; whether the broker took it."""
    try:
        connection().set(_key(name), json.dumps(what), ex=seconds)
    except redis.RedisError as error:
        logger.warning("live: a note was not taken: %s", error)
        return False
    return True


def noted(name: str) -> dict[str, Any] | None:
    """What was noted under a name; None once it is forgotten, and while the broker is away."""
    try:
        found: Any = connection().get(_key(name))
    except redis.RedisError as error:
        logger.warning("live: a note cannot be read: %s", error)
        return None
    return dict(json.loads(found)) if found else None


def begin(name: str, *, seconds: int) -> bool:
    """Whether that is begun now: it was not, or has ended, or so long passed. While the broker is away it is."""
    try:
        return bool(connection().set(_key(name), "1", nx=True, ex=seconds))
    except redis.RedisError as error:
        logger.warning("live: nobody says whether %s is begun: %s", name, error)
        return True


def end(name: str) -> None:
    """What was begun has ended: it is forgotten at once."""
    try:
        connection().expire(_key(name), 0)
    except redis.RedisError as error:
        logger.warning("live: %s ends by its time: %s", name, error)


def note_among(group: str, name: str, what: dict[str, Any], *, seconds: int) -> None:
    """Note something among others of a group, all of which are forgotten so long after the last."""
    try:
        connection().hset(_key(group), name, json.dumps(what))
        connection().expire(_key(group), seconds)
    except redis.RedisError as error:
        logger.warning("live: a note was not taken: %s", error)


def noted_among(group: str) -> dict[str, dict[str, Any]] | None:
    """What was noted among a group, by name; None while the broker is away."""
    try:
        found: Any = connection().hgetall(_key(group))
    except redis.RedisError as error:
        logger.warning("live: notes cannot be read: %s", error)
        return None
    return {name.decode(): dict(json.loads(what)) for name, what in found.items()}


def forget_among(group: str, *names: str) -> None:
    """Forget some of a group."""
    try:
        connection().hdel(_key(group), *names)
    except redis.RedisError as error:
        logger.warning("live: a note was not forgotten: %s", error)


def _key(name: str) -> str:
    return f"keyturn:note:{name}"
