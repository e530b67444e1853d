"""The Celery application and what it does by the clock."""

import logging
import os
import time
from typing import Any

from celery import Celery
from celery.contrib.django.task import DjangoTask
from celery.exceptions import Reject
from celery.signals import task_success, worker_init, worker_process_init, worker_shutting_down
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from kombu import Queue
from kombu.transport import TRANSPORT_ALIASES

from apps.core.queue import begin_no_more
from apps.core.statements import is_busy, lacks_room
from apps.probes.states import COMMANDS

from . import broker, heartbeat
from .processes import die_with_parent
from .start import configure, require_keys

configure()

logger = logging.getLogger(__name__)

# Queues of their own, so that probes or a mail server that hang hold up no sweep that looks after all; and COMMANDS,
# whose worker stands in a place of its own.
HOUSEKEEPING, PROBES, RECORDS, NOTICES = "keyturn", "probes", "records", "notices"
PAUSE = 2.0  # seconds until a task that found no database may be tried again


def every(seconds: float, task: str) -> dict[str, Any]:
    """A beat entry; a call that nobody took before the next one is due is dropped."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


TRANSPORT_ALIASES["redis"] = "project.transport:Transport"  # read when the first connection is made


class DurableTask(DjangoTask):
    """A task that is acknowledged only once the database heard of it: without one, its message goes back."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it. What a database that is away leaves undone is undone: nothing was committed."""
        try:
            return self.run(*args, **kwargs)
        except (DatabaseError, InterfaceError) as error:
            if self.request.called_directly or self.request.is_eager or not (is_busy(error) or lacks_room(error)):
                raise
            if lacks_room(error):
                broker.note_full(settings.KEYTURN_REDIS_URL)
            logger.warning("tasks: %s waits for the database: %s", self.name, error)
            time.sleep(PAUSE)
            raise Reject(str(error), requeue=True) from error


app = Celery("keyturn", task_cls=DurableTask)
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
    task_default_queue=HOUSEKEEPING,
    # A worker without --queues takes all.
    task_queues=[Queue(name) for name in (HOUSEKEEPING, PROBES, RECORDS, NOTICES, COMMANDS)],
    task_routes={
        "apps.probes.tasks.run_probes": {"queue": PROBES},
        "apps.probes.tasks.try_probe": {"queue": PROBES},
        "apps.records.tasks.render_record": {"queue": RECORDS},
        "apps.notices.tasks.send_delivery": {"queue": NOTICES},
        "apps.letters.tasks.send_letter": {"queue": NOTICES},
    },
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
    # The clock
    beat_scheduler="celery.beat:Scheduler",  # only sweeps: nothing to remember over a restart
    beat_schedule={
        "sweep probes": every(10, "apps.probes.tasks.sweep_probes"),
        "order due runs": every(10, "apps.attachments.tasks.order_due_runs"),
        "note missed reports": every(10, "apps.reporting.tasks.note_missed_reports"),
        "expire waivers": every(10, "apps.waivers.tasks.expire_waivers"),
        "sweep records": every(10, "apps.records.tasks.sweep_records"),
        "derive notices": every(5, "apps.notices.tasks.derive_notices"),
        "sweep letters": every(10, "apps.letters.tasks.sweep_letters"),
        "sweep deliveries": every(5, "apps.notices.tasks.sweep_deliveries"),
        "remind": every(60, "apps.notices.tasks.remind"),
        "note windows": every(60, "apps.notices.tasks.note_windows"),
        "anchor heads": every(60, "apps.ledger.tasks.anchor_heads"),
    },
)
app.autodiscover_tasks()
heartbeat.connect()


_above_the_pool = 0  # the process that the pool's are forked from, which remember it


@worker_init.connect
def note_who_forks(**_: Any) -> None:
    """So that a process of the pool sees whether it came too late."""
    global _above_the_pool  # it has to be in the memory that is forked
    _above_the_pool = os.getpid()


@worker_init.connect
def refuse_without_keys(sender: Any, **_: Any) -> None:
    """A worker that could decrypt nothing would say of every probe with a secret that it is inconclusive.

    That of commands asks with none, and is better off without the keys.
    """
    if {*sender.app.amqp.queues.consume_from} != {COMMANDS}:
        require_keys()


@worker_shutting_down.connect
def end_what_is_begun(**_: Any) -> None:
    """Whoever runs all that waits must hear that the worker stops: only the process above the pool is told."""
    begin_no_more()


@worker_process_init.connect
def end_with_the_worker(**_: Any) -> None:
    """A worker that is killed must not leave the process behind that is in the middle of a task."""
    die_with_parent(_above_the_pool)


@task_success.connect
def note_success(**_: Any) -> None:
    """What `/readyz` goes by: a worker that takes messages and fails with each of them does not count."""
    broker.note_work(settings.KEYTURN_REDIS_URL)
