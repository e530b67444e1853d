"""Where a team has its word sent besides to people: channels of chat programs, and programs of its own."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import OfTeamQuerySet, Team, User
from apps.core.wording import LONGEST_FOR_ANOTHER
from apps.deployments.models import Deployment
from apps.notices.rules import LONGEST_DETAIL, Kind, Shape
from apps.secrets.models import Secret

from .deliveries import Delivery
from .notices import DERIVED


class WebhookQuerySet(OfTeamQuerySet["Webhook"]):
    def active(self) -> "WebhookQuerySet":
        """Those that nobody removed."""
        return self.filter(removed_at=None)


class Webhook(models.Model):
    """An address that a team's word goes to. The address is a secret of the team, and so is the key that signs.

    place: host and port, as pages show it. kinds: of what it hears.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="webhooks")
    name = models.CharField(max_length=40)
    shape = models.CharField(max_length=10, choices=Shape)
    place = models.CharField(max_length=300)
    secret = models.ForeignKey(Secret, models.PROTECT, null=True, related_name="+")
    signing = models.ForeignKey(Secret, models.PROTECT, null=True, related_name="+")
    kinds = models.JSONField()
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_by_name = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "name"], condition=Q(removed_at=None), name="webhook_one_name_per_team"
            ),
            models.CheckConstraint(condition=Q(shape__in=Shape.values), name="webhook_shape_known"),
            models.CheckConstraint(
                condition=Q(removed_at=None, secret__isnull=False)
                | Q(removed_at__isnull=False, secret=None, signing=None),
                name="webhook_has_an_address",
            ),
        ]

    def __str__(self) -> str:
        return f"webhook {self.name}"


class Post(models.Model):
    """One word to one webhook: of what kind, about what, because of which entry or moment; said once."""

    delivery = models.OneToOneField(Delivery, models.PROTECT, related_name="post")
    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="posts", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    about = models.CharField(max_length=60)
    occasion = models.CharField(max_length=140)
    deployment = models.ForeignKey(Deployment, models.PROTECT, null=True, related_name="+", db_index=False)
    path = models.CharField(max_length=200)
    title = models.CharField(max_length=350)
    actor_name = models.CharField(max_length=LONGEST_FOR_ANOTHER, blank=True)
    detail = models.CharField(max_length=LONGEST_DETAIL, blank=True)
    at = models.DateTimeField()

    unproved: ClassVar = {"*": DERIVED}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "kind", "about", "occasion"], name="post_said_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="post_kind_known"),
        ]

    def __str__(self) -> str:
        return self.title
