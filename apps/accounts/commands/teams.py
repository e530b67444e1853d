"""Teams: who starts one, who is invited, joins, gets another role or leaves."""

import secrets
from datetime import timedelta
from typing import Any

from django.contrib.auth import hashers
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts import events, permissions
from apps.accounts.models import Invitation, Membership, Team, User, token_digest
from apps.accounts.roles import Role
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.core.shown import require_same, require_unchanged, texts
from apps.ledger import commands as ledger
from apps.live import publish as live

from .people import Account, create_person, take_name

VALID_FOR = timedelta(days=7)


@transaction.atomic
def invite_first_person(*, by: ledger.Actor) -> str:
    """Return the token of a fresh link for the first person; earlier ones stop working."""
    if User.objects.exists():
        raise WrongState("Keyturn has people already. Ask a lead of your team for an invitation.")
    now = timezone.now()
    revoked = list(Invitation.objects.filter(team=None).open(now))
    for invitation in revoked:
        invitation.revoked_at = now
    Invitation.objects.bulk_update(revoked, ["revoked_at"])
    token, invitation = _invite(role=Role.LEAD)
    event = events.FirstPersonInvited(invitation=invitation.pk)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[invitation, *revoked])
    return token


def create_first_team(invitation: Invitation, *, by: ledger.Actor, account: Account, name: str, slug: str) -> User:
    """Make the first person, admin and lead of the first team."""
    require(permissions.create_first_team(invitation, timezone.now()))
    return _create_first_team(invitation, account, hashers.make_password(account.password), name, slug)


@transaction.atomic
def _create_first_team(invitation: Invitation, account: Account, hashed: str, name: str, slug: str) -> User:
    invitation = Invitation.objects.lock(invitation.pk)
    require(permissions.create_first_team(invitation, timezone.now()))
    person = create_person(account, hashed, is_admin=True)
    team, membership = _create_team(name, slug, lead=person)
    _use(invitation, person)
    event = events.FirstTeamCreated(team=team.pk, slug=team.slug, team_name=name, person_name=person.full_name)
    rows = [person, team, membership, invitation, *take_name(person, [team])]
    ledger.record(ledger.INSTANCE, event, by=person, rows=rows)
    return person


@transaction.atomic
def create_team(*, by: User, name: str, slug: str) -> Team:
    """Make another team, led by the admin who makes it."""
    require(permissions.create_team(by))
    team, membership = _create_team(name, slug, lead=by)
    event = events.TeamCreated(team=team.pk, slug=team.slug, name=name)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[team, membership, *take_name(by, [team])])
    return team


@transaction.atomic
def invite_person(team: Team, *, by: User, role: str, note: str = "", intent: str = "") -> str:
    """Return the token of a one-time link into the team, valid for seven days and kept only as a digest.

    `intent` becomes the token: a second click sends the same one, and gets the link that the first made.
    """
    team = Team.objects.lock(team.pk)
    require(permissions.invite_person(by, team))
    offer: dict[str, Any] = {"team": team, "role": role, "note": note, "invited_by": by}
    known = Invitation.objects.filter(token_digest=token_digest(intent)) if intent else Invitation.objects.none()
    if known.filter(**offer).open(timezone.now()).exists():
        return intent
    token, invitation = _invite("" if known.exists() else intent, **offer, invited_by_name=by.full_name)
    event = events.PersonInvited(team=team.pk, invitation=invitation.pk, role=role, note=note)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[invitation])
    return token


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: User) -> None:
    """Withdraw a link before anybody uses it."""
    invitation = Invitation.objects.lock(invitation.pk)
    require(permissions.revoke_invitation(by, invitation))
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    event = events.InvitationRevoked(team=invitation.destination.pk, invitation=invitation.pk, note=invitation.note)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[invitation])


def accept_invitation(invitation: Invitation, *, by: ledger.Actor, account: Account | None = None) -> Membership:
    """Join the team of an invitation, as the person signed in or with the new `account`."""
    require(permissions.accept_invitation(by, invitation, timezone.now()))
    return _accept_invitation(invitation, by, account, hashers.make_password(account.password) if account else "")


@transaction.atomic
def _accept_invitation(invitation: Invitation, by: ledger.Actor, account: Account | None, hashed: str) -> Membership:
    invitation = Invitation.objects.lock(invitation.pk)
    require(permissions.accept_invitation(by, invitation, timezone.now()))
    people = User.objects.select_for_update(no_key=True)
    person = people.get(pk=by.pk) if isinstance(by, User) else create_person(account, hashed)
    membership = Membership.objects.create(team=invitation.destination, user=person, role=invitation.role)
    names = take_name(person, [invitation.destination])
    _use(invitation, person)
    event = events.InvitationAccepted(
        team=invitation.destination.pk,
        invitation=invitation.pk,
        role=invitation.role,
        is_new=account is not None and not isinstance(by, User),
        name=person.full_name,
    )
    ledger.record(ledger.INSTANCE, event, by=person, rows=[person, membership, invitation, *names])
    live.announce(live.PEOPLE)
    return membership


@transaction.atomic
def change_role(membership: Membership, *, by: User, role: str, shown: str | None = None) -> Membership:
    """Give a member another role, unless they have another than was `shown`; the team keeps at least one lead."""
    Team.objects.lock(membership.team_id)  # two leads demoting each other take turns
    membership = Membership.objects.select_related("user", "team").get(pk=membership.pk)
    require(permissions.change_role(by, membership, role, leads=membership.team.leads()))
    require_unchanged(shown, texts(role=membership.role), texts(role=role))
    if membership.role == role:
        return membership
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    event = events.RoleChanged(
        team=membership.team_id, person=membership.user_id, before=before, after=role, name=membership.user.full_name
    )
    ledger.record(ledger.INSTANCE, event, by=by, rows=[membership])
    live.announce(live.PEOPLE)
    return membership


@transaction.atomic
def edit_team(
    team: Team,
    *,
    by: User,
    two_publish: bool,
    runs_commands: bool | None = None,
    waiver_days: int | None = None,
    shown: str | None = None,
) -> Team:
    """Say how the team works, unless that is another by now than was `shown`.

    two_publish: whether a second person publishes its templates. runs_commands: whether approved commands run.
    waiver_days: how long a waiver lasts at most. None leaves what it is for as it is.
    """
    team = Team.objects.lock(team.pk)
    require(permissions.edit_team(by, team))
    require_same(shown, team.standing, "save it")
    settings = {"two_publish": two_publish, "runs_commands": runs_commands, "waiver_days": waiver_days}
    changed = {name: value for name, value in settings.items() if value not in (None, getattr(team, name))}
    if changed:
        for name, value in changed.items():
            setattr(team, name, value)
        team.save(update_fields=[*changed])
        edited = events.TeamEdited(
            team=team.pk,
            two_publish=team.two_publish,
            runs_commands=team.runs_commands,
            waiver_days=team.waiver_days,
        )
        ledger.record(ledger.INSTANCE, edited, by=by, rows=[team])
    return team


@transaction.atomic
def remove_member(membership: Membership, *, by: User, shown: str | None = None) -> None:
    """Take a member out of the team, unless their role is another than was `shown`. What they signed stays."""
    Team.objects.lock(membership.team_id)
    membership = Membership.objects.select_related("user", "team").get(pk=membership.pk)
    require(permissions.remove_member(by, membership, leads=membership.team.leads()))
    require_same(shown, texts(role=membership.role), "remove them")
    event = events.MemberRemoved(
        team=membership.team_id, person=membership.user_id, role=membership.role, name=membership.user.full_name
    )
    ledger.record(ledger.INSTANCE, event, by=by, removed=[membership])
    membership.delete()
    live.announce(live.PEOPLE)


def _create_team(name: str, slug: str, *, lead: User) -> tuple[Team, Membership]:
    try:
        with transaction.atomic():
            team = Team.objects.create(name=name, slug=slug)
    except IntegrityError:
        raise WrongState(f"Another team uses the code “{slug.upper()}”. Choose another.") from None
    return team, Membership.objects.create(team=team, user=lead, role=Role.LEAD)


def _invite(token: str = "", **offer: Any) -> tuple[str, Invitation]:
    """An invitation and the token of its link, which is stored nowhere."""
    token = token or secrets.token_urlsafe(32)
    until = timezone.now() + VALID_FOR
    return token, Invitation.objects.create(token_digest=token_digest(token), expires_at=until, **offer)


def _use(invitation: Invitation, person: User) -> None:
    invitation.accepted_at, invitation.accepted_by = timezone.now(), person
    invitation.accepted_by_name = person.full_name
    invitation.save(update_fields=["accepted_at", "accepted_by", "accepted_by_name"])
