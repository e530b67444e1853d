"""The children of `up`: started in order, started again when they die, ended in reverse and never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from project import processes, supervisor
from project.supervisor import Child, GaveUp, Stopped, Supervisor
from tests.clock import PATIENCE
from tests.servers import ROOT, is_alive

FOREVER = ("sleep", "300")


class Started(Supervisor):
    """A supervisor that notes what it tells the person at the terminal."""

    def __init__(self, folder: Path, *, follow_parent: bool = False) -> None:
        self.messages: list[str] = []
        super().__init__(dict(os.environ), folder, self.messages.append, follow_parent=follow_parent)

    def pids(self) -> list[int]:
        return [process.pid for _, process in self.running]


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Started]:
    made = Started(tmp_path)
    yield made
    made.stop()


def shell(script: str) -> tuple[str, ...]:
    return ("sh", "-c", script)


def supervise_until(whole: Started, condition: Callable[[], object]) -> None:
    def supervised() -> object:
        whole.supervise_once()
        return condition()

    assert processes.wait_until(supervised, seconds=PATIENCE), whole.messages


def test_a_child_that_ends_is_started_again_and_the_terminal_says_how_it_ended(whole: Started) -> None:
    whole.start(Child("worker", shell("test -e again && exec sleep 300; touch again; exit 3"), grace=1))
    supervise_until(whole, lambda: whole.messages)
    assert whole.messages == ["The worker ended with code 3; starting it again."]
    supervise_until(whole, lambda: is_alive(whole.pids()[0]))


def test_the_others_run_on_while_one_is_started_again(whole: Started) -> None:
    whole.start(Child("broker", FOREVER, grace=1))
    whole.start(Child("worker", FOREVER, grace=1))
    broker, worker = whole.pids()
    os.kill(worker, signal.SIGKILL)
    supervise_until(whole, lambda: whole.messages)
    assert whole.messages == ["The worker was ended by SIGKILL; starting it again."]
    assert whole.pids()[0] == broker
    assert whole.pids()[1] != worker


def test_what_a_dead_child_left_running_ends_before_it_is_started_again(whole: Started, tmp_path: Path) -> None:
    left = tmp_path / "left"
    whole.start(Child("worker", shell("test -e left && exec sleep 300; sleep 300 & echo $! > left; exit 1"), grace=1))
    supervise_until(whole, lambda: whole.messages)
    assert processes.wait_until(lambda: not is_alive(int(left.read_text())), seconds=PATIENCE)


def test_a_child_that_keeps_dying_ends_the_whole_with_its_name(whole: Started) -> None:
    whole.start(Child("web server", shell("exit 7"), grace=1))
    with pytest.raises(GaveUp, match=r"The web server ended with code 7 again after 5 restarts within 60 s\."):
        supervise_until(whole, lambda: False)
    assert len(whole.messages) == supervisor.RESTARTS


def test_restarts_of_long_ago_are_forgotten(whole: Started) -> None:
    whole.restarts.extend([time.monotonic() - supervisor.WITHIN - 1] * supervisor.RESTARTS)
    whole.start(Child("worker", shell("test -e again && exec sleep 300; touch again; exit 1"), grace=1))
    supervise_until(whole, lambda: whole.messages)
    assert len(whole.restarts) == 1


def test_restarts_count_for_all_children_together(whole: Started) -> None:
    whole.restarts.extend([time.monotonic()] * supervisor.RESTARTS)
    whole.start(Child("clock", shell("exit 0"), grace=1))
    with pytest.raises(GaveUp, match="The clock ended with code 0"):
        supervise_until(whole, lambda: False)


def test_the_ground_ends_after_those_who_stand_on_it(whole: Started, tmp_path: Path) -> None:
    def noting(name: str) -> tuple[str, ...]:
        return shell(f"trap 'echo {name} >> ended; exit' TERM; echo {name} >> begun; while :; do sleep 0.05; done")

    whole.start(Child("broker", noting("broker"), grace=5, is_ground=True))
    whole.start(Child("worker", noting("worker"), grace=5))
    supervise_until(whole, lambda: (tmp_path / "begun").exists() and len((tmp_path / "begun").read_text().split()) == 2)
    whole.stop()
    assert (tmp_path / "ended").read_text().split() == ["worker", "broker"]
    assert whole.messages == []
    assert whole.running == []


def test_a_child_that_will_not_end_is_killed_and_named(whole: Started, tmp_path: Path) -> None:
    whole.start(Child("worker", shell("trap '' TERM; touch begun; while :; do sleep 0.05; done"), grace=0.2))
    supervise_until(whole, lambda: (tmp_path / "begun").exists())
    (pid,) = whole.pids()
    whole.stop()
    assert whole.messages == ["The worker did not end within 0.2 s and was killed."]
    assert not is_alive(pid)


def test_a_command_is_run_to_its_end_while_the_children_are_looked_after(whole: Started) -> None:
    whole.start(Child("broker", shell("test -e again && exec sleep 300; touch again; exit 1"), grace=1))
    assert whole.run_once(shell("while ! test -e again; do sleep 0.05; done; sleep 0.3; exit 4")) == 4
    assert whole.messages == ["The broker ended with code 1; starting it again."]


def test_a_command_is_not_left_running_when_the_whole_is_asked_to_stop(whole: Started, tmp_path: Path) -> None:
    whole.stop_asked = True
    with pytest.raises(Stopped):
        whole.run_once(shell("echo $$ > pid; exec sleep 300"))
    pid = (tmp_path / "pid").read_text() if (tmp_path / "pid").exists() else ""  # it may have ended before it wrote
    assert not pid or not is_alive(int(pid))


def test_waiting_ends_when_the_condition_comes_true_or_time_is_up(whole: Started, tmp_path: Path) -> None:
    whole.start(Child("worker", shell("touch ready; exec sleep 300"), grace=1))
    assert whole.wait_until((tmp_path / "ready").exists, seconds=20)
    assert not whole.wait_until((tmp_path / "never").exists, seconds=0.1)


def test_waiting_and_running_end_when_somebody_asks_to_stop(whole: Started) -> None:
    whole.stop_asked = True
    with pytest.raises(Stopped):
        whole.wait_until(lambda: False, seconds=20)
    with pytest.raises(Stopped):
        whole.run()


def test_running_supervises_again_and_again(whole: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = iter([None, None, Stopped()])

    def supervise_once() -> None:
        if (end := next(rounds)) is not None:
            raise end

    monkeypatch.setattr(whole, "supervise_once", supervise_once)
    monkeypatch.setattr(supervisor, "POLL_SECONDS", 0)
    with pytest.raises(Stopped):
        whole.run()
    assert list(rounds) == []


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_a_request_to_end_and_a_closed_terminal_ask_to_stop(whole: Started, kind: signal.Signals) -> None:
    before = signal.getsignal(kind)
    with supervisor.stopping_on_signals(whole):
        for _ in range(2):
            os.kill(os.getpid(), kind)
        assert processes.wait_until(lambda: whole.stop_asked, seconds=PATIENCE)
    assert signal.getsignal(kind) is before
    with pytest.raises(Stopped):
        whole.supervise_once()


def test_who_follows_a_parent_stops_when_it_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    following = Started(tmp_path, follow_parent=True)
    following.supervise_once()
    monkeypatch.setattr(supervisor.os, "getppid", lambda: 1)
    with pytest.raises(Stopped):
        following.supervise_once()


def test_who_follows_a_parent_stops_when_it_stopped_listening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "catches_interrupt", lambda pid: True)
    following = Started(tmp_path, follow_parent=True)
    following.supervise_once()
    monkeypatch.setattr(processes, "catches_interrupt", lambda pid: False)
    with pytest.raises(Stopped):
        following.supervise_once()


def test_a_parent_that_never_listened_is_only_asked_whether_it_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "catches_interrupt", lambda pid: False)
    Started(tmp_path, follow_parent=True).supervise_once()


SUPERVISE = """
import os, pathlib
from project.supervisor import Child, Stopped, Supervisor, stopping_on_signals
whole = Supervisor(os.environ, pathlib.Path.cwd(), print, follow_parent=True)
with stopping_on_signals(whole):
    try:
        whole.start(Child("worker", ("sh", "-c", "echo $$ > {note}; exec sleep 300"), grace=1))
        whole.run()
    except Stopped:
        pass
    finally:
        whole.stop()
"""


def under_make(command: str, environment: dict[str, str]) -> subprocess.Popen:
    """`make run` with a recipe of this command."""
    make = subprocess.Popen(["make", "-f", "-", "run"], env=environment, cwd=ROOT, stdin=subprocess.PIPE)
    make.stdin.write(f"run:\n\t@exec {command}\n".encode())
    make.stdin.close()
    return make


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_make_takes_everything_along_however_it_is_ended(tmp_path: Path, sent: signal.Signals) -> None:
    """A make that alone gets the signal passes on neither an interrupt nor a kill; `up` notices by itself."""
    script, note = tmp_path / "supervise.py", tmp_path / "pid"
    script.write_text(SUPERVISE.format(note=note))
    make = under_make(f"{sys.executable} {script}", dict(os.environ) | {"PYTHONPATH": str(ROOT)})
    assert processes.wait_until(lambda: note.exists() and note.read_text().strip(), seconds=PATIENCE)
    make.send_signal(sent)
    assert processes.wait_until(lambda: not is_alive(int(note.read_text())), seconds=PATIENCE)
    make.wait(timeout=PATIENCE)
