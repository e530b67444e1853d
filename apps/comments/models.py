import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import OfTeamQuerySet, User
from apps.deployments.models import Item
from apps.evidence.models import Stored

from .rules import TextPart, parts_of


class CommentQuerySet(OfTeamQuerySet["Comment"]):
    memberships_path = "item__deployment__team__memberships"


class Comment(models.Model):
    """What somebody said about an item. It stays as it was said; whoever said it may withdraw it, and it says so.

    mentions: [id of who is mentioned, the name as it stands in the text] of each.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="comments", db_index=False)
    text = models.TextField()
    size = models.PositiveIntegerField()  # bytes of the text in UTF-8
    mentions = models.JSONField(default=list)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    stored: ClassVar = Stored(team="item__deployment__team")
    objects = CommentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["item", "at"], name="comment_of_item")]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="comment_says_something")]

    def __str__(self) -> str:
        return f"comment of {self.by_name} on {self.item}"

    @property
    def parts(self) -> list[TextPart]:
        """Its text in parts, those that mention somebody apart."""
        return parts_of(self.text, [name for _, name in self.mentions])
