"""Who stands in for whom: somebody verifies for another one who asked them to, for two weeks at most."""

import uuid
from datetime import UTC, date, datetime, timedelta

from django.db import models

from apps.core.shown import texts

from .people import OfTeamQuerySet, Team, User

LONGEST = timedelta(days=14)


class DelegationQuerySet(OfTeamQuerySet["Delegation"]):
    def open(self, now: datetime) -> "DelegationQuerySet":
        """Those that somebody was asked for, and that are not over."""
        return self.filter(ended_at=None, ends_at__gt=now)

    def in_force(self, now: datetime) -> "DelegationQuerySet":
        """Those of them that were agreed to by then."""
        return self.open(now).filter(accepted_at__lte=now)

    def of(self, person: User) -> "DelegationQuerySet":
        """Those in which somebody is one of the two."""
        return self.filter(models.Q(delegator=person) | models.Q(delegate=person))


def last_day_of(ends_at: datetime) -> date:
    """The last day, in UTC, on which somebody stands in for another: it ends with that day or within it."""
    return (ends_at - timedelta(microseconds=1)).astimezone(UTC).date()


class Delegation(models.Model):
    """One person verifies for another one of their team, by the other's roles, until a moment, once they agreed.

    While it is in force the two count as one person for everything that is signed. Kept for good: whose key counted
    depends on it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="delegations")
    delegator = models.ForeignKey(User, models.PROTECT, related_name="+")
    delegator_name = models.CharField(max_length=120)
    delegate = models.ForeignKey(User, models.PROTECT, related_name="+")
    delegate_name = models.CharField(max_length=120)
    offered_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_by_name = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField(null=True)

    # Who judges keys goes by it.
    shown = ("team_id", "delegator_id", "delegate_id", "offered_at", "ends_at", "accepted_at", "ended_by_id")
    objects = DelegationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(delegator=models.F("delegate")), name="delegation_to_another"),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("offered_at")), name="delegation_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(accepted_at__lt=models.F("ends_at")),
                name="delegation_accepted_before_it_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(accepted_at__gte=models.F("offered_at")),
                name="delegation_accepted_after_it_was_asked",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by=None)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False),
                name="delegation_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegate_name} for {self.delegator_name}"

    @property
    def standing(self) -> dict[str, str]:
        """How it stands, as pages show it to whoever would change that."""
        return texts(accepted_at=self.accepted_at, ended_at=self.ended_at)
