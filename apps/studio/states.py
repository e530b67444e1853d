"""What became of an edit of a draft."""

from django.db.models import TextChoices


class StepState(TextChoices):
    """Done and undone take turns; an edit made after something was undone drops that for good."""

    DONE = "done", "Done"
    UNDONE = "undone", "Undone"


MOVES = {
    "undo_step": ({StepState.DONE}, StepState.UNDONE),
    "redo_step": ({StepState.UNDONE}, StepState.DONE),
}
