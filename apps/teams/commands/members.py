"""Everything that changes who is in a team and what they are there. Each records itself in the instance's ledger."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.commands import grants
from apps.accounts.commands.invitations import invite
from apps.accounts.events import last_day
from apps.accounts.models import Grant, Invitation, Membership, Team, User, token_digest
from apps.accounts.roles import BY_TWO, Role, why_not_read_until
from apps.core.errors import Stale, WrongState
from apps.core.permissions import require
from apps.core.shown import require_same
from apps.factors.commands import Evidence
from apps.ledger import commands as ledger
from apps.letters.commands.parts import count_asking, write
from apps.letters.rules import Kind, normal
from apps.live import publish as live
from apps.teams import events, permissions, selectors

from .parts import as_held, require_proof


@transaction.atomic
def invite_person(
    team: Team,
    *,
    by: User,
    role: str,
    reads_until: date | None = None,
    note: str = "",
    email: str = "",
    intent: str = "",
) -> str:
    """Return the token of a one-time link into the team, valid for seven days and kept only as a digest.

    reads_until: the last day of an auditor, in UTC. `intent` becomes the token: a second click sends the same one, and
    gets the link that the first made. email: where another link of the same invitation is mailed, if anywhere.
    """
    team = Team.objects.lock(team.pk)
    require(permissions.invite_person(by, admins=team.admins()))
    offer: dict[str, Any] = {"team": team, "role": role, "note": note, "invited_by": by, "address": normal(email)}
    offer["reads_until"] = reads_until = _last_day(role, reads_until)
    known = Invitation.objects.filter(token_digest=token_digest(intent)) if intent else Invitation.objects.none()
    if known.filter(**offer).open(timezone.now()).exists():
        return intent
    token, invitation = invite("" if known.exists() else intent, **offer, invited_by_name=by.full_name)
    event = events.PersonInvited(
        team=team.pk,
        invitation=invitation.pk,
        role=role,
        reads_until=last_day(reads_until),
        note=note,
        mailed_to=invitation.address,
    )
    ledger.record(ledger.INSTANCE, event, by=by, rows=[invitation])
    if invitation.address:
        count_asking(invitation.address, by.address, timezone.now())
        write(Kind.INVITATION, invitation.address, invitation=invitation, ends_at=invitation.expires_at)
    return token


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: User) -> None:
    """Withdraw a link before anybody uses it."""
    invitation = Invitation.objects.lock(invitation.pk)
    admins = invitation.team.admins() if invitation.team else ()
    require(permissions.revoke_invitation(by, invitation, admins=admins))
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    event = events.InvitationRevoked(team=invitation.destination.pk, invitation=invitation.pk, note=invitation.note)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[invitation])


@transaction.atomic
def change_role(
    membership: Membership, *, by: User, role: str, reads_until: date | None = None, shown: str | None = None
) -> Membership:
    """Make a member an auditor or the other way round, unless they are something else than was `shown`.

    reads_until: the last day of an auditor, in UTC; another one extends or shortens their time. Whoever only reads
    holds no other role, and the team keeps at least one admin.
    """
    Team.objects.lock(membership.team_id)  # two admins who take each other's role away take turns
    membership = _membership(membership)
    require(permissions.change_role(by, membership, role, admins=membership.team.admins()))
    require_same(shown, selectors.what_they_are(membership, _standing(membership)), "change it")
    reads_until = _last_day(role, reads_until)
    if (membership.role, membership.reads_until) == (role, reads_until):
        return membership
    ended = grants.end_all(membership.team, membership.user, by=by) if role == Role.AUDITOR else []
    before, membership.role, membership.reads_until = membership.role, role, reads_until
    membership.save(update_fields=["role", "reads_until"])
    event = events.RoleChanged(
        team=membership.team_id,
        person=membership.user_id,
        before=before,
        after=role,
        reads_until=last_day(reads_until),
        name=membership.user.full_name,
    )
    ledger.record(ledger.INSTANCE, event, by=by, rows=[membership, *ended])
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
    passkey_roles: str | None = None,
    shown: str | None = None,
) -> Team:
    """Say how the team works, unless that is another by now than was `shown`.

    two_publish: whether a second person publishes its templates. runs_commands: whether approved commands run.
    waiver_days: how long a waiver lasts at most. passkey_roles: whose keys are turned with a passkey, roles that
    verify with blanks between them. None leaves what it is for as it is.
    """
    team = Team.objects.lock(team.pk)
    require(permissions.edit_team(by, admins=team.admins()))
    require_same(shown, team.standing, "save it")
    settings: dict[str, bool | int | str | None] = {
        "two_publish": two_publish,
        "runs_commands": runs_commands,
        "waiver_days": waiver_days,
    }
    settings |= {"passkey_roles": passkey_roles}
    changed = {name: value for name, value in settings.items() if value not in (None, getattr(team, name))}
    if changed:
        for name, value in changed.items():
            setattr(team, name, value)
        if "two_publish" in changed:  # who lets one person publish does not by that publish alone
            team.one_publishes_by, team.one_publishes_by_name = (None, "") if two_publish else (by, by.full_name)
        team.save(update_fields=[*changed, "one_publishes_by", "one_publishes_by_name"])
        edited = events.TeamEdited(
            team=team.pk,
            two_publish=team.two_publish,
            runs_commands=team.runs_commands,
            waiver_days=team.waiver_days,
            passkey_roles=team.passkey_roles,
        )
        ledger.record(ledger.INSTANCE, edited, by=by, rows=[team])
    return team


@transaction.atomic
def remove_member(membership: Membership, *, by: User, shown: str | None = None) -> None:
    """Take a member out of the team, unless they are something else than was `shown`. What they signed stays."""
    Team.objects.lock(membership.team_id)
    membership = _membership(membership)
    require(permissions.remove_member(by, membership, admins=membership.team.admins()))
    require_same(shown, selectors.what_they_are(membership, _standing(membership)), "remove them")
    ended = grants.end_all(membership.team, membership.user, by=by)
    event = events.MemberRemoved(
        team=membership.team_id, person=membership.user_id, role=membership.role, name=membership.user.full_name
    )
    ledger.record(ledger.INSTANCE, event, by=by, rows=ended, removed=[membership])
    membership.delete()
    live.announce(live.PEOPLE)


def ask_role(
    membership: Membership, *, by: User, evidence: Evidence, role: str, identity: str = "", shown: str | None = None
) -> list[Grant]:
    """Ask for a role for a member, unless they hold others by now than were `shown`; returns what was asked for.

    identity: how whoever asks made sure who the person is; roles that two admins grant need it. A role that one admin
    grants is granted by that. So is every role of the one person who becomes the second admin of a team, but what
    they held before: that takes two again.
    """
    require_proof(evidence, by=by)
    return _ask_role(membership, by=by, role=role, identity=identity, shown=shown)


@transaction.atomic
def _ask_role(membership: Membership, *, by: User, role: str, identity: str, shown: str | None) -> list[Grant]:
    team, now = Team.objects.lock(membership.team_id), timezone.now()
    membership = _membership(membership)
    person = membership.user
    require(permissions.ask_role(as_held(by), membership, admins=team.admins(), now=now))
    stands = [*_standing(membership)]
    require_same(shown, selectors.what_they_are(membership, stands), "ask again")
    standing = {grant.role for grant in stands}
    if role in standing:
        raise WrongState(f"{person.full_name} holds this role, or it was asked for already.")
    if role == Role.ADMIN and selectors.begins(team, by):
        but = standing | _taken(membership)
        given = grants.set_up(team, person, by=by, but=but, identity=identity or grants.AT_SET_UP)
    elif role in BY_TWO and not identity:
        raise WrongState("Say how you made sure who they are: in person, by video, by a document.")
    else:
        given = grants.ask(team, person, [role], by=by, identity=identity, at_once=role not in BY_TWO)
    _record_asked(given, by=by)
    return given


def grant_role(grant: Grant, *, by: User, evidence: Evidence) -> Grant:
    """Grant, as the second person, what an admin asked for."""
    require(permissions.grant_role(by, grant, admins=grant.team.admins(), now=timezone.now()))
    require_proof(evidence, by=by)
    return _grant_role(grant, by=by)


@transaction.atomic
def _grant_role(grant: Grant, *, by: User) -> Grant:
    team, grant = _locked(grant)
    require(permissions.grant_role(as_held(by), grant, admins=team.admins(), now=timezone.now()))
    grant.granted_by, grant.granted_by_name, grant.granted_at = by, by.full_name, timezone.now()
    grant.save(update_fields=["granted_by", "granted_by_name", "granted_at"])
    _record_granted([grant], by=by)
    return grant


@transaction.atomic
def end_role(grant: Grant, *, by: User, shown: str | None = None) -> Grant:
    """End a role, or decline what was asked for. Keys turned by it stay."""
    team, grant = _locked(grant)
    require(permissions.end_role(as_held(by), grant, admins=team.admins()))
    require_same(shown, grant.standing, "end it")
    event = events.RoleEnded(**_whose(grant), grant=grant.pk, role=grant.role, was_granted=grant.granted_at is not None)
    ledger.record(ledger.INSTANCE, event, by=by, rows=grants.end([grant], by=by))
    live.announce(live.PEOPLE)
    return grant


def _last_day(role: str, reads_until: date | None) -> date | None:
    """Until when somebody in that role reads: an auditor until a day, at most a year away; a member without end."""
    if role != Role.AUDITOR:
        return None
    if why := why_not_read_until(reads_until, timezone.now().date()):
        raise WrongState(why)
    return reads_until


def _standing(membership: Membership) -> QuerySet[Grant]:
    """What they hold beside their membership, or was asked for."""
    return Grant.objects.standing().filter(team=membership.team_id, person=membership.user_id)


def _taken(membership: Membership) -> set[str]:
    """Which roles that two grant they held before, and lost."""
    ended = Grant.objects.filter(team=membership.team_id, person=membership.user_id, granted_at__isnull=False)
    return {*ended.filter(role__in=BY_TWO, ended_at__isnull=False).values_list("role", flat=True)}


def _membership(membership: Membership) -> Membership:
    """As it is now, held: whoever signs locks it before what they hold beside it, and so do they who end both."""
    held = Membership.objects.select_related("user", "team").select_for_update(of=("self",), no_key=True)
    try:
        return held.get(pk=membership.pk)
    except Membership.DoesNotExist:
        gone = f"{membership.user.full_name} is no longer in {membership.team.name}. Nothing was changed."
        raise Stale(gone) from None


def _whose(grant: Grant) -> dict[str, Any]:
    """What every event about a role says of it."""
    return {"team": grant.team_id, "person": grant.person_id, "name": grant.person.full_name}


def _locked(grant: Grant) -> tuple[Team, Grant]:
    team = Team.objects.lock(grant.team_id)
    return team, Grant.objects.select_related("person", "team").get(pk=grant.pk)


def _record_asked(given: Sequence[Grant], *, by: User) -> None:
    [first, *_] = given
    if first.granted_at:
        _record_granted(given, by=by)
        return
    event = events.RoleAsked(**_whose(first), grant=first.pk, role=first.role, identity=first.identity)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[first])
    live.announce(live.PEOPLE)


def _record_granted(given: Sequence[Grant], *, by: User) -> None:
    [first, *_] = given
    event = events.RoleGranted(**_whose(first), roles=[grant.role for grant in given])
    ledger.record(ledger.INSTANCE, event, by=by, rows=given)
    live.announce(live.PEOPLE)
