"""Who signs proves who they are: every wrong way is refused, counted and signs nothing."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from apps.accounts.commands.parts import suspend_signing
from apps.accounts.models import User
from apps.accounts.rules import Suspension
from apps.core.errors import NotAllowed, Refusal, Stale, Unproven, WrongState
from apps.factors import rules
from apps.factors.commands import Proof, prove
from apps.factors.models import Factor, Tries
from apps.factors.rules import Means
from apps.ledger.models import Entry
from apps.signoff import commands as signoff
from apps.signoff.models import Assertion, Signature
from apps.signoff.rules import Meaning
from tests.cast import PASSWORD, again, people
from tests.factors.people import answered, asked, code, give_codes, give_passkey, turn
from tests.signoff.subjects import SECOND, fresh, subject

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


ANOTHER = "00000000-0000-4000-8000-000000000000"
LATER = [timezone.now() - timedelta(minutes=1), timezone.now()]


@pytest.fixture
def cast() -> Any:
    return people()


def at(person: User, *, session: str = "a session", address: str = "203.0.113.7") -> User:
    """Them, as a request of that session loads them."""
    found = again(person)
    found.session_key, found.address = session, address
    return found


def sign(cast: Any, proof: Proof, *, by: User | None = None) -> Signature:
    """Turn the first key of a fresh subject."""
    it = subject(cast)
    return turn_key(it, proof, by=by or proof.person)


def turn_key(it: Any, proof: Proof, *, by: User) -> Signature:
    with transaction.atomic():
        now = fresh(it)
        return signoff.sign(now, by=by, shown=now.digest, meaning=Meaning.PERFORMED, intent=Signature().id, proof=proof)


# The password


def test_the_right_password_signs_and_is_printed(cast):
    key = sign(cast, prove(by=at(cast.member), purpose="one", password=PASSWORD))
    assert (key.means, key.series.means, key.series.person) == (Means.PASSWORD, Means.PASSWORD, cast.member)


@pytest.mark.parametrize("typed", ["", "wrong", PASSWORD.upper(), f" {PASSWORD}", PASSWORD + "\0"])
def test_another_one_does_not(cast, typed):
    with pytest.raises(Unproven, match="this is not your password"):
        prove(by=at(cast.member), purpose="one", password=typed)
    assert Tries.objects.get(person=cast.member).tries == 1


def test_a_confirmation_alone_does_not(cast, settings):
    for settings.KEYTURN_DEMO in (False, True):
        with pytest.raises(Unproven):
            prove(by=at(cast.member), purpose="one", confirm=True)


def test_the_password_is_asked_for_at_each_signing(cast):
    sign(cast, prove(by=at(cast.member), purpose="one", password=PASSWORD))
    with pytest.raises(Unproven):
        prove(by=at(cast.member), purpose="two")


def test_five_wrong_ones_pause_signing_by_typing_and_are_recorded_once(cast):
    for _ in range(rules.FREE_TRIES):
        with pytest.raises(Unproven):
            prove(by=at(cast.member), purpose="one", password="wrong")
    for _ in range(2):
        with pytest.raises(WrongState, match="pauses for 15 minutes"):
            prove(by=at(cast.member), purpose="one", password=PASSWORD)
    assert Entry.objects.filter(kind="signing.paused").count() == 1


def test_the_pause_ends_and_counting_begins_anew(cast, monkeypatch):
    Tries.objects.create(person=cast.member, tries=5, last_at=LATER[0], paused_until=LATER[0])
    assert prove(by=at(cast.member), purpose="one", password=PASSWORD).means == Means.PASSWORD
    assert Tries.objects.get(pk=cast.member.pk).tries == 0


def test_tries_at_long_intervals_do_not_add_up(cast):
    Tries.objects.create(person=cast.member, tries=4, last_at=LATER[0] - timedelta(hours=1))
    with pytest.raises(Unproven, match="4 tries left"):
        prove(by=at(cast.member), purpose="one", password="wrong")


# One-time codes, and the series


def test_with_codes_both_are_asked_for_first_and_the_code_alone_afterwards(cast):
    secret = give_codes(cast.member)
    first = prove(by=at(cast.member), purpose="one", password=PASSWORD, code=code(secret))
    assert sign(cast, first).means == Means.PASSWORD_AND_CODE
    later = prove(by=at(cast.member), purpose="two", code=code(secret, steps=1))
    assert sign(cast, later).means == Means.CODE
    assert later.series == first.series


@pytest.mark.parametrize("typed", ["000000", "", "12345", "١٢٣٤٥٦", "abcdef"])
def test_a_wrong_code_is_refused_without_saying_which_was_wrong(cast, typed):
    give_codes(cast.member)
    with pytest.raises(Unproven, match="password and code do not fit together"):
        prove(by=at(cast.member), purpose="one", password=PASSWORD, code=typed)


def test_a_wrong_password_beside_a_right_code_says_the_same(cast):
    secret = give_codes(cast.member)
    with pytest.raises(Unproven, match="password and code do not fit together"):
        prove(by=at(cast.member), purpose="one", password="wrong", code=code(secret))


def test_the_code_of_somebody_else_is_refused(cast):
    give_codes(cast.member)
    other = give_codes(cast.reviewer)
    with pytest.raises(Unproven):
        prove(by=at(cast.member), purpose="one", password=PASSWORD, code=code(other))


def test_a_code_counts_once_and_no_older_one_after_it(cast):
    secret = give_codes(cast.member)
    used = code(secret)
    sign(cast, prove(by=at(cast.member), purpose="one", password=PASSWORD, code=used))
    for older in (used, code(secret, steps=-1)):
        with pytest.raises(Unproven, match="does not fit, or was used already"):
            prove(by=at(cast.member), purpose="two", code=older)


def test_the_same_form_sent_twice_counts_its_code_once(cast):
    secret = give_codes(cast.member)
    typed: dict[str, Any] = {"password": PASSWORD, "code": code(secret)}
    for _ in range(2):
        assert prove(by=at(cast.member), purpose="one", **typed).means == Means.PASSWORD_AND_CODE


@pytest.mark.parametrize("steps", [-2, 2, 20])
def test_a_code_of_another_time_is_refused(cast, steps):
    secret = give_codes(cast.member)
    with pytest.raises(Unproven):
        prove(by=at(cast.member), purpose="one", password=PASSWORD, code=code(secret, steps=steps))


@pytest.mark.parametrize("where", [{"session": "another"}, {"address": "198.51.100.24"}, {"session": ""}])
def test_another_session_or_network_asks_for_everything_again(cast, where):
    secret = give_codes(cast.member)
    sign(cast, prove(by=at(cast.member), purpose="one", password=PASSWORD, code=code(secret)))
    with pytest.raises(Unproven):
        prove(by=at(cast.member, **where), purpose="two", code=code(secret, steps=1))


def test_after_fifteen_minutes_everything_is_asked_for_again(cast):
    secret = give_codes(cast.member)
    proof = prove(by=at(cast.member), purpose="one", password=PASSWORD, code=code(secret))
    proof.series.began_at -= rules.SERIES
    proof.series.ends_at -= rules.SERIES
    proof.series.save()
    with pytest.raises(Unproven):
        prove(by=at(cast.member), purpose="two", code=code(secret, steps=1))


def test_the_series_of_somebody_else_in_the_same_session_is_not_theirs(cast):
    sign(cast, prove(by=at(cast.reviewer), purpose="one", password=PASSWORD))
    secret = give_codes(cast.member)
    with pytest.raises(Unproven):
        prove(by=at(cast.member), purpose="two", code=code(secret))


def test_whoever_has_no_password_signs_by_code_or_not_at_all(cast):
    User.objects.filter(pk=cast.member.pk).update(password="!sso")
    with pytest.raises(Unproven, match="nothing to prove who you are by"):
        prove(by=at(cast.member), purpose="one", password=PASSWORD, confirm=True)
    secret = give_codes(cast.member)
    assert prove(by=at(cast.member), purpose="one", code=code(secret)).means == Means.CODE


def test_only_who_has_nothing_else_confirms_and_only_in_a_demonstration(cast, settings):
    settings.KEYTURN_DEMO = True
    User.objects.filter(pk=cast.member.pk).update(password="!demo")
    assert sign(cast, prove(by=at(cast.member), purpose="one", confirm=True)).means == Means.TICK
    with pytest.raises(Unproven, match="confirm that you read this"):
        prove(by=at(cast.member), purpose="two")


# Passkeys


def by_passkey(cast: Any, it: Any, phone: Any, *, by: User | None = None, turns: Any = None, **how: Any) -> Proof:
    person = at(by or cast.member)
    question = asked(person, *(turns or [turn(fresh(it))]))
    return prove(by=person, purpose="one", **answered(question, phone, **how))


def test_a_passkey_signs_the_statement_and_anybody_can_check_it(cast):
    phone, it = give_passkey(cast.member), subject(cast)
    key = turn_key(it, by_passkey(cast, it, phone), by=at(cast.member))
    assert key.means == key.series.means == Means.PASSKEY
    assert json.loads(key.assertion.statement)["turns"] == [turn(fresh(it), slot=1)]


@pytest.mark.parametrize(
    "how",
    [{"uv": False}, {"origin": "http://evil.example"}, {"origin": "https://localhost.evil.example"}, {"rp_id": "evil"}],
    ids=str,
)
def test_an_answer_that_does_not_verify_who_it_was_here_is_refused(cast, how):
    phone, it = give_passkey(cast.member), subject(cast)
    with pytest.raises(Unproven, match="did not confirm that it was you"):
        by_passkey(cast, it, phone, **how)


def test_a_passkey_of_somebody_else_is_refused(cast):
    phone, it = give_passkey(cast.reviewer), subject(cast)
    give_passkey(cast.member)
    with pytest.raises(Unproven, match="not one of yours"):
        by_passkey(cast, it, phone, passkey=phone.passkeys[0])


def test_a_passkey_that_was_taken_away_is_refused(cast):
    phone, it = give_passkey(cast.member), subject(cast)
    Factor.objects.filter(user=cast.member).delete()
    with pytest.raises(Unproven, match="not one of yours"):
        by_passkey(cast, it, phone, passkey=phone.passkeys[0])


def test_an_answer_to_a_statement_of_somebody_else_is_refused(cast):
    phone, it = give_passkey(cast.member), subject(cast)
    question = asked(at(cast.reviewer), turn(fresh(it)))
    with pytest.raises(Unproven):
        prove(by=at(cast.member), purpose="one", **answered(question, phone, passkey=phone.passkeys[0]))


def test_an_answer_from_another_session_is_refused(cast):
    phone, it = give_passkey(cast.member), subject(cast)
    question = asked(at(cast.member), turn(fresh(it)))
    with pytest.raises(Unproven):
        prove(by=at(cast.member, session="another"), purpose="one", **answered(question, phone))


@pytest.mark.parametrize("change", [lambda s: s.replace("performed", "verified"), lambda s: s + "x", lambda s: "{}"])
def test_a_statement_that_is_not_ours_is_refused(cast, change):
    phone, it = give_passkey(cast.member), subject(cast)
    question = asked(at(cast.member), turn(fresh(it)))
    sent = answered(question, phone)
    with pytest.raises(Unproven):
        prove(by=at(cast.member), purpose="one", **sent | {"statement": change(sent["statement"])})


def test_the_answer_to_one_statement_does_not_fit_another(cast):
    phone, it = give_passkey(cast.member), subject(cast)
    first, second = (asked(at(cast.member), turn(fresh(it))) for _ in range(2))
    sent = answered(first, phone) | {"statement": second["statement"]}
    with pytest.raises(Unproven, match="did not confirm"):
        prove(by=at(cast.member), purpose="one", **sent)


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", "nonsense", '{"rawId": "AAAA", "id": "AAAA"}'])
def test_an_answer_that_is_none_is_refused(cast, answer):
    give_passkey(cast.member)
    question = asked(at(cast.member), turn(subject(cast)))
    with pytest.raises(Unproven):
        prove(by=at(cast.member), purpose="one", statement=question["statement"], assertion=answer)


def test_two_minutes_later_it_is_too_late(cast, monkeypatch):
    phone, it = give_passkey(cast.member), subject(cast)
    monkeypatch.setattr(rules, "STATEMENT", -timedelta(seconds=1))
    with pytest.raises(Unproven, match="two minutes to confirm are over"):
        by_passkey(cast, it, phone)


def test_a_counter_that_goes_back_is_refused(cast):
    phone, it = give_passkey(cast.member), subject(cast)
    by_passkey(cast, it, phone, counter=9)
    person = at(cast.member)
    for older in (5, 0):
        with pytest.raises(Unproven, match="older copy"):
            prove(by=person, purpose="two", **answered(asked(person, turn(fresh(it))), phone, counter=older))


def test_a_passkey_that_does_not_count_may_sign_again(cast):
    phone = give_passkey(cast.member, counts=False)
    for _ in range(2):
        it = subject(cast)
        turn_key(it, by_passkey(cast, it, phone), by=at(cast.member))


@pytest.mark.parametrize(
    "other",
    [{"digest": SECOND}, {"slot": 2}, {"meaning": "verified"}, {"sign_off": ANOTHER}],
)
def test_a_passkey_that_signed_another_key_turns_none(cast, other):
    phone, it = give_passkey(cast.member), subject(cast)
    proof = by_passkey(cast, it, phone, turns=[turn(fresh(it), **other)])
    with pytest.raises(Stale, match="changed after your passkey was asked"):
        turn_key(it, proof, by=at(cast.member))
    assert not Signature.objects.exists()


def test_one_answer_signs_one_key_once(cast):
    phone, it = give_passkey(cast.member), subject(cast)
    proof = by_passkey(cast, it, phone)
    turn_key(it, proof, by=at(cast.member))
    with pytest.raises(Refusal):
        turn_key(it, proof, by=at(cast.member))
    assert Signature.objects.count() == Assertion.objects.count() == 1


def test_beside_a_passkey_a_password_alone_is_not_enough(cast):
    give_passkey(cast.member)
    with pytest.raises(Unproven, match="confirm by your passkey"):
        prove(by=at(cast.member), purpose="one", password=PASSWORD)


def test_wrong_passwords_of_others_keep_no_passkey_out(cast):
    phone, it = give_passkey(cast.member), subject(cast)
    Tries.objects.create(person=cast.member, tries=5, last_at=LATER[1], paused_until=LATER[1] + timedelta(hours=1))
    assert by_passkey(cast, it, phone).means == Means.PASSKEY


# Whoever may not at all


def test_a_proof_of_somebody_else_signs_nothing(cast):
    proof = prove(by=at(cast.reviewer), purpose="one", password=PASSWORD)
    with pytest.raises(NotAllowed, match="not who signs"):
        sign(cast, proof, by=at(cast.member))


@pytest.mark.parametrize("why", Suspension)
def test_nobody_signs_within_a_day_of_a_change_of_their_way_in(cast, why):
    suspend_signing(cast.member, why)
    phone, it = give_passkey(cast.member), subject(cast)
    with pytest.raises(WrongState, match="signing is suspended for 24 hours because"):
        prove(by=at(cast.member), purpose="one", password=PASSWORD)
    assert "suspended" in asked(at(cast.member), turn(fresh(it)))["refused"]
    assert phone.passkeys


def test_who_is_suspended_between_proof_and_key_signs_nothing(cast):
    proof = prove(by=at(cast.member), purpose="one", password=PASSWORD)
    suspend_signing(cast.member, Suspension.PASSWORD_SET)
    with pytest.raises(Stale, match="whose way in changed signs nothing for a day"):
        sign(cast, proof)
