"""The one way to give work to the workers."""

import logging
import mmap
from typing import Any

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)

# One byte that a worker and the processes of its pool share: whether they begin nothing more.
_ends = mmap.mmap(-1, 1)


def enqueue(task_name: str, *, queue: str = "", **arguments: Any) -> None:
    """Publish `task_name` once this transaction commits, in the queue of that task if no other is named.

    An unknown name raises KeyError here and now. A broker that does not answer is
    logged and never surfaces: the row the task works on stays queued, and the
    sweeper publishes it again.
    """
    task = current_app.tasks[task_name]
    where = {"queue": queue} if queue else {}
    transaction.on_commit(lambda: _publish(task, arguments, where), robust=True)


def _publish(task: Any, arguments: dict[str, Any], where: dict[str, str]) -> None:
    try:
        task.apply_async(kwargs=arguments, **where)
    except task.OperationalError as error:
        logger.warning("queue: %s waits for the sweeper: %s", task.name, error)


def begin_no_more() -> None:
    """The worker stops: whoever takes one piece of work after the other ends what is begun."""
    _ends[0] = 1


def begins_more() -> bool:
    """Whether more may be begun in this worker."""
    return not _ends[0]
