"""The states of a probe run and the moves between them."""

from collections.abc import Collection

from django.db.models import TextChoices

ATTEMPTS = 5


class Status(TextChoices):
    """Where a run is; the last four are results and stay."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    INCONCLUSIVE = "inconclusive", "Inconclusive"
    LOST = "lost", "No result"


LIVE = (Status.QUEUED, Status.RUNNING)
FINISHED = (Status.PASSED, Status.FAILED, Status.INCONCLUSIVE, Status.LOST)

MOVES: dict[str, tuple[Collection[str], str]] = {
    "claim": ({Status.QUEUED}, Status.RUNNING),
    "queue_again": ({Status.RUNNING}, Status.QUEUED),
    "pass": ({Status.RUNNING}, Status.PASSED),
    "fail": ({Status.RUNNING}, Status.FAILED),
    "doubt": ({Status.RUNNING}, Status.INCONCLUSIVE),
    "lose": ({Status.RUNNING}, Status.LOST),
}
