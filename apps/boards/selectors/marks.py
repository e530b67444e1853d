"""How a run and a condition of it stand: a shape and a word beside it, the same in rows and in charts."""

from collections.abc import Mapping
from typing import Any

from apps.probes.conditions import FAIL, INCONCLUSIVE, PASS, WARN
from apps.probes.models import Run
from apps.probes.states import MARKS, Mark, State

NOT_RUN = Mark("", "not run")
NO_VALUE = MARKS[State.INCONCLUSIVE]
OF_CONDITION = {
    PASS: Mark("verified", "passes"),
    WARN: Mark("verified", "passes with a warning"),
    FAIL: Mark("failed", "fails"),
    INCONCLUSIVE: NO_VALUE,
}


def mark_of(run: Run | None) -> Mark:
    """The mark of a run; that of a probe which never ran for None."""
    return run.mark if run else NOT_RUN


def mark_of_condition(made: Mapping[str, Any]) -> Mark:
    """The mark of a condition, as a run stores it. A warning about what has no value is no pass."""
    if made["verdict"] == WARN and not made["value"]:
        return NO_VALUE
    return OF_CONDITION[made["verdict"]]
