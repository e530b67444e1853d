import uuid

from django.db import models
from django.db.models import Q

from apps.accounts.models import OfTeamQuerySet, Team, User, belongs
from apps.core.shown import texts
from apps.core.statements import FoldedField
from apps.core.wording import timestamp

from .rules import OWN_QUEUES, QUEUE_LENGTH

NAME_LENGTH = 60
MOST_OF_A_LETTER = 18  # characters that `folded` makes of one at most


class ZoneQuerySet(models.QuerySet["Zone"]):
    def visible_to(self, user: User) -> "ZoneQuerySet":
        """Those that one of their teams may use; to administrators all of them."""
        if user.is_admin and user.is_active:
            return self
        return self.filter(pk__in=Widening.objects.in_effect().filter(belongs(user)).values("zone"))

    def of_team(self, team_id: uuid.UUID) -> "ZoneQuerySet":
        """Those that the team may use."""
        return self.filter(pk__in=Widening.objects.in_effect().filter(team=team_id).values("zone"))

    def lock(self, queue: str) -> "Zone":
        """The zone as it is now, held until the transaction ends."""
        return self.select_for_update(no_key=True).get(pk=queue)


class Zone(models.Model):
    """A network that workers stand in. They serve its queue, whose name it is known by and keeps.

    `version` grows with every widening that takes effect or ends, and says under which policy a probe ran.
    """

    queue = models.CharField(primary_key=True, max_length=QUEUE_LENGTH)
    name = models.CharField(max_length=NAME_LENGTH)
    name_folded = FoldedField(of="name", max_length=NAME_LENGTH * MOST_OF_A_LETTER, unique=True)
    description = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    objects = ZoneQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(queue__in=OWN_QUEUES), name="zone_own_queue")]

    def __str__(self) -> str:
        return self.name

    @property
    def standing(self) -> dict[str, str]:
        """What its form edits."""
        return texts(name=self.name, description=self.description)


class WideningQuerySet(OfTeamQuerySet["Widening"]):
    def visible_to(self, user: User) -> "WideningQuerySet":
        """Those of the zones that they see."""
        return self.filter(zone__in=Zone.objects.visible_to(user))

    def in_effect(self) -> "WideningQuerySet":
        """Those that somebody confirmed and nobody ended."""
        return self.filter(confirmed_at__isnull=False, ended_at=None)

    def proposed(self) -> "WideningQuerySet":
        """Those that wait for a second person."""
        return self.filter(confirmed_at=None, ended_at=None)


class Widening(models.Model):
    """What lets a zone reach further: networks and ports that its probes may ask, or a team that may use it.

    One administrator proposes it, another one confirms it at its digest, and any of them ends it. It never changes.
    `since` and `until` are the versions of the zone with which it took effect and ended. `alone`: proposed and
    confirmed by the only administrator that there was.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="widenings")
    allow = models.CharField(max_length=2000, blank=True)
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    digest = models.CharField(max_length=64)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_by_name = models.CharField(max_length=120)
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    confirmed_by_name = models.CharField(max_length=120, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    alone = models.BooleanField(default=False)
    since = models.PositiveIntegerField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_by_name = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField(null=True)
    until = models.PositiveIntegerField(null=True)

    # Who judges how zones were opened goes by these.
    shown = (
        "zone_id", "team_id", "digest", "proposed_by_id", "confirmed_by_id", "alone", "since", "ended_by_id", "until",
    )  # fmt: skip
    objects = WideningQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(team=None) & ~Q(allow="") | Q(team__isnull=False, allow=""),
                name="zone_widened_by_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None, since=None, alone=False)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False, since__isnull=False),
                name="zone_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, until=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False, since=None, until=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False, since__isnull=False, until__isnull=False),
                name="zone_ended_by_somebody",
            ),
            models.UniqueConstraint(fields=["zone", "team"], condition=Q(ended_at=None), name="zone_granted_once"),
        ]
        indexes = [models.Index(fields=["team"], condition=Q(ended_at=None), name="zone_of_team")]

    def __str__(self) -> str:
        return self.allow or str(self.team)

    @property
    def standing(self) -> dict[str, str]:
        """What its page shows, to whoever would confirm or end it."""
        confirmed, ended = (at and timestamp(at) for at in (self.confirmed_at, self.ended_at))
        return texts(digest=self.digest, confirmed=confirmed, ended=ended)
