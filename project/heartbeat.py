"""What a worker says of itself: that it is alive, which queues it serves, and how busy it is. Pages read it."""

import time
from typing import Any

from celery.signals import heartbeat_sent, worker_ready, worker_shutdown
from celery.worker import state

from apps.core import VERSION
from apps.live import notes
from apps.zones.rules import BEAT_SECONDS, FORGOTTEN_SECONDS, WORKERS


class Heartbeat:
    """Notes it in the broker, every few seconds, and takes it back when the worker ends."""

    def __init__(self) -> None:
        self.size, self.noted, self.name = 1, 0.0, ""

    def begin(self, sender: Any, **_: Any) -> None:
        """The worker takes messages now."""
        self.size, self.noted = int(getattr(sender.pool, "num_processes", 1) or 1), 0.0
        self.note(sender.app, sender.hostname)

    def beat(self, sender: Any, **_: Any) -> None:
        """Celery's own heartbeat, which comes more often than it is noted."""
        if time.time() - self.noted >= BEAT_SECONDS:
            self.note(sender.eventer.app, sender.eventer.hostname)

    def end(self, **_: Any) -> None:
        """It takes no more."""
        if self.name:
            notes.forget_among(WORKERS, self.name)

    def note(self, app: Any, hostname: str) -> None:
        """Say it."""
        self.name, self.noted = hostname, time.time()
        about = {"queues": sorted(app.amqp.queues.consume_from), "busy": len(state.active_requests), "size": self.size}
        notes.note_among(WORKERS, hostname, about | {"seen": self.noted, "version": VERSION}, seconds=FORGOTTEN_SECONDS)


def connect() -> Heartbeat:
    """Have this process say so if it becomes a worker."""
    heartbeat = Heartbeat()
    worker_ready.connect(heartbeat.begin, weak=False)
    heartbeat_sent.connect(heartbeat.beat, weak=False)
    worker_shutdown.connect(heartbeat.end, weak=False)
    return heartbeat
