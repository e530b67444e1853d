"""One-time codes and recovery codes: added, replaced, asked for, each used once, guessed slowly."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.models import OpenSession, User
from apps.accounts.rules import Suspension
from apps.core.errors import NotAllowed, Refusal, WrongState
from apps.factors import commands, selectors
from apps.factors.commands import Evidence
from apps.factors.models import Factor, Tries
from apps.factors.rules import FREE_TRIES
from apps.ledger import selectors as history
from apps.ledger.commands import INSTANCE, SYSTEM
from tests import cast as casting
from tests.cast import PASSWORD, again
from tests.factors.authenticator import SoftAuthenticator
from tests.factors.enrolled import BY_PASSWORD, SECRET, code, proof, with_codes, with_passkey

pytestmark = pytest.mark.django_db
OTHER = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def lead(people):
    return people.lead


def last_line():
    return history.lines(history.history(INSTANCE))[-1].text


def both(typed):
    return Evidence(password=PASSWORD, code=typed)


def recovery(person, evidence):
    commands.make_recovery_codes(evidence, by=again(person))
    return selectors.readable_codes(selectors.recovery_codes(person))


def test_codes_that_are_added_suspend_signing_and_are_kept_encrypted(lead):
    added = with_codes(lead)
    assert last_line() == f"added one-time codes for {lead.full_name}"
    assert again(lead).signing_suspended_for == Suspension.FACTOR_ADDED
    assert SECRET not in str(added.data)


def test_a_code_that_does_not_fit_the_new_secret_adds_nothing(lead):
    for typed in (code(OTHER), code(steps=-2), code(steps=2), "", "１２３４５６", "x" * 20):
        with pytest.raises(WrongState, match="does not fit the secret"):
            commands.add_codes(SECRET, typed, BY_PASSWORD, by=again(lead))
    assert not Factor.objects.exists()


def test_adding_them_asks_for_the_password(lead):
    with pytest.raises(WrongState, match="not your password"):
        with_codes(lead, Evidence(password="something else altogether"))
    assert not Factor.objects.exists()


def test_replacing_them_asks_for_the_code_of_before(lead):
    with_codes(lead)
    for evidence in (BY_PASSWORD, both(code(OTHER)), Evidence(code=code())):
        with pytest.raises(WrongState, match="does not fit"):
            with_codes(lead, evidence, OTHER)
    with_codes(lead, both(code()), OTHER)
    assert last_line() == f"replaced the one-time codes of {lead.full_name}"
    assert Factor.objects.filter(type=Factor.Type.TOTP).count() == 1


def test_the_code_that_enrolled_counts_no_more(lead):
    with_codes(lead)
    with pytest.raises(WrongState, match="does not fit"):
        commands.remove_codes(both(code(steps=-1)), by=again(lead))


def test_a_code_counts_once(lead):
    with_codes(lead)
    recovery(lead, both(code()))
    with pytest.raises(WrongState, match="does not fit"):
        commands.remove_codes(both(code()), by=again(lead))
    commands.remove_codes(both(code(steps=1)), by=again(lead))


def test_an_earlier_code_than_the_last_counts_no_more(lead):
    with_codes(lead)
    recovery(lead, both(code(steps=1)))
    with pytest.raises(WrongState, match="does not fit"):
        commands.remove_codes(both(code()), by=again(lead))


def test_somebody_elses_code_is_no_code_of_mine(people):
    with_codes(people.lead)
    with_codes(people.reviewer, secret=OTHER)
    with pytest.raises(WrongState, match="does not fit"):
        commands.remove_codes(both(code(OTHER)), by=again(people.lead))


def test_a_wrong_password_uses_up_no_code(lead):
    with_codes(lead)
    with pytest.raises(WrongState, match="does not fit"):
        commands.remove_codes(Evidence(password="wrong", code=code()), by=again(lead))
    commands.remove_codes(both(code()), by=again(lead))


def test_what_is_messages_a_wrong_try_does_not_tell_which_was_wrong(lead):
    with_codes(lead)
    messages = []
    for evidence in (Evidence(password="wrong", code=code()), both("000000")):
        with pytest.raises(WrongState) as refused:
            commands.remove_codes(evidence, by=again(lead))
        messages.append(str(refused.value).partition(" try")[0].rstrip(" 0123456789"))
        Tries.objects.all().delete()
    assert messages[0] == messages[1]


def test_removing_them_suspends_signing(lead):
    with_codes(lead)
    commands.remove_codes(both(code()), by=again(lead))
    assert last_line() == f"took the one-time codes of {lead.full_name} away"
    assert again(lead).signing_suspended_for == Suspension.FACTOR_REMOVED
    with pytest.raises(WrongState, match="no one-time codes"):
        commands.remove_codes(BY_PASSWORD, by=again(lead))


def test_too_many_wrong_tries_pause_and_a_passkey_works_all_the_time(lead):
    phone = SoftAuthenticator()
    with_passkey(lead, phone)
    for _ in range(FREE_TRIES):
        with pytest.raises(WrongState):
            with_codes(lead, both("00000000"))
    assert last_line().startswith("signing by password and code pauses")
    with pytest.raises(WrongState, match="pauses for 15 minutes"):
        with_codes(lead, both("00000000"))
    with_codes(lead, proof(lead, phone))


def test_a_right_one_begins_to_count_anew(lead):
    for _ in range(FREE_TRIES - 1):
        with pytest.raises(WrongState):
            with_codes(lead, Evidence(password="wrong"))
    with_codes(lead)
    assert Tries.objects.get(pk=lead.pk).tries == 0


def test_recovery_codes_stand_in_for_a_second_factor_only(lead):
    with pytest.raises(WrongState, match="stand in for"):
        commands.make_recovery_codes(BY_PASSWORD, by=again(lead))


@pytest.mark.unrecorded
def test_there_are_ten_and_making_them_suspends_nothing(lead):
    with_codes(lead)
    User.objects.filter(pk=lead.pk).update(signing_suspended_until=None, signing_suspended_for="")
    codes = recovery(lead, both(code()))
    assert len(set(codes)) == 10
    assert last_line() == f"made recovery codes for {lead.full_name}"
    assert again(lead).signing_suspended_until is None


def test_a_recovery_code_signs_in_once_and_suspends_signing(lead):
    with_codes(lead)
    codes = recovery(lead, both(code()))
    person, means = commands.confirm_sign_in(again(lead), Evidence(code=codes[0]), by=SYSTEM)
    assert (person, means) == (lead, "password and recovery code")
    assert again(lead).signing_suspended_for == Suspension.RECOVERY_CODE
    assert f"used a recovery code of {lead.full_name}, 9 left" in [
        line.text for line in history.lines(history.history(INSTANCE))
    ]
    with pytest.raises(NotAllowed, match="used already"):
        commands.confirm_sign_in(again(lead), Evidence(code=codes[0]), by=SYSTEM)


def test_new_recovery_codes_end_those_of_before(lead):
    with_codes(lead)
    old = recovery(lead, both(code()))
    recovery(lead, both(old[0]))
    with pytest.raises(NotAllowed):
        commands.confirm_sign_in(again(lead), Evidence(code=old[1]), by=SYSTEM)


def test_somebody_elses_recovery_code_lets_nobody_in(people):
    with_codes(people.lead)
    with_codes(people.reviewer, secret=OTHER)
    theirs = recovery(people.reviewer, both(code(OTHER)))
    with pytest.raises(NotAllowed):
        commands.confirm_sign_in(again(people.lead), Evidence(code=theirs[0]), by=SYSTEM)


def test_recovery_codes_go_with_the_last_second_factor(lead):
    phone = SoftAuthenticator()
    with_codes(lead)
    passkey = with_passkey(lead, phone, both(code()))
    recovery(lead, proof(lead, phone))
    commands.remove_codes(proof(lead, phone), by=again(lead))
    assert selectors.recovery_codes(lead)
    commands.remove_passkey(passkey, proof(lead, phone), by=again(lead))
    assert not Factor.objects.exists()


def test_whoever_lost_a_passkey_removes_it_by_password_and_recovery_code(lead):
    phone = SoftAuthenticator()
    passkey = with_passkey(lead, phone)
    codes = recovery(lead, proof(lead, phone))
    commands.remove_passkey(passkey, both(codes[3]), by=again(lead))
    assert not selectors.passkeys(lead)


def test_a_change_ends_the_other_sessions(lead):
    mine = [
        OpenSession.objects.create(person=lead, session_key=key, address="", agent="", means="", seen_at=timezone.now())
        for key in ("here", "there")
    ]
    by = again(lead)
    by.session_key = "here"
    commands.add_codes(SECRET, code(), BY_PASSWORD, by=by)
    assert [*OpenSession.objects.all()] == mine[:1]


def test_the_second_step_takes_a_code_once(lead):
    with_codes(lead)
    person, means = commands.confirm_sign_in(again(lead), Evidence(code=code()), by=SYSTEM)
    assert (person, means) == (lead, "password and one-time code")
    assert last_line() == "signed in by password and one-time code"
    with pytest.raises(NotAllowed, match="used already"):
        commands.confirm_sign_in(again(lead), Evidence(code=code()), by=SYSTEM)
    assert last_line() == f"failed the second step of signing in as {lead.full_name}, try 1"


def test_the_second_step_waits_longer_and_longer(lead):
    with_codes(lead)
    for _ in range(3):
        with pytest.raises(NotAllowed):
            commands.confirm_sign_in(again(lead), Evidence(code="000000"), by=SYSTEM)
    with pytest.raises(WrongState, match="Too many tries"):
        commands.confirm_sign_in(again(lead), Evidence(code=code()), by=SYSTEM)


def test_signing_in_by_any_factor_lifts_no_suspension(lead):
    with_codes(lead)
    until = again(lead).signing_suspended_until
    commands.confirm_sign_in(again(lead), Evidence(code=code()), by=SYSTEM)
    assert again(lead).signing_suspended_until == until
    assert until - timezone.now() > timedelta(hours=23)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["second step", "change"])
def test_many_tries_at_once_are_as_many_as_in_a_row(act: str) -> None:
    """What is typed is counted before it is looked at: of 12 at once no more are looked at than one after the other."""
    lead = casting.people().lead
    with_codes(lead)
    refusals, start = [], threading.Barrier(12)

    def guess() -> None:
        start.wait()
        try:
            if act == "second step":
                commands.confirm_sign_in(again(lead), Evidence(code="000000"), by=SYSTEM)
            else:
                commands.remove_codes(both("000000"), by=again(lead))
        except Refusal as refusal:
            refusals.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    looked_at = [each for each in refusals if "does not fit" in each]
    assert (len(refusals), len(looked_at)) == (12, 3 if act == "second step" else FREE_TRIES)


@pytest.mark.django_db(transaction=True)
def test_a_recovery_code_at_the_same_moment_lets_in_once() -> None:
    made = SimpleNamespace(lead=casting.people().lead, let_in=[], start=threading.Barrier(3))
    with_codes(made.lead)
    codes = recovery(made.lead, both(code()))

    def use() -> None:
        made.start.wait()
        try:
            made.let_in.append(commands.confirm_sign_in(again(made.lead), Evidence(code=codes[0]), by=SYSTEM))
        except Refusal:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made.let_in) == 1
