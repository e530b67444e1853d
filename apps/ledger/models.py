import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q


class Stream(models.Model):
    """One hash chain: how long it is and where it ends."""

    name = models.CharField(max_length=100, primary_key=True)
    length = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64)
    last_at = models.CharField(max_length=24, blank=True)
    anchored_length = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """One thing that happened. `body` is canonical JSON and the truth; the other columns repeat parts of it."""

    stream = models.ForeignKey(Stream, models.PROTECT, related_name="entries", db_index=False)
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=60)
    at = models.CharField(max_length=24)
    actor = models.UUIDField()
    item = models.UUIDField(null=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    body = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "sequence"], name="ledger_no_gap_no_fork"),
            models.UniqueConstraint(fields=["stream", "previous"], name="ledger_one_successor"),
        ]
        indexes = [
            models.Index(fields=["item", "sequence"], name="ledger_entry_item"),
            # What names several items is looked for among the few entries that name none.
            models.Index(fields=["stream", "kind"], condition=Q(item=None), name="ledger_entry_of_many"),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.sequence}"

    @property
    def items(self) -> list[UUID]:
        """The items it is about: its own, or those that its event lists."""
        return items_in(self.item, {} if self.item else json.loads(self.body)["data"])


def items_in(item: UUID | str | None, data: Mapping[str, Any]) -> list[UUID]:
    """The items that an event is about: its own, or those that it lists."""
    listed = data.get("items") if item is None else [item]
    return [UUID(str(each)) for each in listed] if isinstance(listed, list) else []


class Opening(models.Model):
    """A text an entry commits to, and the salt that proves it is the one."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="openings")
    path = models.CharField(max_length=60)
    value = models.JSONField()
    salt = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "path"], name="ledger_one_opening_per_text")]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.path}"
