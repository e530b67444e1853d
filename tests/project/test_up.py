"""`python manage.py up` as people start it, interrupt it and kill it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from project import processes
from tests.servers import ROOT, Keyturn, free_port

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


@pytest.fixture(scope="module")
def settled(tmp_path_factory) -> Keyturn:
    """A folder that was started empty once and stopped by Ctrl-C."""
    instance = Keyturn(tmp_path_factory.mktemp("own"), KEYTURN_DEMO="0").start()
    assert instance.stop()
    return instance


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Keyturn]:
    """An instance that was started empty and runs, in a folder whose path is too long for a socket."""
    deep = tmp_path_factory.mktemp("running") / ("long" * 20)
    deep.mkdir()
    with Keyturn(deep, KEYTURN_DEMO="0") as instance:
        yield instance


def test_it_says_ready_when_pages_answer_and_ends_without_a_trace(tmp_path):
    instance = Keyturn(tmp_path, KEYTURN_DEMO="0").start()
    assert f"Keyturn is ready: http://127.0.0.1:{instance.port}/\n" in instance.output
    status, found = instance.get("/readyz")
    assert status == 200
    assert json.loads(found).items() >= {"database": True, "broker": True, "worker": True, "disk": True}.items()
    assert instance.get("/")[0] == 200
    assert all(child(instance, word) for word in ("valkey-server", "uvicorn"))
    assert processes.wait_until(
        lambda: child(instance, "records@") and child(instance, "probes@") and child(instance, "beat"), seconds=10
    )
    begun = time.monotonic()
    assert instance.stop()
    assert time.monotonic() - begun < 20
    assert instance.process.returncode == 0
    assert belonging_to(instance) == []


def test_an_empty_start_prints_a_one_time_link_that_opens(running):
    path = running.first_link().removeprefix(running.address)
    assert running.get(path)[0] == 200


def test_the_data_folder_is_closed_to_others(settled):
    data = settled.folder / "data"
    assert data.stat().st_mode & 0o777 == 0o700
    assert all(not path.stat().st_mode & 0o077 for path in data.iterdir())


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


def test_a_second_start_keeps_what_was_there_and_a_killed_supervisor_leaves_nothing(settled):
    before = (settled.folder / "data" / "secret-key").read_text()
    settled.start()
    assert (settled.folder / "data" / "secret-key").read_text() == before
    os.kill(settled.process.pid, signal.SIGKILL)
    assert processes.wait_until(lambda: belonging_to(settled) == [], seconds=5), belonging_to(settled)
    with settled:  # and nothing stands in the way of the next start
        assert settled.get("/healthz")[0] == 200


@pytest.mark.parametrize("word", ["valkey-server", "uvicorn", "records@", "probes@", "beat"])
def test_a_killed_child_is_started_again(running, word):
    assert processes.wait_until(lambda: child(running, word), seconds=10)
    first, restarts = child(running, word), running.output.count(RESTARTED)
    os.kill(first, signal.SIGKILL)
    assert processes.wait_until(lambda: child(running, word) not in (0, first), seconds=10)
    assert processes.wait_until(lambda: running.get("/readyz")[0] == 200, seconds=20)
    assert running.output.count(RESTARTED) == restarts + 1


def test_a_child_that_keeps_dying_ends_the_whole_with_the_reason(settled):
    settled.start()
    while settled.process.poll() is None:
        for pid in belonging_to(settled):
            if _is(pid, "uvicorn"):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    assert settled.process.returncode == 1
    assert "The web server was ended by SIGKILL again after 5 restarts" in settled.output
    assert belonging_to(settled) == []


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


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_make_takes_everything_along_however_it_is_ended(settled, sent):
    """A make that alone gets the signal passes on neither an interrupt nor a kill; `up` notices by itself."""
    recipe = f"run:\n\t@exec {sys.executable} manage.py up --port {settled.port} > {settled.log} 2>&1\n"
    settled.log.unlink()
    make = subprocess.Popen(["make", "-f", "-", "run"], env=settled.environment, cwd=ROOT, stdin=subprocess.PIPE)
    make.stdin.write(recipe.encode())
    make.stdin.close()
    assert processes.wait_until(lambda: "Keyturn is ready" in settled.output, seconds=60)
    make.send_signal(sent)
    assert processes.wait_until(lambda: belonging_to(settled) == [], seconds=20)
    make.wait(timeout=5)


def _is(pid: int, word: str) -> bool:
    try:
        return word in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False
