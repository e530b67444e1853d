"""Each act on people: what it does, what it refuses, what the ledger keeps of it."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from apps.accounts import commands, rules
from apps.accounts.commands import Account
from apps.accounts.models import Invitation, Membership, SignInTries, Team, User
from apps.accounts.roles import Role
from apps.core.errors import NotAllowed, WrongState
from apps.ledger import commands as ledger
from apps.ledger import selectors as history
from apps.ledger.commands import INSTANCE, SYSTEM
from apps.ledger.models import Entry
from apps.live import publish
from tests.cast import PASSWORD, again, join

pytestmark = pytest.mark.django_db

HERE = "192.0.2.7"
ACCOUNT = Account(username="nora", full_name="Nora Lind", password=PASSWORD)


@pytest.fixture
def cast(people):
    return people


def last_line():
    return history.lines(history.history(INSTANCE))[-1]


def entries():
    return Entry.objects.filter(stream_id=INSTANCE).count()


def invitation_of(token):
    return Invitation.objects.with_token(token).get()


def membership_of(cast, person):
    return Membership.objects.get(team=cast.team, user=person)


# The first person


@pytest.mark.parametrize("name", ["Ruth Okafor", "ruth  OKAFOR", "Ruth\u200b Okafor", "Ｒuth Okafor"])
def test_nobody_takes_the_name_of_somebody_in_their_team(cast, name):
    with pytest.raises(WrongState, match="Somebody else in Payments is or was called “Ruth Okafor”"):
        commands.rename_person(again(cast.member), by=again(cast.member), full_name=name, email="")
    with pytest.raises(WrongState, match="Somebody else in Payments"):
        join(cast.team, by=cast.lead, username="ruth2", full_name=name, role=Role.MEMBER)
    assert not User.objects.filter(username="ruth2").exists()
    assert commands.rename_person(again(cast.stranger), by=again(cast.stranger), full_name=name, email="")


def test_the_first_person_becomes_administrator_and_lead():
    token = commands.invite_first_person(by=SYSTEM)
    person = commands.create_first_team(invitation_of(token), by=SYSTEM, account=ACCOUNT, name="Payments", slug="pay")
    assert person.is_admin
    assert person.check_password(PASSWORD)
    assert Membership.objects.get().role == Role.LEAD
    assert last_line().text == "set up Keyturn as Nora Lind with the team Payments"
    assert last_line().actor == person.pk


def test_the_first_link_works_once():
    token = commands.invite_first_person(by=SYSTEM)
    commands.create_first_team(invitation_of(token), by=SYSTEM, account=ACCOUNT, name="Payments", slug="pay")
    with pytest.raises(WrongState, match="set up already"):
        commands.create_first_team(invitation_of(token), by=SYSTEM, account=ACCOUNT, name="Stores", slug="sto")
    with pytest.raises(WrongState, match="has people already"):
        commands.invite_first_person(by=SYSTEM)


def test_a_new_first_link_ends_the_one_before():
    before = commands.invite_first_person(by=SYSTEM)
    commands.invite_first_person(by=SYSTEM)
    with pytest.raises(WrongState, match="revoked"):
        commands.create_first_team(invitation_of(before), by=SYSTEM, account=ACCOUNT, name="Payments", slug="pay")
    assert not User.objects.exists()


# Invitations


def test_a_link_is_kept_only_as_a_digest(cast):
    token = commands.invite_person(cast.team, by=again(cast.lead), role=Role.REVIEWER, note="Nora")
    row = Invitation.objects.filter(pk=invitation_of(token).pk).values().get()
    assert token not in str(row)
    assert len(row["token_digest"]) == 64
    assert last_line().text == "invited Nora as reviewer"
    assert token not in Entry.objects.latest("id").body


def test_what_a_link_is_for_is_committed_not_written(cast):
    commands.invite_person(cast.team, by=again(cast.lead), role=Role.REVIEWER, note="Nora Lind")
    body = json.loads(Entry.objects.latest("id").body)
    assert "Nora" not in json.dumps(body)
    assert body["team"] == str(cast.team.pk)
    assert set(body["commit"]) == {"actor_name", "note", "rows", "words"}


def test_a_link_makes_an_account_and_a_membership(cast):
    token = commands.invite_person(cast.team, by=again(cast.lead), role=Role.AUDITOR)
    membership = commands.accept_invitation(invitation_of(token), by=SYSTEM, account=ACCOUNT)
    assert (membership.team, membership.role, membership.user.full_name) == (cast.team, Role.AUDITOR, "Nora Lind")
    assert not membership.user.is_admin
    assert last_line().actor == membership.user.pk
    assert last_line().text == "joined as Nora Lind, auditor"


def test_a_link_works_once(cast):
    token = commands.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    commands.accept_invitation(invitation_of(token), by=SYSTEM, account=ACCOUNT)
    with pytest.raises(WrongState, match="used already"):
        commands.accept_invitation(invitation_of(token), by=SYSTEM, account=ACCOUNT)


def test_somebody_with_an_account_joins_with_it(cast):
    token = commands.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    before = User.objects.count()
    membership = commands.accept_invitation(invitation_of(token), by=again(cast.stranger))
    assert membership.user == cast.stranger
    assert User.objects.count() == before


def test_a_link_without_an_account_is_refused(cast):
    token = commands.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    with pytest.raises(NotAllowed, match="Sign in first"):
        commands.accept_invitation(invitation_of(token), by=SYSTEM)


def test_a_name_taken_meanwhile_is_refused_and_the_link_still_works(cast):
    token = commands.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    taken = Account(username="LENA", full_name="Another Lena", password=PASSWORD)
    with pytest.raises(WrongState, match="“LENA” is taken"):
        commands.accept_invitation(invitation_of(token), by=SYSTEM, account=taken)
    commands.accept_invitation(invitation_of(token), by=SYSTEM, account=ACCOUNT)


def test_a_revoked_link_is_dead(cast):
    token = commands.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER, note="Nora")
    commands.revoke_invitation(invitation_of(token), by=again(cast.lead))
    assert last_line().text == "revoked the invitation for Nora"
    with pytest.raises(WrongState, match="revoked"):
        commands.accept_invitation(invitation_of(token), by=SYSTEM, account=ACCOUNT)
    with pytest.raises(WrongState, match="revoked already"):
        commands.revoke_invitation(invitation_of(token), by=again(cast.lead))


def test_an_accepted_invitation_is_not_revoked(cast):
    token = commands.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    commands.accept_invitation(invitation_of(token), by=SYSTEM, account=ACCOUNT)
    with pytest.raises(WrongState, match="Remove the member instead"):
        commands.revoke_invitation(invitation_of(token), by=again(cast.lead))


@pytest.mark.unrecorded
def test_an_old_link_is_dead(cast):
    token = commands.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    Invitation.objects.filter(pk=invitation_of(token).pk).update(expires_at=timezone.now())
    with pytest.raises(WrongState, match="seven days"):
        commands.accept_invitation(invitation_of(token), by=SYSTEM, account=ACCOUNT)


def test_an_invitation_is_accepted_under_the_name_they_have_by_then(cast):
    token = commands.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    before = again(cast.stranger)
    commands.rename_person(again(cast.stranger), by=again(cast.stranger), full_name="Sol Marin", email="")
    commands.accept_invitation(invitation_of(token), by=before)
    assert last_line().text.startswith("joined as Sol Marin")


@pytest.mark.parametrize("name", ["reviewer", "member", "auditor", "stranger"])
def test_nobody_but_a_lead_invites(cast, name):
    before = entries()
    with pytest.raises(NotAllowed, match="Only a lead"):
        commands.invite_person(cast.team, by=again(getattr(cast, name)), role=Role.LEAD)
    assert entries() == before


# Members


def test_a_role_is_changed_and_both_are_remembered(cast):
    changed = commands.change_role(membership_of(cast, cast.member), by=again(cast.lead), role=Role.REVIEWER)
    assert changed.role == Role.REVIEWER
    assert last_line().text == "made 佐藤 Mika reviewer, before member"


def test_the_same_role_again_changes_and_records_nothing(cast):
    before = entries()
    commands.change_role(membership_of(cast, cast.member), by=again(cast.lead), role=Role.MEMBER)
    assert entries() == before


def test_the_last_lead_cannot_step_down_or_go(cast):
    mine = membership_of(cast, cast.lead)
    with pytest.raises(WrongState, match="only lead"):
        commands.change_role(mine, by=again(cast.lead), role=Role.REVIEWER)
    with pytest.raises(WrongState, match="only lead"):
        commands.remove_member(mine, by=again(cast.lead))
    commands.change_role(membership_of(cast, cast.reviewer), by=again(cast.lead), role=Role.LEAD)
    commands.change_role(mine, by=again(cast.lead), role=Role.REVIEWER)
    assert membership_of(cast, cast.lead).role == Role.REVIEWER


@pytest.mark.unrecorded
def test_a_lead_whose_account_is_closed_does_not_count(cast):
    second = join(cast.team, by=cast.lead, username="nora", full_name="Nora Lind", role=Role.LEAD)
    User.objects.filter(pk=second.pk).update(is_active=False)
    with pytest.raises(WrongState, match="only lead"):
        commands.remove_member(membership_of(cast, cast.lead), by=again(cast.lead))


def test_a_removed_member_is_out_and_their_name_stays(cast):
    commands.remove_member(membership_of(cast, cast.auditor), by=again(cast.lead))
    assert not Team.objects.visible_to(cast.auditor).exists()
    assert User.objects.filter(pk=cast.auditor.pk).exists()
    assert last_line().text == "removed Aude Laurent, who was auditor"


def test_everybody_may_leave(cast):
    commands.remove_member(membership_of(cast, cast.member), by=again(cast.member))
    assert not Membership.objects.filter(team=cast.team, user=cast.member).exists()


def test_another_team_is_led_by_the_administrator_who_made_it(cast):
    team = commands.create_team(by=again(cast.stranger), name="Search", slug="sea")
    assert membership_of(type(cast)(team=team), cast.stranger).role == Role.LEAD
    assert last_line().text == "created the team Search"


def test_a_code_is_used_by_one_team(cast):
    with pytest.raises(WrongState, match="“PAY”"):
        commands.create_team(by=again(cast.stranger), name="Pay again", slug="pay")


def test_others_do_not_make_teams(cast):
    with pytest.raises(NotAllowed, match="administrator"):
        commands.create_team(by=again(cast.lead), name="Search", slug="sea")


# Oneself


def test_a_new_password_replaces_the_old_one(cast):
    commands.change_password(cast.member, by=cast.member, password="another good long one")
    assert again(cast.member).check_password("another good long one")
    assert last_line().text == f"changed the password of {cast.member.full_name}"
    assert "another good" not in Entry.objects.latest("id").body


def test_a_new_name_is_for_what_comes(cast):
    commands.rename_person(cast.member, by=cast.member, full_name="Mika Sato", email="mika@example.com")
    assert again(cast.member).initials == "MS"
    assert last_line().text == "is now called Mika Sato, before 佐藤 Mika"


@pytest.mark.parametrize("verb", ["change_password", "rename_person"])
def test_nobody_does_it_for_another(cast, verb):
    more = {"password": PASSWORD} if verb == "change_password" else {"full_name": "X", "email": ""}
    with pytest.raises(NotAllowed, match="only their own"):
        getattr(commands, verb)(cast.member, by=cast.lead, **more)


# No trace, no change


def test_what_cannot_be_recorded_does_not_happen(cast, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the ledger is broken")

    monkeypatch.setattr(ledger, "record", broken)
    member = membership_of(cast, cast.member)
    acts = [
        lambda: commands.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER),
        lambda: commands.change_role(member, by=again(cast.lead), role=Role.REVIEWER),
        lambda: commands.remove_member(member, by=again(cast.lead)),
        lambda: commands.create_team(by=again(cast.stranger), name="Search", slug="sea"),
        lambda: commands.change_password(cast.member, by=cast.member, password="another good long one"),
        lambda: commands.rename_person(cast.member, by=cast.member, full_name="Mika", email=""),
    ]
    invitations = Invitation.objects.count()
    for act in acts:
        with pytest.raises(RuntimeError), transaction.atomic():
            act()
    assert Invitation.objects.count() == invitations
    assert membership_of(cast, cast.member).role == Role.MEMBER
    assert not Team.objects.filter(slug="sea").exists()
    assert again(cast.member).full_name == "佐藤 Mika"
    assert again(cast.member).check_password(PASSWORD)


def test_the_old_password_may_not_be_guessed_without_a_wait(cast):
    def change(old):
        return commands.change_password(cast.member, by=cast.member, password="another good long one", old=old)

    for _ in range(rules.FREE_TRIES):
        with pytest.raises(NotAllowed, match="not your password now"):
            change("wrong")
    with pytest.raises(WrongState, match=r"Too many tries\. Next try in 1 second\."):
        change(PASSWORD)
    SignInTries.objects.update(waits_until=timezone.now())
    change(PASSWORD)
    change("another good long one")
    assert "typed a wrong password to change it, try 3" in [
        line.text for line in history.lines(history.history(INSTANCE))
    ]


@pytest.mark.parametrize("act", ["change_password", "remove_member"])
def test_open_pages_hear_at_once_that_somebody_may_look_no_longer(
    cast, act, monkeypatch, django_capture_on_commit_callbacks
):
    heard = []
    monkeypatch.setattr(publish, "_publish", lambda message: heard.append(json.loads(message)["topic"]))
    with django_capture_on_commit_callbacks(execute=True):
        if act == "change_password":
            commands.change_password(cast.member, by=cast.member, password="another good long one")
        else:
            commands.remove_member(Membership.objects.get(user=cast.member), by=cast.lead)
    assert publish.PEOPLE in heard


def test_whoever_runs_the_server_says_who_administers_it(cast):
    call_command("administrator", "Mika")
    assert again(cast.member).is_admin
    assert last_line().text == f"made {cast.member.full_name} an administrator"
    call_command("administrator", "mika", no_longer=True)
    assert not again(cast.member).is_admin
    assert last_line().text == f"made {cast.member.full_name} no longer an administrator"
    with pytest.raises(CommandError, match="is the only administrator"):
        call_command("administrator", cast.stranger.username, no_longer=True)
    with pytest.raises(CommandError, match="Nobody signs in"):
        call_command("administrator", "nobody")


def test_nobody_makes_an_administrator_on_a_page(cast):
    with pytest.raises(NotAllowed, match="Whoever runs Keyturn"):
        commands.change_administrator(cast.member, by=again(cast.stranger), is_admin=True)
