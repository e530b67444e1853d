"""How a deployment moves, and how it can end."""

from django.db.models import TextChoices


class State(TextChoices):
    """Where a deployment stands."""

    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    CLOSED = "closed", "Closed"


class Outcome(TextChoices):
    """How a closed deployment ended."""

    COMPLETED = "completed", "Completed"
    NOT_RELEASED = "not_released", "Not released"
    CANCELLED = "cancelled", "Cancelled"


class Answer(TextChoices):
    """Production-ready? The sheet's last line."""

    YES = "yes", "Yes"
    NO = "no", "No"
    CAVEATS = "caveats", "With caveats"


MOVES = {
    "open_review": ({State.DRAFT}, State.IN_REVIEW),
    "verify_sheet": ({State.IN_REVIEW}, State.CLOSED),
    "cancel_deployment": ({State.DRAFT, State.IN_REVIEW}, State.CLOSED),
}
