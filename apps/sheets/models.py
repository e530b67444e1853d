"""The sheet, one for each deployment."""

import uuid
from collections.abc import Collection, Iterable
from typing import Any

from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.deployments.models import Deployment
from apps.signoff.models import Signable

from .states import Answer


class Sheet(Signable):
    """The sign-off sheet: eight lines, two signatures, and the deployment closes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deployment = models.OneToOneField(Deployment, models.PROTECT, related_name="sheet")
    version_deployed = models.CharField(max_length=100)
    issues = models.TextField(blank=True)
    resolution = models.TextField(blank=True)
    answer = models.CharField(max_length=8, choices=Answer)
    caveats = models.TextField(blank=True)
    # Who answers for them and until when; verifying the sheet makes a follow-up of that.
    caveats_owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    caveats_owner_name = models.CharField(max_length=120, blank=True)
    caveats_due_on = models.DateField(null=True)
    verdict = models.CharField(max_length=5)

    verifier = Role.DECIDER
    needed_keys = 2  # one person completes it, another verifies it

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(answer__in=Answer.values), name="sheet_answer_known"),
            models.CheckConstraint(condition=Q(verdict__in=["GO", "NO-GO"]), name="sheet_verdict_known"),
            models.CheckConstraint(condition=Q(answer="no") | Q(verdict="GO"), name="sheet_yes_only_with_go"),
            models.CheckConstraint(condition=~Q(answer="caveats") | ~Q(caveats=""), name="sheet_caveats_written"),
            models.CheckConstraint(
                condition=Q(answer="caveats", caveats_owner__isnull=False, caveats_due_on__isnull=False)
                & ~Q(caveats_owner_name="")
                | ~Q(answer="caveats")
                & Q(caveats_owner__isnull=True, caveats_due_on__isnull=True, caveats_owner_name=""),
                name="sheet_caveats_answered_for",
            ),
        ]

    def __str__(self) -> str:
        return f"sheet of {self.deployment}"

    @property
    def called(self) -> str:
        """What people call it."""
        return "the sheet"

    @classmethod
    def with_covered(cls, pks: Collection[uuid.UUID]) -> "Iterable[Sheet]":
        """Those sheets with all that `authors` reads; what a sheet covers takes more than rows of its own."""
        found = cls._base_manager.filter(pk__in=pks).select_related("sign_off", "deployment__rollback_plan")
        return found.prefetch_related("deployment__rollback_plan__authors", "sign_off__signatures")

    def authors(self) -> set[uuid.UUID]:
        """Who wrote on the rollback plan; reads its prefetched authors."""
        return {author.person_id for author in self.deployment.rollback_plan.authors.all()}

    def content(self, *, items: list[list[Any]], waivers: list[list[Any]]) -> dict[str, Any]:
        """Exactly what its two keys cover: its own lines and all that the verdict beneath it rests on.

        `items` has one [id, digest, state, latest run of its probe, who turned its keys] per item in order, `waivers`
        one [item id, digest, who approved it] per waiver that has not ended. An item's digest covers its probe.
        """
        return {
            "sheet_of": str(self.deployment.id),
            "version": self.version_deployed,
            "issues": self.issues,
            "resolution": self.resolution,
            "answer": self.answer,
            "caveats": self.caveats,
            "caveats_owner": str(self.caveats_owner_id or ""),
            "caveats_due_on": self.caveats_due_on.isoformat() if self.caveats_due_on else "",
            "verdict": self.verdict,
            "items": items,
            "waivers": waivers,
            "rollback": self.deployment.rollback_plan.content(),
        }
