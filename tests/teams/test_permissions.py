"""Role by role: who may do what to the people of a team, and what a refusal says."""

from types import SimpleNamespace

import pytest
from django.utils import timezone

from apps.accounts.models import Grant, Invitation, Membership
from apps.accounts.roles import GRANTED, Role
from apps.core.errors import NotAllowed, WrongState
from apps.teams import commands as teams
from apps.teams import permissions
from tests.cast import BY_PASSWORD, again, give, join, take

pytestmark = pytest.mark.django_db

EVERYBODY = ("lead", "reviewer", "other_reviewer", "member", "auditor", "stranger")
ONLY = "Only an admin of the team manages its people. Ask one to do it."


@pytest.fixture
def cast(people: SimpleNamespace) -> SimpleNamespace:
    return people


def membership_of(cast: SimpleNamespace, name: str) -> Membership:
    return Membership.objects.select_related("user", "team").get(team=cast.team, user=getattr(cast, name))


def asked(cast: SimpleNamespace, role: Role = Role.REVIEWER, name: str = "member", by: str = "lead") -> Grant:
    """What an admin asked for, and waits."""
    member, admin = membership_of(cast, name), again(getattr(cast, by))
    (grant,) = teams.ask_role(member, by=admin, evidence=BY_PASSWORD, role=role, identity="in person")
    return grant


@pytest.mark.parametrize("name", EVERYBODY)
def test_only_admins_manage_people(cast, name):
    person = getattr(cast, name)
    give(cast.team, cast.other_reviewer, *(set(GRANTED) - {Role.ADMIN}), by=cast.lead)  # all others give no right to it
    teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    invitation, admins = Invitation.objects.get(accepted_at=None, team=cast.team), cast.team.admins()
    held = Grant.objects.get(person=cast.reviewer, role=Role.REVIEWER)
    verdicts = {
        "invite": permissions.invite_person(person, admins=admins),
        "revoke": permissions.revoke_invitation(person, invitation, admins=admins),
        "change": permissions.change_role(person, membership_of(cast, "member"), Role.AUDITOR, admins=admins),
        "remove": permissions.remove_member(person, membership_of(cast, "auditor"), admins=admins),
        "edit": permissions.edit_team(person, admins=admins),
        "ask": permissions.ask_role(person, membership_of(cast, "member"), admins=admins, now=timezone.now()),
        "end": permissions.end_role(person, held, admins=admins),
    }
    own = {"auditor": "remove", "reviewer": "end"}.get(name)  # leaving and giving up are everybody's own matter
    for act, verdict in verdicts.items():
        assert bool(verdict) == (name == "lead" or act == own), act
        assert verdict or (verdict.error, verdict.reason) == (NotAllowed, ONLY)


@pytest.mark.parametrize("name", ["reviewer", "member", "auditor"])
def test_everybody_may_leave(cast, name):
    assert permissions.remove_member(getattr(cast, name), membership_of(cast, name), admins=cast.team.admins())


def test_the_only_admin_stays_admin_and_stays(cast):
    mine, own = membership_of(cast, "lead"), Grant.objects.get(team=cast.team, person=cast.lead, role=Role.ADMIN)
    alone, two = {cast.lead.pk}, {cast.lead.pk, cast.reviewer.pk}
    for admins in (alone, two):
        for verdict in (
            permissions.change_role(cast.lead, mine, Role.AUDITOR, admins=admins),
            permissions.remove_member(cast.lead, mine, admins=admins),
            permissions.end_role(cast.lead, own, admins=admins),
        ):
            assert bool(verdict) == (admins == two)
            assert verdict or verdict.error is WrongState
            assert verdict or verdict.reason.endswith("is the team's only admin. Make somebody else one first.")
    assert permissions.change_role(cast.lead, mine, Role.MEMBER, admins=alone)
    other = Grant.objects.get(team=cast.team, person=cast.lead, role=Role.DECIDER)
    assert permissions.end_role(cast.lead, other, admins=alone)


def test_only_a_member_is_asked_a_role_for(cast):
    verdict = permissions.ask_role(cast.lead, membership_of(cast, "auditor"), admins={cast.lead.pk}, now=timezone.now())
    assert (verdict.error, verdict.reason) == (WrongState, "Aude Laurent only reads here. Make them a member first.")


# Who is the second person


@pytest.mark.parametrize("name", EVERYBODY)
def test_where_there_is_another_admin_only_that_one_grants(cast, name):
    give(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    grant, person = asked(cast), again(getattr(cast, name))
    verdict = permissions.grant_role(person, grant, admins=cast.team.admins(), now=timezone.now())
    assert bool(verdict) == (name == "reviewer")
    if name == "lead":
        assert verdict.reason == "You asked for this, so another admin of the team grants it."
    elif not verdict:
        assert verdict.reason == ONLY


@pytest.mark.parametrize("name", EVERYBODY)
def test_where_there_is_no_other_admin_an_administrator_of_the_instance_grants(cast, name):
    grant, person = asked(cast), again(getattr(cast, name))
    verdict = permissions.grant_role(person, grant, admins=cast.team.admins(), now=timezone.now())
    assert bool(verdict) == (name == "stranger")
    if name == "lead":
        assert verdict.reason == "You asked for this, so an administrator of this Keyturn grants it."
    elif not verdict:
        assert verdict.reason == ONLY


def test_an_administrator_who_asked_is_not_the_second_person(cast):
    """The stranger is the only admin of the other team, and an administrator of the instance."""
    nils = join(cast.other_team, by=cast.stranger, username="nils", full_name="Nils Berg", role=Role.MEMBER)
    give(cast.other_team, nils, Role.ADMIN, by=cast.stranger)
    take(cast.other_team, nils, by=cast.stranger)
    member = Membership.objects.get(team=cast.other_team, user=nils)
    (grant,) = teams.ask_role(
        member, by=again(cast.stranger), evidence=BY_PASSWORD, role=Role.REVIEWER, identity="in person"
    )
    verdict = permissions.grant_role(again(cast.stranger), grant, admins=cast.other_team.admins(), now=timezone.now())
    assert verdict.reason == (
        "You asked for this, so another administrator of this Keyturn grants it. "
        "If there is none, whoever runs it makes one: python manage.py administrator NAME"
    )


def test_an_administrator_of_the_instance_declines_what_waits_for_them_and_ends_nothing_that_is_held(cast):
    stranger, admins = again(cast.stranger), cast.team.admins()
    assert permissions.end_role(stranger, asked(cast), admins=admins)
    held = Grant.objects.get(team=cast.team, person=cast.member, role=Role.REVIEWER, granted_at=None)
    teams.grant_role(held, by=stranger, evidence=BY_PASSWORD)
    verdict = permissions.end_role(again(cast.stranger), Grant.objects.get(pk=held.pk), admins=admins)
    assert (verdict.error, verdict.reason) == (NotAllowed, ONLY)


def test_what_is_granted_or_ended_is_so_once(cast):
    grant = asked(cast)
    granted = teams.grant_role(grant, by=again(cast.stranger), evidence=BY_PASSWORD)
    again_granted = permissions.grant_role(again(cast.stranger), granted, admins=cast.team.admins(), now=timezone.now())
    assert (again_granted.error, again_granted.reason) == (WrongState, "This role is granted already.")
    ended = teams.end_role(granted, by=again(cast.lead))
    for verdict in (
        permissions.grant_role(again(cast.stranger), ended, admins=cast.team.admins(), now=timezone.now()),
        permissions.end_role(again(cast.lead), ended, admins=cast.team.admins()),
    ):
        assert verdict.error is WrongState
        assert verdict.reason == "This was ended or declined already. Ask for the role again."
