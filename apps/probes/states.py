"""The states of a probe run, why one waits, what each says about its item, and the moves between them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

from django.db.models import TextChoices

from apps.core.wording import exact, plural, second
from apps.leases.rules import Plan
from apps.zones.rules import nobody_serves

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


class Mark(NamedTuple):
    """How something stands. shape: the classes that draw it. word: what it says, which stands beside it."""

    shape: str
    word: str


# A dot passed, a square failed, a ring has no value, a hollow square has no result, a dashed circle was not asked: the
# same in lists, in charts and in tags, and told apart without colour.
MARKS = {
    State.QUEUED: Mark("", "waiting"),
    State.RUNNING: Mark("going", "being asked"),
    State.PASSED: Mark("verified", "passed"),
    State.FAILED: Mark("failed", "failed"),
    State.INCONCLUSIVE: Mark("half", "no value"),
    State.LOST: Mark("failed lost", "no result"),
    State.CANCELLED: Mark("", "cancelled"),
}


class Rest(NamedTuple):
    """A target that gave no answer `failures` times in a row, and so is not asked `until` then.

    is_tried: whether one probe tries it now.
    """

    target: str
    failures: int
    until: datetime
    is_tried: bool

    @property
    def why(self) -> str:
        """Why it rests; a sentence goes on behind it."""
        return f"{self.target} gave no answer {plural(self.failures, 'time')} in a row"


class Wait(NamedTuple):
    """Why a run has no result yet. words: for a row of a list. sentence: for its page, with what to do.

    is_held: it waits for more than its turn.
    """

    words: str
    sentence: str
    is_held: bool = True


ASKED = Wait("a worker asks now", "A worker is asking now; the result appears here.", is_held=False)
TURN = Wait("waits for its turn", "Waiting for a worker; the result appears here.", is_held=False)


def wait_for(rest: Rest | None, unserved: str, now: datetime) -> Wait:
    """Why a run waits.

    rest: of its target, where that gives no answer. unserved: its queue, where no worker serves that.
    """
    if rest and rest.is_tried:
        words = "another probe tries its target"
        return Wait(words, f"{rest.why}. Another probe tries it now, and this one waits for what that finds.")
    if rest and rest.until > now:
        words = f"target rests until {second(rest.until)}"
        return Wait(words, f"{rest.why} and rests until {exact(rest.until)}; then one probe tries.")
    if unserved:
        return Wait(f"no worker serves {unserved}", nobody_serves(unserved))
    return TURN


class CountsAs(Enum):
    """What a probe counts as for the item it looks after."""

    PASSES = "passes"
    WAITS = "waits"
    FAILS = "fails"


ANSWERS = {
    State.QUEUED: CountsAs.WAITS,
    State.RUNNING: CountsAs.WAITS,
    State.PASSED: CountsAs.PASSES,
    State.FAILED: CountsAs.FAILS,
    State.INCONCLUSIVE: CountsAs.FAILS,
    State.LOST: CountsAs.FAILS,
    State.CANCELLED: CountsAs.WAITS,  # it says nothing, and is no probe's latest run
}
FINISHED = tuple(status for status, answer in ANSWERS.items() if answer is not CountsAs.WAITS)
TERMINAL = (*FINISHED, State.CANCELLED)


class Standing(NamedTuple):
    """What a probe counts as after a run that `passed` or not; so many runs ended alike `in_a_row` up to it."""

    answer: CountsAs
    passed: bool
    in_a_row: int


def standing_after(before: Standing | None, state: str, *, failure_limit: int, consecutive_successes: int) -> Standing:
    """What a probe counts as after one more run ended in `state`; `before` is None for the first of its settings.

    It counts as failing after `failure_limit` runs in a row that did not pass, as passing after
    `consecutive_successes` that did, and in between as before. "No result" is no answer that a limit may tolerate: it
    counts as failing at once.
    """
    passed = ANSWERS[State(state)] is CountsAs.PASSES
    in_a_row = before.in_a_row + 1 if before and before.passed == passed else 1
    answer = before.answer if before else CountsAs.WAITS
    if passed and in_a_row >= consecutive_successes:
        answer = CountsAs.PASSES
    elif state == State.LOST or (not passed and in_a_row >= failure_limit):
        answer = CountsAs.FAILS
    return Standing(answer, passed, in_a_row)


def counted_in_words(standing: Standing, state: str, *, failure_limit: int, consecutive_successes: int) -> str:
    """Why a probe counts as something else than its last run says, in a sentence; empty where it counts as that."""
    if standing.answer is ANSWERS[State(state)]:
        return ""
    if standing.passed:
        return f"Passed {standing.in_a_row} of {consecutive_successes} times in a row after which it counts as passing."
    so_far = f"Did not pass {standing.in_a_row} of {failure_limit} times in a row after which it counts as failing"
    return f"{so_far}; it still counts as passing." if standing.answer is CountsAs.PASSES else f"{so_far}."


def answer_of(latest: str | None, counts_as: str = "") -> CountsAs:
    """What a probe says whose latest run has that state; one that never ran (None) keeps its item waiting.

    counts_as: what the probe counts as since that run, empty where it has no result.
    """
    if counts_as:
        return CountsAs(counts_as)
    return CountsAs.WAITS if latest is None else ANSWERS[State(latest)]


MOVES: dict[str, tuple[Collection[str], str]] = PLAN.moves | {
    "pass": ({State.RUNNING}, State.PASSED),
    "fail": ({State.RUNNING}, State.FAILED),
    "doubt": ({State.RUNNING}, State.INCONCLUSIVE),
    "lose": ({State.QUEUED, State.RUNNING}, State.LOST),
    "cancel": ({State.QUEUED}, State.CANCELLED),  # nobody asked yet, so there is no answer that somebody might hide
}
