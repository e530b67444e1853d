"""How a run and a condition of it stand: a shape and a word beside it, the same in rows and in charts.

A dot passed, a square failed, a ring has no value, a hollow square has no result, a dashed circle was not asked.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from apps.probes.conditions import FAIL, INCONCLUSIVE, PASS, WARN
from apps.probes.models import Run
from apps.probes.states import State


class Mark(NamedTuple):
    """shape: the classes that draw it. word: what it says."""

    shape: str
    word: str


NOT_RUN = Mark("", "not run")
NO_VALUE = Mark("half", "no value")
OF_RUN: dict[str, Mark] = {
    State.QUEUED: Mark("", "waiting"),
    State.RUNNING: Mark("going", "being asked"),
    State.PASSED: Mark("verified", "passed"),
    State.FAILED: Mark("failed", "failed"),
    State.INCONCLUSIVE: NO_VALUE,
    State.LOST: Mark("failed lost", "no result"),
    State.CANCELLED: Mark("", "cancelled"),
}
OF_CONDITION = {
    PASS: Mark("verified", "passes"),
    WARN: Mark("verified", "passes with a warning"),
    FAIL: Mark("failed", "fails"),
    INCONCLUSIVE: NO_VALUE,
}


def mark_of(run: Run | None) -> Mark:
    """The mark of a run; that of a probe which never ran for None."""
    return OF_RUN[run.state] if run else NOT_RUN


def mark_of_condition(made: Mapping[str, Any]) -> Mark:
    """The mark of a condition, as a run stores it. A warning about what has no value is no pass."""
    if made["verdict"] == WARN and not made["value"]:
        return NO_VALUE
    return OF_CONDITION[made["verdict"]]
