"""Every state with every move."""

import pytest

from apps.core.errors import WrongState
from apps.core.states import after
from apps.records.states import MOVES, PLAN, State

ALLOWED = {
    ("claim", State.QUEUED): State.RENDERING,
    ("queue_again", State.RENDERING): State.QUEUED,
    ("file", State.RENDERING): State.FILED,
    ("fail", State.QUEUED): State.FAILED,
    ("fail", State.RENDERING): State.FAILED,
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", MOVES)
def test_a_move_leads_where_the_table_says_or_is_refused(move, state):
    if (move, state) in ALLOWED:
        assert after(MOVES, state, move) == ALLOWED[move, state]
    else:
        with pytest.raises(WrongState):
            after(MOVES, state, move)


def test_finished_records_never_move():
    assert not any(set(sources) - set(PLAN.live) for sources, _ in MOVES.values())
