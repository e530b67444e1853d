"""What is sent, to whom, and what came of it; and how somebody wants to be reached."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Team, User
from apps.leases.models import Leased, LeasedQuerySet, leased_constraints, sweep_index
from apps.notices.rules import ALWAYS, CHOSEN, HOUR_OF_DIGEST, PACES, Kind, Pace, Quiet
from apps.notices.states import PLAN, State

from .notices import DERIVED, Notice

LONGEST_REASON = 300


class DeliveryQuerySet(LeasedQuerySet["Delivery"]):
    def visible_to(self, user: User) -> "DeliveryQuerySet":
        """Somebody's own."""
        return self.filter(person=user)


class Delivery(Leased):
    """One mail to somebody, or what is posted to a webhook: when it is due, and what came of it.

    Its id is the Message-ID, or names it to the receiver, whatever attempt succeeds.
    subject, address: as it was sent. reason: why the last attempt, or all of them, did not succeed.
    """

    PLAN: ClassVar = PLAN
    team_path: ClassVar = "team"
    person_path: ClassVar = "person"
    seconds = 40.0

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+", db_index=False)
    pace = models.CharField(max_length=8, choices=Pace)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    subject = models.CharField(max_length=320, blank=True)
    address = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)

    unproved: ClassVar = {"*": DERIVED}
    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="delivery_state_known"),
            models.CheckConstraint(condition=Q(pace__in=Pace.values), name="delivery_pace_known"),
            models.CheckConstraint(
                condition=Q(state__in=PLAN.live, ended_at=None) | ~Q(state__in=PLAN.live) & Q(ended_at__isnull=False),
                name="delivery_ended_once",
            ),
            *leased_constraints(PLAN, "delivery"),
        ]
        indexes = [
            sweep_index(PLAN, "delivery"),
            models.Index(fields=["person", "-created_at"], name="delivery_of_person"),
        ]

    def __str__(self) -> str:
        return self.subject or f"delivery {self.pk}"


class Enclosure(models.Model):
    """A notice that a mail says. Each is mailed once: at first, and once as each kind of reminder."""

    class Stage(models.TextChoices):
        """Which time of saying it it is."""

        FIRST = "first", "First"
        HALF = "half", "Half of the time is over"
        MOST = "most", "Nine tenths of the time are over"

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="enclosures")
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="enclosures", db_index=False)
    stage = models.CharField(max_length=5, choices=Stage, default=Stage.FIRST)

    unproved: ClassVar = {"*": DERIVED}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "stage"], name="notice_mailed_once"),
            models.CheckConstraint(condition=Q(stage__in=["first", "half", "most"]), name="enclosure_stage_known"),
        ]

    def __str__(self) -> str:
        return f"{self.notice} ({self.stage})"


class Reach(models.Model):
    """How somebody wants to be reached: of what by mail and how soon, when not, and at which hour the digest comes.

    Hours are those of their own time zone. paces: by kind, where somebody chose another pace than the usual one.
    """

    person = models.OneToOneField(User, models.PROTECT, related_name="reach")
    paces = models.JSONField(default=dict)
    quiet_from = models.PositiveSmallIntegerField(default=0)
    quiet_to = models.PositiveSmallIntegerField(default=0)
    digest_at = models.PositiveSmallIntegerField(default=HOUR_OF_DIGEST)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__lte=23, quiet_to__lte=23, digest_at__lte=23), name="reach_hours_of_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"how {self.person} is reached"

    def pace_of(self, kind: str) -> Pace:
        """How soon they are mailed of a kind."""
        return Pace.AT_ONCE if kind in ALWAYS else Pace(self.paces.get(kind, PACES[Kind(kind)]))

    @property
    def quiet(self) -> Quiet:
        """The hours in which no mail comes."""
        return Quiet(self.quiet_from, self.quiet_to)

    @property
    def standing(self) -> dict[str, str]:
        """All of it, as its form edits that."""
        paces = {kind.value: self.pace_of(kind).value for kind in CHOSEN}
        hours = {"quiet_from": self.quiet_from, "quiet_to": self.quiet_to, "digest_at": self.digest_at}
        return {**paces, **{name: str(value) for name, value in hours.items()}}
