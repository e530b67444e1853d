"""What whoever runs the server does to factors, and who waits for whose wrong codes."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from apps.accounts.models import OpenSession, SignInTries
from apps.accounts.rules import Suspension
from apps.accounts.selectors import sessions_of
from apps.core.errors import NotAllowed, WrongState
from apps.factors import commands, selectors
from apps.factors.commands import Evidence, keeping
from apps.factors.models import Factor
from apps.ledger import selectors as history
from apps.ledger.commands import INSTANCE, SYSTEM
from project.checks import missing_keys
from tests.cast import PASSWORD, again, signed_in
from tests.factors.authenticator import SoftAuthenticator
from tests.factors.enrolled import code, enrolled, with_codes, with_passkey

pytestmark = pytest.mark.django_db


@pytest.fixture
def rotated(tmp_path, settings):
    """A new key comes first, and the old one goes once everything was encrypted again."""
    old = settings.KEYTURN_SECRETS_KEYS
    (tmp_path / "second").write_text(bytes(range(100, 132)).hex())

    def rotate():
        settings.KEYTURN_SECRETS_KEYS = [str(tmp_path / "second"), *old]
        call_command("rotate_keys")
        settings.KEYTURN_SECRETS_KEYS = [str(tmp_path / "second")]

    return rotate


def last_line():
    return history.lines(history.history(INSTANCE))[-1].text


def confirm(person, typed, address="192.0.2.1"):
    return commands.confirm_sign_in(again(person), Evidence(code=typed), by=SYSTEM, address=address)


def test_codes_work_after_the_key_that_encrypts_them_was_changed(people, rotated, capsys):
    with_codes(people.lead)
    commands.make_recovery_codes(Evidence(password=PASSWORD, code=code()), by=again(people.lead))
    suspended = again(people.lead).signing_suspended_until
    rotated()
    assert "2 factors of people encrypted anew" in capsys.readouterr().out
    assert confirm(people.lead, code(steps=1))[0] == people.lead
    assert again(people.lead).signing_suspended_until == suspended
    assert missing_keys() == []


def test_codes_whose_key_is_gone_are_named(people, rotated, settings, tmp_path):
    with_codes(people.lead)
    (tmp_path / "third").write_text(bytes(range(132, 164)).hex())
    settings.KEYTURN_SECRETS_KEYS = [str(tmp_path / "third")]
    with pytest.raises(CommandError, match="1 factor cannot be read"):
        call_command("rotate_keys")
    assert len(missing_keys()) == 1


def test_rotating_goes_on_where_it_broke_off(people, rotated, settings, tmp_path):
    for person in (people.lead, people.reviewer, people.member):
        with_codes(person)
    (tmp_path / "second").write_text(bytes(range(100, 132)).hex())
    settings.KEYTURN_SECRETS_KEYS = [str(tmp_path / "second"), *settings.KEYTURN_SECRETS_KEYS]
    for done in (2, 1, 0):
        assert keeping.encrypt_codes_again(by=SYSTEM, most=2) == (done, 0)
    assert {factor.key_id for factor in Factor.objects.all()} == {selectors.codes(people.lead).key_id}


def test_who_lost_everything_comes_in_by_their_password_and_signs_nothing_for_a_day(people, capsys):
    enrolled(people.lead)
    signed_in(people.lead)
    call_command("removefactors", people.lead.username)
    assert "2 factors of Lena Brandt taken away" in capsys.readouterr().out
    now = again(people.lead)
    assert now.second_factors == frozenset()
    assert now.signing_suspended_for == Suspension.FACTOR_REMOVED
    assert last_line() == "took every factor of Lena Brandt away"


@pytest.mark.unrecorded
def test_nothing_is_taken_from_who_has_nothing_or_could_not_come_in(people):
    with pytest.raises(CommandError, match="has no factor"):
        call_command("removefactors", people.lead.username)
    with_passkey(people.lead, SoftAuthenticator())
    person = again(people.lead)
    person.set_unusable_password()
    person.save()
    with pytest.raises(CommandError, match="Set one first"):
        call_command("removefactors", people.lead.username)
    with pytest.raises(CommandError, match="Nobody signs in"):
        call_command("removefactors", "nobody")


def guess_from_elsewhere(person):
    """Somebody who knows the password types codes until they wait."""
    for place in range(5):
        with pytest.raises((NotAllowed, WrongState)):
            confirm(person, "000000", f"198.51.100.{place}")


def test_who_came_in_from_here_before_does_not_wait_for_guesses_from_elsewhere(people):
    with_codes(people.lead)
    confirm(people.lead, code())
    guess_from_elsewhere(people.lead)
    assert confirm(people.lead, code(steps=1))[0] == people.lead


def test_guesses_from_many_places_wait_for_one_another(people):
    with_codes(people.lead)
    guess_from_elsewhere(people.lead)
    assert SignInTries.objects.filter(tries__gte=3, waits_until__gt=timezone.now()).exists()
    with pytest.raises(WrongState, match="Too many tries"):
        confirm(people.lead, code(), "203.0.113.9")


def test_a_session_that_ran_out_is_listed_no_more_and_its_row_goes(people):
    typed = {"username": people.member.username, "password": PASSWORD}
    Client().post("/sign-in/", typed)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert sessions_of(again(people.member)) == []
    Client().post("/sign-in/", typed)
    assert len(sessions_of(again(people.member))) == OpenSession.objects.count() == 1
