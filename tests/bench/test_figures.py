"""How the bench turns measures into lines, finds the documented commands and reads the CPU of other processes."""

import os
import subprocess
import sys

import pytest

from bench import figures, served, table
from bench.clock import cpu_of_tree, tree

SERVED = ("/healthz", "small answer", "another's change →", "first load", "rows visible", "8 clients")
BURN = "import os, time; os.fork(); begun = time.process_time()\nwhile time.process_time() - begun < 0.2: pass\ninput()"


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> list[figures.Figure]:
    """An empty table."""
    found: list[figures.Figure] = []
    monkeypatch.setattr(figures, "FIGURES", found)
    return found


def take(values: list[float], goal: float, **options: bool | int | str) -> int:
    """Register a figure that measures these values, and take it."""
    left = iter(values)
    figures.figure("it ÷ raw", goal, **options)(lambda bench: next(left))  # type: ignore[arg-type]
    return figures.run(None, [__name__], served=False)


def test_a_line_has_name_median_goal_spread_and_count(
    registered: list[figures.Figure], capsys: pytest.CaptureFixture[str]
) -> None:
    assert take([9.0, 2.0, 1.0, 3.0], 2.5, rounds=3) == 0
    assert capsys.readouterr().out.split() == [
        "it",
        "÷",
        "raw",
        "2.00",
        "goal",
        "≤",
        "2.5",
        "(1.00–3.00,",
        "n",
        "=",
        "3)",
    ]


@pytest.mark.parametrize(
    ("value", "at_least", "missed"), [(2.6, False, 1), (2.4, False, 0), (2.4, True, 1), (2.6, True, 0)]
)
def test_a_goal_is_missed_on_its_wrong_side_only(
    registered: list[figures.Figure], capsys: pytest.CaptureFixture[str], value: float, at_least: bool, missed: int
) -> None:
    assert take([value], 2.5, rounds=1, warm_up=0, at_least=at_least) == missed
    assert ("MISSED" in capsys.readouterr().out) is bool(missed)


def test_a_mapping_of_goals_makes_a_figure_of_each_size(registered: list[figures.Figure]) -> None:
    figures.figure("board {}", {250: 1.5, 1000: 2.0})(lambda bench, size: size)
    assert [(one.name, one.goal, one.measure(None)) for one in registered] == [
        ("board 250", 1.5, 250),
        ("board 1000", 2.0, 1000),
    ]


def test_only_what_is_asked_for_is_taken(registered: list[figures.Figure], capsys: pytest.CaptureFixture[str]) -> None:
    figures.figure("one ÷ raw", 1, rounds=1)(lambda bench: 1.0)
    figures.figure("other ÷ raw", 1, rounds=1)(lambda bench: 1.0)
    figures.figure("one served ÷ raw", 1, rounds=1, served=True)(lambda bench: 1.0)
    figures.run(None, [__name__], served=False, only="^one")
    assert [line.split(" ÷")[0] for line in capsys.readouterr().out.splitlines()] == ["one"]


def test_every_figure_of_the_table_is_registered_and_named_once() -> None:
    names = [one.name for one in figures.FIGURES]
    assert len(names) == len(set(names)) >= 26
    assert {one.subject for one in figures.FIGURES} == set(table.SUBJECTS)
    for word in SERVED:
        assert all(one.served for one in figures.FIGURES if word in one.name), word


@pytest.mark.parametrize("process", ["migrate", "static files", "web", "worker", "beat"])
def test_the_commands_are_those_of_the_guide(process: str) -> None:
    assert served.documented()[process].split()[0] in ("python", "uvicorn", "celery")


def test_the_cpu_of_a_process_counts_what_it_started() -> None:
    with subprocess.Popen([sys.executable, "-c", BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as burning:
        while cpu_of_tree(burning.pid) < 0.4 or len(list(tree(burning.pid))) < 2:
            assert burning.poll() is None
        assert burning.pid in set(tree(os.getpid()))
        burning.kill()
