import uuid

from django.db import models
from django.db.models import Q

from apps.accounts.models import Team, User

from .rules import MOST_KEYS, REJECTED, Meaning, is_settled


class SignOff(models.Model):
    """One matter to be signed. A key counts while its revision is the present one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    required = models.PositiveSmallIntegerField()
    contributor_keys = models.PositiveSmallIntegerField()
    revision = models.PositiveIntegerField(default=1)
    round = models.PositiveIntegerField(default=1)
    digest = models.CharField(max_length=64)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(required__gte=1, required__lte=MOST_KEYS), name="signoff_one_to_four"),
            models.CheckConstraint(condition=Q(contributor_keys__lte=1), name="signoff_first_key_only"),
        ]

    def __str__(self) -> str:
        return f"sign-off {self.id}"

    @property
    def turned(self) -> "list[Signature]":
        """The keys that count now, in order; reads prefetched signatures."""
        live = [s for s in self.signatures.all() if s.revision == self.revision]
        return sorted(live, key=lambda s: s.slot)

    @property
    def is_settled(self) -> bool:
        """Whether every key is turned."""
        return is_settled(len(self.turned), self.required)

    @property
    def contributors(self) -> set[uuid.UUID]:
        """Who worked on it since the last rejection; reads prefetched contributions."""
        return {c.person_id for c in self.contributions.all() if c.round == self.round}

    @property
    def last_fall(self) -> "Revision | None":
        """The last change by which keys fell out, rejections apart; reads prefetched revisions."""
        falls = [r for r in self.revisions.all() if r.fell and r.why != REJECTED]
        return max(falls, key=lambda r: r.number, default=None)

    @property
    def last_rejection(self) -> "Rejection | None":
        """The last time it was sent back; reads prefetched rejections."""
        return max(self.rejections.all(), key=lambda r: r.revision, default=None)


class Contribution(models.Model):
    """Somebody worked on the matter in this round and cannot verify it."""

    sign_off = models.ForeignKey(SignOff, models.PROTECT, related_name="contributions")
    round = models.PositiveIntegerField()
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sign_off", "round", "person"], name="signoff_one_contribution")]

    def __str__(self) -> str:
        return f"{self.person} contributed"


class Revision(models.Model):
    """What was to be signed changed: to what, why, by whom, and how many keys fell out."""

    sign_off = models.ForeignKey(SignOff, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    why = models.CharField(max_length=300)
    fell = models.PositiveSmallIntegerField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sign_off", "number"], name="signoff_one_revision")]

    def __str__(self) -> str:
        return f"revision {self.number}: {self.why}"


class Signature(models.Model):
    """One person turned one key: what it meant, over which digest, under which printed name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sign_off = models.ForeignKey(SignOff, models.PROTECT, related_name="signatures")
    revision = models.PositiveIntegerField()
    slot = models.PositiveSmallIntegerField()
    signer = models.ForeignKey(User, models.PROTECT, related_name="signatures")
    name = models.CharField(max_length=120)
    meaning = models.CharField(max_length=10, choices=Meaning)
    digest = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    intent = models.UUIDField(unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sign_off", "revision", "slot"], name="signoff_one_signature_per_key"),
            models.UniqueConstraint(fields=["sign_off", "revision", "signer"], name="signoff_one_key_per_person"),
            models.CheckConstraint(condition=Q(slot__gte=1, slot__lte=MOST_KEYS), name="signoff_key_numbered"),
            models.CheckConstraint(condition=Q(meaning__in=Meaning.values), name="signoff_meaning_known"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(digest=""), name="signoff_name_and_digest_printed"),
        ]

    def __str__(self) -> str:
        return f"key {self.slot} by {self.name}"


class Rejection(models.Model):
    """Somebody sent the matter back, with a reason."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sign_off = models.ForeignKey(SignOff, models.PROTECT, related_name="rejections")
    revision = models.PositiveIntegerField()
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    reason = models.TextField()
    rejected_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sign_off", "revision"], name="signoff_one_rejection_per_revision")
        ]

    def __str__(self) -> str:
        return f"rejected by {self.name}"
