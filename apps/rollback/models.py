import uuid

from django.db import models

from apps.accounts.models import Team, User

from .rules import missing


class RollbackPlan(models.Model):
    """How a deployment is taken back, who owns that, and when it was last tried."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    verification = models.TextField(blank=True)
    last_rehearsed_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"rollback plan {self.id}"

    @property
    def missing(self) -> list[str]:
        """What is still missing; reads prefetched steps."""
        return missing(
            owner=self.owner_id,
            steps=len(self.steps.all()),
            verification=self.verification,
            last_rehearsed_on=self.last_rehearsed_on,
        )

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


class RollbackStep(models.Model):
    """One step, in order, with the command it runs if it runs one."""

    plan = models.ForeignKey(RollbackPlan, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=300)
    command = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "position"], name="rollback_one_step_per_position")]

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"
