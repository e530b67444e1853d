"""The states of a record and the moves between them."""

from collections.abc import Collection

from django.db.models import TextChoices

ATTEMPTS = 3


class State(TextChoices):
    """Where a record is; the last two stay."""

    QUEUED = "queued", "Waiting"
    RENDERING = "rendering", "Being made"
    FILED = "filed", "Filed"
    FAILED = "failed", "Not made"


LIVE = (State.QUEUED, State.RENDERING)

MOVES: dict[str, tuple[Collection[str], str]] = {
    "claim": ({State.QUEUED}, State.RENDERING),
    "queue_again": ({State.RENDERING}, State.QUEUED),
    "file": ({State.RENDERING}, State.FILED),
    "fail": ({State.QUEUED, State.RENDERING}, State.FAILED),
}
