import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import OfTeamQuerySet, User
from apps.checklists.models import ChecklistTemplate
from apps.deployments.models import Deployment, Item
from apps.evidence.models import Stored


class ProposalKind(models.TextChoices):
    """What became of an item on a deployment."""

    EDITED = "edited", "Edited"
    ADDED = "added", "Added"
    WAIVED = "waived", "Waived"


class ProposalQuerySet(OfTeamQuerySet["TemplateProposal"]):
    memberships_path = "template__team__memberships"

    def open(self) -> "ProposalQuerySet":
        """Those that nobody took or dismissed yet."""
        return self.filter(settled_at=None)


class TemplateProposal(models.Model):
    """What was learned on a deployment, proposed for its template.

    `key` is that of the item, empty for one that was added there; `values` is what it says there, or why it was waived.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    template = models.ForeignKey(ChecklistTemplate, models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=10, choices=ProposalKind)
    key = models.CharField(max_length=50, blank=True)
    values = models.JSONField(default=dict)
    size = models.PositiveIntegerField()  # bytes of the values in canonical JSON
    deployment = models.ForeignKey(Deployment, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="proposals")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(auto_now_add=True)
    taken = models.BooleanField(null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_by_name = models.CharField(max_length=120, blank=True)
    settled_at = models.DateTimeField(null=True)

    stored: ClassVar = Stored(team="template__team")
    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ProposalKind.values), name="proposal_kind_known"),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True, taken__isnull=True)
                | Q(settled_at__isnull=False, settled_by__isnull=False, taken__isnull=False),
                name="proposal_settled_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.deployment.code}: {self.values.get('title', '')}"

    @property
    def takes_out(self) -> bool:
        """Whether taking it removes the item from the template."""
        return self.kind == ProposalKind.WAIVED
