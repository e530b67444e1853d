"""Which worker takes which task, and what becomes of a task that finds no database."""

import re
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import Reject
from django.db import DataError, InterfaceError, OperationalError

from project import celery
from project.celery import HOUSEKEEPING, PROBES, RECORDS, app
from project.embedded import Embedded

ROOT = Path(__file__).resolve().parents[2]


def queue_of(task: str) -> str:
    return app.amqp.router.route({}, task)["queue"].name


def test_probes_records_and_sweeps_wait_in_queues_of_their_own() -> None:
    assert queue_of("apps.probes.tasks.run_probes") == PROBES
    assert queue_of("apps.records.tasks.render_record") == RECORDS
    for entry in app.conf.beat_schedule.values():
        assert queue_of(entry["task"]) == HOUSEKEEPING


def test_the_documented_the_packaged_and_the_embedded_workers_take_from_every_queue() -> None:
    """Records and probes never share one, and sweeps have both."""
    embedded = Embedded(port=8000, demo=False, say=print)
    commands = [" ".join(embedded._worker()), " ".join(embedded._prober())]
    packaged = re.findall(r'--queues, "([a-z,]+)"', (ROOT / "compose.yaml").read_text())
    documented = re.findall(r"--queues ([a-z,]+)", (ROOT / "docs" / "production.md").read_text())
    started = [re.findall(r"--queues ([a-z,]+)", command)[0] for command in commands]
    assert packaged == documented == started == [f"{HOUSEKEEPING},{RECORDS}", f"{HOUSEKEEPING},{PROBES}"]


@pytest.mark.parametrize(
    ("error", "comes_again"),
    [
        (OperationalError("connection refused"), True),
        (InterfaceError("connection already closed"), True),
        (OperationalError("database or disk is full"), True),
        (DataError("value too long"), False),
        (ZeroDivisionError(), False),
    ],
)
def test_a_task_that_finds_no_database_is_not_acknowledged_and_one_that_is_wrong_fails(
    monkeypatch: pytest.MonkeyPatch, error: Exception, comes_again: bool
) -> None:
    monkeypatch.setattr(celery, "PAUSE", 0)
    monkeypatch.setattr(celery.broker, "note_full", lambda url: None)

    def failing(*_: Any, **__: Any) -> None:
        raise error

    task = app.tasks["apps.probes.tasks.sweep_probes"]
    monkeypatch.setattr(task, "run", failing)
    task.push_request(called_directly=False, is_eager=False)
    try:
        with pytest.raises(Reject if comes_again else type(error)) as caught:
            task()
    finally:
        task.pop_request()
    assert not comes_again or caught.value.requeue
