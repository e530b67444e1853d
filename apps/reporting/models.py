import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import OfTeamQuerySet, User
from apps.deployments.models import Item
from apps.probes.models import Probe

USED = "when and from where it was last used, and how often in that minute, which no record states"


class TokenQuerySet(OfTeamQuerySet["Token"]):
    memberships_path = "item__deployment__team__memberships"

    def working(self, now: datetime) -> "TokenQuerySet":
        """Those that are neither revoked nor expired."""
        return self.filter(revoked_at=None, expires_at__gt=now)


class Token(models.Model):
    """By which a CI job or a script reports to one probe of one item, and does nothing else.

    It is shown once and stored nowhere: `digest` is its SHA-256. It acts for whoever made it, as long as they may.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="tokens")
    probe = models.ForeignKey(Probe, models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    revoked_by_name = models.CharField(max_length=120, blank=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.CharField(max_length=45, blank=True)
    used_in_minute = models.PositiveIntegerField(default=0)

    unproved: ClassVar = dict.fromkeys(("last_used_at", "last_used_from", "used_in_minute"), USED)
    objects = TokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="token_revoked_by_somebody",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="token_expires_later"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def called(self) -> str:
        """What runs and records call it."""
        return f"token “{self.name}” of {self.created_by_name}"
