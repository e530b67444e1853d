"""The states of a probe run and the moves between them."""

from collections.abc import Collection

from django.db.models import TextChoices

from apps.leases.rules import Plan


class State(TextChoices):
    """Where a run is; the last four are results and stay."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    INCONCLUSIVE = "inconclusive", "Inconclusive"
    LOST = "lost", "No result"


PLAN = Plan("apps.probes.tasks.run_probe", waiting=State.QUEUED, working=State.RUNNING, attempts=5)
FINISHED = (State.PASSED, State.FAILED, State.INCONCLUSIVE, State.LOST)

MOVES: dict[str, tuple[Collection[str], str]] = PLAN.moves | {
    "pass": ({State.RUNNING}, State.PASSED),
    "fail": ({State.RUNNING}, State.FAILED),
    "doubt": ({State.RUNNING}, State.INCONCLUSIVE),
    "lose": ({State.RUNNING}, State.LOST),
}
