"""A figure is a function that measures once; here it gets its name and goal, is repeated and printed.

@figure("board {} unchanged ÷ raw", {250: 1.5, 1000: 1.5})
def unchanged(bench: Bench, size: int) -> float: ...

board 250 unchanged ÷ raw                      1.42  goal ≤ 1.5  (1.38–1.51, n = 15)
"""

import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

ROUNDS = 15
FIGURES: list["Figure"] = []


@dataclass(frozen=True)
class Figure:
    """One line of the table. `measure()` takes it once and answers in `unit`; no unit is a ratio."""

    subject: str
    name: str
    goal: float
    measure: Callable[[Any], float]
    unit: str
    at_least: bool
    rounds: int
    warm_up: int
    served: bool

    def is_missed(self, value: float) -> bool:
        """Whether `value` is on the wrong side of the goal."""
        return value < self.goal if self.at_least else value > self.goal

    def take(self, bench: Any, most_rounds: int) -> bool:
        """Measure, print one line, and answer whether the goal is reached."""
        rounds = min(self.rounds, most_rounds)
        values = [self.measure(bench) for _ in range(self.warm_up + rounds)][self.warm_up :]
        middle = statistics.median(values)
        missed = self.is_missed(middle)
        goal = f"goal {'≥' if self.at_least else '≤'} {self.goal:g}"
        spread = f"({min(values):.2f}–{max(values):.2f}, n = {rounds})"
        shown = f"{middle:.2f} {self.unit}".strip()
        print(f"{self.name:52} {shown:>12}  {goal:12} {spread}{'  MISSED' if missed else ''}", flush=True)
        return not missed


def figure(
    name: str,
    goal: float | Mapping[int, float],
    *,
    unit: str = "",
    at_least: bool = False,
    rounds: int = ROUNDS,
    warm_up: int = 1,
    served: bool = False,
) -> Callable[[Callable[..., float]], Callable[..., float]]:
    """Register a measure. A mapping of sizes to goals makes one figure of each size, which the measure is given.

    warm_up: first rounds that do not count. served: only over HTTP, with the product started as in production.
    """

    def register(measure: Callable[..., float]) -> Callable[..., float]:
        goals = goal if isinstance(goal, Mapping) else {None: goal}
        for size, its_goal in goals.items():
            one = measure if size is None else partial(_of_size, measure, size)
            FIGURES.append(
                Figure(measure.__module__, name.format(size), its_goal, one, unit, at_least, rounds, warm_up, served)
            )
        return measure

    return register


def run(bench: Any, subjects: Sequence[str], *, served: bool, only: str = "", most_rounds: int = ROUNDS) -> int:
    """Subject by subject, take every figure whose name matches the pattern `only`; how many goals were missed."""
    chosen = [one for one in FIGURES if re.search(only, one.name) and (served or not one.served)]
    chosen.sort(key=lambda one: subjects.index(one.subject))
    return sum(not one.take(bench, most_rounds) for one in chosen)


def _of_size(measure: Callable[..., float], size: int, bench: Any) -> float:
    return measure(bench, size)
