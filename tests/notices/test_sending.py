"""What is mailed, when, how often, and what becomes of a mail that the server does not take."""

from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.utils import timezone

from apps.accounts.models import Membership, User
from apps.accounts.roles import Role
from apps.core import mail
from apps.deployments import commands as deployments
from apps.ledger.commands import SYSTEM
from apps.notices import commands, tasks
from apps.notices.models import Delivery, Enclosure, Notice, Reach
from apps.notices.rules import PACES, Kind, Pace, Quiet, due_at, next_hour, pause_after
from apps.notices.states import State
from apps.teams import commands as teams
from tests import cast
from tests.cast import again, signed_in
from tests.mailbox import mailbox_served, unused_port
from tests.notices.heard import derived
from tests.notices.mailing import let_fall_due, let_leases_end, send_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(stage):
    """A mail server, and nothing to hear of before."""
    derived()
    Notice.objects.all().delete()
    with mailbox_served() as mailbox:
        yield mailbox


def assign(stage, *numbers: int, owner: User | None = None) -> None:
    owner = stage.reviewer if owner is None else owner
    deployments.assign_items(stage.deployment, by=again(stage.lead), owner=owner, numbers=numbers)


def test_one_notice_is_one_mail_with_one_link_to_its_item(stage, mailbox, settings):
    cast.sign(stage.items[3], stage.member)
    derived()
    assert not mailbox.taken
    let_fall_due()
    send_due()
    by_address = {to: mail for [to], mail in zip(mailbox.recipients, mailbox.taken, strict=True)}
    assert sorted(by_address) == ["lena@example.com", "omar@example.com", "ruth@example.com"]
    taken = by_address["ruth@example.com"]
    url = f"{settings.KEYTURN_URL}/t/pay/deployments/1/items/4/#sign"
    text, html = (taken.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert str(taken["Subject"]).strip().startswith("Your key: 4. Les tableaux de bord")
    assert "PAY-1" in str(taken["Subject"])
    assert url in text
    assert html.count(f'href="{url}"') == 1
    assert "佐藤 Mika" in text
    delivery = Delivery.objects.get(person=stage.reviewer)
    assert taken["Message-ID"] == mail.message_id(delivery.pk)
    assert (delivery.state, delivery.address) == (State.SENT, "ruth@example.com")


def test_what_comes_about_together_travels_in_one_mail_with_a_link_each(stage, mailbox):
    assign(stage, 4)
    derived()
    assign(stage, 5)
    derived()
    let_fall_due()
    send_due()
    [taken] = mailbox.taken
    text = taken.get_body(("plain",)).get_content()
    assert str(taken["Subject"]).strip().startswith("2 notices: Assigned to you: 4.")
    assert "/items/4/" in text
    assert "/items/5/" in text


def test_what_is_settled_before_it_is_due_is_not_mailed(stage, mailbox):
    assign(stage, 4)
    derived()
    assign(stage, 4, owner=stage.member)
    derived()
    let_fall_due()
    send_due()
    assert mailbox.recipients == [["mika@example.com"]]
    assert Delivery.objects.get(person=stage.reviewer).state == State.DROPPED


def test_nothing_is_mailed_twice_however_often_it_is_derived_or_sent(stage, mailbox):
    assign(stage, 4)
    for _ in range(3):
        derived()
        let_fall_due()
        send_due()
    assert len(mailbox.taken) == 1
    assert Enclosure.objects.count() == 1


@pytest.mark.parametrize("ends", ["membership", "role", "account", "address"])
def test_whoever_may_not_see_it_any_more_is_not_mailed(stage, mailbox, ends):
    cast.sign(stage.items[3], stage.member)
    derived()
    if ends == "membership":
        teams.remove_member(Membership.objects.get(team=stage.team, user=stage.reviewer), by=again(stage.lead))
    elif ends == "role":
        cast.take(stage.team, stage.reviewer, by=stage.lead)
    else:
        User.objects.filter(pk=stage.reviewer.pk).update(
            **({"is_active": False} if ends == "account" else {"email": ""})
        )
    let_fall_due()
    send_due()
    assert ["ruth@example.com"] not in mailbox.recipients
    assert Delivery.objects.get(person=stage.reviewer).state == State.DROPPED
    User.objects.filter(pk=stage.reviewer.pk).update(is_active=True, email="ruth@example.com")


def test_a_role_that_ends_takes_what_waits_out_of_the_inbox_and_one_that_comes_brings_it(stage, mailbox):
    cast.sign(stage.items[3], stage.member)
    derived()
    cast.take(stage.team, stage.reviewer, by=stage.lead)
    derived()
    derived()
    assert not Notice.objects.open().filter(person=stage.reviewer, kind="verify").exists()
    cast.give(stage.team, stage.reviewer, Role.REVIEWER, by=stage.lead)
    derived()
    derived()
    assert Notice.objects.open().filter(person=stage.reviewer, kind="verify").count() == 1


def test_a_server_that_is_away_holds_back_the_others_and_loses_none(stage, mailbox, settings):
    assign(stage, 4)
    assign(stage, 5, owner=stage.member)
    derived()
    let_fall_due()
    port = settings.EMAIL_PORT
    settings.EMAIL_PORT = unused_port()
    with mock.patch.object(tasks.mail, "send", side_effect=mail.send) as sent:
        send_due()
    assert sent.call_count == 1
    assert Delivery.objects.filter(state=State.WAITING, due_at__gt=timezone.now()).count() == 2
    assert "did not answer" in Delivery.objects.get(attempt=2).reason
    settings.EMAIL_PORT = port
    let_fall_due()
    send_due()
    assert len(mailbox.taken) == 2


def test_an_address_that_the_server_refuses_is_given_up_with_its_reason(stage, mailbox):
    mailbox.replies["RCPT"] = b"550 no such person"
    assign(stage, 4)
    derived()
    let_fall_due()
    send_due()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason) == (State.GIVEN_UP, "The mail server answered 550 no such person")
    assert "no such person" in signed_in(stage.reviewer).get("/inbox/sent/").content.decode()


def test_one_that_is_told_to_come_back_does_and_only_that_one(stage, mailbox):
    mailbox.replies["RCPT"] = b"450 come back later"
    assign(stage, 4)
    derived()
    let_fall_due()
    send_due()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempt) == (State.WAITING, 2)
    assert delivery.due_at > timezone.now() + timedelta(seconds=20)
    mailbox.replies.clear()
    let_fall_due()
    send_due()
    assert len(mailbox.taken) == 1


def test_a_worker_that_dies_before_the_server_heard_of_it_loses_nothing(stage, mailbox):
    assign(stage, 4)
    derived()
    let_fall_due()
    delivery = Delivery.objects.get()
    commands.claim_delivery(delivery.pk, delivery.attempt, by=SYSTEM)
    let_leases_end()
    commands.sweep_deliveries(by=SYSTEM)
    let_fall_due()
    send_due()
    assert len(mailbox.taken) == 1
    assert Delivery.objects.get().state == State.SENT


def test_a_worker_that_dies_before_it_noted_the_answer_repeats_it_with_the_same_id(stage, mailbox):
    assign(stage, 4)
    derived()
    let_fall_due()
    with mock.patch.object(commands, "end_delivery"), mock.patch.object(commands, "put_off"):
        send_due()
    let_leases_end()
    commands.sweep_deliveries(by=SYSTEM)
    let_fall_due()
    send_due()
    assert len(mailbox.taken) == 2
    assert len({*mailbox.message_ids}) == 1


def test_after_the_last_attempt_it_is_given_up(stage, mailbox):
    assign(stage, 4)
    derived()
    let_fall_due()
    Delivery.objects.update(attempt=Delivery.PLAN.attempts)
    mailbox.replies["RCPT"] = b"450 come back later"
    send_due()
    assert Delivery.objects.get().state == State.GIVEN_UP


def test_what_a_fault_breaks_off_is_tried_again(stage, mailbox):
    assign(stage, 4)
    derived()
    let_fall_due()
    with mock.patch.object(tasks.selectors, "mail_of", side_effect=KeyError), pytest.raises(KeyError):
        send_due()
    assert Delivery.objects.get().reason == tasks.BROKE
    assert Delivery.objects.get().attempt == 2


def test_without_a_mail_server_nothing_waits_to_be_sent(stage):
    assign(stage, 4)
    derived()
    assert Notice.objects.filter(person=stage.reviewer).exists()
    assert not Delivery.objects.exists()


def test_how_somebody_is_reached_is_theirs_to_say(stage, mailbox):
    browser = signed_in(stage.reviewer)
    assert "ruth@example.com" in browser.get("/inbox/reach/").content.decode()
    chosen = Reach(paces={"assigned": "never", "verify": "digest"}, quiet_from=20, quiet_to=7, digest_at=6).standing
    answer = browser.post("/inbox/reach/", chosen | cast.basis(browser, "/inbox/reach/"))
    assert answer.status_code == 302
    reach = Reach.objects.get(person=stage.reviewer)
    assert reach.paces == {"assigned": "never", "verify": "digest"}
    assign(stage, 4)
    cast.sign(stage.items[4], stage.member)
    derived()
    [delivery] = Delivery.objects.filter(person=stage.reviewer)
    assert (delivery.pace, delivery.due_at.hour, delivery.due_at.minute) == (Pace.DIGEST, 6, 0)


def at(text: str) -> datetime:
    """What somebody's clock shows."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("kind", "pace", "local", "due"),
    [
        (Kind.VERIFY, Pace.AT_ONCE, "2026-11-30T22:00", "2026-12-01T07:00"),
        (Kind.VERIFY, Pace.AT_ONCE, "2026-12-01T06:30", "2026-12-01T07:00"),
        (Kind.HOUR_BEFORE, Pace.AT_ONCE, "2026-11-30T22:00", "2026-11-30T22:00:30"),
        (Kind.VERIFY, Pace.DIGEST, "2026-11-30T22:00", "2026-12-01T08:00"),
        (Kind.VERIFY, Pace.AT_ONCE, "2026-11-30T12:00", "2026-11-30T12:00:30"),
    ],
)
def test_quiet_hours_hold_back_what_can_wait(kind, pace, local, due):
    assert due_at(kind, pace, at(local), quiet=Quiet(20, 7), digest=8) == at(due)


def test_hours_that_do_not_reach_over_midnight_and_none():
    assert Quiet(9, 17).holds(at("2026-11-30T16:59"))
    assert not Quiet(9, 17).holds(at("2026-11-30T17:00"))
    assert not any(Quiet().holds(at(f"2026-11-30T{hour:02}:00")) for hour in range(24))
    assert next_hour(at("2026-11-30T07:00"), 7) == at("2026-12-01T07:00")


def test_pauses_grow_up_to_an_hour():
    assert [pause_after(attempt).total_seconds() for attempt in (1, 2, 3, 7, 8, 40)] == [30, 60, 120, 1920, 3600, 3600]


def test_every_kind_has_a_pace():
    assert {*PACES} == {*Kind}
