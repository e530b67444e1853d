"""One-time links into a team."""

import hashlib
import uuid
from datetime import datetime

from django.db import models
from django.utils.crypto import salted_hmac

from apps.accounts.roles import BASES, Role

from .people import OfTeamQuerySet, Team, User


class InvitationQuerySet(OfTeamQuerySet["Invitation"]):
    def open(self, now: datetime) -> "InvitationQuerySet":
        """Those that can still be accepted."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)

    def with_token(self, token: str) -> "InvitationQuerySet":
        """The one whose link holds `token`, if any: the link that its maker was shown, or the one that was mailed."""
        digest = token_digest(token)
        return self.filter(models.Q(token_digest=digest) | models.Q(mailed_digest=digest))


class Invitation(models.Model):
    """A one-time link into a team; without a team it is the first person's, who makes the first one.

    The link itself is shown once and stored nowhere: the row holds its SHA-256. Where an `address` was given, another
    link is mailed there, worked out of the row and a key of the server; whoever joins by that one reads the mail there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="invitations")
    role = models.CharField(max_length=10, choices=[(role, role.label) for role in BASES])
    reads_until = models.DateField(null=True)  # the last day on which who joins by it as an auditor reads
    note = models.CharField(max_length=120, blank=True)
    token_digest = models.CharField(max_length=64, unique=True)
    address = models.EmailField(blank=True)
    mailed_digest = models.CharField(max_length=64, blank=True)
    invited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    invited_by_name = models.CharField(max_length=120, blank=True)
    invited_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    accepted_by_name = models.CharField(max_length=120, blank=True)
    revoked_at = models.DateTimeField(null=True)

    shown = ("team_id", "role", "accepted_by_id", "revoked_at")  # who judges roles goes by it
    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=[*BASES]), name="invitation_role_known"),
            models.CheckConstraint(
                condition=models.Q(role=Role.AUDITOR, reads_until__isnull=False)
                | ~models.Q(role=Role.AUDITOR) & models.Q(reads_until=None),
                name="invitation_auditors_read_until",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, accepted_by=None)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False, revoked_at=None),
                name="invitation_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(team=None, invited_by=None) | models.Q(team__isnull=False, invited_by__isnull=False),
                name="invitation_from_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(address="", mailed_digest="") | ~models.Q(address="") & ~models.Q(mailed_digest=""),
                name="invitation_mailed_somewhere",
            ),
            models.UniqueConstraint(
                fields=["mailed_digest"], condition=~models.Q(mailed_digest=""), name="invitation_mailed_by_one_link"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} in {self.team}" if self.team else "the first person"

    @property
    def destination(self) -> Team:
        """The team it leads into; asking the first person's is a programming error."""
        if self.team is None:
            raise ValueError("the first person's invitation leads into no team")
        return self.team

    @property
    def mailed_token(self) -> str:
        """What the link holds that is mailed."""
        return salted_hmac("keyturn.invitation", self.pk.hex, algorithm="sha256").hexdigest()


def token_digest(token: str) -> str:
    """How a one-time link's token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()
