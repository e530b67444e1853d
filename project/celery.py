"""The Celery application and what it does by the clock."""

from typing import Any

from celery import Celery
from celery.signals import worker_process_init
from django.conf import settings

from . import broker
from .processes import die_with_parent
from .start import configure

configure()


def every(seconds: float, task: str) -> dict[str, Any]:
    """A beat entry; a call that nobody took before the next one is due is dropped."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


app = Celery("keyturn")
app.conf.update(
    # Messages. A message is a hint, the row is the truth: a task may come twice and must not come never.
    broker_url=broker.celery_url(settings.KEYTURN_REDIS_URL),
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 300,  # seconds; longer than any task's hard limit
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 1,
        "socket_keepalive": True,
        "health_check_interval": 15,
    },
    # A page must not wait for a broker that is down: no retry takes longer than one, one is quick.
    task_publish_retry=True,
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1},
    task_default_queue="keyturn",
    task_serializer="json",
    accept_content=["json"],
    result_backend=None,
    task_ignore_result=True,
    # Tasks
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_acks_on_failure_or_timeout=True,
    task_soft_time_limit=settings.KEYTURN_TASK_SECONDS,
    task_time_limit=settings.KEYTURN_TASK_SECONDS + 10,
    # Workers
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=500,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_hijack_root_logger=False,
    CELERY_DB_REUSE_MAX=1000,  # otherwise the database connection is closed after every task
    # The clock
    beat_scheduler="celery.beat:Scheduler",  # only sweeps: nothing to remember over a restart
    beat_schedule={
        "sweep probes": every(15, "apps.probes.tasks.sweep_probes"),
        "sweep records": every(30, "apps.records.tasks.sweep_records"),
        "anchor heads": every(60, "apps.ledger.tasks.anchor_heads"),
    },
)
app.autodiscover_tasks()


@worker_process_init.connect
def end_with_the_worker(**_: Any) -> None:
    """A worker that is killed must not leave the process behind that is in the middle of a task."""
    die_with_parent()
