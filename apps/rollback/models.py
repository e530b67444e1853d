import uuid
from dataclasses import dataclass

from django.db import models

from apps.accounts.models import Team, User


@dataclass(frozen=True)
class Step:
    """One step as written: what to do and, optionally, the command that does it."""

    title: str
    command: str = ""


EDITED = ("owner", "verification", "last_rehearsed_on", "steps")  # fields of a plan that people write


class RollbackPlan(models.Model):
    """How a deployment is taken back, who owns that, and when it was last tried."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # What they were called when the deployment ended; empty before, and for whoever had left by then.
    owner_name = models.CharField(max_length=120, blank=True)
    verification = models.TextField(blank=True)
    last_rehearsed_on = models.DateField(null=True)
    # Whoever changed it last; everybody who ever did is a PlanAuthor.
    written_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    written_by_name = models.CharField(max_length=120, blank=True)
    # In order, each the fields of a Step.
    steps = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"rollback plan {self.id}"

    def content(self) -> dict[str, object]:
        """The plan in plain values, as the ledger and the sheet keep it."""
        return {
            "owner": str(self.owner_id or ""),
            "steps": [[step["title"], step["command"]] for step in self.steps],
            "verification": self.verification,
            "last_rehearsed_on": self.last_rehearsed_on.isoformat() if self.last_rehearsed_on else "",
        }

    def missing(self, owner: str) -> list[str]:
        """The parts that are still missing, in words; empty when the plan is complete.

        owner: the name of whoever owns it; empty for nobody, and for somebody who left.
        """
        parts = {
            "an owner": bool(owner),
            "at least one step": bool(self.steps),
            "how to verify it": bool(self.verification.strip()),
            "the date it was last rehearsed": self.last_rehearsed_on is not None,
        }
        return [part for part, present in parts.items() if not present]


class PlanAuthor(models.Model):
    """Somebody wrote on a plan, and so does not verify the sheet whose keys cover it."""

    plan = models.ForeignKey(RollbackPlan, models.PROTECT, related_name="authors")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "person"], name="rollback_one_row_per_author")]

    def __str__(self) -> str:
        return f"{self.name} wrote {self.plan_id}"
