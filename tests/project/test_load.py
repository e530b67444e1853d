"""Whether the audit of `load.py` finds what it is there to find."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.project.load import ACKNOWLEDGED, AT_WORK, REFUSED, UNANSWERED, Load, check_notes, check_signatures

Rows = list[list[Any]]


@pytest.fixture
def load() -> Load:
    """Two signatures that were acknowledged, one without an answer, one refused; a note of each kind."""
    stand: Any = SimpleNamespace(site=None)
    load = Load(stand, dict.fromkeys(AT_WORK, ""), [1], probed=2, seed=0)
    load.intents |= {"one": ACKNOWLEDGED, "two": ACKNOWLEDGED, "three": UNANSWERED, "four": REFUSED}
    load.notes |= {"a": ACKNOWLEDGED, "b": UNANSWERED, "c": REFUSED}
    return load


@pytest.fixture
def rows() -> Rows:
    """What the tables hold of it, rightly."""
    return [
        ["one", "item", 1, 1, "mika", True, 1],
        ["two", "item", 1, 2, "ruth", True, 1],
        ["three", "item", 2, 1, "mika", True, 1],
    ]


def test_what_is_right_passes(load: Load, rows: Rows) -> None:
    check_signatures(load, rows)
    check_signatures(load, rows[:2])  # whether the one without an answer arrived is open
    check_notes(load, {"a": 1, "b": 1})
    check_notes(load, {"a": 1})


WRONG: dict[str, Callable[[Rows], object]] = {
    "one that was acknowledged is gone": lambda rows: rows.pop(0),
    "one that was acknowledged is there twice": lambda rows: rows.append(["one", "other", 1, 1, "mika", True, 1]),
    "one without an answer is there twice": lambda rows: rows.append(["three", "other", 1, 1, "mika", True, 1]),
    "one that was refused is there": lambda rows: rows.append(["four", "other", 1, 1, "mika", True, 1]),
    "no entry tells of it": lambda rows: rows[0].__setitem__(6, 0),
    "two entries tell of it": lambda rows: rows[0].__setitem__(6, 2),
    "it covers what was not to be signed": lambda rows: rows[0].__setitem__(5, False),
    "two keys have one number": lambda rows: rows[1].__setitem__(3, 1),
    "a number is missing": lambda rows: rows[2].__setitem__(3, 2),
    "one person turned two keys": lambda rows: rows[1].__setitem__(4, "mika"),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_signature_that_is_wrong_is_found(load: Load, rows: Rows, change: Callable[[Rows], object]) -> None:
    change(rows)
    with pytest.raises(AssertionError):
        check_signatures(load, rows)


@pytest.mark.parametrize("notes", [{}, {"a": 2}, {"a": 1, "b": 2}, {"a": 1, "c": 1}])
def test_a_note_that_is_wrong_is_found(load: Load, notes: dict[str, int]) -> None:
    with pytest.raises(AssertionError):
        check_notes(load, notes)
