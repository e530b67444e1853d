from django.db import models
from django.db.models import Q

from apps.accounts.models import User

from .items import Item


class CarriedItem(models.Model):
    """An item that its deployment carries over: `origin` was signed in a deployment before, and says the same.

    `origin` has the keys; the item itself takes none until it is opened again, after which it is as any other.
    """

    item = models.OneToOneField(Item, models.PROTECT, related_name="carried")
    origin = models.ForeignKey(Item, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True)
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    opened_by_name = models.CharField(max_length=120, blank=True)

    shown = ("item_id", "opened_at")  # who judges when keys were turned goes by it

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True, opened_by__isnull=True, opened_by_name="")
                | Q(opened_at__isnull=False, opened_by__isnull=False),
                name="carried_opened_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}, carried over"
