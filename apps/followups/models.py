import uuid
from datetime import date

from django.db import models
from django.db.models import Q

from apps.accounts.models import OfTeamQuerySet, Team, User
from apps.core.shown import texts
from apps.core.wording import timestamp


class Kind(models.TextChoices):
    """What left something to be done."""

    CAVEAT = "caveat", "Caveat"
    CONDITION = "condition", "Condition"
    WAIVER = "waiver", "Waiver"
    CORRECTIVE_ACTION = "corrective", "Corrective action"


def overdue(today: date) -> Q:
    """What is open although its day has passed; `today` in UTC."""
    return Q(closed_at=None, due_on__lt=today)


class FollowUpQuerySet(OfTeamQuerySet["FollowUp"]):
    def open(self) -> "FollowUpQuerySet":
        """Those that nobody closed."""
        return self.filter(closed_at=None)


class FollowUp(models.Model):
    """Something to be done afterwards: it names who does it and until when, and is closed by what was done.

    `subject` names what left it, "waiver:" and the id in hex, as a sign-off does; `stream` the chain that tells of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="+", db_index=False)
    stream = models.CharField(max_length=100)
    subject = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind)
    what = models.TextField()
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    owner_name = models.CharField(max_length=120)
    due_on = models.DateField()  # the last day on which it is in time, in UTC
    raised_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    raised_by_name = models.CharField(max_length=120)
    raised_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_by_name = models.CharField(max_length=120, blank=True)
    outcome = models.TextField(blank=True)

    # Readable in the entries: a year later they say who had to do what until when, without the tables.
    shown = ("team_id", "stream", "subject", "kind", "owner_id", "due_on", "closed_at")
    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = "follow-up"
        indexes = [
            models.Index(fields=["stream"], name="followup_of_stream"),
            models.Index(fields=["team", "due_on"], name="followup_of_team"),
            models.Index(fields=["owner", "due_on"], condition=Q(closed_at=None), name="followup_open_of_owner"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="followup_kind_known"),
            models.CheckConstraint(condition=~Q(what="") & ~Q(owner_name=""), name="followup_says_what_and_who"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, closed_by_name="", outcome="")
                | Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(closed_by_name="") & ~Q(outcome=""),
                name="followup_closed_with_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return self.what

    def is_overdue(self, today: date) -> bool:
        """Whether its day has passed while it is open; `today` in UTC."""
        return self.closed_at is None and self.due_on < today

    @property
    def terms(self) -> dict[str, str]:
        """Who does it and until when: what its form edits."""
        return texts(owner=self.owner_name, due_on=self.due_on)

    @property
    def standing(self) -> dict[str, str]:
        """The same and whether it is closed: what pages show to whoever would close it."""
        return self.terms | texts(closed=self.closed_at and timestamp(self.closed_at))
