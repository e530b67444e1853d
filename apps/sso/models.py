"""Who somebody is at the sign-in service, and what it was asked and did not answer yet."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from apps.accounts.models import Invitation, User

from .rules import LONGEST_SUBJECT, Purpose


class IdentityQuerySet(models.QuerySet["Identity"]):
    def visible_to(self, user: User) -> Self:
        """Their own."""
        return self.filter(person=user)


class Identity(models.Model):
    """Who somebody is at an issuer: by these two their account is found, and by nothing else, never by mail."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, models.PROTECT, related_name="identities")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=LONGEST_SUBJECT)
    linked_at = models.DateTimeField()

    shown = ("person_id", "issuer", "subject")
    objects = IdentityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "identities"
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="sso_one_account_each")]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.issuer}"


class Asked(models.Model):
    """A question to the service, answered once and within minutes, in the browser that it was asked in.

    state: SHA-256 of what comes back with the answer. verifier: shows that whoever fetches the token asked for it.
    username, full_name: of who joins. by_mail: whether they hold the link that was mailed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=10, choices=Purpose)
    state = models.CharField(max_length=64)
    nonce = models.CharField(max_length=64)
    verifier = models.CharField(max_length=64)
    person = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")  # who links
    invitation = models.ForeignKey(Invitation, models.CASCADE, null=True, related_name="+")
    by_mail = models.BooleanField(default=False)
    username = models.CharField(max_length=60, blank=True)
    full_name = models.CharField(max_length=120, blank=True)
    after = models.CharField(max_length=500, blank=True)  # the page they wanted to go to
    ends_at = models.DateTimeField(db_index=True)

    unproved: ClassVar[dict[str, str]] = {"*": "asked and answered within minutes; what came of it is proved"}

    class Meta:
        verbose_name_plural = "asked"
        constraints = [models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="sso_purpose_known")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} until {self.ends_at}"
