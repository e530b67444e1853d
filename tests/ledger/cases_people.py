"""Ways to tamper with who may turn keys, and under which name: memberships, roles, accounts."""

from apps.accounts.models import Grant, Invitation, Membership, Team, User
from apps.accounts.roles import Role
from apps.ledger.chain import INSTANCE
from tests.ledger import forging
from tests.ledger.cases import DIFFERS, GONE, UNPROVED, case, delete, update


@case(DIFFERS)
def an_auditor_who_became_a_member(cast):
    return update(Membership.objects.filter(user=cast.auditor), role=Role.MEMBER, reads_until=None)


@case(DIFFERS)
def a_role_that_became_another(cast):
    return update(Grant.objects.filter(person=cast.reviewer, role=Role.REVIEWER), role=Role.ADMIN)


@case(DIFFERS)
def a_role_that_passed_to_another(cast):
    return update(Grant.objects.filter(person=cast.reviewer, role=Role.REVIEWER), person=cast.member)


@case(UNPROVED)
def a_role_by_fiat(cast):
    begin = {"asked_by": cast.lead, "granted_by": cast.stranger}
    at = dict.fromkeys(("asked_at", "granted_at"), "2026-01-01T00:00:00Z")
    Grant.objects.create(team=cast.team, person=cast.member, role=Role.REVIEWER, identity="known", **begin, **at)
    return f"{INSTANCE}: the grant “Reviewer for {cast.member.full_name} in {cast.team.name}”"


@case(GONE)
def a_role_taken_away(cast):
    return delete(Grant.objects.filter(person=cast.reviewer, role=Role.REVIEWER))


@case(UNPROVED)
def a_membership_by_fiat(cast):
    Membership.objects.create(team=cast.team, user=cast.stranger, role=Role.MEMBER)
    return f"{INSTANCE}: the membership “{cast.stranger.full_name} in {cast.team.name}” "


@case(GONE)
def a_membership_deleted(cast):
    return delete(Membership.objects.filter(user=cast.reviewer))


@case(DIFFERS)
def a_person_called_like_another(cast):
    return update(User.objects.filter(pk=cast.member.pk), full_name=cast.reviewer.full_name)


@case(DIFFERS)
def the_first_person_renamed(cast):
    return update(User.objects.filter(pk=cast.stranger.pk), full_name="Nobody")


@case(UNPROVED)
def an_account_by_fiat(cast):
    User.objects.create(username="ghost", full_name="Ghost Writer")
    return f"{INSTANCE}: the user “Ghost Writer”"


@case(DIFFERS)
def an_administrator_by_fiat(cast):
    return update(User.objects.filter(pk=cast.lead.pk), is_admin=True)


@case(DIFFERS)
def a_password_swapped(cast):
    return update(User.objects.filter(pk=cast.lead.pk), password=cast.member.password)


@case(DIFFERS)
def an_account_closed(cast):
    return update(User.objects.filter(pk=cast.reviewer.pk), is_active=False)


@case(DIFFERS)
def a_team_at_another_address(cast):
    return update(Team.objects.filter(pk=cast.team.pk), slug="other")


@case(UNPROVED)
def an_invitation_by_fiat(cast):
    Invitation.objects.create(
        team=cast.team, role=Role.MEMBER, token_digest="a" * 64, invited_by=cast.lead, expires_at="2030-01-01T00:00:00Z"
    )
    return f"{INSTANCE}: the invitation “Member in Payments”"


@case(DIFFERS)
def an_invitation_that_makes_a_member(cast):
    return update(Invitation.objects.filter(accepted_by=cast.auditor), role=Role.MEMBER, reads_until=None)


@case(UNPROVED)
def a_team_taken_out_of_the_instance_chain(cast):
    forging.rewrite_everywhere(INSTANCE, lambda bodies: [body for body in bodies if body["type"] != "team.created"])
    return f"{INSTANCE}: the team “Payments”"
