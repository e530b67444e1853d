"""How a kind of leased work goes, as data."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """How one kind of work is done: by which task, in which two states, and how often it is tried.

    task: the task's full name; it takes `work_id` and `attempt` and begins with `commands.claim`. Where it does many at
        once, it takes nothing, and claims by `commands.next_in_turn` and `commands.claim_all` what waits.
    waiting, working: the states of its table before a worker took it and while one has it.
    attempts: how many workers may die of it before it is given up.
    share: how much of it one team may have at work at once; the rest waits, and leaves the workers to other teams.
    together: how much of it one message stands for.
    """

    task: str
    waiting: str
    working: str
    attempts: int
    share: int
    together: int = 1

    @property
    def live(self) -> tuple[str, str]:
        """The states in which its result is still to come."""
        return self.waiting, self.working

    @property
    def moves(self) -> dict[str, tuple[Collection[str], str]]:
        """The moves that workers and the sweep make; the kind adds those that end it."""
        return {"claim": ({self.waiting}, self.working), "queue_again": ({self.working}, self.waiting)}
