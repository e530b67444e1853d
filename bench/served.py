"""The product as docs/production.md starts it, and a bare Django application under gunicorn, both over HTTP."""

import http.client
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from bench.clock import cpu_of_tree
from bench.site import Ask, Visitor
from project import processes
from tests import servers

GUIDE = servers.ROOT / "docs" / "production.md"
ROW = re.compile(r"^\| ([a-z ]+) \|[^|]*\| `([^`]+)` \|", re.MULTILINE)
BARE = (
    "gunicorn --bind 127.0.0.1:8000 --workers 2 --worker-class gthread --threads 12 --keep-alive 60 "
    "bench.bare:application"
)
LONGEST_IDLE = 3.0  # seconds; servers close a connection after five
SETTLES = 0.004  # seconds in which a process ends what it does after an answer


def documented() -> dict[str, str]:
    """The commands of docs/production.md by the name of their process."""
    return dict(ROW.findall(GUIDE.read_text()))


class Server:
    """One documented command, moved to a free port, and all processes it starts."""

    def __init__(self, command: str, environment: dict[str, str], log: Path) -> None:
        self.port = servers.free_port()
        self.command = shlex.split(command.replace("8000", str(self.port)))
        self.environment, self.log = environment, log
        self.process: subprocess.Popen[bytes] | None = None
        self.lines: dict[tuple[str, int], tuple[http.client.HTTPConnection, float]] = {}

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, listens: bool = True) -> None:
        """Start it; a server that `listens` is waited for, without asking it anything."""
        with self.log.open("ab") as log:
            self.process = processes.start(self.command, env=self.environment, cwd=servers.ROOT, stdout=log, stderr=log)
        if listens and not processes.wait_until(self._listens, seconds=60):
            raise SystemExit(f"{self.command} does not listen:\n{self.log.read_text()}")
        self.rest()

    def stop(self) -> None:
        """End it."""
        for line, _ in self.lines.values():
            line.close()
        self.lines.clear()
        if self.process:
            processes.stop(self.process, grace=10)

    def restart(self) -> None:
        """As after a release: every process is new."""
        self.stop()
        self.start()

    def cpu(self) -> float:
        """CPU seconds of all its processes so far."""
        return cpu_of_tree(self.process.pid) if self.process else 0.0

    def rest(self) -> None:
        """Wait until it has nothing left to do."""
        before = -1.0
        while self.cpu() - before > 0.005:
            before = self.cpu()
            time.sleep(0.3)

    def send(self, visitor: Visitor, ask: Ask, line: int = 0) -> http.client.HTTPResponse:
        """One request on an open connection of this visitor; the answer is read."""
        key = (visitor.session, line)
        connection, used_at = self.lines.get(key, (None, 0.0))
        if connection is None or time.monotonic() - used_at > LONGEST_IDLE:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if ask.fields is not None else {}
        connection.request(ask.method, ask.path, ask.body or None, headers=visitor.headers | kind | dict(ask.headers))
        answer = connection.getresponse()
        size = len(answer.read())
        if answer.status >= 500:
            print(self.log.read_text()[-2000:])
        ask.check(answer.status, size)
        self.lines[key] = (connection, time.monotonic())
        return answer

    def cost(self, visitor: Visitor, ask: Ask, times: int) -> float:
        """CPU seconds of one of `times` answers."""
        before = self.cpu()
        for _ in range(times):
            self.send(visitor, ask)
        time.sleep(SETTLES)
        return (self.cpu() - before) / times

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


class Served:
    """Both, side by side, and the workers that the product needs."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        commands = documented()
        path = {"PATH": f"{servers.ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"}
        self.web = Server(commands["web"], environment | path, folder / "web.log")
        bare = environment | path | {"DJANGO_SETTINGS_MODULE": "bench.settings"}
        self.reference = Server(BARE, bare, folder / "bare.log")
        self.worker = Server(commands["worker"], environment | path, folder / "worker.log")
        self.prober = Server(commands["prober"], environment | path, folder / "prober.log")
        # The same that has the tasks of the bench as well.
        queues = f"{commands['prober'].replace('keyturn,probes', 'probes,bench')}"
        self.other_prober = Server(queues, bare, folder / "other-prober.log")
        self.target = Server(f"{sys.executable} -m bench.target 8000", environment, folder / "target.log")

    def start(self) -> None:
        """Start everything that answers or works."""
        self.web.start()
        self.reference.start()
        self.target.start()
        for worker in (self.worker, self.prober):
            worker.start(listens=False)

    def stop(self) -> None:
        """End everything."""
        for server in (self.web, self.reference, self.worker, self.prober, self.other_prober, self.target):
            server.stop()

    def cpu(self, visitor: Visitor, ask: Ask, times: int = 1) -> float:
        """CPU seconds of all web processes for one answer."""
        return self.web.cost(visitor, ask, times)

    def bare(self, visitor: Visitor, ask: Ask, times: int = 1) -> float:
        """CPU seconds of gunicorn and its workers for one answer."""
        return self.reference.cost(visitor, ask, times)


def manage(environment: dict[str, str], *names: str) -> None:
    """Run documented commands that end by themselves."""
    path = {"PATH": f"{servers.ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"}
    for name in names:
        command = documented().get(name, name)
        subprocess.run(shlex.split(command), env=environment | path, cwd=servers.ROOT, check=True, capture_output=True)
