"""The embedded default: one folder, one command, nothing to install. `manage.py up` runs this."""

import hashlib
import os
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections

from apps.probes.states import COMMANDS

from . import broker
from .folder import DataFolder, Unusable
from .supervisor import Child, GaveUp, Supervisor

HOST = "127.0.0.1"
BROKER_STARTS = 15  # seconds
WEB_STARTS = 60
CELERY = ["-m", "celery", "--quiet", "-A", "project.celery"]


class Embedded:
    """Prepares the data folder, starts the processes in order and says when pages answer."""

    def __init__(self, *, port: int, demo: bool, say: Callable[[str], None]) -> None:
        self.port, self.demo, self.say = port, demo, say
        self.address = f"http://{HOST}:{port}"
        self.folder = DataFolder(settings.DATA_DIR)
        self.socket: Path | None = None

    def claim(self) -> None:
        """Make sure of the port and the folder before anything starts. Raises Unusable."""
        check_port(self.port)
        self.folder.prepare()
        self.folder.claim()
        if not settings.PRODUCTION:
            self.folder.settle(demo=self.demo)
            self.folder.secret_key()
            self.folder.secrets_key()
        if not os.environ.get("REDIS_URL"):
            self.socket = self.folder.socket()

    def environment(self) -> dict[str, str]:
        """What the children need to know."""
        own = {"KEYTURN_DATA": str(self.folder.path), "KEYTURN_DEMO": "1" if self.demo else "0"}
        own["KEYTURN_URL"] = os.environ.get("KEYTURN_URL") or self.address
        if self.socket:
            own["REDIS_URL"] = f"unix://{self.socket}"
        if self.demo:  # the worked example probes itself
            own["KEYTURN_PROBE_ALLOW"] = f"{settings.KEYTURN_PROBE_ALLOW} {HOST}:{self.port}".strip()
        return os.environ | own

    def start(self, supervisor: Supervisor) -> None:
        """Start everything in order and return once pages answer. Raises GaveUp."""
        self._start_broker(supervisor)
        self._prepare_static_files()
        call_command("migrate", interactive=False, verbosity=0)
        is_new = not get_user_model().objects.exists()
        connections.close_all()
        if self.demo and not self.folder.done_before("demo", "staged"):
            self._run(supervisor, "stage_demo", "--base-url", self.address)
            self.folder.note_done("demo", "staged")
        supervisor.start(Child("web server", self._web(), grace=6))
        if not supervisor.wait_until(lambda: answers(f"{self.address}/healthz"), seconds=WEB_STARTS):
            raise GaveUp(f"The web server did not answer within {WEB_STARTS} s.")
        supervisor.start(Child("worker", self._worker(), grace=12))
        supervisor.start(Child("prober", self._prober(), grace=8))
        supervisor.start(Child("clock", self._clock(), grace=4))
        if is_new and not self.demo:
            self._run(supervisor, "first_person", "--base-url", self.address)
        self.say(f"Keyturn is ready: {self.address}/")

    def tidy(self) -> None:
        """Remove the temporary folder of the broker's socket, where there is one."""
        if self.socket and self.socket.parent != self.folder.path:
            shutil.rmtree(self.socket.parent, ignore_errors=True)

    def _start_broker(self, supervisor: Supervisor) -> None:
        if self.socket is None:
            if not broker.answers(settings.KEYTURN_REDIS_URL):
                self.say("REDIS_URL does not answer yet: probes, records and live pages wait until it does.")
            return
        command = broker.command(broker.find_server(), self.folder.path, self.socket)
        supervisor.start(Child("broker", command, grace=4, is_ground=True))
        if not supervisor.wait_until(lambda: broker.answers(f"unix://{self.socket}"), seconds=BROKER_STARTS):
            raise GaveUp(f"The broker did not answer within {BROKER_STARTS} s; {self.folder.path}/broker.log says why.")

    def _prepare_static_files(self) -> None:
        """Collect and compress them when they changed since the last time."""
        print_of_them = fingerprint(static_sources())
        collected = settings.STATIC_ROOT / "staticfiles.json"
        if not (collected.exists() and self.folder.done_before("static", print_of_them)):
            call_command("collectstatic", interactive=False, verbosity=0, clear=True)
            self.folder.note_done("static", print_of_them)

    def _run(self, supervisor: Supervisor, command: str, *arguments: str) -> None:
        if code := supervisor.run_once([sys.executable, "manage.py", command, *arguments]):
            raise GaveUp(f"python manage.py {command} ended with code {code}. What it printed above says why.")

    def _web(self) -> list[str]:
        options = ["--host", HOST, "--port", str(self.port), "--http", "project.protocol:Protocol"]
        options += ["--lifespan", "off", "--log-level", "warning"]
        options += ["--no-access-log", "--no-proxy-headers", "--no-server-header", "--timeout-graceful-shutdown", "2"]
        return [sys.executable, "-m", "uvicorn", "project.asgi:application", *options]

    def _worker(self) -> list[str]:
        return self._celery_worker("records", "--concurrency", "2", queues="records,notices")

    def _prober(self) -> list[str]:
        queues = f"probes,{COMMANDS}" if settings.KEYTURN_COMMANDS else "probes"
        return self._celery_worker("probes", "--concurrency", "2", queues=queues)

    def _celery_worker(self, name: str, *pool: str, queues: str = "") -> list[str]:
        # Few on their broker, they have nothing to gossip about. As root, Celery warns of pickles, which are off.
        options = ["--without-mingle", "--without-gossip", "--loglevel", settings.LOG_LEVEL]
        quiet = ["-W", "ignore:You're running the worker with superuser"]
        names = ["--queues", f"keyturn,{queues or name}", "--hostname", f"{name}@%h"]
        return [sys.executable, *quiet, *CELERY, "worker", *names, *pool, *options]

    def _clock(self) -> list[str]:
        # A process of its own, because a worker does not notice when the one inside it dies.
        return [sys.executable, *CELERY, "beat", "--loglevel", settings.LOG_LEVEL]


def check_port(port: int) -> None:
    """Raise Unusable when another process listens on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise Unusable(f"Port {port} needs root. Choose one from 1024 on: make run PORT=8001") from error
        except OSError as error:
            free = port + 1 if port < 65535 else 8001
            raise Unusable(
                f"Port {port} is taken by another program. Stop that one, or choose another port: make run PORT={free}"
            ) from error


def answers(url: str) -> bool:
    """Whether a page answers there, whatever it says."""
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def static_sources() -> Iterator[Path]:
    """Every file that static files are collected from, and the list of packages that bring some."""
    yield settings.BASE_DIR / "requirements.txt"
    for folder in [*settings.STATICFILES_DIRS, *settings.BASE_DIR.glob("apps/*/static")]:
        yield from sorted(path for path in folder.rglob("*") if path.is_file())


def fingerprint(files: Iterator[Path]) -> str:
    """A digest that changes with any of `files`."""
    stats = [(str(path), (stat := path.stat()).st_size, stat.st_mtime_ns) for path in files]
    return hashlib.sha256(repr(stats).encode()).hexdigest()
