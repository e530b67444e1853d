"""Ways to tamper with who may turn keys, and under which name: memberships, roles, accounts."""

from apps.accounts.models import Invitation, Membership, Team, User
from apps.accounts.roles import Role
from apps.ledger.chain import INSTANCE
from tests.ledger import forging
from tests.ledger.ways import DIFFERS, GONE, UNPROVED, delete, update, way


@way(DIFFERS)
def a_role_raised(cast):
    return update(Membership.objects.filter(user=cast.auditor), role=Role.LEAD)


@way(UNPROVED)
def a_membership_by_fiat(cast):
    Membership.objects.create(team=cast.team, user=cast.stranger, role=Role.REVIEWER)
    return f"{INSTANCE}: the membership “{cast.stranger.full_name} in {cast.team.name}” "


@way(GONE)
def a_membership_deleted(cast):
    return delete(Membership.objects.filter(user=cast.reviewer))


@way(DIFFERS)
def a_person_called_like_another(cast):
    return update(User.objects.filter(pk=cast.member.pk), full_name=cast.reviewer.full_name)


@way(DIFFERS)
def the_first_person_renamed(cast):
    return update(User.objects.filter(pk=cast.stranger.pk), full_name="Nobody")


@way(UNPROVED)
def an_account_by_fiat(cast):
    User.objects.create(username="ghost", full_name="Ghost Writer")
    return f"{INSTANCE}: the user “Ghost Writer”"


@way(DIFFERS)
def an_administrator_by_fiat(cast):
    return update(User.objects.filter(pk=cast.lead.pk), is_admin=True)


@way(DIFFERS)
def a_password_swapped(cast):
    return update(User.objects.filter(pk=cast.lead.pk), password=cast.member.password)


@way(DIFFERS)
def an_account_closed(cast):
    return update(User.objects.filter(pk=cast.reviewer.pk), is_active=False)


@way(DIFFERS)
def a_team_at_another_address(cast):
    return update(Team.objects.filter(pk=cast.team.pk), slug="other")


@way(UNPROVED)
def an_invitation_by_fiat(cast):
    Invitation.objects.create(
        team=cast.team, role=Role.LEAD, token_digest="a" * 64, invited_by=cast.lead, expires_at="2030-01-01T00:00:00Z"
    )
    return f"{INSTANCE}: the invitation “Lead in Payments”"


@way(DIFFERS)
def an_invitation_that_makes_a_lead(cast):
    return update(Invitation.objects.filter(accepted_by=cast.auditor), role=Role.LEAD)


@way(UNPROVED)
def a_team_taken_out_of_the_instance_chain(cast):
    forging.rewrite(INSTANCE, lambda bodies: [body for body in bodies if body["type"] != "team.created"])
    return f"{INSTANCE}: the team “Payments”"
