"""A Keyturn with everything it stands on, and the ways machines take that away."""

import http.client
import json
import os
import secrets
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

from project import processes
from tests import canaries, servers


class Stand:
    """`manage.py up` on the engine of this run, whose parts can be killed."""

    def __init__(self, folder: Path, engine: str, **variables: str) -> None:
        self.database = servers.Postgres() if engine == "postgresql" else None
        self.redis = servers.Broker(servers.redis_binary(), tcp=True) if self.database else None
        self.site = servers.Keyturn(folder, port=0, **({"KEYTURN_DEMO": "0"} | variables))
        self.printed_before = 0  # characters: what other files of stories had it print

    def start(self) -> Self:
        """Start servers first, then Keyturn."""
        if self.database and self.redis:
            key = self.site.folder / "secrets-key"
            key.write_text(secrets.token_hex(32))
            self.site.environment |= {
                "KEYTURN_SECRETS_KEYS": str(key),
                "DATABASE_URL": self.database.start().url(),
                "REDIS_URL": self.redis.start().url,
                "KEYTURN_SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
                "KEYTURN_ALLOWED_HOSTS": "127.0.0.1,localhost",
                "KEYTURN_HTTPS": "0",
            }
        self.site.start()
        return self

    def stop(self) -> None:
        """End Keyturn first, then the servers."""
        if self.site.process:
            self.site.stop()
            canaries.search_stand(self)
        if self.database and self.redis:
            self.redis.stop()
            self.database.stop()

    @property
    def output(self) -> str:
        """What Keyturn printed since this file of stories began."""
        return self.site.output[self.printed_before :]

    def child(self, word: str) -> int:
        """The process under the supervisor that has `word` in its command line; waits until there is one."""
        found: list[int] = []

        def found_any() -> bool:
            found[:] = [pid for pid in self._processes() if _leads(pid) and word in _command(pid)]
            return bool(found)

        assert processes.wait_until(found_any, seconds=30), f"nothing runs {word}"
        return found[0]

    def kill(self, word: str) -> None:
        """kill -9 of one process under the supervisor; what it started dies with it."""
        leader = self.child(word)
        family = [leader, *self._started_by(leader)]
        os.kill(leader, signal.SIGKILL)
        _wait_for_the_end_of(family)

    def kill_pool(self, word: str = "records@") -> None:
        """kill -9 of every process that a worker keeps for its tasks."""
        pool = self._started_by(self.child(word))
        for pid in pool:
            os.kill(pid, signal.SIGKILL)
        _wait_for_the_end_of(pool)

    def kill_all(self) -> None:
        """kill -9 of the supervisor; the kernel takes its children along."""
        self.site.process.kill()
        self.site.process.wait()
        assert processes.wait_until(lambda: not self._processes(), seconds=10), self._processes()

    @contextmanager
    def without(self, word: str) -> Iterator[None]:
        """One process is killed and, as if the machine were too busy, started again only at the end."""
        os.kill(self.site.process.pid, signal.SIGSTOP)
        try:
            self.kill(word)
            yield
        finally:
            os.kill(self.site.process.pid, signal.SIGCONT)

    @contextmanager
    def without_broker(self) -> Iterator[None]:
        """The broker is killed and comes back at the end."""
        if self.redis is None:
            with self.without("valkey-server"):
                yield
        else:
            self.redis.process.kill()
            self.redis.process.wait()
            try:
                yield
            finally:
                self.redis.start()
        assert processes.wait_until(lambda: self.ready() == {"database": True, "broker": True}, seconds=30)

    @contextmanager
    def without_database(self, seconds: float = 10) -> Iterator[None]:
        """PostgreSQL ends with all its connections and starts again at the end; SQLite is locked against writing.

        seconds: how long at least; what waits for a lock waits for 20 s.
        """
        until = time.monotonic() + seconds
        if self.database:
            self.database.end()
            try:
                yield
                time.sleep(max(0, until - time.monotonic()))
            finally:
                self.database.start_again()
        else:
            with closing(sqlite3.connect(f"{self.site.environment['KEYTURN_DATA']}/keyturn.sqlite3")) as lock:
                lock.execute("BEGIN IMMEDIATE")
                yield
                time.sleep(max(0, until - time.monotonic()))
                lock.rollback()

    @contextmanager
    def silent_broker(self) -> Iterator[None]:
        """The broker keeps its connections and answers nothing, like one behind a line that was cut without a word."""
        broker = self.redis.process.pid if self.redis else self.child("valkey-server")
        os.kill(broker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(broker, signal.SIGCONT)

    def ready(self) -> dict[str, bool]:
        """Whether database and broker answer."""
        return {name: bool(self.readiness()[name]) for name in ("database", "broker")}

    def readiness(self) -> dict[str, Any]:
        """All that /readyz says."""
        line = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=10)
        try:
            line.request("GET", "/readyz")
            return dict(json.loads(line.getresponse().read()))
        finally:
            line.close()

    def _started_by(self, parent: int) -> list[int]:
        return [pid for pid in self._processes() if _parent(pid) == parent]

    def _processes(self) -> list[int]:
        """Every live process that was started with this data folder, or works in it, but the one that observes."""
        observer = self.site.observer.pid if self.site.observer else 0
        data = self.site.environment["KEYTURN_DATA"]
        mark = f"KEYTURN_DATA={data}\0".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                # The broker writes its title over its environment.
                is_ours = mark in (process / "environ").read_bytes() or os.readlink(process / "cwd") == data
                if is_ours and int(process.name) != observer and servers.is_alive(int(process.name)):
                    found.append(int(process.name))
            except OSError:
                continue  # it ended while we looked, or is not ours
        return found


def _wait_for_the_end_of(family: list[int]) -> None:
    assert processes.wait_until(lambda: not any(map(servers.is_alive, family)), seconds=10), family


def _leads(pid: int) -> bool:
    """Whether it is the first of a session: the supervisor starts each of its children so."""
    try:
        return os.getsid(pid) == pid
    except ProcessLookupError:
        return False


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode()
    except OSError:
        return ""


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])
    except OSError:
        return 0
