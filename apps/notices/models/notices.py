"""What somebody hears, and how far each chain was read for it."""

import uuid

from django.db import models
from django.db.models import Q

from apps.accounts.models import Team, User, counts_now
from apps.core.wording import LONGEST_FOR_ANOTHER
from apps.deployments.models import Deployment, Item
from apps.notices.rules import LONGEST_DETAIL, WAITING, Kind, title_of

DERIVED = "derived from the chains, and read by one person; proves nothing itself"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> "NoticeQuerySet":
        """Somebody's own, of the teams they are in now or of none; administrators hear of roles they have to grant."""
        seen = Q(team__in=user.memberships.filter(counts_now()).values("team")) | Q(team=None)
        return self.filter(seen | Q(kind=Kind.GRANT) if user.is_admin else seen, person=user)

    def open(self) -> "NoticeQuerySet":
        """Those that are not done."""
        return self.filter(done_at=None)


class Notice(models.Model):
    """One word to one person: of what kind, about what, because of which entry or moment; said once.

    subject: what it is about, as it was called then; the item is called as it is now. at: when it came about.
    heard_at: when it was stored. team: None for what is about their account. settled: why it is done without anybody
    having said so.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, models.PROTECT, related_name="notices", db_index=False)
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    about = models.CharField(max_length=60)
    occasion = models.CharField(max_length=140)
    deployment = models.ForeignKey(Deployment, models.PROTECT, null=True, related_name="+", db_index=False)
    item = models.ForeignKey(Item, models.PROTECT, null=True, related_name="+", db_index=False)
    path = models.CharField(max_length=200)
    subject = models.CharField(max_length=320)
    actor_name = models.CharField(max_length=LONGEST_FOR_ANOTHER, blank=True)
    detail = models.CharField(max_length=LONGEST_DETAIL, blank=True)
    at = models.DateTimeField()
    heard_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)
    settled = models.CharField(max_length=200, blank=True)

    unproved = {"*": DERIVED}
    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "about", "occasion"], name="notice_said_once"),
            models.UniqueConstraint(
                fields=["person", "kind", "about"],
                condition=Q(done_at=None, kind__in=WAITING),
                name="notice_waits_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="notice_kind_known"),
            models.CheckConstraint(condition=Q(settled="") | Q(done_at__isnull=False), name="notice_settled_is_done"),
        ]
        indexes = [
            models.Index(fields=["person", "-at"], name="notice_of_person"),
            models.Index(fields=["deployment"], condition=Q(done_at=None), name="notice_open_of_deployment"),
        ]

    def __str__(self) -> str:
        return title_of(self.kind, self.subject)

    @property
    def is_waiting(self) -> bool:
        """Whether it leaves only by being done."""
        return self.kind in WAITING

    @property
    def title(self) -> str:
        """What it says in one line; reads `item`."""
        subject = f"{self.item.number}. {self.item.title}" if self.item else self.subject
        return title_of(self.kind, subject)


class Reading(models.Model):
    """How far the chain of a stream was read: `length` entries, and the verdict as it was heard last.

    recheck: the length of the instance's chain when roles changed, on which who is asked depends; 0 once it was looked
    at again.
    """

    stream = models.CharField(max_length=100, primary_key=True)
    length = models.PositiveIntegerField(default=0)
    verdict = models.CharField(max_length=5, blank=True)
    recheck = models.PositiveIntegerField(default=0)

    unproved = {"*": DERIVED}

    def __str__(self) -> str:
        return f"{self.stream} up to {self.length}"
