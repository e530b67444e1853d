"""Child processes that never outlive who started them."""

import os
import subprocess
import sys
from pathlib import Path

from project import processes
from tests.clock import PATIENCE
from tests.servers import is_alive


def started(script: str) -> subprocess.Popen:
    return processes.start(["sh", "-c", script], stdout=subprocess.PIPE)


def test_a_child_leads_a_session_of_its_own_so_that_ctrl_c_reaches_its_parent_only():
    process = started("exec sleep 300")
    assert os.getsid(process.pid) == process.pid
    assert processes.stop(process, grace=5)


def test_a_child_gets_the_environment_it_is_given():
    process = processes.start(["sh", "-c", "echo $WORD"], env={"WORD": "key"}, stdout=subprocess.PIPE)
    assert process.communicate()[0] == b"key\n"


def test_stopping_says_whether_asking_was_enough(tmp_path):
    obedient = started("exec sleep 300")
    assert processes.stop(obedient, grace=5) is True
    deaf = started(f"trap '' TERM; touch {tmp_path}/begun; while :; do sleep 0.05; done")
    assert processes.wait_until((tmp_path / "begun").exists, seconds=PATIENCE)
    assert processes.stop(deaf, grace=0.2) is False
    assert deaf.returncode == -9


def test_stopping_what_has_ended_is_no_error():
    process = started("exit 3")
    process.wait()
    assert processes.stop(process, grace=1) is True
    assert process.returncode == 3


def test_what_a_child_started_ends_with_it():
    process = started("sleep 300 & echo $!; wait")
    grandchild = int(process.stdout.readline())
    assert Path(f"/proc/{grandchild}").exists()
    processes.stop(process, grace=0.5)
    assert processes.wait_until(lambda: not is_alive(grandchild), seconds=PATIENCE)


def test_a_child_dies_with_a_parent_that_was_killed(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from project import processes;"
        "child = processes.start(['sleep', '300']); Path(sys.argv[1]).write_text(str(child.pid)); time.sleep(300)"
    )
    note = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", script, str(note)])
    assert processes.wait_until(lambda: note.exists() and note.read_text(), seconds=PATIENCE)
    parent.kill()
    parent.wait()
    assert processes.wait_until(lambda: not is_alive(int(note.read_text())), seconds=PATIENCE)


def test_who_listens_to_ctrl_c_is_known_from_outside():
    assert processes.catches_interrupt(os.getpid())
    deaf = processes.start(["sleep", "300"])  # a shell catches it until it has become something else
    assert not processes.wait_until(lambda: processes.catches_interrupt(deaf.pid), seconds=0.2)
    processes.stop(deaf, grace=5)
    assert not processes.catches_interrupt(deaf.pid)


def test_waiting_ends_with_the_condition_or_with_the_time():
    answers = iter([False, True])
    assert processes.wait_until(lambda: next(answers), seconds=PATIENCE) is True
    assert processes.wait_until(lambda: False, seconds=0.01) is False
