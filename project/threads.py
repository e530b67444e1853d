"""A bounded pool of threads, each with a database connection for as long as it has something to do."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from typing import Any

from django.db import connections

IDLE_SECONDS = 2.0  # then a thread gives its database connection back


class Threads(Executor):
    """Runs what is submitted in at most `count` threads, started as they are needed.

    Unlike those of concurrent.futures, an idle thread keeps no database connection: one per thread, held until
    somebody comes again, is what a server runs out of.
    """

    def __init__(self, count: int, name: str) -> None:
        self.count, self.name = count, name
        self.started = 0
        self.jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.idle = threading.Semaphore(0)
        self.lock = threading.Lock()

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """The result to come of a call in one of the threads."""
        future: Future[Any] = Future()

        def job() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function(*args, **kwargs))
                except BaseException as error:
                    future.set_exception(error)

        self.jobs.put(job)
        if not self.idle.acquire(blocking=False):
            self._start_one()
        return future

    def _start_one(self) -> None:
        with self.lock:
            if self.started < self.count:
                self.started += 1
                threading.Thread(target=self._work, name=f"{self.name}_{self.started - 1}", daemon=True).start()

    def _work(self) -> None:
        while True:
            job = self._next()
            job()
            del job  # and with it the request
            self.idle.release()

    def _next(self) -> Callable[[], None]:
        try:
            return self.jobs.get(timeout=IDLE_SECONDS)
        except Empty:
            connections.close_all()
            return self.jobs.get()
