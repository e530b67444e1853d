"""Many probes in one process: this thread talks to the database, a loop in another one to the targets.

A message is a hint that something waits, whatever that is. Whoever takes it claims what comes next, as much as there
is room for, records what ends, and claims again, until nothing waits and nothing is under way.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Self
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connection

from apps.core.queue import begins_more
from apps.core.statements import is_busy
from apps.leases import commands as leases
from apps.ledger.commands import SYSTEM
from apps.probes import commands, sandbox
from apps.probes.kinds import Outcome
from apps.probes.models import Run
from apps.probes.states import COMMANDS
from apps.secrets.rules import SecretValue
from apps.zones.selectors import Terms

from .asking import GRACE_SECONDS, Way, broken, outcome_of, secret_of, way_of

logger = logging.getLogger(__name__)

WIDTH = 128  # so many probes are under way in one process
AT_ONCE = 64  # so many are claimed, and begin, in the same moment
CHUNK = 64  # so many results are waited for, for a moment, to be recorded together
MOMENT = 0.02  # seconds
POLL = 0.25  # seconds until it is asked again whether something waits
ENDS = 120.0  # seconds after which nothing is under way any more
RECORDED = 10.0  # of them for recording what ended last
AWAY = 1.0  # seconds until a database that was away is asked again
# A kind keeps its own time, and nothing is begun that would not end in time; these end what does not end all the same.
SOFT_SECONDS, HARD_SECONDS = ENDS + 15, ENDS + 25


@dataclass(frozen=True)
class Beside:
    """What is asked beside the runs, which is none itself; `done` gets what it came to, and what it asked with."""

    asking: "Future[Outcome]"
    asks_with: SecretValue | Outcome | None
    done: Callable[[Outcome, SecretValue | Outcome | None], None]


@dataclass(frozen=True)
class UnderWay:
    """A run that is being asked; after `until` nobody renews its lease."""

    run: Run
    asking: "Future[Outcome]"
    until: float


class Prober:
    """Runs probes, as a context manager: at its end nothing is asked any more."""

    def __init__(self, worker: str, queue: str = "") -> None:
        self.worker, self.queue = worker, queue
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._serve, name="probes", daemon=True)
        self.under_way: dict[UUID, UnderWay] = {}
        self.results: SimpleQueue[Run] = SimpleQueue()
        self.unrecorded: list[tuple[Run, Outcome]] = []
        self.ends = time.monotonic() + ENDS
        self.claims_again = self.renews = 0.0
        self.beside: Beside | None = None

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in self.under_way.values():
            each.asking.cancel()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(timeout=1)  # no longer: a kind that never gives the loop back is no reason to stay

    def work(self) -> int:
        """Claim, ask and record until nothing waits; returns how many runs ended."""
        ended = 0
        self._try_sandbox()
        while True:
            self._claim()
            if not self._is_busy:
                return ended
            self._collect()
            self._answer_beside()
            self._renew()
            ended += self._record()

    def ask_beside(self, run: Run, done: Callable[[Outcome, SecretValue | Outcome | None], None]) -> None:
        """Ask what is no run while runs are worked on as ever: whoever tries something holds no prober."""
        way = way_of(run)
        secret = secret_of(run) if isinstance(way, Way) else way
        self.beside = Beside(self._begin(run, secret, way), secret, done)

    def _answer_beside(self) -> None:
        if self.beside and self.beside.asking.done():
            self.beside.done(self.beside.asking.result(), self.beside.asks_with)
            self.beside = None

    @property
    def _is_busy(self) -> bool:
        return bool(self.under_way or self.unrecorded or self.beside)

    def _begin(self, run: Run, *asks: Any) -> "Future[Outcome]":
        asking = asyncio.run_coroutine_threadsafe(outcome_of(run, *asks), self.loop)
        asking.add_done_callback(partial(self._put, run))
        return asking

    def _try_sandbox(self) -> None:
        """Try the sandbox before any command is claimed: on a busy machine it takes longer than the first one may."""
        if self.queue == COMMANDS:
            asyncio.run_coroutine_threadsafe(sandbox.hindrance(), self.loop).result()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    def _claim(self) -> None:
        """Begin what comes next, where there is room and time."""
        room = min(AT_ONCE, WIDTH - len(self.under_way))
        if not room or time.monotonic() < self.claims_again or not begins_more():
            return
        seconds = self.ends - time.monotonic() - GRACE_SECONDS - RECORDED
        try:
            claimed = commands.claim_runs(by=SYSTEM, worker=self.worker, room=room, seconds=seconds, queue=self.queue)
        except (DatabaseError, InterfaceError) as error:
            if not self._is_busy:
                raise  # the message goes back
            self._wait_for_the_database(error)
            return
        self.claims_again = time.monotonic() + (0 if len(claimed) == room else POLL)
        known: dict[str, Terms] = {}
        for run in claimed:
            way = way_of(run, known)
            secret = secret_of(run) if isinstance(way, Way) else way
            asking = self._begin(run, secret, way)
            until = time.monotonic() + run.seconds + leases.SLACK.total_seconds()
            self.under_way[run.pk] = UnderWay(run, asking, until)

    def _put(self, run: Run, _: object) -> None:
        self.results.put(run)

    def _collect(self) -> None:
        """Wait for results: for the first one until it is time to look again, then a moment for some more."""
        waits = POLL if (self.under_way or self.beside) and not self.unrecorded else 0
        try:
            while (self.under_way or self.beside) and len(self.unrecorded) < CHUNK:
                run = self.results.get(timeout=waits) if waits else self.results.get_nowait()
                if ended := self.under_way.pop(run.pk, None):
                    self.unrecorded.append((run, ended.asking.result()))
                waits = MOMENT
        except Empty:
            pass

    def _renew(self) -> None:
        """Renew the leases of what is under way, and give up what does not come back."""
        now = time.monotonic()
        if now < self.renews:
            return
        for stuck in [each for each in self.under_way.values() if each.until < now]:
            logger.error("probes: run %s does not end, so its lease does", stuck.run.pk)
            del self.under_way[stuck.run.pk]
        held = [each.run for each in self.under_way.values()] + [run for run, _ in self.unrecorded]
        try:
            leases.renew_all(held)
        except (DatabaseError, InterfaceError) as error:
            self._wait_for_the_database(error)
        else:
            self.renews = now + leases.RENEW_SECONDS

    def _record(self) -> int:
        """Record what ended. While the database is away it is kept; another attempt counts once a lease is over."""
        try:
            recorded = commands.finish_runs(self.unrecorded, by=SYSTEM)
        except Exception as error:
            if is_busy(error):
                if time.monotonic() > self.ends:
                    raise
                self._wait_for_the_database(error)
                return 0
            recorded = [run for each in self.unrecorded for run in _alone(*each)]
        self.unrecorded = []
        return len(recorded)

    def _wait_for_the_database(self, error: Exception) -> None:
        """It is away for a moment; anything else is a fault, and raised again."""
        if not is_busy(error):
            raise error
        logger.warning("probes: asking the database again in %s s: %s", AWAY, error)
        connection.close()
        time.sleep(AWAY)


def _alone(run: Run, outcome: Outcome) -> list[Run]:
    """Record one result by itself: one that cannot be stored is its kind’s fault, and costs no other run its own."""
    try:
        return commands.finish_runs([(run, outcome)], by=SYSTEM)
    except Exception as error:
        if is_busy(error):
            raise
        return commands.finish_runs([(run, broken(run, error))], by=SYSTEM)
