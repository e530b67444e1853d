"""An address counts once its link was opened; changing it takes proof, and the one before is told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.errors import NotAllowed, Refusal, WrongState
from apps.factors import commands as factors
from apps.ledger.commands import SYSTEM
from apps.letters import commands
from apps.letters.models import Letter
from apps.letters.rules import Kind
from tests.cast import PASSWORD, again, basis, signed_in
from tests.factors.enrolled import BY_PASSWORD, code, with_codes
from tests.instance import last_line
from tests.letters.posted import links_in, send_due
from tests.letters.test_resets import token_of
from tests.mailbox import mailbox_served

pytestmark = pytest.mark.django_db
NEW = "ruth.okafor@example.org"


@pytest.fixture
def mailbox(people):
    with mailbox_served() as mailbox:
        yield mailbox


def asked(person, email=NEW):
    return factors.change_address(email, BY_PASSWORD, by=again(person))


def test_an_address_counts_once_its_link_was_opened_and_the_one_before_is_told(people, mailbox):
    browser = signed_in(people.reviewer)
    page = "/account/factors/address/"
    sent = browser.post(page, {"email": "Ruth.Okafor@example.org", "proof_password": PASSWORD})
    assert sent["Location"] == "/account/"
    assert last_line().text == f"wrote down the mail address {NEW} for Ruth Okafor, which has to be confirmed"
    assert again(people.reviewer).email == "ruth@example.com"
    assert NEW in browser.get(page).content.decode()
    send_due()
    assert mailbox.recipients == [[NEW]]
    [link] = links_in(mailbox.taken[0])
    assert again(people.reviewer).email == "ruth@example.com", "whoever follows links in mails confirms nothing"
    browser.get(link)
    assert again(people.reviewer).email == "ruth@example.com"
    assert browser.post(link)["Location"] == "/account/"
    assert again(people.reviewer).email == NEW
    assert last_line().text == f"confirmed the mail address {NEW} of Ruth Okafor"
    send_due()
    assert mailbox.recipients[1:] == [["ruth@example.com"]]
    assert "no longer writes here" in str(mailbox.taken[1]["Subject"])
    assert browser.post(link).status_code == 409


def test_only_the_account_that_wrote_it_down_confirms_it(people, mailbox):
    asked(people.reviewer)
    send_due()
    token = token_of(links_in(mailbox.taken[0])[0])
    with pytest.raises(NotAllowed, match="another account"):
        commands.verify_address(token, by=again(people.lead))
    page = signed_in(people.lead).get(f"/account/address/{token}/").content.decode()
    assert NEW not in page
    assert "of another account" in page
    assert again(people.reviewer).email == "ruth@example.com"


def test_a_later_address_and_a_day_end_a_link(people, mailbox):
    asked(people.reviewer)
    asked(people.reviewer, "third@example.org")
    first, second = Letter.objects.filter(kind=Kind.VERIFY).order_by("created_at")
    person = again(people.reviewer)
    with pytest.raises(WrongState, match="for a day"):
        commands.verify_address(first.token_for(person), by=person)
    Letter.objects.filter(pk=second.pk).update(ends_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(WrongState, match="for a day"):
        commands.verify_address(second.token_for(person), by=person)
    send_due()
    assert mailbox.taken == []


def test_changing_it_takes_the_proof_that_a_factor_takes(people, mailbox):
    person = again(people.reviewer)
    with pytest.raises(WrongState, match="not your password"):
        factors.change_address(NEW, factors.Evidence(password="wrong"), by=person)
    with_codes(people.reviewer)
    with pytest.raises(WrongState):
        factors.change_address(NEW, BY_PASSWORD, by=person)
    assert not Letter.objects.exists()
    factors.change_address(NEW, factors.Evidence(password=PASSWORD, code=code()), by=person)
    assert Letter.objects.get().address == NEW


def test_an_address_is_taken_away_at_once_and_told(people, mailbox):
    asked(people.reviewer, "")
    assert again(people.reviewer).email == ""
    assert last_line().text == "took the mail address ruth@example.com of Ruth Okafor away"
    send_due()
    assert mailbox.recipients == [["ruth@example.com"]]
    with pytest.raises(WrongState, match="no address"):
        asked(people.reviewer, "")
    commands.ask_reset("ruth@example.com", by=SYSTEM, address="192.0.2.1")
    send_due()
    assert len(mailbox.taken) == 1


def test_the_same_address_again_and_mail_that_is_not_there_are_refused(people):
    with pytest.raises(WrongState, match="already"):
        asked(people.reviewer, "RUTH@example.com")
    with pytest.raises(WrongState, match="sends no mail"):
        asked(people.reviewer)
    page = signed_in(people.reviewer).get("/account/factors/address/").content.decode()
    assert "sends no mail" in page


def test_nobody_has_mail_sent_again_and_again(people, mailbox):
    for _ in range(3):
        asked(people.reviewer)
    with pytest.raises(Refusal, match="too often"):
        asked(people.reviewer)


def test_the_name_is_saved_without_the_address(people, mailbox):
    browser = signed_in(people.reviewer)
    form = basis(browser, "/account/", "/account/name/")
    assert browser.post("/account/name/", {**form, "full_name": "Ruth Lind"}).status_code == 302
    person = again(people.reviewer)
    assert (person.full_name, person.email) == ("Ruth Lind", "ruth@example.com")
