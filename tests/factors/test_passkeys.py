"""Passkeys are added, sign in, prove and are removed; whatever an honest one would not do is refused."""

import json
import uuid
from datetime import timedelta
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.rules import Suspension
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.factors import commands, permissions, selectors
from apps.factors.commands import Evidence, ceremonies
from apps.factors.models import Challenge, Factor, LastUse
from apps.factors.rules import Purpose
from apps.ledger import selectors as history
from apps.ledger.commands import INSTANCE, SYSTEM
from apps.ledger.models import Entry
from tests.cast import PASSWORD, again, basis, signed_in
from tests.factors.authenticator import SoftAuthenticator
from tests.factors.enrolled import BY_PASSWORD, answered, asked, proof, sign_in, with_codes, with_passkey

pytestmark = pytest.mark.django_db
DISHONEST = [
    pytest.param({"uv": False}, id="without verifying its owner"),
    pytest.param({"origin": "https://keyturn.example.org"}, id="at another origin"),
    pytest.param({"origin": "http://127.0.0.1:8000"}, id="at an address"),
    pytest.param({"origin": "http://localhost:3000"}, id="at another port"),
    pytest.param({"origin": "https://localhost:8000"}, id="by another scheme"),
    pytest.param({"origin": "http://evil.localhost:8000"}, id="at a name below"),
    pytest.param({"framed": True}, id="in a frame of another page"),
    pytest.param({"rp_id": "example.org"}, id="for another site"),
]


@pytest.fixture
def phone():
    return SoftAuthenticator()


@pytest.fixture
def lead(people):
    return people.lead


def last_line():
    return history.lines(history.history(INSTANCE))[-1].text


def entries():
    return Entry.objects.filter(stream_id=INSTANCE).count()


def test_one_that_is_added_suspends_signing_and_is_named_in_the_ledger(lead, phone):
    with_passkey(lead, phone)
    assert last_line() == f"added the passkey “phone” of {lead.full_name}"
    now = again(lead)
    assert now.signing_suspended_until - timezone.now() > timedelta(hours=23, minutes=59)
    assert now.signing_suspended_for == Suspension.FACTOR_ADDED


def test_it_signs_in_without_name_or_password(lead, phone):
    with_passkey(lead, phone)
    assert sign_in(phone) == lead
    assert last_line() == "signed in by passkey"


@pytest.mark.parametrize("untrue", DISHONEST)
def test_a_dishonest_one_is_not_added(lead, phone, untrue):
    with pytest.raises(WrongState, match="did not confirm"):
        with_passkey(lead, phone, **untrue)
    assert not Factor.objects.filter(user=lead).exists()
    assert again(lead).signing_suspended_until is None


def test_one_of_an_algorithm_that_nobody_asked_for_is_not_added(lead, phone):
    number = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key().public_numbers().n
    sha1 = {1: 3, 3: -65535, -1: number.to_bytes(128, "big"), -2: b"\x01\x00\x01"}  # RS1 of RFC 8812
    with pytest.raises(WrongState, match="did not confirm"):
        with_passkey(lead, phone, public=sha1)


@pytest.mark.parametrize("spelled", ["", "=", "=="])
def test_one_passkey_is_of_one_account_however_its_id_is_written(people, lead, phone, spelled):
    with_passkey(lead, phone)
    challenge, options = asked(Purpose.ADD, people.reviewer)
    same = phone.register(options, passkey=phone.passkeys[0])
    same = json.dumps(same | {"id": same["id"] + spelled, "rawId": same["rawId"] + spelled})
    with pytest.raises(WrongState, match="registered already"):
        commands.add_passkey("phone", challenge, same, BY_PASSWORD, by=again(people.reviewer))


@pytest.mark.parametrize("untrue", DISHONEST)
def test_a_dishonest_one_does_not_sign_in(lead, phone, untrue):
    with_passkey(lead, phone)
    before = entries()
    with pytest.raises(WrongState, match="did not confirm"):
        sign_in(phone, **untrue)
    assert entries() == before


@pytest.mark.parametrize("untrue", DISHONEST)
def test_a_dishonest_one_proves_nothing(lead, phone, untrue):
    added = with_passkey(lead, phone)
    with pytest.raises(WrongState, match="did not confirm"):
        commands.remove_passkey(added, proof(lead, phone, **untrue), by=again(lead))
    assert Factor.objects.filter(pk=added.pk).exists()


def test_an_answer_counts_once(lead, phone):
    with_passkey(lead, phone)
    evidence = answered(Purpose.SIGN_IN, phone)
    assert commands.sign_in_by_passkey(evidence.challenge, evidence.answer, by=SYSTEM) == lead
    with pytest.raises(Stale, match="answered already"):
        commands.sign_in_by_passkey(evidence.challenge, evidence.answer, by=SYSTEM)


def test_an_answer_of_one_that_never_counts_counts_once_too(lead):
    synced = SoftAuthenticator(counts=False)
    with_passkey(lead, synced)
    evidence = answered(Purpose.SIGN_IN, synced)
    assert commands.sign_in_by_passkey(evidence.challenge, evidence.answer, by=SYSTEM) == lead
    with pytest.raises(Stale, match="answered already"):
        commands.sign_in_by_passkey(evidence.challenge, evidence.answer, by=SYSTEM)
    assert sign_in(synced) == lead


def test_a_wrong_answer_uses_the_question_up(lead, phone):
    with_passkey(lead, phone)
    challenge, options = asked(Purpose.SIGN_IN)
    with pytest.raises(WrongState, match="did not confirm"):
        commands.sign_in_by_passkey(challenge, json.dumps(phone.answer(options, uv=False)), by=SYSTEM)
    with pytest.raises(Stale, match="answered already"):
        commands.sign_in_by_passkey(challenge, json.dumps(phone.answer(options)), by=SYSTEM)


def test_an_answer_after_five_minutes_is_too_late(lead, phone):
    with_passkey(lead, phone)
    evidence = answered(Purpose.SIGN_IN, phone)
    with (
        patch.object(ceremonies.timezone, "now", return_value=timezone.now() + timedelta(minutes=5, seconds=1)),
        pytest.raises(Stale, match="too long ago"),
    ):
        commands.sign_in_by_passkey(evidence.challenge, evidence.answer, by=SYSTEM)


def test_a_registration_after_five_minutes_is_too_late(lead, phone):
    challenge, options = asked(Purpose.ADD, lead)
    Challenge.objects.update(ends_at=timezone.now())
    with pytest.raises(Stale, match="too long ago"):
        commands.add_passkey("phone", challenge, json.dumps(phone.register(options)), BY_PASSWORD, by=again(lead))


def test_an_answer_counts_for_what_was_asked_only(lead, phone):
    added = with_passkey(lead, phone)
    proved, second = answered(Purpose.PROVE, phone, lead), answered(Purpose.SECOND_STEP, phone, lead)
    with pytest.raises(Stale):
        commands.sign_in_by_passkey(proved.challenge, proved.answer, by=SYSTEM)
    with pytest.raises(Stale):
        commands.remove_passkey(added, second, by=again(lead))
    with pytest.raises(Stale):
        commands.confirm_sign_in(again(lead), proved, by=SYSTEM)


def test_an_answer_to_another_question_of_the_same_kind_is_refused(lead, phone):
    with_passkey(lead, phone)
    evidence, (other, _) = answered(Purpose.SIGN_IN, phone), asked(Purpose.SIGN_IN)
    with pytest.raises(WrongState, match="did not confirm"):
        commands.sign_in_by_passkey(other, evidence.answer, by=SYSTEM)


def test_a_question_that_was_never_asked_is_refused(lead, phone):
    with_passkey(lead, phone)
    with pytest.raises(Stale):
        commands.sign_in_by_passkey(uuid.uuid4(), answered(Purpose.SIGN_IN, phone).answer, by=SYSTEM)


@pytest.mark.parametrize("counter", [0, 1, 2], ids=["to nothing", "far back", "to the same"])
def test_a_counter_that_goes_back_is_refused(lead, phone, counter):
    with_passkey(lead, phone)
    sign_in(phone)
    sign_in(phone)
    assert LastUse.objects.get().counter == 2
    with pytest.raises(WrongState, match="older copy"):
        sign_in(phone, counter=counter)
    assert sign_in(phone, counter=9) == lead


def test_somebody_elses_passkey_does_not_sign_in_as_me(people, phone):
    theirs = SoftAuthenticator()
    with_passkey(people.lead, phone)
    with_passkey(people.reviewer, theirs)
    with pytest.raises(WrongState, match="not known here"):
        sign_in(theirs, handle=people.lead.pk.bytes)


def test_somebody_elses_passkey_proves_nothing(people, phone):
    theirs = SoftAuthenticator()
    added = with_passkey(people.lead, phone)
    with_passkey(people.reviewer, theirs)
    challenge, options = asked(Purpose.PROVE, people.lead)
    answer = json.dumps(theirs.answer(options | {"allowCredentials": []}))
    with pytest.raises(WrongState, match="not known here"):
        commands.remove_passkey(added, Evidence(challenge=challenge, answer=answer), by=again(people.lead))


def test_a_question_to_somebody_else_is_not_answered_by_me(people, phone):
    added = with_passkey(people.lead, phone)
    challenge, options = asked(Purpose.PROVE, people.reviewer)
    evidence = Evidence(challenge=challenge, answer=json.dumps(phone.answer(options)))
    with pytest.raises(Stale):
        commands.remove_passkey(added, evidence, by=again(people.lead))


def test_a_passkey_is_registered_once(people, phone):
    with_passkey(people.lead, phone)
    challenge, options = asked(Purpose.ADD, people.reviewer)
    with patch("tests.factors.authenticator.Passkey", lambda rp_id, handle: phone.passkeys[0]):
        same = json.dumps(phone.register(options))
    with pytest.raises(WrongState, match="registered already"):
        commands.add_passkey("mine", challenge, same, BY_PASSWORD, by=again(people.reviewer))


@pytest.mark.parametrize(
    "junk",
    ["{}", '{"response": 1}', '{"response": {"userHandle": "*"}}', "[" * 9_000, '{"rawId": "AA", "response": {}}'],
)
def test_junk_is_refused_and_breaks_nothing(lead, phone, junk):
    with_passkey(lead, phone)
    challenge, _ = asked(Purpose.SIGN_IN)
    with pytest.raises(WrongState):
        commands.sign_in_by_passkey(challenge, junk, by=SYSTEM)
    challenge, _ = asked(Purpose.ADD, lead)
    with pytest.raises(WrongState):
        commands.add_passkey("junk", challenge, junk, proof(lead, phone), by=again(lead))
    challenge, _ = asked(Purpose.PROVE, lead)
    with pytest.raises(WrongState):
        commands.make_recovery_codes(Evidence(challenge=challenge, answer=junk), by=again(lead))


def test_adding_one_asks_who_it_is(lead, phone):
    with pytest.raises(WrongState, match="not your password"):
        with_passkey(lead, phone, Evidence(password="something else altogether"))
    with pytest.raises(WrongState, match="not your password"):
        with_passkey(lead, phone, Evidence())
    assert not Factor.objects.exists()


def test_a_second_one_asks_for_the_first_and_a_password_is_not_enough(lead, phone):
    with_passkey(lead, phone)
    with pytest.raises(WrongState, match="does not fit"):
        with_passkey(lead, SoftAuthenticator())
    with_passkey(lead, SoftAuthenticator(), proof(lead, phone))
    assert len(selectors.passkeys(lead)) == 2


def test_so_many_and_no_more(lead, phone, monkeypatch):
    monkeypatch.setattr(permissions, "MOST_PASSKEYS", 1)
    with_passkey(lead, phone)
    with pytest.raises(WrongState, match="are enough"):
        with_passkey(lead, SoftAuthenticator(), proof(lead, phone))


@pytest.mark.unrecorded
def test_removing_one_suspends_signing_and_it_signs_in_no_more(lead, phone):
    added = with_passkey(lead, phone)
    User.objects.filter(pk=lead.pk).update(signing_suspended_until=None, signing_suspended_for="")
    commands.remove_passkey(added, proof(lead, phone), by=again(lead))
    assert last_line() == f"took the passkey “phone” of {lead.full_name} away"
    assert again(lead).signing_suspended_for == Suspension.FACTOR_REMOVED
    with pytest.raises(WrongState, match="not known here"):
        sign_in(phone)


def test_nobody_removes_anothers(people, phone):
    added = with_passkey(people.lead, phone)
    with pytest.raises(NotAllowed, match="only their own"):
        commands.remove_passkey(added, BY_PASSWORD, by=again(people.reviewer))


@pytest.mark.unrecorded
def test_the_only_way_in_stays(lead, phone):
    added = with_passkey(lead, phone)
    User.objects.filter(pk=lead.pk).update(password="!")
    with pytest.raises(WrongState, match="only way in"):
        commands.remove_passkey(added, proof(lead, phone), by=again(lead))


@pytest.mark.unrecorded
def test_an_account_without_a_password_proves_by_passkey_alone(lead, phone):
    """As one that signs in elsewhere: there is no password to ask for, and none is accepted."""
    with_passkey(lead, phone)
    User.objects.filter(pk=lead.pk).update(password="!")
    with pytest.raises(WrongState, match="does not fit"):
        with_codes(lead, Evidence(password=PASSWORD))
    with_codes(lead, proof(lead, phone))


@pytest.mark.unrecorded
def test_an_account_with_nothing_to_prove_by_adds_nothing(lead, phone, settings):
    settings.KEYTURN_OIDC_ISSUER = ""
    User.objects.filter(pk=lead.pk).update(password="!")
    with pytest.raises(WrongState, match="neither a password nor a passkey"):
        with_passkey(lead, phone, Evidence())


@pytest.mark.unrecorded
def test_somebody_whose_account_is_closed_does_not_sign_in_by_it(lead, phone):
    with_passkey(lead, phone)
    User.objects.filter(pk=lead.pk).update(is_active=False)
    with pytest.raises(WrongState, match="not known here"):
        sign_in(phone)


@pytest.mark.unrecorded
def test_in_a_demo_people_without_a_password_add_one(lead, phone, settings):
    settings.KEYTURN_DEMO = True
    User.objects.filter(pk=lead.pk).update(password="!")
    with_passkey(lead, phone, Evidence())
    assert sign_in(phone) == lead


def test_questions_that_nobody_answered_go_with_the_next(lead):
    asked(Purpose.SIGN_IN)
    Challenge.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    asked(Purpose.SIGN_IN)
    assert Challenge.objects.count() == 1


def test_the_options_ask_for_a_verified_owner_and_a_passkey_that_is_found_without_a_name(lead, phone):
    with_passkey(lead, phone)
    _, adding = asked(Purpose.ADD, lead)
    assert adding["authenticatorSelection"] == {
        "residentKey": "required", "requireResidentKey": True, "userVerification": "required",
    }  # fmt: skip
    assert len(adding["excludeCredentials"]) == 1
    _, signing_in = asked(Purpose.SIGN_IN)
    assert (signing_in["userVerification"], signing_in["allowCredentials"]) == ("required", [])


def test_a_passkey_is_called_something_else_and_stays_what_it_is(people):
    phone = SoftAuthenticator()
    factor = with_passkey(people.lead, phone)
    browser, page = signed_in(people.lead), f"/account/factors/passkeys/{factor.pk}/name/"
    before = again(people.lead).signing_suspended_until
    assert browser.post(page, {**basis(browser, page), "name": "blue key"})["Location"] == "/account/factors/"
    assert last_line() == "called the passkey “phone” of Lena Brandt “blue key”"
    assert "blue key" in browser.get("/account/factors/").content.decode()
    assert again(people.lead).signing_suspended_until == before
    assert sign_in(phone) == people.lead
    assert signed_in(people.member).get(page).status_code == 404
    with pytest.raises(NotAllowed):
        commands.rename_passkey(factor, by=again(people.member), name="mine")
    stale = basis(browser, page)
    browser.post(page, {**stale, "name": "red key"})
    assert browser.post(page, {**stale, "name": "green key"}).status_code == 409
