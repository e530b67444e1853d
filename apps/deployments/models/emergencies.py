import uuid
from collections.abc import Collection, Iterable
from typing import Any

from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.core.wording import LONGEST_FOR_ANOTHER
from apps.signoff.models import Signable, SignOff

from .deployments import Deployment
from .items import Item


class Emergency(Signable):
    """One decider authorised to go before every key was turned: why, and what that owes until `due_at`.

    It changes no verdict and lets no item through. A deployment has one at most, and ends once both debts are paid:
    the keys of the items that it owes, and its review.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deployment = models.OneToOneField(Deployment, models.PROTECT, related_name="emergency")
    reason = models.TextField()
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="+")  # who sees to the review
    reviewer_name = models.CharField(max_length=120)
    authorised_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    authorised_by_name = models.CharField(max_length=LONGEST_FOR_ANOTHER)  # with for whom, where they stood in
    authorised_at = models.DateTimeField(null=True)  # when its key was turned, in the transaction that began it
    due_at = models.DateTimeField(null=True)

    contributor_keys = 0
    verifier = Role.DECIDER

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="emergency_says_why"),
            models.CheckConstraint(condition=~Q(reviewer=models.F("authorised_by")), name="emergency_seen_by_another"),
            models.CheckConstraint(
                condition=Q(authorised_at=None, due_at=None) | Q(due_at__gt=models.F("authorised_at")),
                name="emergency_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"emergency of {self.deployment}"

    @property
    def called(self) -> str:
        """What people call it."""
        return "the emergency lane"

    @property
    def called_in_full(self) -> str:
        """The same, and of which deployment."""
        return f"the emergency lane of {self.deployment.code}"

    @classmethod
    def with_covered(cls, pks: Collection[uuid.UUID]) -> "Iterable[Emergency]":
        """Those rows with all that `covered` reads."""
        found = cls._base_manager.filter(pk__in=pks).select_related("sign_off")
        return found.prefetch_related("owed", "sign_off__signatures")

    def covered(self) -> dict[str, Any]:
        """Exactly what whoever authorises signs; reads what it owes, prefetched."""
        return self.content([[str(row.item_id), row.digest, row.turned, row.required] for row in self.owed.all()])

    def content(self, owed: list[list[Any]]) -> dict[str, Any]:
        """The same, where `owed` has one [item id, digest, keys turned, keys required] for each item it owes."""
        return {
            "emergency_of": str(self.deployment_id),
            "reason": self.reason,
            "reviewer": str(self.reviewer_id),
            "owed": sorted(owed),
        }


class OwedItem(models.Model):
    """An item that lacked keys when the emergency was authorised, and how many were turned over which digest then."""

    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="owed", db_index=False)
    item = models.OneToOneField(Item, models.PROTECT, related_name="owed")
    digest = models.CharField(max_length=64)
    turned = models.PositiveSmallIntegerField()
    required = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["emergency", "item"], name="owed_once"),
            models.CheckConstraint(condition=Q(required__gt=models.F("turned")), name="owed_lacks_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.item}, owed"


class EmergencyReview(Signable):
    """Why the emergency lane was needed, what it skipped, and what keeps it from happening again.

    One person writes it and turns the first key, a decider turns the second; whoever authorised may write it, and
    never turns the second.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    emergency = models.OneToOneField(Emergency, models.PROTECT, related_name="review")
    findings = models.TextField(blank=True)
    prevention = models.TextField(blank=True)

    verifier = Role.DECIDER
    needed_keys = 2

    def __str__(self) -> str:
        return f"review of {self.emergency}"

    @property
    def called(self) -> str:
        """What people call it."""
        return "the review of the emergency"

    @property
    def called_in_full(self) -> str:
        """The same, and of which deployment."""
        return f"the review of the emergency of {self.emergency.deployment.code}"

    @classmethod
    def awaited(cls, sign_offs: "models.QuerySet[SignOff]") -> "list[EmergencyReview]":
        """Those that somebody wrote."""
        found = cls._base_manager.select_related("emergency__deployment__team").filter(sign_off__in=sign_offs)
        return list(found.exclude(findings=""))

    @classmethod
    def with_covered(cls, pks: Collection[uuid.UUID]) -> "Iterable[EmergencyReview]":
        """Those rows with all that `covered` reads."""
        found = cls._base_manager.filter(pk__in=pks).select_related("sign_off")
        return found.prefetch_related("sign_off__signatures")

    def covered(self) -> dict[str, Any]:
        """Exactly what its two keys cover."""
        return {
            "review_of": str(self.emergency_id),
            "findings": self.findings,
            "prevention": self.prevention,
        }
