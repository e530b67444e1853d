"""What becomes of a letter: sent once, tried again with the same id, given up, or dropped."""

from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import F
from django.utils import timezone

from apps.core import mail
from apps.ledger.commands import SYSTEM
from apps.letters import commands, rules, tasks
from apps.letters.models import Letter
from apps.letters.states import PLAN, State
from tests.letters.posted import let_fall_due, send_due
from tests.mailbox import mailbox_served

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(people):
    with mailbox_served() as mailbox:
        yield mailbox


def ask(email="ruth@example.com", where="192.0.2.1"):
    return commands.ask_reset(email, by=SYSTEM, address=where)


def test_a_letter_is_tried_again_with_the_same_id_and_the_same_link(people, mailbox):
    letter = ask()
    mailbox.hang_up.add("DATA")
    send_due()
    letter.refresh_from_db()
    assert (letter.state, letter.attempt) == (State.WAITING, 2)
    assert letter.due_at > timezone.now()
    assert "did not answer" in letter.reason
    send_due()
    assert len(mailbox.taken) == 1, "not before it is due"
    mailbox.hang_up.clear()
    let_fall_due()
    send_due()
    letter.refresh_from_db()
    assert letter.state == State.SENT
    assert mailbox.message_ids == [mail.message_id(letter.pk)] * 2
    first, second = (each.get_body(("plain",)).get_content() for each in mailbox.taken)
    assert first == second


def test_what_the_server_refuses_for_good_comes_back(people, mailbox):
    letter = ask()
    mailbox.replies["RCPT"] = b"550 no such user"
    send_due()
    letter.refresh_from_db()
    assert (letter.state, letter.attempt) == (State.GIVEN_UP, 1)
    assert "550 no such user" in letter.reason


def test_what_the_server_refuses_for_now_waits_longer_each_time(people, mailbox):
    letter = ask()
    mailbox.replies["RCPT"] = b"451 later"
    for attempt in range(1, PLAN.attempts + 1):
        assert Letter.objects.get().attempt == attempt
        let_fall_due()
        send_due()
    letter.refresh_from_db()
    assert letter.state == State.GIVEN_UP
    pauses = [rules.pause_after(attempt) for attempt in (1, 2, 3, 30)]
    assert pauses == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2), rules.LONGEST_PAUSE]


def test_a_server_that_is_away_holds_the_others_back(people, mailbox):
    ask("ruth@example.com")
    second = ask("lena@example.com")
    mailbox.hang_up.add("EHLO")
    mailbox.hang_up.add("HELO")
    first = Letter.objects.order_by("created_at").first()
    tasks.send_letter(str(first.pk), 1)
    second.refresh_from_db()
    assert second.due_at > timezone.now()
    tasks.send_letter(str(second.pk), 1)
    assert mailbox.taken == []


def test_a_letter_whose_link_is_over_is_not_sent(people, mailbox):
    letter = ask()
    Letter.objects.update(ends_at=timezone.now())
    send_due()
    letter.refresh_from_db()
    assert letter.state == State.DROPPED
    assert mailbox.taken == []


def test_a_worker_that_died_loses_no_letter_and_a_late_one_ends_nothing(people, mailbox):
    letter = ask()
    held = commands.claim_letter(letter.pk, 1, by=SYSTEM)
    assert commands.claim_letter(letter.pk, 1, by=SYSTEM) is None
    Letter.objects.update(lease_until=F("lease_until") - timedelta(minutes=1))
    commands.sweep_letters(by=SYSTEM)
    commands.end_letter(held, "send", by=SYSTEM)
    commands.put_off_letter(letter.pk, 1, reason="late", by=SYSTEM)
    letter.refresh_from_db()
    assert (letter.state, letter.attempt, letter.reason) == (
        State.WAITING,
        2,
        "The worker that sent it stopped before the server answered.",
    )
    let_fall_due()
    send_due()
    assert len(mailbox.taken) == 1


@pytest.mark.parametrize("error", ["broke", "slow"])
def test_whatever_happens_a_letter_does_not_wait_for_its_lease(people, mailbox, monkeypatch, error):
    letter = ask()
    raised = {"broke": RuntimeError("x"), "slow": SoftTimeLimitExceeded()}[error]

    def fails(_message):
        raise raised

    monkeypatch.setattr(mail, "send", fails)
    if error == "broke":
        with pytest.raises(RuntimeError):
            tasks.send_letter(str(letter.pk), 1)
    else:
        tasks.send_letter(str(letter.pk), 1)
    letter.refresh_from_db()
    assert (letter.state, letter.attempt) == (State.WAITING, 2)
    assert tasks.sweep_letters() == 0
