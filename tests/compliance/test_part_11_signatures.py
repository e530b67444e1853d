"""21 CFR 11, subpart C, electronic signatures: a test by the name of each clause that is software."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.commands import Account
from apps.accounts.models import Grant, Invitation, Membership, User
from apps.accounts.roles import Role
from apps.core.errors import NotAllowed, Unproven, WrongState
from apps.deployments import commands as deployments
from apps.deployments.models import Item
from apps.factors import rules
from apps.factors.commands import prove
from apps.factors.rules import Means
from apps.ledger import selectors as ledger
from apps.ledger.chain import INSTANCE
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.letters import commands as letters
from apps.signoff.models import Signature
from apps.teams import commands as teams
from tests import cast as casting
from tests.boards.desk import address, offered
from tests.cast import BY_PASSWORD, PASSWORD, again, keyed, proof, signed_in, words
from tests.factors.enrolled import SECRET, with_codes
from tests.factors.people import answered, asked, code, give_codes, give_passkey, turn
from tests.letters.posted import links_in, send_due
from tests.mailbox import mailbox_served
from tests.signoff.subjects import signature
from tests.tampering import lifted

pytestmark = pytest.mark.django_db
PEOPLE = reverse("teams:people", kwargs={"team": "pay"})


def turn_key(browser: Any, item: Item, **typed: str) -> int:
    """Open the page of an item in that browser and send its form with nothing typed but this; the status."""
    page = browser.get(address(item)).content.decode()
    shown = offered(page.replace("sign-code", "sign-password"))  # whichever it asks for
    del shown["password"]
    return int(browser.post(address(item, "sign_item"), shown | typed).status_code)


def keys(item: Item) -> list[tuple[str, str]]:
    """Who turned the keys that count, and what showed that it was them."""
    return [(key.name, key.means) for key in casting.load(item).sign_off.turned]


def at(person: User, session: str = "a session") -> User:
    """Them, as a request of that session loads them."""
    found = again(person)
    found.session_key, found.address = session, "203.0.113.7"
    return found


def join(stage: SimpleNamespace, username: str, full_name: str) -> User:
    token = teams.invite_person(stage.team, by=again(stage.lead), role=Role.MEMBER)
    invitation = Invitation.objects.with_token(token).get()
    account = Account(username=username, full_name=full_name, password=PASSWORD)
    return accounts.accept_invitation(invitation, by=SYSTEM, account=account).user


# 11.100, general requirements


def test_11_100_a_a_signature_is_one_persons_for_good(stage: SimpleNamespace) -> None:
    (key,) = casting.load(casting.sign(stage.items[0], stage.member)).sign_off.turned
    teams.remove_member(Membership.objects.get(team=stage.team, user=stage.member), by=again(stage.lead))
    with pytest.raises(ProtectedError):
        again(stage.member).delete()
    with pytest.raises(WrongState, match="is taken"):
        join(stage, "MIKA", "Somebody Else")
    with pytest.raises(WrongState, match="is or was called"):
        join(stage, "mika-2", stage.member.full_name)
    assert Signature.objects.get(pk=key.pk).signer == stage.member


def test_11_100_b_who_verifies_is_somebody_known(stage: SimpleNamespace) -> None:
    member = Membership.objects.get(team=stage.team, user=stage.member)
    with pytest.raises(WrongState, match="Say how you made sure who they are"):
        teams.ask_role(member, by=again(stage.lead), evidence=BY_PASSWORD, role=Role.REVIEWER)
    (grant,) = teams.ask_role(
        member, by=again(stage.lead), evidence=BY_PASSWORD, role=Role.REVIEWER, identity="in person"
    )
    with pytest.raises(NotAllowed):
        teams.grant_role(grant, by=again(stage.lead), evidence=BY_PASSWORD)  # who asked does not grant
    casting.give(stage.team, stage.reviewer, Role.ADMIN, by=stage.lead)
    teams.grant_role(grant, by=again(stage.reviewer), evidence=BY_PASSWORD)
    stored = Grant.objects.get(pk=grant.pk)
    assert (stored.identity, stored.asked_by, stored.granted_by) == ("in person", stage.lead, stage.reviewer)
    assert stored.granted_at is not None


# 11.200, components and controls


def test_11_200_a_1_being_signed_in_signs_nothing(stage: SimpleNamespace) -> None:
    browser, item = signed_in(stage.member), stage.items[0]
    for typed in ({}, {"password": ""}, {"password": "wrong"}, {"confirm": "on"}):
        assert turn_key(browser, item, **typed) == 422
    assert keys(item) == []
    assert turn_key(browser, item, password=PASSWORD) == 302
    assert keys(item) == [(stage.member.full_name, Means.PASSWORD)]


@pytest.mark.unrecorded
def test_11_200_a_1_the_database_asks_for_it_too(stage: SimpleNamespace) -> None:
    bare = signature(casting.load(stage.items[0]).sign_off, stage.member, means=Means.TICK)
    with pytest.raises(IntegrityError, match="who can prove who they are does"), transaction.atomic():
        bare.save(force_insert=True)


@pytest.mark.unrecorded
def test_11_200_a_1_i_the_first_signing_of_a_session_asks_for_all_and_later_ones_for_one(
    stage: SimpleNamespace,
) -> None:
    secret, first, later = give_codes(stage.member), stage.items[0], stage.items[3]
    here, elsewhere = signed_in(stage.member), signed_in(stage.member)
    assert turn_key(here, first, code=code(secret)) == 422
    assert turn_key(here, first, code=code(secret), password=PASSWORD) == 302
    assert turn_key(here, later) == 422
    assert turn_key(elsewhere, later, code=code(secret, steps=1)) == 422
    assert turn_key(here, later, code=code(secret, steps=1)) == 302
    assert [means for item in (first, later) for _, means in keys(item)] == [Means.PASSWORD_AND_CODE, Means.CODE]


@pytest.mark.unrecorded
@pytest.mark.parametrize(("over", "is_enough"), [(timedelta(seconds=-30), True), (timedelta(seconds=30), False)])
def test_11_200_a_1_ii_after_a_pause_all_are_asked_for_again(
    stage: SimpleNamespace, over: timedelta, is_enough: bool
) -> None:
    secret = give_codes(stage.member)
    begun = prove(by=at(stage.member), purpose="one", password=PASSWORD, code=code(secret))
    assert begun.series.ends_at - begun.series.began_at == rules.SERIES
    begun.series.began_at -= rules.SERIES + over
    begun.series.ends_at -= rules.SERIES + over
    begun.series.save()
    if is_enough:
        assert prove(by=at(stage.member), purpose="two", code=code(secret, steps=1)).means == Means.CODE
        return
    with pytest.raises(Unproven):
        prove(by=at(stage.member), purpose="two", code=code(secret, steps=1))
    both = prove(by=at(stage.member), purpose="two", password=PASSWORD, code=code(secret, steps=1))
    assert both.series != begun.series


def test_11_200_a_2_nobody_signs_as_somebody_else(stage: SimpleNamespace) -> None:
    now = casting.load(stage.items[0])
    given = keyed(stage.member) | {"proof": proof(stage.lead)}
    with pytest.raises(NotAllowed, match="not who signs"):
        deployments.sign_item(now, shown=now.sign_off.digest, slot=1, **given)
    browser = signed_in(stage.lead)
    assert browser.post(reverse("accounts:become"), {"person": str(stage.member.pk)}).status_code == 403
    assert turn_key(browser, stage.items[0], password=PASSWORD) == 302
    assert keys(stage.items[0]) == [(stage.lead.full_name, Means.PASSWORD)]


@pytest.mark.parametrize("name", ["lead", "stranger"])
def test_11_200_a_3_no_administrator_sets_the_password_of_another(stage: SimpleNamespace, name: str) -> None:
    with pytest.raises(NotAllowed, match="Everybody changes only their own password"):
        accounts.change_password(stage.member, by=again(getattr(stage, name)), password="another good long one")
    accounts.change_password(stage.member, by=SYSTEM, password="another good long one")
    last = ledger.lines(ledger.history(INSTANCE))[-1]
    assert (last.text, last.actor) == (f"changed the password of {stage.member.full_name}", SYSTEM.id)


@pytest.mark.unrecorded
def test_11_200_b_a_passkey_signs_only_when_it_verified_its_owner(stage: SimpleNamespace) -> None:
    phone, on = give_passkey(stage.member), casting.load(stage.items[0]).sign_off
    question = asked(at(stage.member), turn(on))
    assert question["options"]["userVerification"] == "required"
    with pytest.raises(Unproven, match="did not confirm that it was you"):
        prove(by=at(stage.member), purpose="one", **answered(question, phone, uv=False))
    proven = prove(by=at(stage.member), purpose="one", **answered(question, phone))
    assert proven.means == Means.PASSKEY


# 11.300, controls for codes and passwords


def test_11_300_a_a_name_is_one_persons_and_a_password_stored_for_them_alone(stage: SimpleNamespace) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="MIKA", full_name="Somebody Else")
    stored = {person.password for person in User.objects.all()}  # all of them chose the same one
    assert len(stored) == User.objects.count() > 1
    assert not any(PASSWORD in one for one in stored)


def test_11_300_b_who_verifies_and_signed_nothing_for_long_is_listed(stage: SimpleNamespace) -> None:
    heading = "May verify, and turned no key for 90 days"
    assert heading not in words(signed_in(stage.lead).get(PEOPLE))
    then = timezone.now() - timedelta(days=91)
    with lifted():
        Grant.objects.filter(team=stage.team, granted_at__isnull=False).update(granted_at=then, asked_at=then)
    assert heading in words(signed_in(stage.lead).get(PEOPLE))


def test_11_300_c_a_new_password_ends_every_other_session(stage: SimpleNamespace) -> None:
    here, lost = signed_in(stage.member), signed_in(stage.member)
    account = reverse("accounts:account")
    assert lost.get(account).status_code == 200
    here.post(reverse("accounts:change_password"), {"old": PASSWORD, "new": "another good long one"})
    assert (here.get(account).status_code, lost.get(account).status_code) == (200, 302)
    assert Entry.objects.filter(kind="password.changed", actor=stage.member.pk).count() == 1


def test_11_300_c_a_password_by_a_mailed_link_suspends_signing_and_takes_no_factor(stage: SimpleNamespace) -> None:
    with_codes(stage.member)
    lost = signed_in(stage.member)
    with mailbox_served() as mailbox:
        letters.ask_reset(stage.member.email, by=SYSTEM, address="192.0.2.1")
        send_due()
        [link] = links_in(mailbox.taken[0])
    lost.post(link, {"new": "another good long one"})
    assert lost.get(reverse("accounts:account")).status_code == 302
    member = again(stage.member)
    assert member.second_factors == {"totp"}
    with pytest.raises(WrongState, match="suspended for 24 hours"):
        prove(by=member, purpose="x", password="another good long one", code=code(SECRET))
    assert Entry.objects.filter(kind="password.reset", actor=member.pk).count() == 1


def test_11_300_c_a_role_that_was_taken_away_verifies_nothing(stage: SimpleNamespace) -> None:
    casting.sign(stage.items[0], stage.member)
    casting.take(stage.team, stage.reviewer, by=stage.lead)
    with pytest.raises(NotAllowed, match="Only a reviewer"):
        casting.sign(stage.items[0], stage.reviewer)


def test_11_300_d_five_wrong_tries_pause_signing_and_stand_in_the_ledger(stage: SimpleNamespace) -> None:
    browser, item = signed_in(stage.member), stage.items[0]
    page = browser.get(address(item)).content.decode()
    for _ in range(rules.FREE_TRIES):
        assert browser.post(address(item, "sign_item"), offered(page) | {"password": "wrong"}).status_code == 422
    assert browser.post(address(item, "sign_item"), offered(page)).status_code == 409
    assert keys(item) == []
    entry = Entry.objects.get(kind="signing.paused")
    assert (entry.stream_id, entry.actor) == (INSTANCE, stage.member.pk)
