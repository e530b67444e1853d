"""Word of changes in how somebody gets in: to them, whoever did it, and to admins while it suspends signing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.factors import commands as factors
from apps.ledger.commands import SYSTEM
from apps.ledger.events import REGISTRY
from apps.letters import commands as letters
from apps.letters.models import Letter
from apps.letters.rules import Kind as LetterKind
from apps.notices.models import Delivery, Notice, Reach
from apps.notices.rules import CHOSEN, SECURITY_WORDS, Kind
from apps.sso import events as single_sign_on
from apps.teams import commands as teams
from tests.cast import PASSWORD, again, give, join, signed_in
from tests.factors.authenticator import SoftAuthenticator
from tests.factors.enrolled import BY_PASSWORD, code, with_codes, with_passkey
from tests.instance import invitation_of
from tests.mailbox import mailbox_served
from tests.notices.heard import derived, heard, kinds
from tests.notices.mailing import let_fall_due, send_due

pytestmark = pytest.mark.django_db
NEW = "three calm herons wade upstream"


@pytest.fixture
def quiet(people):
    """Nothing to hear of before."""
    derived()
    Notice.objects.all().delete()
    return people


def letter_for(kind, person, address):
    now = timezone.now()
    return Letter.objects.create(
        kind=kind, address=address, person=person, due_at=now, published_at=now, ends_at=now + timedelta(hours=1)
    )


def reset(person):
    token = letter_for(LetterKind.RESET, None, person.email).token_for(again(person))
    letters.reset_password(token, NEW, by=SYSTEM)


def by_codes(person):
    with_codes(person)


def passkey(person):
    with_passkey(person, SoftAuthenticator())


def set_by_the_server(person):
    accounts.change_password(again(person), by=SYSTEM, password=NEW)


def recovery_code(person):
    with_codes(person)
    made = factors.make_recovery_codes(factors.Evidence(password=PASSWORD, code=code()), by=again(person))
    used = factors.Evidence(password=PASSWORD, code=made.wrap().get_unused_codes()[0])
    factors.remove_codes(used, by=again(person))


SUSPENDED = {
    "codes": (by_codes, ["one-time codes were set up"]),
    "passkey": (passkey, ["a passkey was added"]),
    "reset": (reset, ["a new password was set by a mailed link"]),
    "server": (set_by_the_server, ["the password was changed"]),
    "recovery": (
        recovery_code,
        [
            "a recovery code was used", "one-time codes were set up", "one-time codes were taken away",
            "recovery codes were made",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SUSPENDED)
def test_whoever_it_is_hears_of_it_and_the_admins_that_they_sign_nothing(quiet, what):
    act, words = SUSPENDED[what]
    act(quiet.reviewer)
    derived()
    assert sorted(subject for kind, subject in heard(quiet.reviewer) if kind == Kind.SECURITY) == words
    assert kinds(quiet.reviewer) == [Kind.SECURITY] * len(words)
    assert heard(quiet.lead) == [(Kind.SUSPENDED, "Ruth Okafor · Payments")]
    [notice] = Notice.objects.filter(person=quiet.lead, done_at=None)
    assert notice.detail.startswith("until ")
    for other in (quiet.member, quiet.other_reviewer, quiet.auditor, quiet.stranger):
        assert kinds(other) == []


def test_whoever_changes_their_password_knowing_it_suspends_nothing(quiet):
    accounts.change_password(again(quiet.reviewer), by=again(quiet.reviewer), password=NEW, old=PASSWORD)
    derived()
    assert heard(quiet.reviewer) == [(Kind.SECURITY, "the password was changed")]
    assert kinds(quiet.lead) == []


def test_another_address_is_told_and_suspends_nothing(quiet):
    letter = letter_for(LetterKind.VERIFY, quiet.reviewer, "r@example.org")
    letters.verify_address(letter.token_for(again(quiet.reviewer)), by=again(quiet.reviewer))
    factors.change_address("", BY_PASSWORD, by=again(quiet.reviewer))
    derived()
    assert sorted(kinds(quiet.reviewer)) == [Kind.SECURITY] * 2
    assert kinds(quiet.lead) == []


def test_an_admin_of_two_teams_is_told_once_and_a_later_one_takes_the_place_of_the_first(quiet):
    person = quiet.reviewer
    other = accounts.create_team(by=again(quiet.stranger), name="Third", slug="third")
    for who in (person, quiet.lead):
        token = teams.invite_person(other, by=again(quiet.stranger), role=Role.MEMBER)
        accounts.accept_invitation(invitation_of(token), by=again(who))
    give(other, quiet.lead, Role.ADMIN, by=quiet.stranger)
    derived()
    Notice.objects.all().delete()
    by_codes(person)
    derived()
    derived()
    assert kinds(quiet.lead) == [Kind.SUSPENDED]
    assert kinds(quiet.stranger) == [Kind.SUSPENDED]
    reset(person)
    derived()
    assert kinds(quiet.lead) == [Kind.SUSPENDED]
    assert kinds(quiet.lead, done=True) == [Kind.SUSPENDED]


def test_an_admin_alone_hears_of_their_own(quiet):
    by_codes(quiet.lead)
    derived()
    assert kinds(quiet.lead) == [Kind.SECURITY]


@pytest.mark.unrecorded
def test_somebody_in_no_team_hears_and_is_mailed_whatever_they_chose(quiet, settings):
    nobody = join(quiet.team, by=quiet.lead, username="nora", full_name="Nora Voss", role=Role.MEMBER)
    nobody.memberships.all().delete()
    every = dict.fromkeys(CHOSEN, "never") | {Kind.SECURITY: "never"}
    Reach.objects.create(person=nobody, paces=every, quiet_from=0, quiet_to=23)
    with mailbox_served() as mailbox:
        reset(nobody)
        derived()
        assert heard(nobody) == [(Kind.SECURITY, "a new password was set by a mailed link")]
        assert again(nobody).news == 1
        let_fall_due()
        send_due()
        [taken] = mailbox.taken
        assert str(taken["Subject"]) == "Your account: a new password was set by a mailed link"
        assert "end your other sessions" in taken.get_body(("plain",)).get_content()
        derived()
        assert Delivery.objects.filter(person=nobody).count() == 1
    page = signed_in(again(nobody)).get("/inbox/").content.decode()
    assert "a new password was set" in page
    assert "you alone see this" in page


@pytest.mark.unrecorded
def test_a_suspension_that_is_over_by_then_is_told_to_no_admin(quiet):
    by_codes(quiet.reviewer)
    User.objects.filter(pk=quiet.reviewer.pk).update(signing_suspended_until=timezone.now())
    derived()
    assert kinds(quiet.lead) == []
    assert kinds(quiet.reviewer) == [Kind.SECURITY]


def test_no_form_asks_how_soon_one_is_told_of_ones_account(quiet):
    page = signed_in(quiet.reviewer).get("/inbox/reach/").content.decode()
    assert 'name="suspended"' in page
    assert 'name="security"' not in page


def test_every_kind_of_entry_that_changes_an_account_is_among_them():
    of_accounts = {kind for kind in REGISTRY if kind.split(".")[0] in ("factors", "address", "identity", "password")}
    silent = {
        "address.asked",
        "password.link_sent",
        "password.refused",
        "factors.passkey_renamed",
        "factors.encrypted_again",
    }
    assert single_sign_on.IdentityLinked.kind in of_accounts
    assert of_accounts - silent == {kind for kind in SECURITY_WORDS if not kind.startswith(("signing.", "delegation."))}


def test_whoever_hands_over_their_keys_hears_of_it_and_so_does_whoever_turns_them(quiet):
    last_day = timezone.now().date() + timedelta(days=2)
    asked = teams.delegate(
        quiet.team, by=again(quiet.reviewer), evidence=BY_PASSWORD, person=quiet.member, last_day=last_day
    )
    derived()
    assert heard(quiet.reviewer) == [(Kind.SECURITY, "somebody was asked to verify for you")]
    assert heard(quiet.member) == [(Kind.ROLE, f"{quiet.member.full_name} for Ruth Okafor · Payments")]
    Notice.objects.all().delete()
    row = teams.accept_delegation(asked, by=again(quiet.member), evidence=BY_PASSWORD)
    derived()
    assert sorted(kinds(quiet.reviewer)) == [Kind.ROLE, Kind.SECURITY]
    assert kinds(quiet.member) == []
    Notice.objects.all().delete()
    teams.end_delegation(row, by=again(quiet.member))
    derived()
    assert kinds(quiet.reviewer) == [Kind.ROLE]
    assert kinds(quiet.member) == kinds(quiet.lead) == []
