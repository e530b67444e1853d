"""Each act on people: what it does, what it refuses, what the ledger keeps of it."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from apps.accounts import commands, rules
from apps.accounts.commands import Account
from apps.accounts.models import Grant, Invitation, Membership, SignInTries, Team, User
from apps.accounts.roles import GRANTED, Role
from apps.core.errors import NotAllowed, WrongState
from apps.core.wording import day
from apps.ledger import commands as ledger
from apps.ledger import selectors as history
from apps.ledger.commands import INSTANCE, SYSTEM
from apps.ledger.models import Entry
from apps.live import publish
from apps.teams import commands as teams
from tests.cast import AUDITING, PASSWORD, READS_UNTIL, again, join
from tests.instance import invitation_of, last_line

pytestmark = pytest.mark.django_db

HERE = "192.0.2.7"
ACCOUNT = Account(username="nora", full_name="Nora Lind", password=PASSWORD)


@pytest.fixture
def cast(people):
    return people


# The first person


@pytest.mark.parametrize("name", ["Ruth Okafor", "ruth  OKAFOR", "Ruth\u200b Okafor", "Ｒuth Okafor"])
def test_nobody_takes_the_name_of_somebody_in_their_team(cast, name):
    with pytest.raises(WrongState, match="Somebody else in Payments is or was called “Ruth Okafor”"):
        commands.rename_person(again(cast.member), by=again(cast.member), full_name=name)
    with pytest.raises(WrongState, match="Somebody else in Payments"):
        join(cast.team, by=cast.lead, username="ruth2", full_name=name, role=Role.MEMBER)
    assert not User.objects.filter(username="ruth2").exists()
    assert commands.rename_person(again(cast.stranger), by=again(cast.stranger), full_name=name)


def test_the_first_person_becomes_administrator_and_admin_of_the_team():
    token = commands.invite_first_person(by=SYSTEM)
    person = commands.create_first_team(invitation_of(token), by=SYSTEM, account=ACCOUNT, name="Payments", slug="pay")
    assert person.is_admin
    assert person.check_password(PASSWORD)
    assert Membership.objects.get().role == Role.MEMBER
    assert {grant.role for grant in Grant.objects.held().filter(person=person)} == {*GRANTED}
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


def test_a_link_makes_an_account_and_a_membership(cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), **AUDITING)
    membership = commands.accept_invitation(invitation_of(token), by=SYSTEM, account=ACCOUNT)
    assert (membership.team, membership.role, membership.user.full_name) == (cast.team, Role.AUDITOR, "Nora Lind")
    assert not membership.user.is_admin
    assert last_line().actor == membership.user.pk
    assert last_line().text == f"joined as Nora Lind, auditor until {day(READS_UNTIL)}"


def test_a_link_works_once(cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    commands.accept_invitation(invitation_of(token), by=SYSTEM, account=ACCOUNT)
    with pytest.raises(WrongState, match="used already"):
        commands.accept_invitation(invitation_of(token), by=SYSTEM, account=ACCOUNT)


def test_somebody_with_an_account_joins_with_it(cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    before = User.objects.count()
    membership = commands.accept_invitation(invitation_of(token), by=again(cast.stranger))
    assert membership.user == cast.stranger
    assert User.objects.count() == before


def test_a_link_without_an_account_is_refused(cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    with pytest.raises(NotAllowed, match="Sign in first"):
        commands.accept_invitation(invitation_of(token), by=SYSTEM)


def test_a_name_taken_meanwhile_is_refused_and_the_link_still_works(cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    taken = Account(username="LENA", full_name="Another Lena", password=PASSWORD)
    with pytest.raises(WrongState, match="“LENA” is taken"):
        commands.accept_invitation(invitation_of(token), by=SYSTEM, account=taken)
    commands.accept_invitation(invitation_of(token), by=SYSTEM, account=ACCOUNT)


@pytest.mark.unrecorded
def test_an_old_link_is_dead(cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    Invitation.objects.filter(pk=invitation_of(token).pk).update(expires_at=timezone.now())
    with pytest.raises(WrongState, match="seven days"):
        commands.accept_invitation(invitation_of(token), by=SYSTEM, account=ACCOUNT)


def test_an_invitation_is_accepted_under_the_name_they_have_by_then(cast):
    token = teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER)
    before = again(cast.stranger)
    commands.rename_person(again(cast.stranger), by=again(cast.stranger), full_name="Sol Marin")
    commands.accept_invitation(invitation_of(token), by=before)
    assert last_line().text.startswith("joined as Sol Marin")


def test_whoever_makes_another_team_holds_every_role_in_it(cast):
    team = commands.create_team(by=again(cast.stranger), name="Search", slug="sea")
    assert again(cast.stranger).roles_by_team[team.pk] == {Role.MEMBER, *GRANTED}
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
    commands.rename_person(cast.member, by=cast.member, full_name="Mika Sato")
    assert again(cast.member).initials == "MS"
    assert last_line().text == "is now called Mika Sato, before 佐藤 Mika"


@pytest.mark.parametrize("verb", ["change_password", "rename_person"])
def test_nobody_does_it_for_another(cast, verb):
    more = {"password": PASSWORD} if verb == "change_password" else {"full_name": "X"}
    with pytest.raises(NotAllowed, match="only their own"):
        getattr(commands, verb)(cast.member, by=cast.lead, **more)


# No trace, no change


def test_what_cannot_be_recorded_does_not_happen(cast, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the ledger is broken")

    open_one = invitation_of(teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER))
    monkeypatch.setattr(ledger, "record", broken)
    acts = [
        lambda: commands.accept_invitation(open_one, by=SYSTEM, account=ACCOUNT),
        lambda: commands.create_team(by=again(cast.stranger), name="Search", slug="sea"),
        lambda: commands.change_password(cast.member, by=cast.member, password="another good long one"),
        lambda: commands.rename_person(cast.member, by=cast.member, full_name="Mika"),
    ]
    for act in acts:
        with pytest.raises(RuntimeError), transaction.atomic():
            act()
    assert Invitation.objects.get(pk=open_one.pk).accepted_at is None
    assert not User.objects.filter(username=ACCOUNT.username).exists()
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
            teams.remove_member(Membership.objects.get(user=cast.member), by=cast.lead)
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
