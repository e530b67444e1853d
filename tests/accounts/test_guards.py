"""What the database itself refuses about people."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts import commands
from apps.accounts.models import Invitation, Membership
from apps.accounts.roles import GRANTED, Role
from apps.ledger.commands import SYSTEM
from apps.teams import commands as teams
from tests.cast import AUDITING, PASSWORD, again

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


@pytest.fixture
def cast(people):
    return people


def refused(rows, **changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**changes)


def test_a_membership_stays_with_its_person_and_team(cast):
    mine = Membership.objects.filter(team=cast.team, user=cast.member)
    refused(mine, team=cast.other_team)
    refused(mine, user=cast.stranger)
    assert mine.update(**AUDITING) == 1


def test_somebody_is_in_a_team_once(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(team=cast.team, user=cast.member, **AUDITING)


def test_a_membership_is_a_member_or_an_auditor(cast):
    for role in ("owner", *GRANTED):
        refused(Membership.objects.filter(team=cast.team, user=cast.member), role=role)


def test_an_invitation_is_not_used_again_or_made_stronger(cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    invitation = Invitation.objects.with_token(token)
    refused(invitation, role=Role.ADMIN)
    refused(invitation, role=Role.AUDITOR)
    refused(invitation, team=cast.other_team)
    refused(invitation, token_digest="0" * 64)
    refused(invitation, accepted_at=timezone.now())
    account = commands.Account(username="nora", full_name="Nora Lind", password=PASSWORD)
    commands.accept_invitation(invitation.get(), by=SYSTEM, account=account)
    refused(invitation, accepted_at=None, accepted_by=None)
    refused(invitation, accepted_by=cast.stranger)


def test_a_revoked_invitation_stays_revoked(cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    invitation = Invitation.objects.with_token(token)
    teams.revoke_invitation(invitation.get(), by=again(cast.lead))
    refused(invitation, revoked_at=None)
