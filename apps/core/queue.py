"""The one way to give work to the workers."""

import logging
from typing import Any

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)


def enqueue(task_name: str, **arguments: Any) -> None:
    """Publish `task_name` once this transaction commits.

    An unknown name raises KeyError here and now. A broker that does not answer is
    logged and never surfaces: the row the task works on stays queued, and the
    sweeper publishes it again.
    """
    task = current_app.tasks[task_name]
    transaction.on_commit(lambda: _publish(task, arguments), robust=True)


def _publish(task: Any, arguments: dict[str, Any]) -> None:
    try:
        task.apply_async(kwargs=arguments)
    except task.OperationalError as error:
        logger.warning("queue: %s waits for the sweeper: %s", task.name, error)
