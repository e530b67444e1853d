"""Role by role: who may begin teams, and change what about people."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from apps.accounts import permissions
from apps.accounts.models import Invitation
from apps.accounts.roles import Role
from apps.core.errors import NotAllowed
from apps.ledger.commands import SYSTEM
from apps.teams import commands as teams
from tests.cast import again

pytestmark = pytest.mark.django_db

EVERYBODY = ("lead", "reviewer", "other_reviewer", "member", "auditor", "stranger")


@pytest.fixture
def cast(people):
    return people


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
    teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    invitation = Invitation.objects.get(accepted_at=None, team=cast.team)
    now = timezone.now()
    for name, seconds in change.items():
        setattr(invitation, name, now + timedelta(seconds=seconds))
    verdict = permissions.accept_invitation(SYSTEM, invitation, now)
    assert not verdict
    assert word in verdict.reason
    assert "sk the person who sent it" in verdict.reason


def test_a_member_needs_no_invitation(cast):
    teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    invitation = Invitation.objects.get(accepted_at=None, team=cast.team)
    assert (
        "member of Payments already" in permissions.accept_invitation(cast.auditor, invitation, timezone.now()).reason
    )
    assert permissions.accept_invitation(cast.stranger, invitation, timezone.now())


def test_only_the_very_first_person_sets_keyturn_up(cast):
    first = Invitation.objects.get(team=None)
    assert "set up already" in permissions.create_first_team(first, timezone.now()).reason
