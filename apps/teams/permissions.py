"""Who may change what people are in a team, and why not. Commands require these, buttons show them.

`admins` are those of the team now: whoever acts may remember a role that ended since their request began.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from apps.accounts.models import Delegation, Grant, Invitation, Membership, Team, User
from apps.accounts.roles import VERIFYING, Role
from apps.core.clock import Clock
from apps.core.permissions import ALLOW, Verdict, deny, not_now

ONLY_ADMINS = "Only an admin of the team manages its people. Ask one to do it."
NO_OTHER = "If there is none, whoever runs it makes one: python manage.py administrator NAME"


def invite_person(by: User, *, admins: Collection[UUID]) -> Verdict:
    """Whether they may make invitations into the team, and withdraw them."""
    return ALLOW if by.pk in admins else deny(ONLY_ADMINS)


def revoke_invitation(by: User, invitation: Invitation, *, admins: Collection[UUID]) -> Verdict:
    """Whether they may withdraw this invitation now."""
    if invitation.accepted_at:
        return not_now("This invitation was accepted already. Remove the member instead.")
    if invitation.revoked_at:
        return not_now("This invitation was revoked already.")
    return invite_person(by, admins=admins)


def change_role(by: User, membership: Membership, role: str = "", *, admins: Collection[UUID]) -> Verdict:
    """Whether they may make a member an auditor or the other way round."""
    if by.pk not in admins:
        return deny(ONLY_ADMINS)
    return _others_are_admins(membership, admins) if role == Role.AUDITOR else ALLOW


def edit_team(by: User, *, admins: Collection[UUID]) -> Verdict:
    """Whether they may change how the team works."""
    return ALLOW if by.pk in admins else deny(ONLY_ADMINS)


def remove_member(by: User, membership: Membership, *, admins: Collection[UUID]) -> Verdict:
    """Whether they may take a member out of the team; everybody may leave."""
    if by.pk not in {*admins, membership.user_id}:
        return deny(ONLY_ADMINS)
    return _others_are_admins(membership, admins)


def hand_over(by: User, now: datetime) -> Verdict:
    """Whether they may decide who else turns keys: not while their own are suspended, by a stolen account as little."""
    if not by.is_suspended(now):
        return ALLOW
    why, when = by.get_signing_suspended_for_display(), Clock(by.time_zone).beside(by.signing_suspended_until or now)
    return not_now(
        f"Your signing is suspended until {when} because {why}. Until then you hand nothing over that signs: you grant "
        "no role, and nobody begins to verify for you, nor you for them."
    )


def ask_role(by: User, membership: Membership, *, admins: Collection[UUID], now: datetime) -> Verdict:
    """Whether they may ask for a role for a member."""
    if by.pk not in admins:
        return deny(ONLY_ADMINS)
    if not (hands := hand_over(by, now)):
        return hands
    if membership.role != Role.MEMBER:
        return not_now(f"{membership.user.full_name} only reads here. Make them a member first.")
    return ALLOW


def grant_role(by: User, grant: Grant, *, admins: Collection[UUID], now: datetime) -> Verdict:
    """Whether they may grant, as the second person, what an admin asked for."""
    if not (open_still := _stands(grant)):
        return open_still
    if grant.granted_at:
        return not_now("This role is granted already.")
    if by.pk == grant.asked_by_id:
        whom = grant.awaits(admins)
        if by.is_admin and not {*admins} - {by.pk}:  # who may be the only administrator too
            return deny(f"You asked for this, so {whom.replace('an ', 'another ')} grants it. {NO_OTHER}")
        return deny(f"You asked for this, so {whom} grants it.")
    return _administers(by, grant, admins) and hand_over(by, now)


def end_role(by: User, grant: Grant, *, admins: Collection[UUID]) -> Verdict:
    """Whether they may end a role, or decline what was asked for; everybody may give up their own."""
    if not (open_still := _stands(grant)):
        return open_still
    if grant.role == Role.ADMIN and grant.granted_at and {*admins} == {grant.person_id}:
        return not_now(f"{grant.person.full_name} is the team's only admin. Make somebody else one first.")
    return ALLOW if by.pk == grant.person_id else _administers(by, grant, admins)


def _stands(grant: Grant) -> Verdict:
    return not_now("This was ended or declined already. Ask for the role again.") if grant.ended_at else ALLOW


def _administers(by: User, grant: Grant, admins: Collection[UUID]) -> Verdict:
    """An admin of the team; for what waits where there is no other than who asked, an administrator of the instance."""
    is_second = by.is_admin and by.is_active and not grant.granted_at and not {*admins} - {grant.asked_by_id}
    return ALLOW if is_second or by.pk in admins else deny(ONLY_ADMINS)


def _others_are_admins(membership: Membership, admins: Collection[UUID]) -> Verdict:
    if {*admins} == {membership.user_id}:
        return not_now(f"{membership.user.full_name} is the team's only admin. Make somebody else one first.")
    return ALLOW


def delegate(by: User, team: Team, *, roles: Collection[str], has_asked: bool, now: datetime) -> Verdict:
    """Whether they may ask somebody to verify for them, who hold these `roles` in the team now.

    has_asked: whether somebody stands in for them already, or was asked to.
    """
    if not {*VERIFYING} & {*roles}:
        return deny("You verify nothing in this team, so there is nothing to hand over.")
    if has_asked:
        return not_now("Somebody stands in for you already, or was asked. End that first.")
    return hand_over(by, now)


def accept_delegation(by: User, delegation: Delegation, now: datetime) -> Verdict:
    """Whether they may agree to verify for somebody."""
    if not (open_still := _is_open(delegation, now)):
        return open_still
    if by.pk != delegation.delegate_id:
        return deny(f"{delegation.delegate_name} was asked, and nobody agrees for them.")
    return not_now("You agreed to it already.") if delegation.accepted_at else hand_over(by, now)


def end_delegation(by: User, delegation: Delegation, now: datetime, *, admins: Collection[UUID]) -> Verdict:
    """Whether they may end it, or decline what was asked: either of the two, and admins."""
    if not (open_still := _is_open(delegation, now)):
        return open_still
    if by.pk in {delegation.delegator_id, delegation.delegate_id, *admins}:
        return ALLOW
    return deny("One of the two ends it, or an admin of the team.")


def _is_open(delegation: Delegation, now: datetime) -> Verdict:
    if delegation.ended_at or delegation.ends_at <= now:
        return not_now("This is over already. Ask again if it is still needed.")
    return ALLOW
