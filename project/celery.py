"""The Celery application and what it does by the clock."""

from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from .processes import die_with_parent
from .start import configure

configure()


def every(seconds: float, task: str) -> dict[str, Any]:
    """A beat entry; a call that nobody took before the next one is due is dropped."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


app = Celery("keyturn")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {
    "sweep probes": every(15, "apps.probes.tasks.sweep_probes"),
    "sweep records": every(30, "apps.records.tasks.sweep_records"),
    "anchor heads": every(60, "apps.ledger.tasks.anchor_heads"),
}
app.autodiscover_tasks()


@worker_process_init.connect
def end_with_the_worker(**_: Any) -> None:
    """A worker that is killed must not leave the process behind that is in the middle of a task."""
    die_with_parent()
