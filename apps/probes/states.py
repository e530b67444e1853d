"""The states of a probe run, what each says about its item, and the moves between them."""

from collections.abc import Collection
from datetime import timedelta
from enum import Enum

from django.db.models import TextChoices

from apps.leases.rules import Plan

COMMAND, COMMANDS = "command", "commands"  # a kind of probe, and the queue that is its own


class State(TextChoices):
    """Where a run is; the last five stay, and all of these but the last are results."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    INCONCLUSIVE = "inconclusive", "Inconclusive"
    LOST = "lost", "No result"
    CANCELLED = "cancelled", "Cancelled"


PLAN = Plan(
    "apps.probes.tasks.run_probes", waiting=State.QUEUED, working=State.RUNNING, attempts=5, share=128, together=64
)


# A target that gave no answer so often in a row rests so long; then one probe tries.
FAILURES, RESTS = 5, timedelta(seconds=60)
# How long a run waits for a worker, or for a target that rests, on top of the time that it may take.
PATIENCE = timedelta(minutes=10)


class Answer(Enum):
    """What a probe says about the item it looks after."""

    PASSES = "passes"
    WAITS = "waits"
    FAILS = "fails"


ANSWERS = {
    State.QUEUED: Answer.WAITS,
    State.RUNNING: Answer.WAITS,
    State.PASSED: Answer.PASSES,
    State.FAILED: Answer.FAILS,
    State.INCONCLUSIVE: Answer.FAILS,
    State.LOST: Answer.FAILS,
    State.CANCELLED: Answer.WAITS,  # it says nothing, and is no probe's latest run
}
# The status class of each answer on pages, and the sign before the word of the state.
TAGS = {Answer.WAITS: ("half", ""), Answer.PASSES: ("verified", "✓"), Answer.FAILS: ("failed", "✕")}
FINISHED = tuple(status for status, answer in ANSWERS.items() if answer is not Answer.WAITS)
ENDED = (*FINISHED, State.CANCELLED)


def answer_of(latest: str | None) -> Answer:
    """What the status of a probe's latest run says; a probe that never ran (None) keeps its item waiting."""
    return Answer.WAITS if latest is None else ANSWERS[State(latest)]


MOVES: dict[str, tuple[Collection[str], str]] = PLAN.moves | {
    "pass": ({State.RUNNING}, State.PASSED),
    "fail": ({State.RUNNING}, State.FAILED),
    "doubt": ({State.RUNNING}, State.INCONCLUSIVE),
    "lose": ({State.QUEUED, State.RUNNING}, State.LOST),
    "cancel": ({State.QUEUED}, State.CANCELLED),  # nobody asked yet, so there is no answer that somebody might hide
}
