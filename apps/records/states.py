"""The states of a record and the moves between them."""

from collections.abc import Collection

from django.db.models import TextChoices

from apps.leases.rules import Plan


class State(TextChoices):
    """Where a record is; the last two stay."""

    QUEUED = "queued", "Waiting"
    RENDERING = "rendering", "Being made"
    FILED = "filed", "Filed"
    FAILED = "failed", "Not made"


PLAN = Plan("apps.records.tasks.render_record", waiting=State.QUEUED, working=State.RENDERING, attempts=3, share=1)

MOVES: dict[str, tuple[Collection[str], str]] = PLAN.moves | {
    "file": ({State.RENDERING}, State.FILED),
    "fail": ({State.QUEUED, State.RENDERING}, State.FAILED),
}
