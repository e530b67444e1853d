"""Signing in and out: wrong passwords wait, by name and by address, and the ledger keeps no password."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts import commands, rules
from apps.accounts.commands import sign_ins
from apps.accounts.models import SignInTries, User
from apps.core.errors import NotAllowed, Refusal, WrongState
from apps.ledger import selectors as history
from apps.ledger.commands import INSTANCE, SYSTEM
from apps.ledger.models import Entry
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

HERE = "192.0.2.7"


@pytest.fixture
def cast(people):
    return people


@pytest.fixture
def stopped(monkeypatch):
    """The clock stands still: a wait of a second ends while a busy machine answers."""
    moment = timezone.now()
    monkeypatch.setattr(sign_ins.timezone, "now", lambda: moment)


def last_line():
    return history.lines(history.history(INSTANCE))[-1]


def entries():
    return Entry.objects.filter(stream_id=INSTANCE).count()


def test_name_and_password_sign_in(cast):
    assert commands.sign_in("Lena", PASSWORD, address=HERE, by=SYSTEM) == cast.lead
    assert last_line().text == "signed in"
    assert last_line().actor == cast.lead.pk


def test_a_wrong_password_is_refused_and_recorded_without_it(cast):
    with pytest.raises(NotAllowed, match=r"^Name or password is wrong\.$"):
        commands.sign_in("lena", "hunter2hunter2", address=HERE, by=SYSTEM)
    assert last_line().text == f"failed sign-in as lena from {HERE}, try 1"
    entry = Entry.objects.latest("id")
    stored = entry.body + str([opening.value for opening in entry.openings.all()])
    assert "hunter2" not in stored
    assert "lena" not in entry.body


def test_a_password_typed_as_the_name_is_not_kept(cast):
    with pytest.raises(NotAllowed):
        commands.sign_in("my secret password", "", address=HERE, by=SYSTEM)
    entry = Entry.objects.latest("id")
    assert "secret" not in entry.body + str([opening.value for opening in entry.openings.all()])
    assert "secret" not in str(list(SignInTries.objects.values()))
    assert "an unknown name" in last_line().text


@pytest.mark.unrecorded
def test_somebody_whose_account_is_closed_does_not_sign_in(cast):
    User.objects.filter(pk=cast.lead.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        commands.sign_in("lena", PASSWORD, address=HERE, by=SYSTEM)


def fail(times, name="lena", address=HERE):
    for _ in range(times):
        with pytest.raises(Refusal):
            commands.sign_in(name, "wrong", address=address, by=SYSTEM)


def test_wrong_passwords_make_one_wait_even_with_the_right_one(cast):
    fail(rules.FREE_TRIES)
    before = entries()
    with pytest.raises(WrongState, match=r"Too many tries\. Next try in 1 second\."):
        commands.sign_in("lena", PASSWORD, address=HERE, by=SYSTEM)
    assert entries() == before


def test_the_wait_grows_and_is_said(cast):
    fail(rules.FREE_TRIES + 1)  # the last is refused unseen
    SignInTries.objects.update(waits_until=timezone.now())
    with pytest.raises(NotAllowed, match=r"wrong\. Next try in 2 seconds\."):
        commands.sign_in("lena", "wrong", address=HERE, by=SYSTEM)


def test_the_wait_holds_for_that_name_from_that_address_only(cast):
    fail(rules.FREE_TRIES)
    assert commands.sign_in("ruth", PASSWORD, address=HERE, by=SYSTEM) == cast.reviewer
    assert commands.sign_in("lena", PASSWORD, address="192.0.2.8", by=SYSTEM) == cast.lead


def test_many_names_from_one_address_wait_too(cast):
    key = rules.tries_key(HERE)
    now = timezone.now()
    SignInTries.objects.create(key=key, tries=rules.FREE_TRIES_PER_ADDRESS, last_at=now, waits_until=now)
    fail(1, name="nobody")
    with pytest.raises(WrongState, match="Too many tries"):
        commands.sign_in("ruth", PASSWORD, address=HERE, by=SYSTEM)


def test_many_addresses_of_one_network_are_one(cast):
    for n in range(rules.FREE_TRIES):
        fail(1, address=f"2001:db8::{n:x}")
    with pytest.raises(WrongState, match="Too many tries"):
        commands.sign_in("lena", PASSWORD, address="2001:db8::ffff", by=SYSTEM)
    assert commands.sign_in("lena", PASSWORD, address="2001:db8:0:1::1", by=SYSTEM) == cast.lead


def guess_from_everywhere(times=rules.FREE_TRIES_PER_NAME, first=0):
    for n in range(first, first + times):
        fail(1, address=f"198.51.100.{n}")


def test_one_name_guessed_from_many_addresses_waits_everywhere_and_no_other_does(cast):
    guess_from_everywhere()
    before = entries()
    with pytest.raises(WrongState, match=r"Too many tries\. Next try in 1 second\."):
        commands.sign_in("Lena", PASSWORD, address=HERE, by=SYSTEM)
    assert entries() == before
    assert commands.sign_in("ruth", PASSWORD, address=HERE, by=SYSTEM) == cast.reviewer


def test_whoever_guesses_from_everywhere_makes_a_name_wait_for_half_a_minute_at_most(cast):
    guess_from_everywhere()
    for n in range(10):
        SignInTries.objects.update(waits_until=timezone.now())
        guess_from_everywhere(times=1, first=100 + n)
    SignInTries.objects.update(waits_until=timezone.now())
    with pytest.raises(NotAllowed, match=r"wrong\. Next try in 30 seconds\."):
        commands.sign_in("lena", "wrong", address="198.51.100.200", by=SYSTEM)


def test_where_they_signed_in_before_they_do_not_wait_for_what_others_try_elsewhere(cast):
    commands.sign_in("lena", PASSWORD, address=HERE, by=SYSTEM)
    guess_from_everywhere()
    fail(1)  # even after one wrong password
    assert commands.sign_in("lena", PASSWORD, address=HERE, by=SYSTEM) == cast.lead


def test_where_they_signed_in_before_they_do_not_wait_for_other_names_that_are_guessed_there(cast):
    commands.sign_in("lena", PASSWORD, address=HERE, by=SYSTEM)
    waits_until = timezone.now() + timedelta(seconds=rules.LONGEST_WAIT_PER_ADDRESS)
    counted = SignInTries.objects.filter(key=rules.tries_key(HERE))
    counted.update(tries=10_000, waits_until=waits_until)
    with pytest.raises(WrongState, match="Too many tries"):
        commands.sign_in("ruth", PASSWORD, address=HERE, by=SYSTEM)
    fail(1)  # even after one wrong password
    assert commands.sign_in("lena", PASSWORD, address=HERE, by=SYSTEM) == cast.lead
    assert counted.get().waits_until >= waits_until, "who guesses goes on waiting"


def test_where_they_signed_in_before_wrong_passwords_still_wait(cast):
    commands.sign_in("lena", PASSWORD, address=HERE, by=SYSTEM)
    fail(rules.FREE_TRIES)
    with pytest.raises(WrongState, match="Too many tries"):
        commands.sign_in("lena", PASSWORD, address=HERE, by=SYSTEM)


def test_signing_in_forgets_the_tries_of_the_name_and_not_those_of_the_address(cast):
    fail(rules.FREE_TRIES - 1)
    commands.sign_in("lena", PASSWORD, address=HERE, by=SYSTEM)
    tries = dict(SignInTries.objects.values_list("key", "tries"))
    assert tries[rules.tries_key(HERE, "lena")] == tries[rules.tries_key("", "lena")] == 0
    assert tries[rules.tries_key(HERE)] == rules.FREE_TRIES - 1  # the wrong ones


def test_an_office_behind_one_address_signs_in_without_waiting(cast):
    for _ in range(rules.FREE_TRIES_PER_ADDRESS + 5):
        assert commands.sign_in("lena", PASSWORD, address=HERE, by=SYSTEM) == cast.lead


def test_counting_a_try_takes_three_queries_however_many_counters_there_are(cast):
    with CaptureQueriesContext(connection) as asked:
        fail(1)
    assert len([query for query in asked if "accounts_signintries" in query["sql"]]) == 3


def test_old_tries_are_forgotten(cast):
    fail(rules.FREE_TRIES)
    long_ago = timezone.now() - timedelta(seconds=rules.FORGOTTEN_AFTER + 1)
    SignInTries.objects.update(last_at=long_ago, waits_until=long_ago)
    fail(1)
    assert SignInTries.objects.get(key=rules.tries_key(HERE, "lena")).tries == 1


def test_signing_out_is_recorded(cast):
    commands.sign_out(by=cast.member)
    assert (last_line().text, last_line().actor) == ("signed out", cast.member.pk)


def test_becoming_somebody_needs_a_demo(cast):
    with pytest.raises(NotAllowed, match="demo"):
        commands.become(cast.lead, by=SYSTEM)
    with override_settings(KEYTURN_DEMO=True):
        assert commands.become(cast.lead, by=SYSTEM) == cast.lead
    assert last_line().text == "became Lena Brandt (demo)"


def test_a_browser_they_signed_in_with_does_not_wait_for_their_name_being_guessed_in_their_own_office(
    client, cast, stopped
):
    def enter(browser, password, name="lena"):
        return browser.post(reverse("accounts:sign_in"), {"username": name, "password": password}).status_code

    assert enter(client, PASSWORD) == 302
    client.session.flush()
    guesser = Client()
    for _ in range(rules.FREE_TRIES + 1):
        enter(guesser, "wrong")
    assert enter(guesser, PASSWORD) == 409, "who guesses waits"
    assert enter(client, "wrong") == 403
    assert enter(client, PASSWORD) == 302
    assert enter(guesser, PASSWORD) == 409, "and goes on waiting"
    client.session.flush()
    assert [enter(client, "wrong") for _ in range(rules.FREE_TRIES + 1)] == [403] * rules.FREE_TRIES + [409]
    assert enter(client, "wrong", name="ruth") == 403, "it is known for them alone"


def test_a_cookie_that_nobody_signed_names_no_browser(client, cast):
    client.cookies["keyturn_known"] = f"{rules.tries_key('', 'lena')}.{'a' * 32}"
    for _ in range(rules.FREE_TRIES):
        client.post(reverse("accounts:sign_in"), {"username": "lena", "password": "wrong"})
    client.cookies["keyturn_known"] = f"{rules.tries_key('', 'lena')}.{'b' * 32}"
    answer = client.post(reverse("accounts:sign_in"), {"username": "lena", "password": PASSWORD})
    assert answer.status_code == 409
