"""Who comes next to a scarce thing, and who gives way where all of it is taken. Pure.

Whoever wants some is a tuple: what tells them apart for certain first, what they could make up last. That is the person
where somebody signed in is known, the network and the session before that (project/senders.py): who invents sessions
has those of one network, and takes nothing from people behind the same address who signed in.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

Who = tuple[Any, ...]
Wanted = TypeVar("Wanted")


def crowder(held: Mapping[Who, int], newcomer: Who) -> Who | None:
    """Who has to give one up so that `newcomer` has one more; None where the newcomer has to wait.

    held: how many each has. That is whoever has most, if they have no fewer than the newcomer after that. People and
    networks are compared first; where none has to give way, the sessions of the newcomer's own network.
    """
    for depth in range(1, len(newcomer) + 1):
        near = {who: count for who, count in held.items() if who[: depth - 1] == newcomer[: depth - 1]}
        sums = _sums(near, depth)
        most = max(sums, key=lambda who: sums[who], default=newcomer)
        if sums[most] > sums[newcomer[:depth]] + 1:
            return max((who for who in near if who[:depth] == most), key=lambda who: near[who])
    return None


def first_in_turn(waiting: Iterable[Who], held: Mapping[Who, int]) -> Who | None:
    """Who of those that wait comes next: who has least, of equals who came first; None where nobody waits."""
    waiting = list(waiting)
    levels = [_sums(held, depth) for depth in range(1, max(map(len, waiting), default=0) + 1)]
    return min(
        waiting,
        key=lambda who: [sums[who[:depth]] for depth, sums in enumerate(levels, start=1)],
        default=None,
    )


def in_turn(waiting: Iterable[tuple[Who, Wanted]], held: Mapping[Who, int], *, room: int, share: int) -> list[Wanted]:
    """What of all that waits comes next, one after the other, until the room is taken.

    waiting: who wants what, in the order in which each came. share: the most that those may hold together who are the
    same at first sight, such as a team; those who have it are passed over.
    """
    queues: dict[Who, deque[Wanted]] = defaultdict(deque)
    for who, wanted in waiting:
        queues[who].append(wanted)
    held, taken = Counter(held), list[Wanted]()
    while len(taken) < room:
        groups = _sums(held, 1)
        turn = first_in_turn((who for who, queue in queues.items() if queue and groups[who[:1]] < share), held)
        if turn is None:
            break
        taken.append(queues[turn].popleft())
        held[turn] += 1
    return taken


def _sums(held: Mapping[Who, int], depth: int) -> Counter[Who]:
    sums: Counter[Who] = Counter()
    for who, count in held.items():
        sums[who[:depth]] += count
    return sums
