import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.checklists.models import TemplateVersion
from apps.evidence.models import Stored

from .states import StepState


class DraftStep(models.Model):
    """One edit of a draft as everybody who edits it can undo it. changes: what `rules.stored` makes of them."""

    version = models.ForeignKey(TemplateVersion, models.PROTECT, related_name="steps")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=StepState, default=StepState.DONE)
    words = models.CharField(max_length=300)  # what it did, past tense, as the button that undoes it says
    changes = models.JSONField(default=list)
    size = models.PositiveIntegerField(default=0)  # bytes of `changes` in canonical JSON
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(auto_now=True)
    intent = models.UUIDField(default=uuid.uuid4)

    stored: ClassVar = Stored(team="version__template__team")
    unproved = {"*": "it says how to undo an edit; what the edit did is proved by the rows it changed"}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="studio_one_step_per_number"),
            models.UniqueConstraint(fields=["version", "intent"], name="studio_one_step_per_intent"),
            models.CheckConstraint(condition=Q(state__in=StepState.values), name="studio_step_state_known"),
        ]

    def __str__(self) -> str:
        return f"step {self.number}: {self.words}"
