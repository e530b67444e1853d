"""Kombu's Redis, whose worker outlives its broker."""

from typing import Any

from kombu.transport import redis
from redis.exceptions import ConnectionError as ConnectionLost


class Channel(redis.Channel):
    """A channel that says of a lost connection that it is lost.

    Kombu (5.7) closes a lost connection channel by channel and leaves the others where one fails. Whatever is done with
    those afterwards, such as acknowledging a task that has ended meanwhile, met an AttributeError, and the worker ended
    of it; of a lost connection it makes a new one, and sweeps publish again what it had taken.
    """

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection.client is None:
            raise ConnectionLost("The connection to the broker is lost.")
        return dict(super()._connparams(asynchronous))


class Transport(redis.Transport):
    """The transport of every redis:// and redis+socket:// address."""

    Channel = Channel
