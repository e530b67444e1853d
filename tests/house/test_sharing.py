"""Processes that share the files of a run leave none out and run none twice."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import servers, sharing

FILES = ("tests/a/test_one.py", "tests/a/test_two.py", "tests/b/test_one.py")
ITEMS: list[Any] = [SimpleNamespace(nodeid=f"{file}::test_{name}") for name in "xy" for file in FILES]


def names(items: Any) -> list[str]:
    return [item.nodeid for item in items]


def test_each_file_is_taken_once_and_whole(tmp_path):
    first, second = sharing.taken(ITEMS, tmp_path), sharing.taken(ITEMS, tmp_path)
    ours = names([next(first)])
    theirs = names(second)
    ours += names(first)
    assert ours == [f"{FILES[0]}::test_x", f"{FILES[0]}::test_y"]
    assert theirs == [f"{file}::test_{name}" for file in FILES[1:] for name in "xy"]


def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **session: Any) -> tuple[bool | None, list[tuple[str, Any]]]:
    """What the loop answers, and each test that it runs, with what it says comes next."""
    run: list[tuple[str, Any]] = []
    hook = SimpleNamespace(pytest_runtest_protocol=lambda item, nextitem: run.append((item.nodeid, nextitem)))
    config = SimpleNamespace(hook=hook, option=SimpleNamespace(collectonly=False))
    whole: Any = SimpleNamespace(
        items=ITEMS, config=config, **({"testsfailed": 0, "shouldfail": False, "shouldstop": False} | session)
    )
    whole.Failed, whole.Interrupted = pytest.Session.Failed, pytest.Session.Interrupted
    monkeypatch.setenv(sharing.SHARED, str(tmp_path))
    return sharing.pytest_runtestloop(whole), run


def test_a_test_knows_which_comes_next_so_that_what_files_share_is_torn_down_once(tmp_path, monkeypatch):
    done, run = ran(tmp_path, monkeypatch)
    order = [f"{file}::test_{name}" for file in FILES for name in "xy"]
    assert done
    assert [name for name, _ in run] == order
    assert [following and following.nodeid for _, following in run] == [*order[1:], None]


def test_what_could_not_be_collected_or_is_to_stop_ends_the_run(tmp_path, monkeypatch):
    assert ran(tmp_path, monkeypatch, testsfailed=1) == (None, [])
    with pytest.raises(pytest.Session.Failed):
        ran(tmp_path, monkeypatch, shouldfail="stopping after 1 failures")
    with pytest.raises(pytest.Session.Interrupted):
        ran(tmp_path, monkeypatch, shouldstop="asked to")


def test_without_a_folder_pytest_runs_everything_itself(tmp_path, monkeypatch):
    monkeypatch.delenv(sharing.SHARED, raising=False)
    assert sharing.pytest_runtestloop(SimpleNamespace()) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("failing", [0, 1])
def test_the_run_ends_with_the_code_of_whichever_failed(tmp_path, failing, monkeypatch, capfd):
    for number in (0, 1):
        wrong = number == failing
        (tmp_path / f"test_{number}.py").write_text(
            f"import time\n\ndef test_it():\n    time.sleep(1)\n    assert not {wrong}\n"
        )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(servers.ROOT))
    assert sharing.main(["-q", "-p", "tests.sharing", "--rootdir", str(tmp_path), str(tmp_path)]) == 1
    shown = capfd.readouterr().out
    assert shown.count("1 passed") == shown.count("1 failed") == 1
