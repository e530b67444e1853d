"""Who is where on a page: one place a person, for as long as a page of theirs is open, in no database."""

import json
import uuid
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.live import presence, publish
from tests import servers
from tests.clock import PATIENCE

TOPIC = "template/1"
JUN, REI = uuid.UUID(int=1), uuid.UUID(int=2)
FIRST, SECOND = uuid.UUID(int=11), uuid.UUID(int=12)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def connection_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "_client", None)


@pytest.fixture
def empty(broker: servers.Broker) -> Iterator[None]:
    """A broker that has seen nobody."""
    yield
    with redis.Redis.from_url(settings.KEYTURN_REDIS_URL) as client:
        client.delete(f"keyturn:here:{TOPIC}")


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The topics that changed."""
    topics: list[str] = []
    monkeypatch.setattr(presence, "announce", topics.append)
    return topics


def places(found: list[presence.Presence]) -> dict[str, str]:
    return {each.person: each.place for each in found}


def test_everybody_who_enters_sees_everybody_who_is_there(empty: None, announced: list[str]) -> None:
    presence.enter(TOPIC, JUN, page=FIRST, place="items/backup")
    found = presence.enter(TOPIC, REI, page=SECOND)
    assert places(found) == {str(JUN): "items/backup", str(REI): ""}
    assert places(presence.enter("template/2", REI, page=SECOND)) == {str(REI): ""}


def test_it_is_announced_where_it_changed_and_not_by_every_key(empty: None, announced: list[str]) -> None:
    for place in ("items/backup", "items/backup", "items/support"):
        presence.enter(TOPIC, JUN, page=FIRST, place=place)
    presence.enter(TOPIC, JUN, page=FIRST, place="items/support", edits=True)
    assert announced == [TOPIC] * 3


def test_a_person_with_six_pages_is_there_once_where_they_were_last(empty: None, announced: list[str]) -> None:
    for number in range(6):
        found = presence.enter(TOPIC, JUN, page=uuid.UUID(int=number), place=f"items/step-{number}")
    assert places(found) == {str(JUN): "items/step-5"}


def test_whoever_closes_the_page_is_gone_and_whoever_closes_another_one_is_not(
    empty: None, announced: list[str]
) -> None:
    presence.enter(TOPIC, JUN, page=FIRST, place="items/backup")
    presence.leave(TOPIC, JUN, page=SECOND)
    assert places(presence.enter(TOPIC, REI, page=SECOND)) == {str(JUN): "items/backup", str(REI): ""}
    presence.leave(TOPIC, JUN, page=FIRST)
    assert places(presence.enter(TOPIC, REI, page=SECOND)) == {str(REI): ""}
    assert len(announced) == 3


def test_whoever_says_nothing_any_more_is_forgotten(
    empty: None, announced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    presence.enter(TOPIC, JUN, page=FIRST)
    with redis.Redis.from_url(settings.KEYTURN_REDIS_URL) as client:
        assert 0 < client.ttl(f"keyturn:here:{TOPIC}") <= presence.SECONDS
    now = presence.time.time()
    monkeypatch.setattr(presence.time, "time", lambda: now + presence.SECONDS + 1)
    assert places(presence.enter(TOPIC, REI, page=SECOND)) == {str(REI): ""}


def test_nothing_of_it_is_in_the_database_and_pages_hear_no_name(
    empty: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with redis.Redis.from_url(settings.KEYTURN_REDIS_URL) as client, client.pubsub() as subscription:
        subscription.subscribe(publish.CHANNEL)
        assert subscription.get_message(timeout=PATIENCE)["type"] == "subscribe"
        with CaptureQueriesContext(connection) as queries, django_capture_on_commit_callbacks(execute=True):
            presence.enter(TOPIC, JUN, page=FIRST, place="items/backup")
        assert json.loads(subscription.get_message(timeout=PATIENCE)["data"]) == {
            "topic": TOPIC,
            "seq": None,
            "items": [],
        }
    assert len(queries) == 0


def test_with_a_broker_that_is_away_nobody_is_seen_and_nothing_fails(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.KEYTURN_REDIS_URL = f"redis://127.0.0.1:{servers.free_port()}/0"
    assert presence.enter(TOPIC, JUN, page=FIRST) == []
    presence.leave(TOPIC, JUN, page=FIRST)
    assert "nobody sees who is here" in caplog.text
