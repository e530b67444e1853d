"""What a sheet can answer, and how the deployment ends with it."""

from django.db.models import TextChoices

from apps.deployments.states import Outcome


class Answer(TextChoices):
    """Production-ready? The sheet's last line."""

    YES = "yes", "Yes"
    NO = "no", "No"
    CAVEATS = "caveats", "With caveats"


# How a deployment ends once its sheet is verified. Completing it takes the verdict GO.
OUTCOMES = {
    Answer.YES: Outcome.COMPLETED,
    Answer.CAVEATS: Outcome.COMPLETED,
    Answer.NO: Outcome.NOT_RELEASED,
}
