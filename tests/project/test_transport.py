"""A worker whose broker dies while it has messages that it did not acknowledge makes another connection."""

import logging
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from kombu import Connection, Message, Queue
from kombu.common import ignore_errors
from kombu.transport import redis

from project import transport
from project.broker import celery_url
from project.celery import app
from tests import servers


@pytest.fixture(params=["redis", "redis+socket"])
def address(request: pytest.FixtureRequest) -> Iterator[servers.Broker]:
    """A broker that listens on a port, or on a socket."""
    broker = servers.Broker(servers.redis_binary(), tcp=request.param == "redis").start()
    yield broker
    broker.stop()


@pytest.fixture
def taken() -> list[Message]:
    """What was received and not acknowledged."""
    return []


@pytest.fixture
def lost(address: servers.Broker, taken: list[Message]) -> Connection:
    """A connection that took a message and waits on another channel for more, and whose broker is gone."""

    def consume(channel: Any, name: str) -> None:
        queue = Queue(name)(channel)
        queue.declare()
        connection.Consumer([queue], channel=channel, callbacks=[lambda _, message: taken.append(message)]).consume()

    connection = app.connection_for_read(celery_url(address.url))
    consume(connection.default_channel, "taken")
    connection.Producer().publish({}, routing_key="taken", exchange="")
    connection.drain_events(timeout=5)
    consume(connection.channel(), "waiting")
    with pytest.raises(socket.timeout):
        connection.drain_events(timeout=0.1)
    address.stop()
    return connection


def give_up(connection: Connection) -> None:
    """What a worker does with a connection that is lost: `on_connection_error_after_connected` of its consumer."""
    with suppress(Exception):
        connection.collect(socket_timeout=1)
    ignore_errors(connection, connection.close)


def test_a_worker_gives_a_lost_connection_up_and_goes_on(lost: Connection) -> None:
    give_up(lost)


def test_acknowledging_over_a_lost_connection_is_noted_and_ends_nothing(
    lost: Connection, taken: list[Message], caplog: pytest.LogCaptureFixture
) -> None:
    give_up(lost)
    (message,) = taken
    message.ack_log_error(logging.getLogger("kombu"), lost.connection_errors)
    assert "The connection to the broker is lost" in caplog.text


def test_the_channel_of_kombu_would_end_it(lost: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once this fails, project/transport.py may go."""
    monkeypatch.delattr(transport.Channel, "_connparams")
    assert transport.Channel._connparams is redis.Channel._connparams
    with pytest.raises(AttributeError, match="hostname"):
        give_up(lost)
