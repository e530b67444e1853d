import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Count, F, Q

from apps.accounts.models import OfTeamQuerySet, Team, User
from apps.core.shown import texts
from apps.core.wording import timestamp
from apps.evidence.models import Stored
from apps.probes.argv import Limits, content
from apps.probes.models import Approvable
from apps.signoff.models import Signable

SWITCHED_OFF = "This team runs no commands. An admin of the team can switch them on, on the page of its people."


class CommandQuerySet(OfTeamQuerySet["Command"]):
    def in_use(self) -> "CommandQuerySet":
        """Those that nobody withdrew."""
        return self.filter(withdrawn_at=None)

    def approved(self) -> "CommandQuerySet":
        """Those that may run: as many people approved as it takes, and nobody withdrew it."""
        turned = Q(sign_off__signatures__revision=F("sign_off__revision"))
        counted = self.in_use().alias(turned=Count("sign_off__signatures", filter=turned))
        return counted.filter(turned__gte=F("sign_off__required"))

    def for_signing(self) -> "CommandQuerySet":
        """With all that permissions and commands read of its keys."""
        related = self.select_related("team", "sign_off")
        return related.prefetch_related(
            "sign_off__signatures", "sign_off__contributions", "sign_off__rejections", "sign_off__revisions"
        )


class Command(Signable, Approvable):
    """A program with its arguments and limits that a team may run. It never changes: another one is proposed instead.

    `digest` is SHA-256 over the RFC 8785 form of `argv` and `limits`, and what its keys are turned over.
    """

    KIND: ClassVar = "command"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    argv = models.JSONField()
    limits = models.JSONField()
    digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()  # bytes of what is approved in canonical JSON
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_by_name = models.CharField(max_length=120)
    proposed_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_by_name = models.CharField(max_length=120, blank=True)

    needed_keys = 2
    contributor_keys = 1  # who proposes it may be the first of the two, and never both
    stored: ClassVar = Stored()
    objects = CommandQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "digest"], condition=Q(withdrawn_at=None), name="program_proposed_once"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="program_withdrawn_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def called(self) -> str:
        """What people call it."""
        return f"the command “{self.name}”"

    @property
    def stream(self) -> str:
        """Its chain in the ledger."""
        return f"command/{self.id}"

    @property
    def standing(self) -> dict[str, str]:
        """What its page shows, to whoever would withdraw it."""
        return texts(withdrawn=self.withdrawn_at and timestamp(self.withdrawn_at)) | self.sign_off.standing

    def covered(self) -> dict[str, Any]:
        """What its keys cover: the program, every argument and every limit."""
        return content(self.argv, Limits(**self.limits))

    @classmethod
    def refusal(cls, team: uuid.UUID, digest: str) -> str:
        """Why what has this digest does not run for that team; empty where it does."""
        if not Team.objects.filter(pk=team, runs_commands=True).exists():
            return SWITCHED_OFF
        if not cls.objects.approved().filter(team=team, digest=digest).exists():
            return (
                "Two people have not approved this command as it is written here, or somebody withdrew it. "
                "The page of the team’s commands says which are approved."
            )
        return ""
