"""The ways in which parts of a running instance die, and how long it takes until everything works again."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import redis

from project import processes, supervisor
from tests.journeys.standing import Stand

HEALS = 60  # seconds
ROUNDED = 0.5  # seconds that /readyz may round away
BACKEND = "SELECT pid FROM pg_stat_activity WHERE usename = 'keyturn' ORDER BY backend_start DESC LIMIT 1"


def whole_instance(stand: Stand) -> None:
    """kill -9 of the supervisor, and with it of everything it started: where the power fails."""
    stand.kill_all()
    stand.site.start()


def broker_with_loss(stand: Stand) -> None:
    """Every message that was not taken yet is lost. The embedded broker writes them down, so there none is."""
    with stand.without_broker():
        time.sleep(0.2)


def broker_without_loss(stand: Stand) -> None:
    """The messages are still there afterwards."""
    assert stand.redis
    with redis.Redis.from_url(stand.redis.url) as client:
        client.save()
    with stand.without_broker():
        time.sleep(0.2)
    (stand.redis.folder / "dump.rdb").unlink()


def database(stand: Stand) -> None:
    """PostgreSQL ends at once with all its connections, and recovers when it is started again."""
    stand.database.end()
    time.sleep(1)
    stand.database.start_again()


def backend(stand: Stand) -> None:
    """kill -9 of the process that serves one connection; PostgreSQL then ends all others and recovers."""
    found = stand.database.sql(BACKEND).split()
    if found:
        os.kill(int(found[0]), signal.SIGKILL)


EVERYWHERE: dict[str, Callable[[Stand], None]] = {
    "web": lambda stand: stand.kill("uvicorn"),
    "prober": lambda stand: stand.kill("probes@"),
    "worker": lambda stand: stand.kill("records@"),
    "beat": lambda stand: stand.kill("beat"),
    "pool of the worker": Stand.kill_pool,
    "pool of the prober": lambda stand: stand.kill_pool("probes@"),
    "broker": broker_with_loss,
    "all": whole_instance,
}
ON_POSTGRESQL = {"broker, nothing lost": broker_without_loss, "database": database, "backend": backend}


def kinds(stand: Stand) -> dict[str, Callable[[Stand], None]]:
    """Every kill that this stand can suffer."""
    return EVERYWHERE | (ON_POSTGRESQL if stand.database else {})


class Campaign:
    """Kills of a running instance, one after the other, each once everything works again."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.seen: list[float] = []  # when each restart by the supervisor was noticed

    @property
    def ended(self) -> list[str]:
        """What the supervisor says of children that ended although nobody had killed them."""
        return [line for line in self.stand.site.output.splitlines() if "ended with code" in line]

    def kill(self, kind: str) -> float:
        """Kill it and wait until everything works again; returns the seconds that took."""
        processes.wait_until(self._may_restart, seconds=2 * supervisor.WITHIN)
        kinds(self.stand)[kind](self.stand)
        began, at = time.monotonic(), time.time()
        assert processes.wait_until(lambda: self._works_again(at), seconds=HEALS), f"{kind}: {self._readiness()}"
        return time.monotonic() - began

    def _may_restart(self) -> bool:
        """Whether the supervisor bears two more: it gives up where too many within a minute show that it is no use."""
        now, restarts = time.monotonic(), self.stand.site.output.count("; starting it again")
        self.seen = self.seen[:restarts] + [now] * (restarts - len(self.seen))  # another supervisor begins anew
        return sum(now - noticed < supervisor.WITHIN + 1 for noticed in self.seen) <= supervisor.RESTARTS - 2

    def _works_again(self, since: float) -> bool:
        """Whether pages, database and broker answer, and a worker did something since."""
        found = self._readiness()
        ago = found.get("worked_seconds_ago")
        ready = all(found.get(name) for name in ("database", "broker", "worker"))
        return ready and ago is not None and time.time() - ago - ROUNDED > since

    def _readiness(self) -> dict[str, Any]:
        try:
            return self.stand.readiness()
        except (OSError, ValueError) as error:
            return {"error": str(error)}


def order(stand: Stand, count: int, seed: int) -> Iterator[str]:
    """Which part dies when: each as often as the others, shuffled by the seed."""
    names = sorted(kinds(stand))
    planned = [names[number % len(names)] for number in range(count)]
    random.Random(seed).shuffle(planned)
    return iter(planned)
