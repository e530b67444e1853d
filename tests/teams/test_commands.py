"""Each act on who is in a team: what it does, what it refuses, what the ledger keeps of it."""

import json

import pytest
from django.db import transaction

from apps.accounts import commands
from apps.accounts.commands import Account
from apps.accounts.models import Grant, Invitation, Membership, Team, User
from apps.accounts.roles import Role
from apps.core.errors import NotAllowed, WrongState
from apps.core.wording import day
from apps.ledger import commands as ledger
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.teams import commands as teams
from tests.cast import AUDITING, BY_PASSWORD, PASSWORD, READS_UNTIL, again, give, join, take
from tests.instance import entries, invitation_of, last_line

pytestmark = pytest.mark.django_db

ACCOUNT = Account(username="nora", full_name="Nora Lind", password=PASSWORD)


@pytest.fixture
def cast(people):
    return people


def membership_of(cast, person):
    return Membership.objects.get(team=cast.team, user=person)


def state():
    """Every row that the acts here change."""
    return [list(model.objects.order_by("pk").values()) for model in (Team, Membership, Grant, Invitation)]


def test_a_link_is_kept_only_as_a_digest(cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), **AUDITING, note="Nora")
    row = Invitation.objects.filter(pk=invitation_of(token).pk).values().get()
    assert token not in str(row)
    assert len(row["token_digest"]) == 64
    assert last_line().text == f"invited Nora as auditor until {day(READS_UNTIL)}"
    assert token not in Entry.objects.latest("id").body


def test_what_a_link_is_for_is_committed_not_written(cast):
    teams.invite_person(cast.team, by=again(cast.lead), **AUDITING, note="Nora Lind")
    body = json.loads(Entry.objects.latest("id").body)
    assert "Nora" not in json.dumps(body)
    assert body["team"] == str(cast.team.pk)
    assert set(body["commit"]) == {"actor_name", "mailed_to", "note", "rows", "words"}


def test_a_revoked_link_is_dead(cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER, note="Nora")
    teams.revoke_invitation(invitation_of(token), by=again(cast.lead))
    assert last_line().text == "revoked the invitation for Nora"
    with pytest.raises(WrongState, match="revoked"):
        commands.accept_invitation(invitation_of(token), by=SYSTEM, account=ACCOUNT)
    with pytest.raises(WrongState, match="revoked already"):
        teams.revoke_invitation(invitation_of(token), by=again(cast.lead))


def test_an_accepted_invitation_is_not_revoked(cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    commands.accept_invitation(invitation_of(token), by=SYSTEM, account=ACCOUNT)
    with pytest.raises(WrongState, match="Remove the member instead"):
        teams.revoke_invitation(invitation_of(token), by=again(cast.lead))


@pytest.mark.parametrize("name", ["reviewer", "member", "auditor", "stranger"])
def test_nobody_but_an_admin_invites(cast, name):
    before = entries()
    with pytest.raises(NotAllowed, match="Only an admin of the team"):
        teams.invite_person(cast.team, by=again(getattr(cast, name)), role=Role.MEMBER)
    assert entries() == before


def test_a_member_becomes_an_auditor_and_back_and_both_are_remembered(cast):
    changed = teams.change_role(membership_of(cast, cast.member), by=again(cast.lead), **AUDITING)
    assert changed.role == Role.AUDITOR
    assert last_line().text == f"made 佐藤 Mika auditor until {day(READS_UNTIL)}, before member"
    assert teams.change_role(changed, by=again(cast.lead), role=Role.MEMBER).role == Role.MEMBER
    assert last_line().text == "made 佐藤 Mika member, before auditor"


def test_the_same_role_again_changes_and_records_nothing(cast):
    before = entries()
    teams.change_role(membership_of(cast, cast.member), by=again(cast.lead), role=Role.MEMBER)
    assert entries() == before


def test_the_last_admin_neither_steps_down_nor_goes(cast):
    mine = membership_of(cast, cast.lead)
    acts = [
        lambda: teams.change_role(mine, by=again(cast.lead), **AUDITING),
        lambda: teams.remove_member(mine, by=again(cast.lead)),
        lambda: take(cast.team, cast.lead, Role.ADMIN, by=cast.lead),
    ]
    for act in acts:
        with pytest.raises(WrongState, match="Lena Brandt is the team's only admin"):
            act()
    give(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    teams.change_role(mine, by=again(cast.lead), **AUDITING)
    assert membership_of(cast, cast.lead).role == Role.AUDITOR
    assert again(cast.lead).roles_by_team[cast.team.pk] == {Role.AUDITOR}
    assert cast.team.admins() == {cast.reviewer.pk}


@pytest.mark.unrecorded
def test_an_admin_whose_account_is_closed_does_not_count(cast):
    second = join(cast.team, by=cast.lead, username="nora", full_name="Nora Lind", role=Role.ADMIN)
    User.objects.filter(pk=second.pk).update(is_active=False)
    with pytest.raises(WrongState, match="only admin"):
        teams.remove_member(membership_of(cast, cast.lead), by=again(cast.lead))


def test_a_removed_member_is_out_and_their_name_stays(cast):
    teams.remove_member(membership_of(cast, cast.auditor), by=again(cast.lead))
    assert not Team.objects.visible_to(cast.auditor).exists()
    assert User.objects.filter(pk=cast.auditor.pk).exists()
    assert last_line().text == "removed Aude Laurent, who was auditor"


def test_everybody_may_leave(cast):
    teams.remove_member(membership_of(cast, cast.member), by=again(cast.member))
    assert not Membership.objects.filter(team=cast.team, user=cast.member).exists()


def test_what_cannot_be_recorded_does_not_happen(cast, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the ledger is broken")

    give(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    member, held = membership_of(cast, cast.member), Grant.objects.get(person=cast.reviewer, role=Role.DECIDER)
    (asked,) = teams.ask_role(
        member, by=again(cast.lead), evidence=BY_PASSWORD, role=Role.REVIEWER, identity="in person"
    )
    monkeypatch.setattr(ledger, "record", broken)
    acts = [
        lambda: teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER),
        lambda: teams.change_role(member, by=again(cast.lead), **AUDITING),
        lambda: teams.remove_member(member, by=again(cast.lead)),
        lambda: teams.edit_team(cast.team, by=again(cast.lead), two_publish=False),
        lambda: teams.ask_role(member, by=again(cast.lead), evidence=BY_PASSWORD, role=Role.MANAGER),
        lambda: teams.grant_role(asked, by=again(cast.reviewer), evidence=BY_PASSWORD),
        lambda: teams.end_role(held, by=again(cast.lead)),
    ]
    before = state()
    for act in acts:
        with pytest.raises(RuntimeError), transaction.atomic():
            act()
        assert state() == before
