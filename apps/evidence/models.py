import uuid
from typing import ClassVar, NamedTuple

from django.db import models
from django.db.models import Q

from apps.accounts.models import OfTeamQuerySet, Team, User


class Kind(models.TextChoices):
    """What a piece of evidence is."""

    FILE = "file", "File"
    LINK = "link", "Link"
    NOTE = "note", "Note"


PICTURES = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
LARGEST_SHOWN = 2 * 1024 * 1024


class Stored(NamedTuple):
    """How much of a team's quota the rows of a model take: which lookup leads to the bytes, and which to the team."""

    size: str = "size"
    team: str = "team"
    where: Q = Q()


class Blob(models.Model):
    """Bytes stored for a team: an evidence file or a filed record; in this row, or in file storage under `key`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    data = models.BinaryField(null=True)
    key = models.CharField(max_length=200, blank=True)
    stored_at = models.DateTimeField(auto_now_add=True)

    stored: ClassVar = Stored()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(data__isnull=False, key="") | Q(data__isnull=True) & ~Q(key=""), name="blob_in_one_place"
            ),
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="blob_one_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.size} bytes {self.sha256[:12]}"


class Evidence(models.Model):
    """One piece of proof. Changed evidence is new evidence."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=4, choices=Kind)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=2000, blank=True)
    blob = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    media_type = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_by_name = models.CharField(max_length=120)
    added_at = models.DateTimeField(auto_now_add=True)

    stored: ClassVar = Stored(where=Q(blob=None))  # a file is its blob
    objects = OfTeamQuerySet["Evidence"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=Kind.FILE, blob__isnull=False, url="", text="")
                | Q(kind=Kind.LINK, blob__isnull=True, text="") & ~Q(url="")
                | Q(kind=Kind.NOTE, blob__isnull=True, url="") & ~Q(text=""),
                name="evidence_holds_what_its_kind_says",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_picture(self) -> bool:
        """Whether pages show it: a picture of a kind that runs nothing, and not too large to be fetched each time."""
        return self.kind == Kind.FILE and self.media_type in PICTURES and self.size <= LARGEST_SHOWN
