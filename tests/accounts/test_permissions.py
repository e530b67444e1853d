"""Role by role: who may do what to the people of a team."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from apps.accounts import commands, permissions
from apps.accounts.models import Invitation, Membership
from apps.accounts.roles import Role
from apps.core.errors import NotAllowed, WrongState
from apps.ledger.commands import SYSTEM
from tests.cast import again

pytestmark = pytest.mark.django_db

EVERYBODY = ("lead", "reviewer", "other_reviewer", "member", "auditor", "stranger")


@pytest.fixture
def cast(people):
    return people


def membership_of(cast, name):
    return Membership.objects.get(team=cast.team, user=getattr(cast, name))


@pytest.mark.parametrize("name", EVERYBODY)
def test_only_leads_manage_people(cast, name):
    person = getattr(cast, name)
    commands.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    invitation = Invitation.objects.get(accepted_at=None, team=cast.team)
    verdicts = [
        permissions.invite_person(person, cast.team),
        permissions.revoke_invitation(person, invitation),
        permissions.change_role(person, membership_of(cast, "member"), Role.REVIEWER, leads=1),
        permissions.remove_member(person, membership_of(cast, "auditor"), leads=1),
    ]
    own = {"auditor": 3}.get(name)  # leaving is everybody's own matter
    for at, verdict in enumerate(verdicts):
        assert bool(verdict) == (name == "lead" or at == own), verdict.reason
        assert verdict or "lead" in verdict.reason


@pytest.mark.parametrize("name", ["reviewer", "member", "auditor"])
def test_everybody_may_leave(cast, name):
    assert permissions.remove_member(getattr(cast, name), membership_of(cast, name), leads=1)


def test_the_only_lead_stays_lead_and_stays(cast):
    mine = membership_of(cast, "lead")
    for verdict in (
        permissions.change_role(cast.lead, mine, Role.MEMBER, leads=1),
        permissions.remove_member(cast.lead, mine, leads=1),
    ):
        assert verdict.error is WrongState
        assert "only lead" in verdict.reason
    assert permissions.change_role(cast.lead, mine, Role.MEMBER, leads=2)
    assert permissions.remove_member(cast.lead, mine, leads=2)
    assert permissions.change_role(cast.lead, mine, Role.LEAD, leads=1)


@pytest.mark.parametrize("name", EVERYBODY)
def test_only_administrators_make_teams(cast, name):
    assert bool(permissions.create_team(getattr(cast, name))) == (name == "stranger")


def test_nobody_changes_the_name_or_password_of_another(cast):
    for permission in (permissions.change_password, permissions.rename_person):
        assert permission(cast.member, cast.member)
        verdict = permission(cast.lead, cast.member)
        assert verdict.error is NotAllowed


def test_becoming_somebody_is_for_demos(cast):
    with override_settings(KEYTURN_DEMO=True):
        assert permissions.become(cast.lead)
        cast.lead.is_active = False
        assert not permissions.become(cast.lead)
    cast.lead.is_active = True
    assert not permissions.become(cast.lead)


def test_waiting_says_for_how_many_seconds():
    now = timezone.now()
    assert permissions.sign_in(None, now)
    assert permissions.sign_in(now, now)
    assert "Next try in 1 second." in permissions.sign_in(now + timedelta(seconds=0.2), now).reason
    assert "Next try in 4 seconds." in permissions.sign_in(now + timedelta(seconds=3.5), now).reason


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"accepted_at": 0}, "used already"),
        ({"revoked_at": 0}, "revoked"),
        ({"expires_at": -1}, "seven days"),
    ],
)
def test_a_dead_link_says_why_and_whom_to_ask(cast, change, word):
    commands.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    invitation = Invitation.objects.get(accepted_at=None, team=cast.team)
    now = timezone.now()
    for name, seconds in change.items():
        setattr(invitation, name, now + timedelta(seconds=seconds))
    verdict = permissions.accept_invitation(SYSTEM, invitation, now)
    assert not verdict
    assert word in verdict.reason
    assert "sk the person who sent it" in verdict.reason


def test_a_member_needs_no_invitation(cast):
    commands.invite_person(cast.team, by=again(cast.lead), role=Role.LEAD)
    invitation = Invitation.objects.get(accepted_at=None, team=cast.team)
    assert (
        "member of Payments already" in permissions.accept_invitation(cast.auditor, invitation, timezone.now()).reason
    )
    assert permissions.accept_invitation(cast.stranger, invitation, timezone.now())


def test_only_the_very_first_person_sets_keyturn_up(cast):
    first = Invitation.objects.get(team=None)
    assert "set up already" in permissions.create_first_team(first, timezone.now()).reason
