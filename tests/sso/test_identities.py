"""Accounts and the sign-in service: linked after proof, made by an invitation, found by issuer and subject alone."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from apps.accounts.models import OpenSession, User
from apps.accounts.roles import Role
from apps.accounts.rules import Suspension
from apps.core.errors import NotAllowed, Unproven, WrongState
from apps.factors import commands as factors
from apps.factors import selectors
from apps.factors.commands import Evidence
from apps.factors.models import Factor
from apps.sso import commands
from apps.sso.models import Identity
from apps.sso.rules import Purpose
from apps.teams import commands as teams
from tests.cast import PASSWORD, again, signed_in
from tests.factors.enrolled import BY_PASSWORD, SECRET, code, with_codes
from tests.instance import last_line
from tests.sso.linked import answered, linked
from tests.sso.provider import serving
from tests.sso.test_answers import comes_back, is_signed_in, sent_to

pytestmark = pytest.mark.django_db
LINK = "/account/identity/link/"


@pytest.fixture
def service(people):
    with serving() as service:
        yield service


def leaves(browser):
    return browser.get("/sso/leave/").context["url"]


def test_an_account_is_linked_after_its_owner_proved_it_and_signs_nothing_for_a_day(people, service):
    browser, other = signed_in(people.reviewer), signed_in(people.reviewer)
    assert browser.post(LINK, {"proof_password": "wrong"}).status_code == 422
    assert browser.get("/sso/leave/").status_code == 409
    assert browser.post(LINK, {"proof_password": PASSWORD})["Location"] == "/sso/leave/"
    done = comes_back(browser, service.authorize(leaves(browser), subject="s-7"))
    assert done["Location"] == "/account/"
    identity = Identity.objects.get()
    assert (identity.person_id, identity.issuer, identity.subject) == (people.reviewer.pk, service.issuer, "s-7")
    assert last_line().text == f"let Ruth Okafor sign in by {service.issuer}"
    person = again(people.reviewer)
    assert person.signing_suspended_for == Suspension.IDENTITY_LINKED
    with pytest.raises(Exception, match="another way to sign in was added"):
        factors.prove(by=person, purpose="x", password=PASSWORD)
    assert OpenSession.objects.filter(person=person).count() == 0
    assert other
    assert "Unlink" in browser.get(LINK).content.decode()
    fresh = Client()
    assert comes_back(fresh, service.authorize(sent_to(fresh), subject="s-7")).status_code == 302
    assert is_signed_in(fresh)


def test_somebody_else_who_signed_in_meanwhile_gets_no_link(people, service):
    browser = signed_in(people.reviewer)
    browser.post(LINK, {"proof_password": PASSWORD})
    brought = service.authorize(leaves(browser))
    with pytest.raises(WrongState, match="Somebody else"):
        commands.link_identity(answered(Purpose.LINK, "s-1", person=people.reviewer), by=again(people.lead))
    browser.logout()
    assert comes_back(browser, brought).status_code == 409
    assert not Identity.objects.exists()


def test_who_somebody_is_there_is_linked_once(people, service):
    linked(people.reviewer, "s-1")
    with pytest.raises(WrongState, match="Another account"):
        linked(people.lead, "s-1")
    with pytest.raises(WrongState, match="linked already"):
        linked(people.reviewer, "s-2")
    with pytest.raises(IntegrityError), transaction.atomic():
        Identity.objects.create(person=people.lead, issuer=service.issuer, subject="s-1", linked_at=timezone.now())
    with pytest.raises(IntegrityError, match="stays with them"), transaction.atomic():
        Identity.objects.update(person=people.lead)


def test_unlinking_takes_proof_and_leaves_a_way_in(people, service):
    identity = linked(people.reviewer, "s-1")
    page = f"/account/identity/{identity.pk}/unlink/"
    assert signed_in(people.lead).get(page).status_code == 404
    browser = signed_in(people.reviewer)
    assert browser.post(page, {"proof_password": "wrong"}).status_code == 422
    assert Identity.objects.exists()
    assert browser.post(page, {"proof_password": PASSWORD})["Location"] == "/account/"
    assert last_line().text == f"let Ruth Okafor no longer sign in by {service.issuer}"
    fresh = Client()
    assert comes_back(fresh, service.authorize(sent_to(fresh))).status_code == 403
    with pytest.raises(NotAllowed):
        commands.unlink_identity(identity, BY_PASSWORD, by=again(people.lead))


def joined(people, service, **more):
    """A browser in which somebody joined by the sign-in service."""
    token = teams.invite_person(people.team, by=again(people.lead), role=Role.MEMBER)
    browser = Client()
    typed = {"full_name": "Nora Voss", "username": "nora"} | more
    assert browser.post(f"/join/{token}/sso/", typed)["Location"] == "/sso/leave/"
    return browser, comes_back(browser, service.authorize(leaves(browser), subject="s-nora"))


def test_somebody_joins_without_a_password_in_one_proved_entry(people, service):
    browser, done = joined(people, service)
    assert done["Location"] == "/account/factors/"
    nora = User.objects.get(username="nora")
    assert not nora.has_usable_password()
    assert nora.email == "", "what the service says of mail counts for nothing"
    assert Identity.objects.get().person == nora
    assert last_line().text == "joined as Nora Voss, member"
    assert is_signed_in(browser)
    assert people.team.memberships.filter(user=nora).exists()


def test_whoever_joined_so_signs_nothing_until_they_enrolled_a_factor(people, service):
    browser, _ = joined(people, service)
    nora = User.objects.get(username="nora")
    nora.session_key = browser.session.session_key
    with pytest.raises(Unproven, match="nothing to prove who you are by"):
        factors.prove(by=nora, purpose="x", confirm=True)
    factors.add_codes(SECRET, code(steps=-1), Evidence(), by=nora)
    assert Factor.objects.filter(user=nora).count() == 1
    assert again(nora).signing_suspended_for == Suspension.FACTOR_ADDED
    with pytest.raises(WrongState, match="does not fit"):
        factors.remove_codes(Evidence(), by=nora)


def test_the_page_says_so_and_takes_the_first_factor(people, service):
    browser, _ = joined(people, service)
    assert "What let you in signs nothing." in browser.get("/account/factors/").content.decode()
    nora = User.objects.get(username="nora")
    typed = {"sealed": selectors.sealed(SECRET, nora), "new_code": code(steps=-1)}
    assert browser.post("/account/factors/codes/", typed)["Location"] == "/account/factors/"
    assert "Not now." in browser.get("/account/factors/").content.decode()


@pytest.mark.parametrize("why", ["long ago", "another session", "another means", "no session"])
def test_a_first_factor_takes_a_sign_in_of_these_minutes(people, service, why):
    browser, _ = joined(people, service)
    nora = User.objects.get(username="nora")
    nora.session_key = browser.session.session_key
    mine = OpenSession.objects.filter(person=nora)
    match why:
        case "long ago":
            mine.update(since=timezone.now() - timedelta(minutes=11))
        case "another session":
            nora.session_key = signed_in(nora).session.session_key
        case "another means":
            mine.update(means="password")
        case "no session":
            nora.session_key = ""
    with pytest.raises(WrongState, match="sign in again by single sign-on"):
        factors.add_codes(SECRET, code(steps=-1), Evidence(), by=nora)
    assert not Factor.objects.exists()


def test_who_has_a_password_or_a_factor_proves_it_by_these_whatever_they_signed_in_by(people, service):
    with_codes(people.reviewer)
    linked_ = linked(people.reviewer, "s-1")
    browser = Client()
    comes_back(browser, service.authorize(sent_to(browser)))
    person = again(people.reviewer)
    person.session_key = browser.session.session_key
    with pytest.raises(WrongState, match="does not fit"):
        factors.remove_codes(Evidence(), by=person)
    assert linked_.person_id == person.pk


def test_an_invitation_that_is_used_up_or_a_taken_name_joins_nobody(people, service):
    joined(people, service)
    page = Client().post(
        f"/join/{teams.invite_person(people.team, by=again(people.lead), role=Role.MEMBER)}/sso/",
        {"full_name": "Nora Voss", "username": "nora"},
    )
    assert page.status_code == 422
    browser, done = joined(people, service, username="nora2", full_name="Nora Second")
    assert done.status_code == 409
    assert "Another account here is linked" in done.content.decode()
    assert not User.objects.filter(username="nora2").exists()
    assert not is_signed_in(browser)
    token = teams.invite_person(people.team, by=again(people.lead), role=Role.MEMBER)
    assert (
        signed_in(people.stranger).post(f"/join/{token}/sso/", {"full_name": "X", "username": "x"}).status_code == 409
    )


def test_the_invitation_page_offers_it_and_a_name_that_reads_like_another_is_refused(people, service):
    token = teams.invite_person(people.team, by=again(people.lead), role=Role.MEMBER)
    assert f"/join/{token}/sso/" in Client().get(f"/join/{token}/").content.decode()
    assert Client().get(f"/join/{token}/sso/").status_code == 200
    browser = Client()
    browser.post(f"/join/{token}/sso/", {"full_name": "Ruth Okafor", "username": "ruth2"})
    done = comes_back(browser, service.authorize(leaves(browser), subject="s-9"))
    assert done.status_code == 409
    assert not Identity.objects.exists()
