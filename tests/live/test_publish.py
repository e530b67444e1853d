"""Saying that something changed: after commit, by names and numbers, and never an error for the person."""

import json
import uuid
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.live import publish
from tests import servers
from tests.clock import PATIENCE

TOPIC = "deployment/1"
ITEM = uuid.UUID(int=12)


@pytest.fixture(autouse=True)
def connection_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "_client", None)


@pytest.fixture
def listener(broker: servers.Broker) -> Iterator["redis.client.PubSub"]:
    """Somebody who hears the channel from now on."""
    with redis.Redis.from_url(settings.KEYTURN_REDIS_URL) as client, client.pubsub() as subscription:
        subscription.subscribe(publish.CHANNEL)
        assert subscription.get_message(timeout=PATIENCE)["type"] == "subscribe"
        yield subscription


def heard(listener: "redis.client.PubSub", seconds: float = 5) -> dict[str, object] | None:
    message = listener.get_message(timeout=seconds)
    return json.loads(message["data"]) if message else None


@pytest.mark.django_db(transaction=True)
def test_it_is_said_after_the_commit_and_names_only_the_topic_the_entry_and_the_items(
    listener: "redis.client.PubSub",
) -> None:
    with transaction.atomic():
        publish.announce(TOPIC, sequence=42, items=[ITEM])
        assert heard(listener, 0.1) is None
    assert heard(listener) == {"topic": TOPIC, "seq": 42, "items": [str(ITEM)]}


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_never_said(listener: "redis.client.PubSub") -> None:
    with transaction.atomic():
        publish.announce(TOPIC, sequence=42)
        transaction.set_rollback(True)
    assert heard(listener, 0.1) is None


@pytest.mark.django_db(transaction=True)
def test_a_change_that_the_ledger_does_not_record_has_no_number(listener: "redis.client.PubSub") -> None:
    publish.announce(TOPIC, items=iter([ITEM]))
    assert heard(listener) == {"topic": TOPIC, "seq": None, "items": [str(ITEM)]}


@pytest.mark.django_db
def test_a_broker_that_is_away_surprises_nobody_and_is_logged(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.KEYTURN_REDIS_URL = f"redis://127.0.0.1:{servers.free_port()}/0"
    with django_capture_on_commit_callbacks(execute=True):
        publish.announce(TOPIC, sequence=42)
    assert "live: nobody was told" in caplog.text


@pytest.mark.django_db
def test_one_connection_serves_all_that_is_said(
    listener: "redis.client.PubSub", django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        publish.announce(TOPIC, sequence=1)
    first = publish._client
    with django_capture_on_commit_callbacks(execute=True):
        publish.announce(TOPIC, sequence=2)
    assert publish._client is first
    assert [heard(listener)["seq"], heard(listener)["seq"]] == [1, 2]
