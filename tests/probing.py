"""A worker in the place of one: claims what waits, and says how it ended."""

from copy import copy

from apps.ledger.commands import SYSTEM
from apps.probes import commands
from apps.probes.kinds import Outcome
from apps.probes.models import Run

ROOM, SECONDS = 1000, 1000.0  # as much as there is, however long it may take


def claim(run: Run, attempt: int = 1, worker: str = "test") -> Run | None:
    """Take all that waits; the run with its lease, None if this attempt of it did not wait."""
    claimed = commands.claim_runs(by=SYSTEM, worker=worker, room=ROOM, seconds=SECONDS)
    return next((each for each in claimed if (each.pk, each.attempt) == (run.pk, attempt)), None)


def finish(run: Run, outcome: Outcome, attempt: int = 1) -> Run | None:
    """What this attempt came to; None if it does not count."""
    held = copy(run)
    held.attempt = attempt
    return next(iter(commands.finish_runs([(held, outcome)], by=SYSTEM)), None)


def run_through(run: Run, outcome: Outcome) -> Run:
    """Claim it and end it."""
    assert claim(run, run.attempt)
    done = finish(run, outcome, run.attempt)
    assert done
    return done
