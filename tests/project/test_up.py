"""`python manage.py up` as people start it, interrupt it and kill it."""

import argparse
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from project import processes
from project.management.commands import up
from tests.clock import PATIENCE
from tests.project.test_supervisor import under_make
from tests.servers import Keyturn, free_port

CHILDREN = ("valkey-server", "uvicorn", "records@", "probes@", "beat")
RESTARTED = "was ended by SIGKILL; starting it again"


def belonging_to(instance: Keyturn) -> list[int]:
    """Every process on this machine that was started with this instance's data folder, or works in it."""
    data = instance.environment["KEYTURN_DATA"]
    mark = f"KEYTURN_DATA={data}\0".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            # The broker writes its title over its environment.
            is_ours = mark in (process / "environ").read_bytes() or os.readlink(process / "cwd") == data
            if is_ours and (process / "stat").read_text().rpartition(") ")[2][0] != "Z":
                found.append(int(process.name))
        except OSError:
            continue  # it ended while we looked, or is not ours
    return found


def child(instance: Keyturn, word: str) -> int:
    """The process of this instance that leads a session and has `word` in its command line; 0 when there is none."""
    return next((pid for pid in belonging_to(instance) if _is(pid, word) and os.getsid(pid) == pid), 0)


def ends(instance: Keyturn, seconds: float = 30) -> str:
    """Wait for an instance that is expected to end by itself; returns its output."""
    assert instance.launch().process.wait(timeout=seconds) == 1
    return instance.output


@dataclass(frozen=True)
class Started:
    """What was seen of an instance when it had started."""

    instance: Keyturn
    ready: tuple[int, bytes]
    page: tuple[int, bytes]
    children: dict[str, bool]


@dataclass(frozen=True)
class Ended:
    """What was seen of one after a Ctrl-C."""

    by_itself: bool
    seconds: float
    left: list[int]


# Each start costs some seconds of CPU time, so one folder goes through all of it, in the order of this file.
@pytest.fixture(scope="module")
def started(tmp_path_factory) -> Iterator[Started]:
    """An empty folder, whose path is too long for a socket, started for the first time."""
    deep = tmp_path_factory.mktemp("running") / ("long" * 20)
    deep.mkdir()
    with Keyturn(deep, KEYTURN_DEMO="0") as instance:
        ready, page = instance.get("/readyz"), instance.get("/")
        children = {word: processes.wait_until(partial(child, instance, word), seconds=PATIENCE) for word in CHILDREN}
        yield Started(instance, ready, page, children)


@pytest.fixture(scope="module")
def running(started) -> Keyturn:
    """The same while it runs. Not for tests behind one that asks for what comes next."""
    return started.instance


@pytest.fixture(scope="module")
def ended(running) -> Ended:
    """The same, stopped by Ctrl-C."""
    begun = time.monotonic()
    by_itself = running.stop()
    return Ended(by_itself, time.monotonic() - begun, belonging_to(running))


@pytest.fixture(scope="module")
def settled(running, ended, tmp_path_factory) -> Keyturn:
    """Its data folder at a place with a short path, as it was when it was stopped."""
    moved = Keyturn(tmp_path_factory.mktemp("own"), KEYTURN_DEMO="0")
    (running.folder / "data").rename(moved.folder / "data")
    return moved


@pytest.fixture(scope="module")
def killed(settled) -> Keyturn:
    """The same folder, started once more; then its supervisor was killed."""
    before = (settled.folder / "data" / "secret-key").read_text()
    settled.start()
    assert (settled.folder / "data" / "secret-key").read_text() == before
    os.kill(settled.process.pid, signal.SIGKILL)
    return settled


@pytest.fixture(scope="module")
def brokerless(killed) -> Iterator[Keyturn]:
    """Started after that kill, and given a broker that is not there."""
    assert processes.wait_until(lambda: belonging_to(killed) == [], seconds=PATIENCE), belonging_to(killed)
    killed.environment["REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    with killed:
        del killed.environment["REDIS_URL"]
        yield killed


def test_it_says_ready_when_pages_answer(started):
    instance = started.instance
    assert f"Keyturn is ready: http://127.0.0.1:{instance.port}/\n" in instance.output
    assert (started.ready[0], started.page[0]) == (200, 200)
    parts = {"database": True, "broker": True, "worker": True, "disk": True}
    assert json.loads(started.ready[1]).items() >= parts.items()
    assert started.children == dict.fromkeys(CHILDREN, True)


def test_an_empty_start_prints_a_one_time_link_that_opens(running):
    path = running.first_link().removeprefix(running.address)
    assert running.get(path)[0] == 200


def test_a_long_path_gets_its_socket_elsewhere(running):
    assert running.get("/readyz")[0] == 200
    assert not (running.folder / "data" / "broker.sock").exists()


def test_two_on_one_folder_are_refused(running):
    output = ends(Keyturn(running.folder, KEYTURN_DEMO="0"))
    assert running.get("/healthz")[0] == 200
    assert "already runs on the data folder" in output
    assert str(running.process.pid) in output


@pytest.mark.parametrize("word", CHILDREN)
def test_a_killed_child_is_started_again(running, word):
    assert processes.wait_until(lambda: child(running, word), seconds=PATIENCE)
    first, restarts = child(running, word), running.output.count(RESTARTED)
    os.kill(first, signal.SIGKILL)
    assert processes.wait_until(lambda: child(running, word) not in (0, first), seconds=PATIENCE)
    assert processes.wait_until(lambda: running.get("/readyz")[0] == 200, seconds=PATIENCE)
    assert running.output.count(RESTARTED) == restarts + 1


def test_a_ctrl_c_ends_it_without_a_trace(running, ended):
    assert ended.by_itself
    assert ended.seconds < 20
    assert running.process.returncode == 0
    assert ended.left == []


def test_the_data_folder_is_closed_to_others(settled):
    data = settled.folder / "data"
    assert data.stat().st_mode & 0o777 == 0o700
    assert all(not path.stat().st_mode & 0o077 for path in data.iterdir())


def test_pages_get_the_static_files_that_they_name_and_nobody_collects_others(settled):
    static = settled.folder / "data" / "static"
    names = json.loads((static / "staticfiles.json").read_text())["paths"]
    assert {"css/keyturn.css", "js/board.js", "django_htmx/htmx-2.min.js"} <= names.keys()
    assert len(names) < 60
    assert all((static / hashed).exists() and not (static / name).exists() for name, hashed in names.items())


def test_a_taken_port_is_said_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        output = ends(Keyturn(tmp_path, port=port, KEYTURN_DEMO="0"))
    assert f"Port {port} is taken" in output
    assert "make run PORT=" in output
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("written", ["0", "65536", "http", "-1", "", "8²"])
def test_a_bad_port_is_refused(written):
    with pytest.raises(argparse.ArgumentTypeError, match=r"Write a number from 1 to 65535\."):
        up.port(written)


def test_a_bad_port_ends_the_command(tmp_path):
    instance = Keyturn(tmp_path)
    instance.port = -1
    assert instance.launch().process.wait(timeout=30) == 2
    assert "Write a number from 1 to 65535" in instance.output


def test_a_folder_of_one_kind_is_not_opened_as_the_other(settled):
    assert "not the demonstration" in ends(Keyturn(settled.folder, KEYTURN_DEMO="1"))


def test_a_demonstration_is_not_opened_as_an_instance(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "kind").write_text("demo\n")
    assert "make run KEYTURN_DATA" not in (output := ends(Keyturn(tmp_path, KEYTURN_DEMO="0")))
    assert "holds the demonstration" in output
    assert "make run DEMO=0 KEYTURN_DATA=" in output


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "data").write_text("a file")
    assert "cannot be used" in ends(Keyturn(tmp_path, KEYTURN_DEMO="0"))


def test_a_second_start_keeps_what_was_there_and_a_killed_supervisor_leaves_nothing(killed):
    assert processes.wait_until(lambda: belonging_to(killed) == [], seconds=PATIENCE), belonging_to(killed)


def test_after_a_kill_it_starts_and_takes_the_broker_that_it_is_given(brokerless):
    assert brokerless.get("/healthz")[0] == 200
    assert "does not answer yet" in brokerless.output
    assert brokerless.get("/readyz") == (503, b"")
    assert not any(_is(pid, "valkey-server") for pid in belonging_to(brokerless))


def test_a_child_that_keeps_dying_ends_the_whole_with_the_reason(brokerless):
    while brokerless.process.poll() is None:
        for pid in belonging_to(brokerless):
            if _is(pid, "uvicorn"):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    assert brokerless.process.returncode == 1
    assert "The web server was ended by SIGKILL again after 5 restarts" in brokerless.output
    assert belonging_to(brokerless) == []


def test_make_that_is_killed_takes_everything_along(settled):
    """What tests/project/test_supervisor.py shows of a supervisor, shown of the whole."""
    settled.log.unlink()
    make = under_make(f"{sys.executable} manage.py up --port {settled.port} > {settled.log} 2>&1", settled.environment)
    assert processes.wait_until(lambda: "Keyturn is ready" in settled.output, seconds=PATIENCE)
    make.kill()
    assert processes.wait_until(lambda: belonging_to(settled) == [], seconds=PATIENCE)
    make.wait(timeout=PATIENCE)


def _is(pid: int, word: str) -> bool:
    try:
        return word in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False
