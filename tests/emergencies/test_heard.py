"""Who hears of the emergency lane, when, and until what is owed is paid; and what the record says of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.deployments.models import Emergency
from apps.ledger.commands import SYSTEM
from apps.notices import commands
from apps.notices.models import Enclosure, Notice
from apps.notices.rules import Kind
from apps.records.document import build
from apps.records.document.cover import cover
from apps.records.models import Record
from apps.records.selectors import collect
from apps.sheets.states import Answer
from tests import cast as casting
from tests.emergencies.lane import REASON, authorise, ready_but_for_keys, verify, write
from tests.ledger import histories
from tests.mailbox import mailbox_served
from tests.notices.heard import derived
from tests.tampering import lifted

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


@pytest.fixture
def gone(stage):
    ready_but_for_keys(stage)
    derived()
    Notice.objects.all().delete()
    stage.emergency = authorise(stage)
    derived()
    return stage


def waiting() -> set:
    return {*Notice.objects.filter(kind=Kind.REVIEW, done_at=None).values_list("person", flat=True)}


def test_everybody_of_the_team_hears_of_it_but_whoever_did_it(gone):
    heard = {*Notice.objects.filter(kind=Kind.EMERGENCY).values_list("person", flat=True)}
    people = {gone.lead.pk, gone.member.pk, gone.other_reviewer.pk, gone.auditor.pk}
    assert heard == people


def test_whoever_sees_to_it_is_asked_until_both_debts_are_paid(gone):
    assert waiting() == {gone.lead.pk}
    write(gone.emergency, gone.member)
    derived()
    assert waiting() == {gone.lead.pk, gone.other_reviewer.pk}, "deciders who did not authorise turn the second key"
    verify(gone.emergency, gone.other_reviewer)
    derived()
    assert waiting() == {gone.lead.pk}, "keys are owed still"
    casting.make_ready(gone)
    derived()
    assert waiting() == set()


def let_pass(hours: float) -> None:
    """Let it have been authorised so long ago."""
    then = timezone.now() - timedelta(hours=hours)
    Notice.objects.update(heard_at=then)
    with lifted():
        Emergency.objects.update(authorised_at=then, due_at=then + timedelta(hours=48))


def stages() -> list[str]:
    return [*Enclosure.objects.filter(notice__kind=Kind.REVIEW).order_by("pk").values_list("stage", flat=True)]


def test_it_is_said_again_when_half_and_nine_tenths_of_two_days_are_over(gone):
    with mailbox_served():
        for hours, names in ((23, []), (25, ["half"]), (44, ["half", "most"])):
            let_pass(hours)
            commands.remind(by=SYSTEM)
            assert stages() == names, f"after {hours} hours"


def test_after_two_days_everybody_hears_that_it_is_owed_still(gone):
    let_pass(49)
    commands.remind(by=SYSTEM)
    late = {*Notice.objects.filter(kind=Kind.OVERDUE, path__endswith="/emergency/").values_list("person", flat=True)}
    assert late == {gone.member.pk, gone.reviewer.pk, gone.other_reviewer.pk, gone.auditor.pk}


def test_the_record_says_it_before_everything_else_and_what_was_owed(gone):
    histories.file_record(gone)
    stated = collect(Record.objects.get(deployment=gone.deployment))
    owes, page = cover(stated).shout, str(build(stated))
    assert "Went with one key" in owes[0]
    assert "the keys of 5 items and a review signed by two people" in owes[1]
    assert REASON in page
    assert "5 items: 1, 2, 3, 4, 5" in page


def test_the_record_keeps_it_once_it_is_paid(gone):
    casting.make_ready(gone)
    write(gone.emergency, gone.lead)
    verify(gone.emergency, gone.other_reviewer)
    casting.close(gone, answer=Answer.CAVEATS, caveats="It went by the emergency lane")
    histories.file_record(gone)
    stated = collect(Record.objects.filter(deployment=gone.deployment).latest("number"))
    assert "two people signed its review" in cover(stated).shout[1]
    assert "The load test was skipped" in str(build(stated))
