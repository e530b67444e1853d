"""However a run ends, nothing is left of it: no process, no zombie, no open file."""

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from project.processes import wait_until
from tests.sandbox.payloads import PAYLOADS
from tests.sandbox.unprivileged import Worker, in_time

RUNS = int(os.environ.get("KEYTURN_TEST_COMMANDS", "40"))
LIMITS: dict[str, Any] = {"seconds": 1, "cpu_seconds": 1, "processes": 8}
NAMES = {
    "leaves a process behind", "leaves one in a session of its own", "leaves a daemon", "forks without end",
    "floods from a process it left behind", "says more than anybody reads", "starts a thousand processes",
    "ignores every signal", "ends in the dark", "signals its parent, which is spared",
}  # fmt: skip
LEAVING = [payload.command(processes=8) for payload in PAYLOADS if payload.name in NAMES]
QUICK = [["true"], ["sh", "-c", "exit 3"], ["/nowhere"], *LEAVING[1:]]


def vanishes(worker: Worker) -> bool:
    """Whether nothing of a killed worker's commands runs half a second later, and nothing is left of them in the end.

    Of what nobody waits for any more the entry in the table of processes stays until the machine's own first process
    clears it away, which here takes a second or two.
    """
    began = time.perf_counter()
    running = [each for each in worker.left() if each.split()[1] != "Z"]
    looked = time.perf_counter() - began
    wait_until(lambda: all(each.split()[1] == "Z" for each in worker.left()), seconds=5)
    assert time.perf_counter() - began <= 0.5 + 3 * looked, running
    return wait_until(lambda: worker.left() == [], seconds=5)


def test_nothing_is_left_of_any_number_of_runs(worker):
    """The long form ends 1,000; a part is cancelled at any moment, and some lose their worker."""
    assert len(LEAVING) == len(NAMES)
    chance = random.Random(1)
    mine = Worker(worker.user + 5_000)
    try:
        for number in range(RUNS):
            argv = chance.choice(QUICK if number % 10 else LEAVING)
            if number % 20 == 19:
                mine.order(argv=argv, limits=LIMITS)
                time.sleep(chance.uniform(0, 0.08))
                os.killpg(mine.process.pid, signal.SIGKILL)
                mine.process.wait()
                assert vanishes(mine), (number, argv, mine.left())
                mine.stop()
                mine = Worker(worker.user + 5_000)
            elif number % 3 == 1:
                mine.order(argv=argv, limits=LIMITS, cancelled_after=chance.uniform(0, 0.08))
                mine.answer()
            else:
                end = mine.run(*argv, **LIMITS)
                assert in_time(end, LIMITS["seconds"]), (number, argv, end)
            assert mine.left() == [], (number, argv, mine.left())
    finally:
        mine.stop()


def test_a_run_that_is_cancelled_is_gone_before_anybody_goes_on(worker):
    worker.order(argv=["sleep", "60"], limits={}, cancelled_after=0.3)
    assert worker.answer() == {"cancelled": True}
    assert worker.left() == []


@pytest.mark.parametrize("moment", [0.0, 0.002, 0.005, 0.01, 0.02, 0.04])
def test_one_that_is_cancelled_while_it_begins_is_gone_too(moment, worker):
    worker.order(argv=["sleep", "60"], limits={}, cancelled_after=moment)
    assert worker.answer() == {"cancelled": True}
    assert worker.left() == []


def test_what_ignores_its_limit_is_gone_half_a_second_after_it(worker):
    """The figure: how long after its limit nothing is left, and by how much the machine itself was late."""
    lates = []
    for _ in range(5):
        end = worker.run("sh", "-c", "trap '' TERM HUP INT; (setsid sleep 60 &); sleep 60", **LIMITS)
        assert end["stopped"] == "deadline"
        assert in_time(end, LIMITS["seconds"]), end
        lates.append(end["seconds"] - LIMITS["seconds"] - 3 * end["lag"])
    assert min(lates) <= 0.1, lates  # the best of five needs no excuse
    assert worker.left() == []


def test_several_at_a_time_do_not_count_against_each_other(worker):
    worker.order(argv=["sh", "-c", "sleep 0.3 & sleep 0.3 & wait; echo done"], limits={"processes": 4}, together=6)
    assert [(each["exit_code"], each["stdout"]) for each in worker.answer()["ends"]] == [(0, "done\n")] * 6
    assert worker.left() == []


def test_a_worker_that_is_killed_takes_its_commands_along(worker):
    other = Worker(worker.user + 5_000)
    other.order(argv=["sh", "-c", "trap '' TERM; sleep 60 & sleep 60"], limits={})
    assert wait_until(lambda: sum("sleep" in each for each in other.left()) == 2, seconds=10)
    other.process.kill()
    other.process.wait()
    assert vanishes(other), other.left()
    other.stop()


def test_no_file_stays_open(worker):
    worker.run("true")
    before = len(os.listdir(f"/proc/{worker.process.pid}/fd"))
    for _ in range(5):
        worker.run("sh", "-c", "sleep 9 & exit 1")
        worker.run("/nowhere")
    worker.order(argv=["sleep", "60"], limits={}, cancelled_after=0.01)
    worker.answer()
    assert len(os.listdir(f"/proc/{worker.process.pid}/fd")) == before


def test_what_it_says_and_how_it_ends_is_told(worker):
    end = worker.run("sh", "-c", 'echo "$WORD"; echo wrong >&2; exit 7', environment={"WORD": "hello"})
    assert (end["stdout"], end["stderr"], end["exit_code"], end["stopped"]) == ("hello\n", "wrong\n", 7, "")


def test_arguments_are_given_as_they_are(worker):
    odd = ["", " a b ", "$HOME", "`id`", "; reboot", "*", "--", "-n", "ä\n\t"]
    end = worker.run("printf", "%s|", *odd)
    assert end["stdout"].encode("latin-1").decode() == "|".join(odd) + "|"


def test_a_program_that_is_not_there_is_said(worker):
    end = worker.run("/usr/bin/not-there")
    assert end["exit_code"] == 127
    assert "No such file" in end["stderr"]


def test_a_signal_is_told_as_shells_tell_it(worker):
    assert worker.run("sh", "-c", "kill -9 $$")["exit_code"] == 137


def test_of_a_flood_the_beginning_is_kept(worker):
    end = worker.run("seq", "1000000")
    assert end["stopped"] == "flood"
    assert end["exit_code"] is None
    assert len(end["stdout"]) == 65536
    assert end["stdout"].startswith("1\n2\n3\n")


def test_what_fits_is_kept_whole(worker):
    end = worker.run("head", "-c", "65536", "/dev/zero")
    assert (end["stopped"], len(end["stdout"])) == ("", 65536)


def test_no_file_of_a_run_is_there_for_the_next_one(worker):
    assert worker.run("sh", "-c", "echo secret > /tmp/kept; ls /tmp")["stdout"] == "kept\n"
    assert worker.run("ls", "/tmp")["stdout"] == ""
    assert not Path("/tmp/kept").exists()
