"""Which queue a message came by: a worker asks for no zone but those whose queues it was started with."""

import logging
from typing import Any

from celery.signals import worker_init

from apps.zones.rules import OWN_QUEUES

logger = logging.getLogger(__name__)
_is_worker = False


@worker_init.connect
def note_worker(**_: Any) -> None:
    """Here messages are taken, so none is believed that says it was called without one."""
    global _is_worker
    _is_worker = True


def queue_of(task: Any) -> str | None:
    """The queue that this worker serves and the message came by; None where it says another one.

    A message says itself by which queue it came, and whoever writes to the broker writes that too: the worker knows
    better which it serves. Called without a message, which no worker does, all queues are meant, as an empty name; a
    message may say that of itself as well.
    """
    request = task.request
    if not _is_worker and (request.called_directly or request.is_eager):
        return ""
    queue = str((request.delivery_info or {}).get("routing_key", ""))
    if queue in task.app.amqp.queues.consume_from:
        return queue
    logger.error("probes: a message says it came by the queue “%s”, which this worker does not serve", queue[:80])
    return None


def serves(task: Any, zone: str | None) -> bool:
    """Whether this worker asks for that zone, None for this Keyturn itself, by the queue that the message came by."""
    queue = queue_of(task)
    return queue == "" or (queue is not None and (queue == zone if zone else queue in OWN_QUEUES))
