"""Signing in step by step, and the pages on which people see and change what they sign in with."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import OpenSession
from apps.core.http import Unsent
from apps.factors.models import Factor
from apps.factors.rules import Purpose
from tests.cast import PASSWORD, again, signed_in
from tests.factors.authenticator import SoftAuthenticator
from tests.factors.enrolled import SECRET, answered, code, enrolled, proof, with_codes

pytestmark = pytest.mark.django_db
SIGN_IN, SECOND, BY_PASSKEY = "/sign-in/", "/sign-in/second-step/", "/sign-in/passkey/"
PAGE = "/account/factors/"
UNSENT = Unsent("/account/name/", (("full_name", "Lena B."),)).as_text


@pytest.fixture
def lead(people):
    return people.lead


def typed(browser, **more):
    return browser.post(SIGN_IN, {"username": "lena", "password": PASSWORD, **more})


def of_passkey(evidence):
    return {"passkey_challenge": evidence.challenge, "passkey_answer": evidence.answer}


def is_signed_in(browser):
    return browser.get("/account/").status_code == 200


def test_a_password_alone_is_not_enough_where_there_is_a_second_factor(lead):
    with_codes(lead)
    browser = Client()
    page = typed(browser)
    assert "One more step" in page.content.decode()
    assert not is_signed_in(browser)
    assert browser.post(SECOND, {"code": "000000"}).status_code == 403
    assert not is_signed_in(browser)
    assert browser.post(SECOND, {"code": code(), "next": PAGE})["Location"] == PAGE
    assert is_signed_in(browser)


def test_what_was_typed_before_goes_along_through_both_steps(lead):
    with_codes(lead)
    browser = Client()
    page = typed(browser, unsent=UNSENT, next=PAGE)
    assert UNSENT in page.content.decode()
    page = browser.post(SECOND, {"code": "000000", "unsent": UNSENT, "next": PAGE})
    assert UNSENT in page.content.decode()
    page = browser.post(SECOND, {"code": code(), "unsent": UNSENT, "next": PAGE})
    assert "This is not sent yet" in page.content.decode()


def test_what_was_typed_before_goes_along_with_a_passkey_too(lead):
    phone = enrolled(lead)
    sent = of_passkey(answered(Purpose.SIGN_IN, phone)) | {"unsent": UNSENT, "next": PAGE}
    assert "This is not sent yet" in Client().post(BY_PASSKEY, sent).content.decode()


def test_the_second_step_alone_lets_nobody_in(lead):
    with_codes(lead)
    browser = Client()
    assert browser.post(SECOND, {"code": code()}).status_code == 409
    assert not is_signed_in(browser)


def test_the_second_step_ends_ten_minutes_after_the_password(lead):
    with_codes(lead)
    browser = Client()
    typed(browser)
    session = browser.session
    session["second_step"] |= {"ends_at": timezone.now().isoformat()}
    session.save()
    assert "too long ago" in browser.post(SECOND, {"code": code()}).content.decode()
    assert not is_signed_in(browser)


@pytest.mark.unrecorded
def test_the_second_step_ends_when_the_password_changes(lead):
    with_codes(lead)
    browser = Client()
    typed(browser)
    lead.set_password("another long password indeed")
    lead.save(update_fields=["password"])
    assert browser.post(SECOND, {"code": code()}).status_code == 409


def test_somebody_elses_second_factor_does_not_finish_my_sign_in(people):
    enrolled(people.lead)
    theirs = enrolled(people.reviewer)
    browser = Client()
    typed(browser)
    assert browser.post(SECOND, of_passkey(answered(Purpose.SECOND_STEP, theirs, people.reviewer))).status_code == 409
    assert not is_signed_in(browser)


def test_a_passkey_signs_in_while_others_guess_the_password(lead):
    phone = enrolled(lead)
    for _ in range(6):
        Client().post(SIGN_IN, {"username": "lena", "password": "guessed"})
    browser = Client()
    assert browser.post(BY_PASSKEY, of_passkey(answered(Purpose.SIGN_IN, phone))).status_code == 302
    assert is_signed_in(browser)


def test_the_questions_of_a_browser_are_of_whoever_it_is(lead):
    ask = reverse("factors:ask_passkey")
    assert Client().post(ask, {"purpose": "sign_in"}).json()["options"]["allowCredentials"] == []
    for purpose in ("second_step", "prove", "add"):
        assert Client().post(ask, {"purpose": purpose}).status_code == 403
    made = signed_in(lead).post(ask, {"purpose": "add"}).json()["options"]
    assert made["user"]["name"] == "lena"


def test_a_passkey_is_added_by_what_a_browser_sends(lead):
    browser, phone = signed_in(lead), SoftAuthenticator()
    question = browser.post(reverse("factors:ask_passkey"), {"purpose": "add"}).json()
    answer = json.dumps(phone.register(question["options"]))
    sent = {"name": "laptop", "passkey_challenge": question["challenge"], "passkey_answer": answer}
    page = browser.post(f"{PAGE}passkeys/add/", sent | {"proof_password": "wrong"})
    assert page.status_code == 422
    assert "not your password" in page.content.decode()
    done = browser.post(f"{PAGE}passkeys/add/", sent | {"proof_password": PASSWORD}, follow=True)
    assert "The passkey “laptop” is added." in done.content.decode()


def test_nobody_removes_anothers_by_its_address(people):
    enrolled(people.lead)
    passkey = Factor.objects.get(user=people.lead, type=Factor.Type.WEBAUTHN)
    assert signed_in(people.reviewer).get(f"{PAGE}passkeys/{passkey.pk}/remove/").status_code == 404


def test_the_secret_of_a_page_is_of_whoever_opened_it_and_stays_over_a_wrong_code(people):
    lead, reviewer = signed_in(people.lead), signed_in(people.reviewer)
    page = lead.get(f"{PAGE}codes/")
    sealed, secret = page.context["form"].initial["sealed"], page.context["secret"]
    assert page.context["secret"] not in sealed
    again_shown = lead.post(f"{PAGE}codes/", {"sealed": sealed, "new_code": "000000", "proof_password": PASSWORD})
    assert again_shown.context["secret"] == secret
    stolen = reviewer.post(f"{PAGE}codes/", {"sealed": sealed, "new_code": code(secret), "proof_password": PASSWORD})
    assert stolen.context["secret"] != secret
    assert not Factor.objects.exists()


def test_recovery_codes_are_shown_to_who_made_them_in_that_browser_only(lead):
    phone = enrolled(lead)
    evidence = proof(lead, phone)
    browser = signed_in(lead)
    sent = {"proof_challenge": evidence.challenge, "proof_answer": evidence.answer}
    page = browser.post(f"{PAGE}recovery-codes/make/", sent, follow=True)
    assert page.content.decode().count("<li>") >= 10
    assert "shown only once" in signed_in(lead).get(f"{PAGE}recovery-codes/", follow=True).content.decode()


def test_sessions_are_listed_and_end_at_their_next_click(lead):
    here, there = Client(), Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Gecko Firefox/140.0"})
    for browser in (here, there):
        typed(browser)
    page = here.get(PAGE).content.decode()
    assert "Firefox on Linux" in page
    assert page.count("this one") == 1
    other = OpenSession.objects.exclude(session_key=here.session.session_key).get()
    here.post(f"/account/sessions/{other.pk}/end/")
    assert not is_signed_in(there)
    assert is_signed_in(here)


def test_all_others_end_at_once_and_nobody_ends_anothers(people):
    here, there = Client(), Client()
    for browser in (here, there):
        typed(browser)
    mine = OpenSession.objects.first()
    assert signed_in(people.reviewer).post(f"/account/sessions/{mine.pk}/end/").status_code == 404
    here.post("/account/sessions/end/")
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert OpenSession.objects.count() == 1


def test_a_change_of_factors_ends_the_other_sessions(lead):
    here, there = Client(), Client()
    for browser in (here, there):
        typed(browser)
    page = here.get(f"{PAGE}codes/")
    sealed, secret = page.context["form"].initial["sealed"], page.context["secret"]
    sent = {"sealed": sealed, "new_code": code(secret), "proof_password": PASSWORD}
    assert here.post(f"{PAGE}codes/", sent).status_code == 302
    assert is_signed_in(here)
    assert not is_signed_in(there)


def test_a_new_password_ends_the_other_sessions_and_suspends_nothing(lead):
    here, there = Client(), Client()
    for browser in (here, there):
        typed(browser)
    here.post("/account/password/", {"old": PASSWORD, "new": "another long password indeed"})
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert OpenSession.objects.get().session_key == here.session.session_key
    assert again(lead).signing_suspended_until is None


def test_the_page_says_at_which_address_passkeys_work(lead):
    browser = signed_in(lead)
    assert "Passkeys do not work at this address" in browser.get(PAGE, headers={"Host": "127.0.0.1"}).content.decode()
    page = browser.get(PAGE, headers={"Host": "localhost:8000"}).content.decode()
    assert "Passkeys do not work at this address" not in page


def test_the_team_sees_who_signs_nothing_and_why(people):
    with_codes(people.reviewer)
    page = signed_in(people.lead).get(reverse("teams:member", args=["pay", people.reviewer.pk])).content.decode()
    assert "Signs nothing until" in page
    assert "a factor was added" in page


def test_no_page_shows_a_secret_that_is_stored(lead):
    with_codes(lead)
    browser = signed_in(lead)
    for path in (PAGE, f"{PAGE}codes/", f"{PAGE}codes/remove/", "/account/"):
        assert SECRET not in browser.get(path).content.decode()
