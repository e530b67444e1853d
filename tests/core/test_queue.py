"""Giving work to the workers: after commit, by a name that exists, and never an error for the person."""

import pytest
from celery import current_app
from django.db import transaction

from apps.core import queue

TASK = "apps.ledger.tasks.anchor_heads"


@pytest.fixture
def sent(monkeypatch):
    """What was published, by task name."""
    published = []
    monkeypatch.setattr(current_app.tasks[TASK], "apply_async", lambda kwargs: published.append(kwargs))
    return published


@pytest.mark.django_db(transaction=True)
def test_nothing_is_published_before_the_commit(sent):
    with transaction.atomic():
        queue.enqueue(TASK, record_id="7")
        assert sent == []
    assert sent == [{"record_id": "7"}]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_published_after_a_rollback(sent):
    with transaction.atomic():
        queue.enqueue(TASK)
        transaction.set_rollback(True)
    assert sent == []


@pytest.mark.django_db
def test_an_unknown_task_fails_at_once():
    with pytest.raises(KeyError):
        queue.enqueue("apps.ledger.tasks.anchor_haeds")


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_is_logged_and_surprises_nobody(monkeypatch):
    warned = []
    task = current_app.tasks[TASK]

    def fail(kwargs):
        raise task.OperationalError("connection refused")

    monkeypatch.setattr(task, "apply_async", fail)
    monkeypatch.setattr(queue.logger, "warning", lambda text, *values: warned.append(text % values))
    queue.enqueue(TASK)
    assert warned == [f"queue: {TASK} waits for the sweeper: connection refused"]


@pytest.mark.django_db(transaction=True)
def test_a_message_goes_to_the_queue_that_is_named(monkeypatch):
    published = []
    monkeypatch.setattr(current_app.tasks[TASK], "apply_async", lambda **sent: published.append(sent))
    with transaction.atomic():
        queue.enqueue(TASK, queue="elsewhere", record_id="7")
    assert published == [{"kwargs": {"record_id": "7"}, "queue": "elsewhere"}]


def test_a_worker_that_stops_begins_nothing_more(monkeypatch):
    monkeypatch.setattr(queue, "_ends", bytearray(1))
    assert queue.begins_more()
    queue.begin_no_more()
    assert not queue.begins_more()
