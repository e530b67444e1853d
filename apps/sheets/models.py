"""The sheet, one for each deployment, and what opens it again after it has ended."""

import uuid
from collections.abc import Collection, Iterable
from typing import Any

from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.core.wording import timestamp
from apps.deployments.models import Deployment
from apps.deployments.states import REOPENED
from apps.signoff.models import Signable, SignOff

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

    def content(self, *, items: list[list[Any]], waivers: list[list[Any]], emergency: str) -> dict[str, Any]:
        """Exactly what its two keys cover: its own lines and all that the verdict beneath it rests on.

        `items` has one [id, digest, state, latest run of its probe, who turned its keys] per item in order, `waivers`
        one [item id, digest, who approved it] per waiver that has not ended. An item's digest covers its probe.
        `emergency` is the digest of the emergency lane it went by, empty for none.
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
            "emergency": emergency,
            "rollback": self.deployment.rollback_plan.content(),
        }


class Reopening(Signable):
    """Somebody asked to open again what has ended, and why; `agreed_at` is when another person signed that.

    `outcome`, `closed_at` and who closed it are those of the end that it takes back: each end is taken back once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deployment = models.ForeignKey(Deployment, models.PROTECT, related_name="reopenings")
    reason = models.TextField()
    outcome = models.CharField(max_length=12)
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    closed_by_name = models.CharField(max_length=120)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_by_name = models.CharField(max_length=120)
    asked_at = models.DateTimeField(auto_now_add=True)
    agreed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_by_name = models.CharField(max_length=120, blank=True)
    ended_why = models.TextField(blank=True)

    contributor_keys = 0
    verifier = Role.DECIDER

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="reopening_says_why"),
            models.CheckConstraint(condition=Q(outcome__in=sorted(REOPENED)), name="reopening_of_what_was_decided"),
            models.UniqueConstraint(
                fields=["deployment"],
                condition=Q(agreed_at__isnull=True, ended_at__isnull=True),
                name="reopening_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ended_why="")
                | Q(agreed_at__isnull=True, ended_at__isnull=False, ended_by__isnull=False) & ~Q(ended_why=""),
                name="reopening_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"reopening of {self.deployment}"

    @property
    def called(self) -> str:
        """What people call it."""
        return "the reopening"

    @property
    def called_in_full(self) -> str:
        """The same, and of which deployment."""
        return f"the reopening of {self.deployment.code}"

    @classmethod
    def awaited(cls, sign_offs: "models.QuerySet[SignOff]") -> "list[Reopening]":
        """Those that nobody took back or declined."""
        found = cls._base_manager.select_related("deployment__team").filter(sign_off__in=sign_offs, ended_at=None)
        return list(found)

    @classmethod
    def with_covered(cls, pks: Collection[uuid.UUID]) -> "Iterable[Reopening]":
        """Those rows with all that `covered` reads."""
        found = cls._base_manager.filter(pk__in=pks).select_related("sign_off")
        return found.prefetch_related("sign_off__signatures")

    def covered(self) -> dict[str, Any]:
        """Exactly what whoever agrees signs."""
        return {
            "reopens": str(self.deployment_id),
            "closed_at": timestamp(self.closed_at),
            "outcome": self.outcome,
            "reason": self.reason,
            "asked_by": str(self.asked_by_id),
        }
