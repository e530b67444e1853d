"""Running examples of the lifecycle, one seed after the other."""

import os
from collections import Counter
from types import SimpleNamespace
from typing import Any

import hypothesis
from hypothesis.stateful import run_state_machine_as_test

from .machine import Lifecycle

FIRST_SEED = int(os.environ.get("KEYTURN_TEST_SEED", "1"))
EXAMPLES: dict[str, Any] = {
    "max_examples": 5,
    "stateful_step_count": 60,
    "database": None,
    "suppress_health_check": list(hypothesis.HealthCheck),
}


def run(cast: SimpleNamespace, *, acts: int, **settings: Any) -> Counter[str]:
    """Examples, one seed after the other, until at least so many acts were done; returns how they ended."""
    ended: Counter[str] = Counter()
    seed = FIRST_SEED
    while ended.total() < acts:
        machine = hypothesis.seed(seed)(type("Lifecycle", (Lifecycle,), {"cast": cast, "ended": ended}))
        run_state_machine_as_test(machine, settings=hypothesis.settings(**EXAMPLES, **settings))
        seed += 1
    return ended
