"""Teams: who begins one, and who joins."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from django.contrib.auth import hashers
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from apps.accounts import events, permissions
from apps.accounts.events import last_day
from apps.accounts.models import Grant, Invitation, Membership, Team, User
from apps.accounts.roles import Role
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.ledger import commands as ledger
from apps.live import publish as live

from . import grants
from .invitations import invite
from .people import Account, create_person, take_name

Beside = Callable[[User], Iterable[Model]]


@transaction.atomic
def invite_first_person(*, by: ledger.Actor) -> str:
    """Return the token of a fresh link for the first person; earlier ones stop working."""
    if User.objects.exists():
        raise WrongState("Keyturn has people already. Ask an admin of your team for an invitation.")
    now = timezone.now()
    revoked = list(Invitation.objects.filter(team=None).open(now))
    for invitation in revoked:
        invitation.revoked_at = now
    Invitation.objects.bulk_update(revoked, ["revoked_at"])
    token, invitation = invite(role=Role.MEMBER)
    event = events.FirstPersonInvited(invitation=invitation.pk)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[invitation, *revoked])
    return token


def create_first_team(invitation: Invitation, *, by: ledger.Actor, account: Account, name: str, slug: str) -> User:
    """Make the first person, administrator of the instance and admin of the first team."""
    require(permissions.create_first_team(invitation, timezone.now()))
    return _create_first_team(invitation, account, hashers.make_password(account.password), name, slug)


@transaction.atomic
def _create_first_team(invitation: Invitation, account: Account, hashed: str, name: str, slug: str) -> User:
    invitation = Invitation.objects.lock(invitation.pk)
    require(permissions.create_first_team(invitation, timezone.now()))
    person = create_person(account, hashed, is_admin=True)
    team, *beginning = _create_team(name, slug, by=person)
    _use(invitation, person)
    event = events.FirstTeamCreated(team=team.pk, slug=team.slug, team_name=name, person_name=person.full_name)
    rows = [person, team, *beginning, invitation, *take_name(person, [team])]
    ledger.record(ledger.INSTANCE, event, by=person, rows=rows)
    return person


@transaction.atomic
def create_team(*, by: User, name: str, slug: str) -> Team:
    """Make another team, whose first admin is the administrator who makes it."""
    require(permissions.create_team(by))
    team, *beginning = _create_team(name, slug, by=by)
    event = events.TeamCreated(team=team.pk, slug=team.slug, name=name)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[team, *beginning, *take_name(by, [team])])
    return team


def accept_invitation(
    invitation: Invitation,
    *,
    by: ledger.Actor,
    account: Account | None = None,
    token: str = "",
    beside: Beside | None = None,
) -> Membership:
    """Join the team of an invitation, as the person signed in or with the new `account`.

    token: of the link they hold. By the one that was mailed a new account has that address at once. beside: stores
    what belongs to the account from the beginning; the same entry proves it.
    """
    require(permissions.accept_invitation(by, invitation, timezone.now()))
    if account and token and constant_time_compare(token, invitation.mailed_token):
        account = replace(account, email=invitation.address)
    hashed = hashers.make_password(account.password) if account else ""
    return _accept_invitation(invitation, by, account, hashed, beside)


@transaction.atomic
def _accept_invitation(
    invitation: Invitation, by: ledger.Actor, account: Account | None, hashed: str, beside: Beside | None
) -> Membership:
    invitation = Invitation.objects.lock(invitation.pk)
    require(permissions.accept_invitation(by, invitation, timezone.now()))
    people = User.objects.select_for_update(no_key=True)
    person = people.get(pk=by.pk) if isinstance(by, User) else create_person(account, hashed)
    if Membership.objects.filter(team=invitation.destination, user=person).exists():
        raise WrongState(
            f"You read in {invitation.team} before, and your time is over. Ask an admin of it to extend it."
        )
    membership = Membership.objects.create(
        team=invitation.destination, user=person, role=invitation.role, reads_until=invitation.reads_until
    )
    names = take_name(person, [invitation.destination])
    _use(invitation, person)
    event = events.InvitationAccepted(
        team=invitation.destination.pk,
        invitation=invitation.pk,
        role=invitation.role,
        is_new=account is not None and not isinstance(by, User),
        reads_until=last_day(membership.reads_until),
        name=person.full_name,
    )
    more = beside(person) if beside else ()
    ledger.record(ledger.INSTANCE, event, by=person, rows=[person, membership, invitation, *names, *more])
    live.announce(live.PEOPLE)
    return membership


def _create_team(name: str, slug: str, *, by: User) -> tuple[Team, Membership, *tuple[Grant, ...]]:
    """A team with its first member, who holds every role."""
    try:
        with transaction.atomic():
            team = Team.objects.create(name=name, slug=slug)
    except IntegrityError:
        raise WrongState(f"Another team uses the code “{slug.upper()}”. Choose another.") from None
    membership = Membership.objects.create(team=team, user=by, role=Role.MEMBER)
    return team, membership, *grants.set_up(team, by, by=by)


def _use(invitation: Invitation, person: User) -> None:
    invitation.accepted_at, invitation.accepted_by = timezone.now(), person
    invitation.accepted_by_name = person.full_name
    invitation.save(update_fields=["accepted_at", "accepted_by", "accepted_by_name"])
