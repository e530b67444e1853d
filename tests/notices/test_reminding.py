"""What waits too long is said again, twice, and then to somebody else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apps.ledger.commands import SYSTEM
from apps.notices import commands
from apps.notices.models import Enclosure, Notice
from apps.notices.rules import deadline, spent
from tests import cast
from tests.mailbox import mailbox_served
from tests.notices.heard import derived, kinds
from tests.notices.mailing import let_fall_due, send_due

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def mailbox(stage):
    derived()
    Notice.objects.all().delete()
    with mailbox_served() as mailbox:
        cast.sign(stage.items[3], stage.member)
        derived()
        let_fall_due()
        send_due()
        mailbox.taken.clear()
        yield mailbox


def let_pass(hours: float) -> None:
    """Let what waits have waited for so long."""
    Notice.objects.update(heard_at=timezone.now() - timedelta(hours=hours))


def subjects(mailbox) -> list[str]:
    let_fall_due()
    send_due()
    return [str(taken["Subject"]).strip() for taken in mailbox.taken]


def test_it_is_said_again_when_half_and_nine_tenths_of_the_time_are_over(stage, mailbox):
    assert commands.remind(by=SYSTEM) == 0
    let_pass(13)
    assert commands.remind(by=SYSTEM) == 3
    assert commands.remind(by=SYSTEM) == 0
    assert [subject.partition(":")[0] for subject in subjects(mailbox)] == ["Reminder"] * 3
    mailbox.taken.clear()
    let_pass(22)
    assert commands.remind(by=SYSTEM) == 3
    assert [subject.partition(":")[0] for subject in subjects(mailbox)] == ["Last reminder"] * 3
    assert Enclosure.objects.count() == 9


def test_what_is_done_meanwhile_is_not_said_again(stage, mailbox):
    let_pass(13)
    commands.remind(by=SYSTEM)
    cast.sign(stage.items[3], stage.reviewer)
    derived()
    assert [subject for subject in subjects(mailbox) if "eminder" in subject] == []


def test_at_its_end_whoever_answers_and_release_managers_hear_of_it_once(stage, mailbox):
    Notice.objects.filter(person=stage.lead).update(done_at=timezone.now())
    let_pass(25)
    assert commands.remind(by=SYSTEM) == 1
    assert commands.remind(by=SYSTEM) == 0
    assert kinds(stage.lead) == ["overdue"]
    cast.sign(stage.items[3], stage.reviewer)
    derived()
    assert kinds(stage.lead) == []
    assert "overdue" in kinds(stage.lead, done=True)


def test_without_mail_it_is_escalated_all_the_same(stage):
    derived()
    Notice.objects.all().delete()
    cast.sign(stage.items[3], stage.member)
    derived()
    Notice.objects.filter(person=stage.lead).update(done_at=timezone.now())
    let_pass(13)
    assert commands.remind(by=SYSTEM) == 0
    let_pass(25)
    assert commands.remind(by=SYSTEM) == 1


@pytest.mark.parametrize(
    ("window", "until"),
    [
        (None, timedelta(hours=24)),
        (NOON + timedelta(hours=3), timedelta(hours=3)),
        (NOON - timedelta(hours=1), timedelta(hours=24)),
    ],
)
def test_until_when(window, until):
    assert deadline(NOON, window) == NOON + until


def test_how_much_of_the_time_is_over():
    assert spent(NOON, NOON + timedelta(hours=4), NOON + timedelta(hours=1)) == 0.25
    assert spent(NOON, NOON + timedelta(minutes=30), NOON + timedelta(minutes=29)) == 0.0
