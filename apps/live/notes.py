"""What is known for a minute and then forgotten, in the broker: for whoever waits for it, and for no record.

Each note is signed with the secret key of Django, for its own name: who can write to the broker but is no Keyturn says
nothing in it. What is no note of ours is passed over, and costs nothing but itself.
"""

import json
import logging
from typing import Any

import redis
from django.core.signing import BadSignature, Signer

from .publish import connection

logger = logging.getLogger(__name__)


def note(name: str, what: dict[str, Any], *, seconds: int) -> bool:
    """Keep `what`, which is plain JSON, for so long; whether the broker took it."""
    try:
        connection().set(_key(name), _signed(what, name), ex=seconds)
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
    return _read(found, name) if found else None


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
        connection().hset(_key(group), name, _signed(what, group, name))
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
    read = {
        name: _read(what, group, name) for name, what in ((key.decode("utf-8", "replace"), found[key]) for key in found)
    }
    return {name: what for name, what in read.items() if what is not None}


def forget_among(group: str, *names: str) -> None:
    """Forget some of a group."""
    try:
        connection().hdel(_key(group), *names)
    except redis.RedisError as error:
        logger.warning("live: a note was not forgotten: %s", error)


def _signed(what: dict[str, Any], *name: str) -> str:
    return Signer(salt=_salt(name)).sign(json.dumps(what))


def _read(stored: bytes, *name: str) -> dict[str, Any] | None:
    try:
        return dict(json.loads(Signer(salt=_salt(name)).unsign(stored.decode())))
    except (BadSignature, ValueError, TypeError):
        logger.warning("live: the note %s is none of ours and is passed over", "/".join(name)[:200])
        return None


def _salt(name: tuple[str, ...]) -> str:
    return f"keyturn.note.{json.dumps(name)}"


def _key(name: str) -> str:
    return f"keyturn:note:{name}"
