"""Real servers for tests: each in its own temporary folder, on its own socket or free port, and gone afterwards."""

import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError

from project import broker, processes

ROOT = Path(__file__).resolve().parent.parent
MINE = ("KEYTURN_", "DATABASE_URL", "MIGRATE_DATABASE_URL", "REDIS_URL", "DJANGO_", "DEMO", "PORT")


def clean_environment(**values: str) -> dict[str, str]:
    """This process's environment without anything that could lead Keyturn to somebody's database."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(MINE)}
    return inherited | values


def inherited(names: Iterable[str]) -> list[str]:
    """Those of an environment's names that a run must not inherit: all of `MINE` but what says how long a run is."""
    return [name for name in names if name.startswith(MINE) and not name.startswith("KEYTURN_TEST_")]


def free_port() -> int:
    """A TCP port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def temporary_folder(prefix: str) -> Path:
    """A folder whose path is short enough for a unix socket."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


class Postgres:
    """A PostgreSQL that listens on a unix socket only and may forget everything on a power cut."""

    def __init__(self) -> None:
        self.folder = temporary_folder("kt-pg-")
        self.process: subprocess.Popen | None = None

    def url(self, database: str = "keyturn", role: str = "keyturn") -> str:
        """What DATABASE_URL would say."""
        return f"postgresql://{role}@/{database}?host={self.folder}"

    def start(self) -> Self:
        """Make a cluster and start it; the role `keyturn` may create databases and is no superuser."""
        shutil.chown(self.folder, _server_user() or os.getuid())
        data = self.folder / "data"
        self._run("initdb", "--no-sync", "-A", "trust", "-U", "postgres", "--locale=C.UTF-8", "-E", "UTF8", "-D", data)
        self.start_again()
        self._run("createuser", "-h", self.folder, "-U", "postgres", "--createdb", "keyturn")
        self.create_database("keyturn")
        return self

    def start_again(self) -> None:
        """Start a server on the cluster that is there, and wait until it answers."""
        options = ["-k", str(self.folder), "-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off"]
        command: list[str | Path] = [postgres_binary("postgres"), "-D", self.folder / "data", *options]
        with (self.folder / "log").open("ab") as log:
            self.process = processes.start(command, stdout=log, stderr=log, **_as_server_user())
        self._wait_for_server()

    def end(self) -> None:
        """End the server at once, with every connection to it; what it stored stays."""
        processes.stop(self.process, grace=10, ask=processes.signal.SIGQUIT)

    def create_database(self, name: str) -> str:
        """Create an empty database of the role `keyturn`; returns its URL."""
        self._run("createdb", "-h", self.folder, "-U", "postgres", "-O", "keyturn", name)
        return self.url(name)

    def sql(self, statements: str, database: str = "postgres") -> str:
        """Run statements as the superuser; returns the rows as text."""
        return self._run("psql", "-h", self.folder, "-U", "postgres", "-At", "-c", statements, database)

    def dump(self, database: str = "keyturn") -> str:
        """All that a database holds, as text."""
        return self._run("pg_dump", "-h", self.folder, "-U", "postgres", "--inserts", database)

    def stop(self) -> None:
        """End the server and remove its folder."""
        if self.process is not None:
            processes.stop(self.process, grace=5, ask=processes.signal.SIGINT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait_for_server(self) -> None:
        ready: list[str | Path] = [postgres_binary("pg_isready"), "-q", "-h", self.folder]
        if not processes.wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, seconds=30):
            raise RuntimeError((self.folder / "log").read_text())

    def _run(self, name: str, *arguments: str | Path) -> str:
        command = [postgres_binary(name), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **_as_server_user(), check=False)
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr}")
        return done.stdout


class Broker:
    """A Redis or Valkey on a unix socket, or with `tcp` on a free port."""

    def __init__(self, binary: Path, address: Path | None = None, *, tcp: bool = False) -> None:
        self.binary, self.folder = binary, temporary_folder("kt-mq-")
        self.socket = address or self.folder / "broker.sock"
        self.port = free_port() if tcp else 0
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        """What REDIS_URL would say."""
        return f"redis://127.0.0.1:{self.port}/0" if self.port else f"unix://{self.socket}"

    def start(self) -> Self:
        """Start it and wait until it answers."""
        where = ["--bind", "127.0.0.1"] if self.port else ["--unixsocket", self.socket]
        command = [
            self.binary,
            "--port",
            str(self.port),
            *where,
            "--dir",
            self.folder,
            "--save",
            "",
            "--daemonize",
            "no",
        ]
        self.process = processes.start([str(part) for part in command], stdout=subprocess.DEVNULL)
        if not processes.wait_until(lambda: broker.answers(self.url), seconds=10):
            raise RuntimeError(f"{self.binary} did not answer at {self.url}")
        return self

    def stop(self) -> None:
        """End the server and remove its folder."""
        if self.process is not None:
            processes.stop(self.process, grace=5)
        shutil.rmtree(self.folder, ignore_errors=True)


class Keyturn:
    """`python manage.py up` as a person starts it, with a data folder and a port of its own."""

    def __init__(self, folder: Path, *, port: int = 0, **variables: str) -> None:
        self.folder, self.port = folder, port or free_port()
        self.environment = clean_environment(KEYTURN_DATA=str(folder / "data"), **variables)
        self.log = folder / f"up-{self.port}.log"
        self.process: subprocess.Popen | None = None
        self.observer: subprocess.Popen | None = None  # answers tests.journeys.staged.ask

    @property
    def address(self) -> str:
        """The address it prints, without the last slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        """Everything it has printed so far."""
        return self.log.read_text() if self.log.exists() else ""

    def launch(self) -> Self:
        """Start it and do not wait."""
        command = [sys.executable, "-u", "manage.py", "up", "--port", str(self.port)]
        with self.log.open("wb") as log:
            self.process = processes.start(command, env=self.environment, cwd=ROOT, stdout=log, stderr=log)
        return self

    def start(self, seconds: float = 60) -> Self:
        """Start it and wait for its ready line."""
        self.launch()
        line = f"Keyturn is ready: {self.address}/"
        processes.wait_until(lambda: line in self.output or self.process.poll() is not None, seconds=seconds)
        if line not in self.output:
            self.stop()
            raise RuntimeError(f"Keyturn did not become ready:\n{self.output}")
        return self

    def first_link(self) -> str:
        """The one-time link for the first person."""
        return re.search(rf"{re.escape(self.address)}/\S+", self.output)[0]

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a page."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as answer:
                return answer.status, answer.read()
        except URLError as error:
            return getattr(error, "code", 0), b""

    def stop(self, grace: float = 25) -> bool:
        """Press Ctrl-C; returns whether that was enough."""
        if self.observer is not None:
            self.observer.kill()
            self.observer.communicate()
            self.observer = None
        return processes.stop(self.process, grace=grace, ask=processes.signal.SIGINT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def redis_binary() -> Path:
    """The Redis that production would use, when it is installed; the packaged Valkey otherwise."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(found) if found else broker.find_server()


def postgres_binary(name: str) -> Path:
    """A program of the newest PostgreSQL on this machine; Debian keeps the server's outside PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = versions[-1] if versions else shutil.which(name)
    if not found:
        raise RuntimeError(f"{name} is missing. Install PostgreSQL: apt-get install -y postgresql")
    return Path(found)


def _server_user() -> str | None:
    """Who a root's PostgreSQL runs as: it refuses to run as root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as_server_user() -> dict[str, Any]:
    user = _server_user()
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
