"""People, their teams, and what they are there."""

import uuid
from collections.abc import Collection
from datetime import datetime
from itertools import combinations, groupby
from typing import ClassVar, Self, TypeVar

from allauth.mfa.models import Authenticator
from django.contrib.auth import hashers
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django_htmx.middleware import HtmxDetails

from apps.accounts.roles import BASES, BY_TWO, GRANTED, VERIFYING, Capability, Role, capabilities_of, granted_beside
from apps.accounts.rules import Suspension
from apps.core.shown import texts
from apps.core.statements import FoldedField, as_uuid, fetched, folded_column
from apps.core.wording import folded, who_acted

from .standing_in import beyond, stands_in

PASSKEY_ROLES = [" ".join(sorted(some)) for n in range(len(VERIFYING) + 1) for some in combinations(VERIFYING, n)]
# Beside a membership `m`, what is granted: as many rows as roles, or one without any.
WITH_GRANTS = """LEFT JOIN accounts_grant g ON g.team_id = m.team_id AND g.person_id = m.user_id
AND g.granted_at IS NOT NULL AND g.ended_at IS NULL"""
JOINED = f"""
SELECT m.team_id, m.role, t.name, t.slug, t.passkey_roles, g.role
FROM accounts_membership m JOIN accounts_team t ON t.id = m.team_id {WITH_GRANTS}
WHERE m.user_id = %s AND (m.reads_until IS NULL OR m.reads_until >= %s) ORDER BY {{by_name}}, t.id
"""
LONGEST_USERNAME = 60
MOST_OF_A_LETTER = 18  # characters that `folded` makes of one at most (U+FDFA)
# Arabic letters join; two initials must not.
JOINING = ("\u0600", "\u08ff")
ZERO_WIDTH_NON_JOINER = "\u200c"


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        """Usernames differ in more than case."""
        return self.called(username or "").get()

    def called(self, username: str) -> "models.QuerySet[User]":
        """Who signs in by that name, in whatever case: nobody or one."""
        return self.filter(username_folded=folded(username))


class User(AbstractBaseUser):
    """One person's account. Never deleted: signatures and the ledger name it for good."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(
        unique=True,
        max_length=LONGEST_USERNAME,
        validators=[RegexValidator(r"^[\w.@+-]+\Z", "Use letters, digits and . @ + - _ only.")],
    )
    username_folded = FoldedField(of="username", max_length=LONGEST_USERNAME * MOST_OF_A_LETTER, unique=True)
    full_name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    is_admin = models.BooleanField(default=False)
    joined_at = models.DateTimeField(auto_now_add=True)
    time_zone = models.CharField(max_length=64, blank=True)  # beside UTC; empty: UTC only (core.clock)
    letter_keys = models.BooleanField(default=True)  # whether single letters act on pages
    # Who got in by another way than before signs nothing for a day, so that a stolen account does not either.
    signing_suspended_until = models.DateTimeField(null=True)
    signing_suspended_for = models.CharField(max_length=20, blank=True, choices=Suspension)
    news = models.PositiveIntegerField(default=0)  # how many notices are open; who notifies counts, each page shows it

    unproved = {
        "last_login": "when somebody was here last, which no record states",
        "news": "how many notices are open, counted again whenever one comes or goes",
    }
    shown = ("is_admin", "signing_suspended_until")  # who judges roles and keys goes by it
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(signing_suspended_for__in=["", *Suspension.values]), name="account_suspension_known"
            )
        ]

    kind = "person"
    # Where a request came from (core.middleware); not stored with the person.
    browser = ""  # the number of the browser
    session_key = ""
    address = ""
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    def __str__(self) -> str:
        return self.full_name

    def check_password(self, raw_password: str | None) -> bool:
        """Whether it is the password. Signing in renews a hash of an older kind, so that its entry proves it."""
        return hashers.check_password(raw_password, self.password)

    @property
    def second_factors(self) -> frozenset[str]:
        """What is asked for after the password: types of allauth's authenticators. Asked anew each time."""
        return frozenset(Authenticator.objects.filter(user=self).values_list("type", flat=True))

    @property
    def initials(self) -> str:
        """Two letters that stand for the person on a key."""
        return initials(self.full_name)

    @property
    def preferences(self) -> dict[str, str]:
        """How pages speak to them, as they show it to whoever changes that."""
        zone, keys = self.time_zone or "UTC only", "on" if self.letter_keys else "off"
        return texts(time_zone=zone, letter_keys=keys)

    def is_suspended(self, now: datetime) -> bool:
        """Whether they sign nothing at that moment, because of a change in how they get in."""
        return self.signing_suspended_until is not None and self.signing_suspended_until > now

    def may(self, capability: Capability, team_id: uuid.UUID) -> bool:
        """Whether one of their roles in that team includes `capability`."""
        return capability in capabilities_of(self.roles_by_team.get(team_id, ()))

    @cached_property
    def roles_by_team(self) -> dict[uuid.UUID, frozenset[str]]:
        """What they are in each of their teams."""
        return {team: roles for team, roles, *_ in self._joined} if self.is_active else {}

    def counts_as(self, team_id: uuid.UUID, *, behalf: uuid.UUID | None = None) -> dict[uuid.UUID, str]:
        """Whom they count as one person with in a team, with what these are called: one signs for the other there.

        behalf: for whom they turn a key; then whoever stands in for that one, or for whom they do, counts as well.
        """
        own = {person: name for team, person, name, *_ in self._stands_in if team == team_id}
        if behalf is None:
            return own
        others = {person: name for team, one, person, name in self._beyond if (team, one) == (team_id, behalf)}
        return others | own

    def signs_for(self, capability: Capability, team_id: uuid.UUID) -> "list[tuple[uuid.UUID, str, datetime]]":
        """For whom they agreed to verify, whose role in that team includes `capability`: (id, name, until when)."""
        return [
            (person, name, ends_at)
            for team, person, name, ends_at, roles in self._stands_in
            if team == team_id and capability in capabilities_of(roles)
        ]

    @cached_property
    def _stands_in(self) -> list[tuple[uuid.UUID, uuid.UUID, str, datetime, frozenset[str]]]:
        """(team, the other one, their name, until when, what was handed over); asked once per request."""
        return stands_in(self.pk, timezone.now())

    @cached_property
    def _beyond(self) -> list[tuple[uuid.UUID, uuid.UUID, uuid.UUID, str]]:
        """(team, for whom they stand in, another one that counts as one with that one, their name); asked once too."""
        return beyond(self.pk, timezone.now())

    @cached_property
    def teams(self) -> "list[Team]":
        """Their teams by name."""
        return [Team(id=team, name=name, slug=slug) for team, _, name, slug, _ in self._joined]

    def passkey_roles(self, team_id: uuid.UUID) -> list[str]:
        """Whose keys are turned with a passkey in one of their teams."""
        return next((roles.split() for team, *_, roles in self._joined if team == team_id), [])

    def team_called(self, slug: str) -> "Team | None":
        """Their team of that slug, out of those read once per request; None for a team they are not in."""
        return next((team for team in self.teams if team.slug == slug), None)

    @cached_property
    def _joined(self) -> list[tuple[uuid.UUID, frozenset[str], str, str, str]]:
        """(team, roles, name, slug, whose keys take a passkey) by the team's name; asked once per request."""
        joined = fetched(JOINED.format(by_name=folded_column("t.name")), self.pk, str(timezone.now().date()))
        return [
            (as_uuid(team), granted_beside(base, {row[-1] for row in rows} - {None}), name, slug, asked)
            for (team, base, name, slug, asked), rows in groupby(joined, key=lambda row: row[:5])
        ]


M = TypeVar("M", bound=models.Model)


def belongs(user: User, path: str = "team__memberships") -> models.Q:
    """Rows of teams that somebody belongs to now, where `path` leads to memberships: an auditor until their last day.

    Nothing else asks whose team a row is of, so that nothing is read after that day.
    """
    return models.Q(**{f"{path}__user": user}) & counts_now(path)


def counts_now(path: str = "") -> models.Q:
    """Memberships at `path` that count today; for one filter together with whose they are."""
    until = f"{path}__reads_until" if path else "reads_until"
    return models.Q(**{until: None}) | models.Q(**{f"{until}__gte": timezone.now().date()})


class OfTeamQuerySet(models.QuerySet[M]):
    """Rows that a team owns, reached through the person who asks: `memberships_path` leads to their membership."""

    memberships_path = "team__memberships"

    def visible_to(self, user: User) -> Self:
        """The rows of the teams they belong to."""
        return self.filter(belongs(user, self.memberships_path))

    def lock(self, pk: uuid.UUID) -> M:
        """The row as it is now, held until the transaction ends."""
        return self.select_for_update(of=("self",), no_key=True).get(pk=pk)


class SignedIn(HttpRequest):
    """The request of somebody who signed in; every view gets one unless it is opened to everybody."""

    user: User
    htmx: HtmxDetails


class TeamQuerySet(OfTeamQuerySet["Team"]):
    memberships_path = "memberships"


class Team(models.Model):
    """The people who deploy together; whatever they own is visible to them alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=12, unique=True)
    two_publish = models.BooleanField(default=True)  # whether a second person publishes its templates
    one_publishes_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # who said that one may
    one_publishes_by_name = models.CharField(max_length=120, blank=True)
    runs_commands = models.BooleanField(default=False)  # whether commands that two people approved run
    waiver_days = models.PositiveSmallIntegerField(default=30)  # how long a waiver lasts at most
    passkey_roles = models.CharField(max_length=60, blank=True)  # whose keys take a passkey: of PASSKEY_ROLES
    created_at = models.DateTimeField(auto_now_add=True)

    shown = ("two_publish", "one_publishes_by_id", "passkey_roles")  # who judges keys and publishing goes by it
    objects = TeamQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(passkey_roles__in=PASSKEY_ROLES), name="team_passkey_roles_known"
            ),
            models.CheckConstraint(
                condition=models.Q(waiver_days__gte=1, waiver_days__lte=365), name="team_waivers_last_days"
            ),
            models.CheckConstraint(
                condition=models.Q(two_publish=True, one_publishes_by=None)
                | models.Q(two_publish=False, one_publishes_by__isnull=False),
                name="team_one_publishes_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def code(self) -> str:
        """What its deployments' codes begin with: PAY in PAY-3."""
        return self.slug.upper()

    @property
    def standing(self) -> dict[str, str]:
        """How it works, as pages show it to whoever would change that."""
        names = ("two_publish", "runs_commands", "waiver_days", "passkey_roles")
        return texts(**{name: getattr(self, name) for name in names})

    def admins(self) -> set[uuid.UUID]:
        """The active people who are its admins."""
        held = self.grants.held().filter(role=Role.ADMIN, person__is_active=True)
        return {*held.values_list("person", flat=True)}


class Membership(models.Model):
    """One person in one team: a member, or an auditor until a day. What else they are is granted."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=[(role, role.label) for role in BASES])
    since = models.DateTimeField(auto_now_add=True)
    reads_until = models.DateField(null=True)  # the last day, in UTC, on which an auditor reads

    shown = ("team_id", "user_id", "role")  # who judges keys goes by it
    objects = OfTeamQuerySet["Membership"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "team"], name="account_one_role_per_team"),
            models.CheckConstraint(condition=models.Q(role__in=[*BASES]), name="account_role_known"),
            models.CheckConstraint(
                condition=models.Q(role=Role.AUDITOR, reads_until__isnull=False)
                | ~models.Q(role=Role.AUDITOR) & models.Q(reads_until=None),
                name="account_auditors_read_until",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"

    @property
    def is_over(self) -> bool:
        """Whether an auditor's last day is over: they see nothing of the team any more."""
        return self.reads_until is not None and self.reads_until < timezone.now().date()


class GrantQuerySet(OfTeamQuerySet["Grant"]):
    def held(self) -> Self:
        """Those that count now."""
        return self.filter(granted_at__isnull=False, ended_at=None)

    def standing(self) -> Self:
        """The same, and those that wait for a second person."""
        return self.filter(ended_at=None)

    def for_administrators(self) -> Self:
        """Those that wait where the team has no other admin than who asked: an administrator of the instance grants."""
        admins = Grant.objects.held().filter(team=models.OuterRef("team"), role=Role.ADMIN, person__is_active=True)
        others = admins.exclude(person=models.OuterRef("asked_by"))
        return self.filter(~models.Exists(others), granted_at=None, ended_at=None)

    def visible_to(self, user: User) -> Self:
        """Those of their teams, and to administrators those that they have to grant."""
        found = models.Q(pk__in=super().visible_to(user).values("pk"))
        return self.filter(found | models.Q(pk__in=self.for_administrators().values("pk")) if user.is_admin else found)


class Grant(models.Model):
    """A role that somebody has beside their membership: asked for by one admin, granted by another where it takes two.

    Kept for good: whose key counted depends on it. `identity`: how whoever asked made sure who the person is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="grants")
    person = models.ForeignKey(User, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=10, choices=[(role, role.label) for role in GRANTED])
    identity = models.CharField(max_length=120, blank=True)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_by_name = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    granted_by_name = models.CharField(max_length=120, blank=True)
    granted_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_by_name = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField(null=True)

    # Who judges keys goes by it.
    shown = ("team_id", "person_id", "role", "asked_by_id", "granted_by_id", "ended_by_id")
    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "person", "role"], condition=models.Q(ended_at=None), name="grant_one_of_a_role"
            ),
            models.CheckConstraint(condition=models.Q(role__in=[*GRANTED]), name="grant_role_known"),
            models.CheckConstraint(
                condition=models.Q(granted_at=None, granted_by=None)
                | models.Q(granted_at__isnull=False, granted_by__isnull=False),
                name="grant_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by=None)
                | models.Q(ended_at__isnull=False, ended_by__isnull=False),
                name="grant_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(role__in=[*BY_TWO]) | ~models.Q(identity=""), name="grant_of_somebody_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} for {self.person} in {self.team}"

    @property
    def standing(self) -> dict[str, str]:
        """How it stands, as pages show it to whoever would change that."""
        return texts(granted_at=self.granted_at, ended_at=self.ended_at)

    def awaits(self, admins: Collection[uuid.UUID]) -> str:
        """Whom it waits for, where these are the team's admins."""
        others = {*admins} - {self.asked_by_id}
        return "another admin of the team" if others else "an administrator of this Keyturn"


def initials(full_name: str) -> str:
    """The first letters of the first and last name, kept apart where the script would join them."""
    words = who_acted(full_name).split()
    letters = [word[0] for word in ([words[0], words[-1]] if len(words) > 1 else words)]
    joining = all(JOINING[0] <= letter <= JOINING[1] for letter in letters)
    return (ZERO_WIDTH_NON_JOINER if joining else "").join(letters).upper()
