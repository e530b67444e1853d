"""Tokens: for one probe, shown once, expiring, revocable, and never a key: whoever makes one verifies nothing."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.attachments import commands as attachments
from apps.core.errors import NotAllowed, Refusal, WrongState
from apps.deployments import permissions as deployments
from apps.ledger.models import Entry, Opening
from apps.reporting import commands, permissions
from apps.reporting.models import Token
from apps.reporting.rules import digest_of, id_of_token, new_token
from apps.signoff.models import Contribution
from tests.boards.desk import address, at
from tests.boards.desk import send as post
from tests.cast import again, load, sign
from tests.reporting.conftest import send

pytestmark = pytest.mark.django_db


def test_a_token_names_itself_and_has_a_checksum():
    token = new_token(Token().pk)
    assert re.fullmatch(r"ktp_[0-9a-f]{32}_[0-9a-f]{72}", token)
    assert id_of_token(token)
    assert id_of_token(token[:-1] + ("0" if token[-1] != "0" else "1")) is None
    assert new_token(Token().pk) != token


def test_only_its_digest_is_stored(made):
    assert Token.objects.get().digest == digest_of(made.token)
    texts = [*Entry.objects.values_list("body", flat=True), str(list(Opening.objects.values()))]
    assert made.token not in "".join(texts)
    assert made.token.split("_")[2] not in "".join(texts)


def test_the_entry_says_who_made_it_for_what_and_until_when(made):
    entry = Entry.objects.filter(stream=made.deployment.stream, kind="token.issued").get()
    assert str(made.pushed.pk) in entry.body


@pytest.mark.parametrize("days", [0, 91])
def test_a_token_expires_within_ninety_days(made, days):
    with pytest.raises(Refusal, match="1 to 90 days"):
        commands.issue_token(made.pushed, by=again(made.member), name="Long", days=days)


def test_two_tokens_overlap_so_that_a_job_changes_over(made):
    other = commands.issue_token(made.pushed, by=again(made.member), name="Next", days=30)
    assert {send(made.token, key="a").status_code, send(other, key="b").status_code} == {201}


def test_a_probe_has_so_many_tokens_that_work_and_no_more(made, monkeypatch):
    monkeypatch.setattr("apps.reporting.commands.tokens.MOST_WORKING", 2)
    commands.issue_token(made.pushed, by=again(made.member), name="Next", days=30)
    with pytest.raises(Refusal, match="has 2 tokens that work"):
        commands.issue_token(made.pushed, by=again(made.member), name="Third", days=30)
    commands.revoke_token(made.pushed.tokens.get(name="Next"), by=again(made.member))
    assert commands.issue_token(made.pushed, by=again(made.member), name="Third", days=30)


def test_a_token_is_made_by_those_who_attach_probes(made):
    assert permissions.issue_token(again(made.reviewer), load(made.pushed))
    with pytest.raises(NotAllowed):
        commands.issue_token(made.pushed, by=again(made.auditor), name="CI", days=1)
    with pytest.raises(WrongState, match="reported to by a token"):
        commands.issue_token(made.measured, by=again(made.member), name="CI", days=1)


def test_who_makes_a_token_contributes_and_verifies_nothing(made):
    sign(load(made.pushed), made.lead)
    commands.issue_token(load(made.pushed), by=again(made.reviewer), name="CI", days=1)
    item = load(made.pushed)
    assert (len(item.sign_off.turned), again(made.reviewer).pk in item.sign_off.contributors) == (1, True)
    assert "somebody else must verify" in deployments.sign_item(again(made.reviewer), item).reason


def test_who_verified_makes_no_token(made):
    send(made.token)
    sign(load(made.pushed), made.lead)
    sign(load(made.pushed), made.reviewer)
    with pytest.raises(WrongState, match="You verified this item"):
        commands.issue_token(load(made.pushed), by=again(made.reviewer), name="CI", days=1)


def raw(made: SimpleNamespace, person, **values):
    now = timezone.now()
    terms = {"item": made.pushed, "probe": made.pushed.probe, "name": "x", "digest": "0" * 64, "created_by": person}
    terms |= {"created_by_name": person.full_name, "created_at": now, "expires_at": now + timedelta(days=1)}
    with transaction.atomic():
        Token.objects.create(**terms | values)


def test_the_database_refuses_a_token_of_who_contributed_nothing(made):
    with pytest.raises(IntegrityError, match="who makes a token contributes"):
        raw(made, again(made.other_reviewer))


def test_the_database_refuses_a_token_of_who_verified(made):
    send(made.token)
    sign(load(made.pushed), made.lead)
    sign(load(made.pushed), made.reviewer)

    @transaction.atomic
    def planted():
        Contribution.objects.create(
            sign_off=load(made.pushed).sign_off, round=1, person=again(made.reviewer), name="Ruth"
        )
        raw(made, again(made.reviewer))

    with pytest.raises(IntegrityError, match="who verified an item makes no token"):
        planted()


def test_the_database_refuses_a_token_for_another_probe(made):
    with pytest.raises(IntegrityError, match="for the probe of its item"):
        raw(made, again(made.lead), probe=made.measured.probe)


@pytest.mark.parametrize(
    "values", [{"digest": "1" * 64}, {"expires_at": timezone.now() + timedelta(days=900)}, {"name": "other"}]
)
def test_the_database_changes_no_token(made, values):
    with pytest.raises(IntegrityError, match="only ever used and revoked"), transaction.atomic():
        Token.objects.update(**values)


def test_a_revoked_token_stays_revoked(made):
    commands.revoke_token(Token.objects.get(), by=again(made.member))
    with pytest.raises(WrongState, match="revoked already"):
        commands.revoke_token(Token.objects.get(), by=again(made.lead))
    with pytest.raises(IntegrityError, match="stays revoked"), transaction.atomic():
        Token.objects.update(revoked_at=None, revoked_by=None)


def test_an_auditor_revokes_nothing(made):
    with pytest.raises(NotAllowed):
        commands.revoke_token(Token.objects.get(), by=again(made.auditor))


def test_the_page_shows_a_new_token_once(made):
    browser = at(again(made.member))
    answer = browser.post(address(made.pushed, "issue_token"), {"name": "CI", "days": "7"})
    assert answer.status_code == 302
    page = browser.get(answer["Location"]).content.decode()
    [token] = set(re.findall(r"ktp_[0-9a-f]{32}_[0-9a-f]{72}", page))
    assert page.count(token) == 1
    assert send(token).status_code == 201
    assert token not in browser.get(address(made.pushed, "probe")).content.decode()


def test_the_token_is_shown_to_whoever_made_it_and_nobody_else(made):
    browser = at(again(made.member))
    browser.post(address(made.pushed, "issue_token"), {"name": "CI", "days": "7"})
    browser.force_login(again(made.lead))
    assert "Copy this token" not in browser.get(address(made.pushed, "probe")).content.decode()


def test_a_session_that_ends_before_the_page_loses_no_token_and_shows_it_to_nobody(made):
    browser, form, page = at(again(made.member)), {"name": "CI", "days": "7"}, address(made.pushed, "probe")
    browser.post(address(made.pushed, "issue_token"), form)
    del browser.cookies[settings.SESSION_COOKIE_NAME]
    nobody = browser.get(page)
    assert (nobody.status_code, "ktp_" in nobody.content.decode()) == (302, False)
    again_sent = browser.post(address(made.pushed, "issue_token"), form)
    assert (again_sent.status_code, "ktp_" in again_sent.content.decode()) == (401, False)
    assert Token.objects.count() == 2
    browser.force_login(again(made.member))
    assert "Copy this token" in browser.get(page).content.decode()
    assert "Copy this token" not in browser.get(page).content.decode()


def test_the_same_form_twice_makes_one_token(made):
    data = {"name": "CI", "days": "7", "intent": "6f9619ff-8b86-4011-b42d-00c04fc964ff"}
    for _ in range(2):
        assert post(again(made.member), made.pushed, "issue_token", data).status_code == 302
    assert Token.objects.count() == 2


def test_the_page_lists_tokens_with_their_last_use(made):
    send(made.token)
    page = at(again(made.auditor)).get(address(made.pushed, "probe")).content.decode()
    assert all(text in page for text in ("Nightly build", "佐藤 Mika", "127.0.0.1", "works"))
    assert made.token not in page


def test_a_token_is_revoked_on_the_page(made):
    token = Token.objects.get()
    member = again(made.member)
    assert post(member, made.pushed, "revoke_token", token=token.pk).status_code == 302
    assert "revoked" in at(member).get(address(made.pushed, "probe")).content.decode()
    assert send(made.token).status_code == 403


def test_a_bad_form_comes_again(made):
    answer = post(again(made.member), made.pushed, "issue_token", {"name": "", "days": "900"})
    assert (answer.status_code, Token.objects.count()) == (422, 1)


def test_another_probe_in_its_place_takes_no_report_of_the_old_token(made):
    attachments.detach_probe(made.pushed, by=again(made.lead), reason="Set up anew for tests")
    made.pushed.refresh_from_db()
    attachments.attach_probe(made.pushed, by=again(made.lead), name="Other", kind="push", config={})
    assert send(made.token).status_code == 404
