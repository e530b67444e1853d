"""A bounded pool of threads, each with a database connection for as long as it has something to do."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from django.db import connections

IDLE_SECONDS = 2.0  # then a thread gives its database connection back

Job = Callable[[], None]
Result = TypeVar("Result")


class Turns:
    """Jobs that wait for a thread: one of each person or network in turn, and of a network one of each session in turn.

    First come, first served would make everybody wait for whoever sends a thousand requests at once.
    """

    def __init__(self) -> None:
        self.networks: OrderedDict[str, OrderedDict[str, dict[Future[Any], Job]]] = OrderedDict()
        self.lock = threading.Lock()

    def put(self, sender: tuple[str, str], future: "Future[Any]", job: Job) -> None:
        """Add a job behind those of its sender; `future` will have its result."""
        network, session = sender
        with self.lock:
            self.networks.setdefault(network, OrderedDict()).setdefault(session, {})[future] = job

    def take(self) -> Job | None:
        """The next job; None where all were withdrawn."""
        with self.lock:
            if not self.networks:
                return None
            network, sessions = self.networks.popitem(last=False)
            session, jobs = sessions.popitem(last=False)
            job = jobs.pop(next(iter(jobs)))
            if jobs:
                sessions[session] = jobs
            if sessions:
                self.networks[network] = sessions
            return job

    def withdraw(self, sender: tuple[str, str], future: "Future[Any]") -> None:
        """Forget a job that still waits, and all that it holds."""
        network, session = sender
        with self.lock:
            sessions = self.networks.get(network, OrderedDict())
            jobs = sessions.get(session, {})
            jobs.pop(future, None)
            if not jobs:
                sessions.pop(session, None)
            if not sessions:
                self.networks.pop(network, None)


class Threads:
    """Runs what is submitted in at most `count` threads, started as they are needed; what waits takes turns.

    Unlike those of concurrent.futures, an idle thread keeps no database connection: one per thread, held until
    somebody comes again, is what a server runs out of.
    """

    def __init__(self, count: int, name: str) -> None:
        self.count, self.name = count, name
        self.started = 0
        self.turns = Turns()
        self.waiting: SimpleQueue[None] = SimpleQueue()  # one for each job that waits, or was withdrawn
        self.idle = threading.Semaphore(0)
        self.lock = threading.Lock()

    def submit(self, sender: tuple[str, str], function: Callable[..., Result], *args: Any) -> "Future[Result]":
        """The result to come of a call in one of the threads, in turn with those of other senders (senders.py)."""
        future: Future[Result] = Future()

        def job() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function(*args))
                except BaseException as error:
                    future.set_exception(error)

        self.turns.put(sender, future, job)
        self.waiting.put(None)
        if not self.idle.acquire(blocking=False):
            self._start_one()
        return future

    async def run(self, sender: tuple[str, str], function: Callable[..., Result], *args: Any) -> Result:
        """The result of that call, for an event loop."""
        return await asyncio.wrap_future(self.submit(sender, function, *args))

    def withdraw(self, sender: tuple[str, str], future: "Future[Any]") -> bool:
        """Take a call back, unless one of the threads has begun it."""
        is_withdrawn = future.cancel()
        if is_withdrawn:
            self.turns.withdraw(sender, future)
        return is_withdrawn

    def _start_one(self) -> None:
        with self.lock:
            if self.started < self.count:
                self.started += 1
                threading.Thread(target=self._work, name=f"{self.name}_{self.started - 1}", daemon=True).start()

    def _work(self) -> None:
        while True:
            job = self._next()
            if job:
                job()
            del job  # and with it the request
            self.idle.release()

    def _next(self) -> Job | None:
        try:
            self.waiting.get(timeout=IDLE_SECONDS)
        except Empty:
            connections.close_all()
            self.waiting.get()
        return self.turns.take()
