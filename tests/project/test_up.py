"""`python manage.py up` as people start it, interrupt it and kill it."""

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
class FirstRun:
    """What was seen of an instance from its first start to a Ctrl-C: each start costs some seconds of CPU time."""

    instance: Keyturn
    ready: tuple[int, bytes]
    page: tuple[int, bytes]
    children: dict[str, bool]
    ended_by_itself: bool
    seconds: float


@pytest.fixture(scope="module")
def first_run(tmp_path_factory) -> FirstRun:
    """An empty folder, started and stopped by Ctrl-C."""
    instance = Keyturn(tmp_path_factory.mktemp("own"), KEYTURN_DEMO="0").start()
    ready, page = instance.get("/readyz"), instance.get("/")
    children = {word: processes.wait_until(partial(child, instance, word), seconds=10) for word in CHILDREN}
    begun = time.monotonic()
    ended_by_itself = instance.stop()
    return FirstRun(instance, ready, page, children, ended_by_itself, time.monotonic() - begun)


@pytest.fixture
def settled(first_run) -> Keyturn:
    """A folder that was started empty once and stopped by Ctrl-C."""
    return first_run.instance


@pytest.fixture(scope="module")
def killed(first_run) -> Keyturn:
    """The same folder, started once more; then its supervisor was killed."""
    before = (first_run.instance.folder / "data" / "secret-key").read_text()
    first_run.instance.start()
    assert (first_run.instance.folder / "data" / "secret-key").read_text() == before
    os.kill(first_run.instance.process.pid, signal.SIGKILL)
    return first_run.instance


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Keyturn]:
    """An instance that was started empty and runs, in a folder whose path is too long for a socket."""
    deep = tmp_path_factory.mktemp("running") / ("long" * 20)
    deep.mkdir()
    with Keyturn(deep, KEYTURN_DEMO="0") as instance:
        yield instance


def test_it_says_ready_when_pages_answer_and_ends_without_a_trace(first_run):
    instance = first_run.instance
    assert f"Keyturn is ready: http://127.0.0.1:{instance.port}/\n" in instance.output
    assert (first_run.ready[0], first_run.page[0]) == (200, 200)
    parts = {"database": True, "broker": True, "worker": True, "disk": True}
    assert json.loads(first_run.ready[1]).items() >= parts.items()
    assert first_run.children == dict.fromkeys(CHILDREN, True)
    assert first_run.ended_by_itself
    assert first_run.seconds < 20
    assert instance.process.returncode == 0
    assert belonging_to(instance) == []


def test_an_empty_start_prints_a_one_time_link_that_opens(running):
    path = running.first_link().removeprefix(running.address)
    assert running.get(path)[0] == 200


def test_the_data_folder_is_closed_to_others(settled):
    data = settled.folder / "data"
    assert data.stat().st_mode & 0o777 == 0o700
    assert all(not path.stat().st_mode & 0o077 for path in data.iterdir())


def test_pages_get_the_static_files_that_they_name_and_nobody_collects_others(settled):
    static = settled.folder / "data" / "static"
    names = json.loads((static / "staticfiles.json").read_text())["paths"]
    assert {"css/keyturn.css", "js/board.js", "django_htmx/htmx-2.min.js"} <= names.keys()
    assert len(names) < 40
    assert all((static / hashed).exists() and not (static / name).exists() for name, hashed in names.items())


def test_a_taken_port_is_said_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        output = ends(Keyturn(tmp_path, port=port, KEYTURN_DEMO="0"))
    assert f"Port {port} is taken" in output
    assert "make run PORT=" in output
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_bad_port_is_refused(tmp_path, port):
    instance = Keyturn(tmp_path)
    instance.port = port
    assert instance.launch().process.wait(timeout=30) == 2
    assert "Write a number from 1 to 65535" in instance.output


def test_two_on_one_folder_are_refused(running):
    output = ends(Keyturn(running.folder, KEYTURN_DEMO="0"))
    assert running.get("/healthz")[0] == 200
    assert "already runs on the data folder" in output
    assert str(running.process.pid) in output


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
    assert processes.wait_until(lambda: belonging_to(killed) == [], seconds=5), belonging_to(killed)


@pytest.mark.parametrize("word", CHILDREN)
def test_a_killed_child_is_started_again(running, word):
    assert processes.wait_until(lambda: child(running, word), seconds=10)
    first, restarts = child(running, word), running.output.count(RESTARTED)
    os.kill(first, signal.SIGKILL)
    assert processes.wait_until(lambda: child(running, word) not in (0, first), seconds=10)
    assert processes.wait_until(lambda: running.get("/readyz")[0] == 200, seconds=20)
    assert running.output.count(RESTARTED) == restarts + 1


def test_after_a_kill_it_starts_and_a_child_that_keeps_dying_ends_the_whole_with_the_reason(killed):
    killed.start()
    assert killed.get("/healthz")[0] == 200
    while killed.process.poll() is None:
        for pid in belonging_to(killed):
            if _is(pid, "uvicorn"):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    assert killed.process.returncode == 1
    assert "The web server was ended by SIGKILL again after 5 restarts" in killed.output
    assert belonging_to(killed) == []


def test_a_long_path_gets_its_socket_elsewhere(running):
    assert running.get("/readyz")[0] == 200
    assert not (running.folder / "data" / "broker.sock").exists()


def test_without_its_own_broker_it_takes_the_one_it_is_given(settled, tmp_path):
    port = free_port()
    settled.environment["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
    try:
        with settled:
            assert "does not answer yet" in settled.output
            assert settled.get("/readyz") == (503, b"")
            assert not any(_is(pid, "valkey-server") for pid in belonging_to(settled))
    finally:
        del settled.environment["REDIS_URL"]


def test_make_that_is_killed_takes_everything_along(settled):
    """What tests/project/test_supervisor.py shows of a supervisor, shown of the whole."""
    settled.log.unlink()
    make = under_make(f"{sys.executable} manage.py up --port {settled.port} > {settled.log} 2>&1", settled.environment)
    assert processes.wait_until(lambda: "Keyturn is ready" in settled.output, seconds=60)
    make.kill()
    assert processes.wait_until(lambda: belonging_to(settled) == [], seconds=20)
    make.wait(timeout=5)


def _is(pid: int, word: str) -> bool:
    try:
        return word in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False
