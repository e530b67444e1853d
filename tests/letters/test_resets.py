"""A new password by mail: who gets a link, what it does once, and what it never does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import OpenSession, User
from apps.accounts.rules import Suspension
from apps.core.errors import Refusal, WrongState
from apps.factors import commands as factors
from apps.factors.models import Factor
from apps.ledger.chain import INSTANCE
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.letters import commands, permissions, rules
from apps.letters.models import Letter
from apps.letters.rules import Kind
from apps.letters.states import State
from tests import cast
from tests.cast import PASSWORD, again, signed_in
from tests.factors.enrolled import with_codes
from tests.instance import entries, last_line
from tests.letters.posted import links_in, send_due
from tests.mailbox import mailbox_served, reached_at, unused_port

pytestmark = pytest.mark.django_db
NEW = "three calm herons wade upstream"
HERE = "192.0.2.7"


@pytest.fixture
def mailbox(people):
    with mailbox_served() as mailbox:
        yield mailbox


def asked(email, address=HERE):
    return commands.ask_reset(email, by=SYSTEM, address=address)


def link_for(mailbox, email="ruth@example.com"):
    asked(email)
    send_due()
    return links_in(mailbox.taken[-1])[0]


def token_of(link):
    return link.rstrip("/").rpartition("/")[2]


def test_whoever_has_the_address_gets_a_link_that_sets_a_password_once(people, mailbox):
    signed = signed_in(people.reviewer)
    browser = Client()
    asking = browser.post("/sign-in/forgotten/", {"email": "Ruth@Example.com"})
    assert asking["Location"] == "/sign-in/forgotten/asked/"
    send_due()
    assert mailbox.recipients == [["ruth@example.com"]]
    assert last_line().text == "mailed Ruth Okafor a link to set a new password"
    [link] = links_in(mailbox.taken[0])
    assert "ruth" in browser.get(link).content.decode()
    done = browser.post(link, {"new": NEW})
    assert done["Location"] == "/sign-in/"
    person = again(people.reviewer)
    assert person.check_password(NEW)
    assert last_line().who == "Ruth Okafor"
    assert signed.get("/account/").status_code == 302
    assert browser.get("/account/").status_code == 302, "a link signs nobody in"
    assert browser.post(link, {"new": f"{NEW} again"}).status_code == 409
    assert again(people.reviewer).check_password(NEW)
    assert "works once" in browser.get(link).content.decode()


def test_the_answer_is_the_same_where_nobody_has_the_address(people, mailbox):
    before = entries()
    known, unknown = (
        Client().post("/sign-in/forgotten/", {"email": email}, REMOTE_ADDR=f"192.0.2.{place}")
        for place, email in enumerate(("ruth@example.com", "nobody@example.com"))
    )
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert known.headers.keys() == unknown.headers.keys()
    assert entries() == before
    send_due()
    assert mailbox.recipients == [["ruth@example.com"]]
    assert [*Letter.objects.order_by("created_at").values_list("state", flat=True)] == [State.SENT, State.DROPPED]


def test_asking_costs_the_same_queries_where_nobody_has_the_address(people, mailbox):
    counts = []
    for place, email in enumerate(("ruth@example.com", "nobody@example.com")):
        with CaptureQueriesContext(connection) as found:
            asked(email, f"192.0.2.{place}")
        counts.append(len(found))
    assert counts[0] == counts[1]


def test_setting_it_suspends_signing_for_a_day_and_keeps_every_factor(people, mailbox):
    with_codes(people.reviewer)
    User.objects.filter(pk=people.reviewer.pk).update(signing_suspended_until=None)
    link = link_for(mailbox)
    commands.reset_password(token_of(link), NEW, by=SYSTEM)
    person = again(people.reviewer)
    assert person.signing_suspended_for == Suspension.PASSWORD_SET
    assert person.signing_suspended_until > timezone.now() + timedelta(hours=23)
    assert Factor.objects.filter(user=person, type=Factor.Type.TOTP).count() == 1
    with pytest.raises(Refusal, match="signing is suspended"):
        factors.prove(by=person, purpose="x", password=NEW)
    browser = Client()
    page = browser.post("/sign-in/", {"username": "ruth", "password": NEW})
    assert "One more step" in page.content.decode()
    assert not OpenSession.objects.filter(person=person).exists()


def test_a_link_is_for_half_an_hour_and_the_pages_say_so(people, mailbox):
    token = token_of(link_for(mailbox))
    letter = Letter.objects.get(kind=Kind.RESET)
    assert "for 30 minutes" in Client().get("/sign-in/forgotten/asked/").content.decode()
    almost = letter.published_at + timedelta(minutes=29)
    found = Letter.objects.with_token(Kind.RESET, token)
    assert permissions.reset_password(found, almost)
    late = permissions.reset_password(found, almost + timedelta(minutes=1, seconds=1))
    assert not late
    assert "for 30 minutes" in late.reason


@pytest.mark.unrecorded
@pytest.mark.parametrize("what", ["password", "address", "late", "gone", "none"])
def test_a_link_works_no_more_once(people, mailbox, what):
    token = token_of(link_for(mailbox))
    found = User.objects.filter(pk=people.reviewer.pk)
    if what == "late":
        Letter.objects.update(ends_at=timezone.now())
    else:
        changes: dict[str, dict[str, Any]] = {
            "password": {"password": again(people.lead).password},
            "address": {"email": "other@example.com"},
            "gone": {"is_active": False},
            "none": {"password": "!"},
        }
        found.update(**changes[what])
    before = found.get().password
    with pytest.raises(WrongState, match="does nothing now"):
        commands.reset_password(token, NEW, by=SYSTEM)
    assert found.get().password == before


@pytest.mark.parametrize("tamper", ["person", "letter", "end", "kind", "short", "empty"])
def test_nobody_makes_up_a_link(people, mailbox, tamper):
    token = token_of(link_for(mailbox))
    letter, person, digest = token.split(".")
    verify = Letter.objects.create(
        kind=Kind.VERIFY, address="ruth@example.com", person=people.reviewer, due_at=timezone.now(),
        published_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    wrong = {
        "person": f"{letter}.{people.lead.pk.hex}.{digest}",
        "letter": f"{people.lead.pk.hex}.{person}.{digest}",
        "end": f"{letter}.{person}.{'0' * 64}",
        "kind": verify.token_for(again(people.reviewer)),
        "short": f"{letter}.{person}",
        "empty": ".",
    }[tamper]
    with pytest.raises(WrongState):
        commands.reset_password(wrong, NEW, by=SYSTEM)
    assert Client().get(f"/sign-in/forgotten/{wrong}/").status_code == 200
    assert Client().post(f"/sign-in/forgotten/{wrong}/", {"new": NEW}).status_code == 409
    assert again(people.reviewer).check_password(PASSWORD)


@pytest.mark.unrecorded
def test_several_accounts_of_one_address_get_a_link_each_and_those_without_a_password_none(people, mailbox):
    User.objects.filter(pk__in=[people.member.pk, people.lead.pk]).update(email="ruth@example.com")
    User.objects.filter(pk=people.member.pk).update(password="!")
    asked("ruth@example.com")
    send_due()
    [taken] = mailbox.taken
    assert len(links_in(taken)) == 2
    assert "mika has no password" in taken.get_body(("plain",)).get_content()
    lena, _ruth = links_in(taken)
    commands.reset_password(token_of(lena), NEW, by=SYSTEM)
    assert again(people.lead).check_password(NEW)
    assert not again(people.reviewer).check_password(NEW)


def test_asking_often_waits_alike_whoever_has_the_address(people, mailbox):
    for email in ("ruth@example.com", "nobody@example.com"):
        answers = []
        for place in range(rules.FREE_PER_ADDRESS + 1):
            try:
                answers.append(asked(email, f"192.0.2.{place}").state)
            except WrongState as refusal:
                answers.append(str(refusal))
        assert answers[:-1] == [State.WAITING] * rules.FREE_PER_ADDRESS
        assert answers[-1] == "This was asked for too often. Try again in 15 minutes."
    for _ in range(rules.FREE_PER_NETWORK):
        asked(f"n{_}@example.com", "198.51.100.4")
    with pytest.raises(WrongState, match="too often"):
        asked("one-more@example.com", "198.51.100.4")


@pytest.mark.django_db(transaction=True)
@pytest.mark.unrecorded
def test_asking_at_once_counts_as_asking_in_a_row():
    def ask(place):
        try:
            asked("ruth@example.com", f"192.0.2.{place}")
        except Refusal:
            return False
        finally:
            connections.close_all()
        return True

    with override_settings(**reached_at("127.0.0.1", unused_port())), ThreadPoolExecutor(8) as pool:
        done = list(pool.map(ask, range(8)))
    assert sum(done) == rules.FREE_PER_ADDRESS


@pytest.mark.django_db(transaction=True)
@pytest.mark.unrecorded
def test_a_link_that_is_used_many_times_at_once_sets_one_password():
    ruth = cast.people().reviewer
    now = timezone.now()
    letter = Letter.objects.create(
        kind=Kind.RESET, address=ruth.email, due_at=now, published_at=now, ends_at=now + timedelta(hours=1)
    )
    token = letter.token_for(again(ruth))

    def use(place):
        try:
            commands.reset_password(token, f"{NEW} {place}", by=SYSTEM)
        except WrongState:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(use, range(6))) == 1
    assert Entry.objects.filter(kind="password.reset").count() == 1


def test_without_mail_the_page_says_what_to_do(people):
    page = Client().get("/sign-in/forgotten/").content.decode()
    assert "manage.py changepassword" in page
    assert Client().post("/sign-in/forgotten/", {"email": "ruth@example.com"}).status_code == 409
    assert not Letter.objects.exists()


def test_a_password_that_everybody_would_guess_is_refused(people, mailbox):
    link = link_for(mailbox)
    page = Client().post(link, {"new": "short"})
    assert page.status_code == 422
    assert again(people.reviewer).check_password(PASSWORD)


def test_what_anybody_typed_is_forgotten_after_a_day(people, mailbox):
    asked("nobody@example.com")
    send_due()
    Letter.objects.update(created_at=timezone.now() - timedelta(hours=25))
    commands.sweep_letters(by=SYSTEM)
    assert not Letter.objects.exists()
    assert not Entry.objects.filter(stream_id=INSTANCE, body__contains="nobody@example.com").exists()
