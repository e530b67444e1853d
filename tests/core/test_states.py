"""Moves as a table."""

import pytest

from apps.core.errors import WrongState
from apps.core.states import after, diagram

DOOR = {"open_it": ({"shut"}, "open"), "shut_it": ({"open"}, "shut"), "lock_it": ({"shut"}, "very_locked")}


@pytest.mark.parametrize(
    ("state", "move", "to"),
    [("shut", "open_it", "open"), ("open", "shut_it", "shut"), ("shut", "lock_it", "very_locked")],
)
def test_a_move_leads_on(state, move, to):
    assert after(DOOR, state, move) == to


@pytest.mark.parametrize(("state", "move"), [("open", "open_it"), ("very_locked", "open_it"), ("open", "lock_it")])
def test_a_move_from_elsewhere_is_refused_in_words(state, move):
    with pytest.raises(WrongState) as refusal:
        after(DOOR, state, move)
    assert "_" not in str(refusal.value)


def test_a_move_nobody_knows_is_a_programming_error():
    with pytest.raises(KeyError):
        after(DOOR, "open", "paint_it")


def test_the_table_draws_itself():
    assert diagram(DOOR).splitlines()[:2] == ["stateDiagram-v2", "    shut --> open: open_it"]
