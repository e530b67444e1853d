"""Who comes next, and who gives way: pure rules that everything scarce follows."""

from collections import Counter

import pytest

from apps.core.fairness import crowder, first_in_turn, in_turn

FLOOD, MATE, OFFICE = ("far", "f"), ("office", "m"), ("office", "o")


@pytest.mark.parametrize(
    ("held", "newcomer", "gives_way"),
    [
        ({("f",): 16}, ("t",), ("f",)),
        ({("f",): 9, ("t",): 7}, ("t",), ("f",)),
        ({("f",): 8, ("t",): 8}, ("t",), None),  # as many are theirs: they wait for their own
        ({("f",): 9, ("t",): 8}, ("t",), None),  # the two would only change places, again and again
        ({("a",): 1, ("b",): 1}, ("t",), None),
        ({}, ("t",), None),
        ({FLOOD: 16}, OFFICE, FLOOD),
        ({FLOOD: 12, MATE: 4}, OFFICE, FLOOD),
        ({MATE: 16}, OFFICE, MATE),  # behind one address sessions share
        ({("far", str(n)): 1 for n in range(16)}, OFFICE, ("far", "0")),  # invented sessions are of no use
        ({FLOOD: 8, MATE: 6, OFFICE: 2}, OFFICE, MATE),
        ({FLOOD: 8, MATE: 4, OFFICE: 4}, OFFICE, None),
    ],
)
def test_whoever_has_most_gives_way_to_who_would_have_fewer(held, newcomer, gives_way):
    assert crowder(held, newcomer) == gives_way


def test_giving_way_ends():
    """Whoever gave way and comes back takes nothing from whoever they gave way to."""
    held, newcomers = Counter({FLOOD: 16}), [OFFICE, FLOOD, MATE] * 20
    for newcomer in newcomers:
        if one := crowder(held, newcomer):
            held.subtract([one])
            held.update([newcomer])
    assert held == {FLOOD: 8, MATE: 4, OFFICE: 4}


@pytest.mark.parametrize(
    ("waiting", "held", "first"),
    [
        ([FLOOD, FLOOD, OFFICE], {FLOOD: 3}, OFFICE),
        ([FLOOD, OFFICE], {}, FLOOD),
        ([FLOOD, MATE, OFFICE], {FLOOD: 2, MATE: 1}, OFFICE),
        ([MATE, FLOOD], {("office", "x"): 2, FLOOD: 1}, FLOOD),
        ([], {FLOOD: 2}, None),
    ],
)
def test_whoever_has_least_comes_next_and_of_equals_who_came_first(waiting, held, first):
    assert first_in_turn(waiting, held) == first


ANN, BEN, EVE = ("pay", "ann"), ("pay", "ben"), ("stores", "eve")


@pytest.mark.parametrize(
    ("waiting", "held", "room", "share", "taken"),
    [
        ([(ANN, 1), (ANN, 2), (BEN, 3)], {}, 9, 9, [1, 3, 2]),
        ([(ANN, 1), (ANN, 2), (BEN, 3)], {}, 2, 9, [1, 3]),
        ([(ANN, 1), (BEN, 2)], {ANN: 1}, 1, 9, [2]),
        ([(ANN, 1), (ANN, 2), (EVE, 3)], {BEN: 1}, 2, 9, [3, 1]),
        ([(ANN, 1), (ANN, 2), (BEN, 3), (EVE, 4)], {}, 9, 2, [1, 4, 3]),  # a team has its share and no more
        ([(ANN, 1), (EVE, 2)], {BEN: 2}, 9, 2, [2]),
        ([], {ANN: 1}, 9, 9, []),
        ([(ANN, 1)], {}, 0, 9, []),
    ],
)
def test_many_are_taken_as_if_each_was_asked_for_alone(waiting, held, room, share, taken):
    assert in_turn(waiting, held, room=room, share=share) == taken


def test_asking_changes_nothing_of_what_is_held():
    held = {ANN: 1}
    in_turn([(ANN, 1)], held, room=1, share=9)
    assert held == {ANN: 1}
