"""What has ended is opened again by two people: who may, what stays, what is asked for anew, what the record says."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.roles import Role
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment
from apps.deployments.states import State
from apps.ledger import commands as ledger
from apps.notices import commands as notices
from apps.notices.models import Notice
from apps.records.document import build
from apps.records.document.cover import cover
from apps.records.models import Record
from apps.records.selectors import collect
from apps.reruns import commands as reruns
from apps.sheets import commands as sheets
from apps.sheets.events import ReopeningEnded
from apps.sheets.models import Reopening, Sheet
from apps.sheets.states import Answer
from apps.signoff.models import SignOff
from project import verification
from tests import cast as casting
from tests.cast import again, keyed
from tests.ledger import histories
from tests.tampering import lifted

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]

REASON = "The issues lack the queue"


@pytest.fixture
def made(stage):
    casting.make_ready(stage)
    casting.close(stage)
    return stage


def found() -> list[str]:
    return [fault.what for fault in verification.verify().faults if "the guard" not in fault.what]


def now(made) -> Deployment:
    return Deployment.objects.select_related("team").get(pk=made.deployment.pk)


def reopened(made) -> Deployment:
    return casting.agree_reopening(casting.ask_reopening(made), made.reviewer)


def test_two_people_open_it_again_with_its_keys_and_the_sheet_is_asked_for_anew(made):
    deployment = reopened(made)
    assert (deployment.state, deployment.outcome, deployment.closed_at) == (State.IN_REVIEW, "", None)
    assert casting.load(made.items[0]).sign_off.is_settled
    sheet = Sheet.objects.get(deployment=deployment)
    assert (sheet.sign_off.turned, sheet.sign_off.revision) == ([], 2)
    assert not SignOff.objects.filter(stream=deployment.stream, closed_at__isnull=False).exclude(
        subject__startswith="reopening:"
    )
    casting.withdraw(made.items[0], made.reviewer)
    casting.sign(made.items[0], made.member)
    casting.sign(made.items[0], made.other_reviewer)
    casting.close(made, issues="The queue")
    assert now(made).outcome == "completed"
    assert found() == []


def test_neither_alone(made):
    asked = casting.ask_reopening(made, by=made.reviewer)
    with pytest.raises(NotAllowed, match="You asked to reopen it"):
        casting.agree_reopening(asked, made.reviewer)
    with pytest.raises(NotAllowed, match="Only a decider"):
        casting.agree_reopening(asked, made.member)
    assert now(made).is_over


def test_who_stands_in_for_whoever_asked_does_not_agree(made):
    asked = casting.ask_reopening(made, by=made.reviewer)
    casting.hand_over(made.team, of=made.reviewer, to=made.member)
    with pytest.raises(NotAllowed, match="third person"):
        casting.agree_reopening(asked, made.member)


def test_an_auditor_asks_nothing(made):
    with pytest.raises(NotAllowed, match="reads only"):
        casting.ask_reopening(made, by=made.auditor)


def test_what_goes_on_and_what_was_given_up_is_not_reopened(stage):
    with pytest.raises(WrongState, match="has not ended"):
        casting.ask_reopening(stage)
    deployments.cancel_deployment(stage.deployment, by=again(stage.lead), reason="Superseded")
    with pytest.raises(WrongState, match="cancelled is not reopened"):
        casting.ask_reopening(stage)


def test_what_is_run_again_stays_closed(made):
    asked = casting.ask_reopening(made)
    section = made.version.sections.first().key
    terms = {"template_version": made.version, "version": "3", "change": "New", "sections": [section]}
    reruns.rerun_deployment(now(made), by=again(made.lead), **terms)
    with pytest.raises(WrongState, match="runs this one again"):
        casting.agree_reopening(asked, made.reviewer)
    with pytest.raises(IntegrityError, match="what is run again stays closed"), transaction.atomic():
        forced(made, asked)
    assert now(made).is_over


def test_one_question_at_a_time_and_the_same_one_twice_is_one(made):
    intent = uuid.uuid4()
    first = sheets.ask_reopening(now(made), by=again(made.member), reason=REASON, intent=intent)
    assert sheets.ask_reopening(now(made), by=again(made.member), reason=REASON, intent=intent) == first
    with pytest.raises(WrongState, match="already"):
        casting.ask_reopening(made, by=made.lead)


def test_the_same_click_twice_reopens_once(made):
    asked, intent = casting.ask_reopening(made), uuid.uuid4()
    casting.agree_reopening(asked, made.reviewer, intent)
    casting.agree_reopening(asked, made.reviewer, intent)
    with pytest.raises(WrongState, match="settled already"):
        casting.agree_reopening(asked, made.other_reviewer)


def test_a_question_is_taken_back_or_declined_and_then_nobody_agrees(made):
    for person in (made.member, made.reviewer):
        asked = casting.ask_reopening(made)
        sheets.end_reopening(asked, by=again(person), why="There is nothing to amend")
        with pytest.raises(WrongState, match="settled already"):
            casting.agree_reopening(asked, made.other_reviewer)
    asked = casting.ask_reopening(made, by=made.lead)
    with pytest.raises(NotAllowed, match="Only a decider or whoever asked"):
        sheets.end_reopening(asked, by=again(made.member), why="There is nothing to amend")
    assert found() == []


def test_what_was_asked_is_what_is_agreed_to(made):
    asked = casting.ask_reopening(made)
    with pytest.raises(Stale):
        sheets.agree_reopening(asked, shown="0" * 64, **keyed(made.reviewer))


def test_the_next_record_says_which_entries_came_after_closing(made):
    before = histories.file_record(made)
    deployment = reopened(made)
    casting.close(made, issues="The queue", answer=Answer.YES)
    stated = collect(Record.objects.filter(deployment=deployment).latest("number"))
    [amendment] = stated.decision.amendments
    kinds = [entry.kind for entry in stated.ledger.entries]
    assert kinds[amendment.first] == "deployment.reopened"
    assert kinds[amendment.last] == "sheet.verified"
    [line] = [each for each in cover(stated).why if "Amended after closing" in each]
    assert f"entries {amendment.first} to {amendment.last}: closed as completed" in line
    assert REASON in line
    assert "Amended after closing" in str(build(stated))
    assert before is None or Record.objects.filter(pk=before.pk).exists()


def test_deciders_are_asked_and_whoever_asked_hears(made):
    notices.derive_notices(by=ledger.SYSTEM)
    Notice.objects.all().delete()
    asked = casting.ask_reopening(made)
    notices.derive_notices(by=ledger.SYSTEM)
    waiting = Notice.objects.filter(kind="sheet", done_at=None)
    deciders = {made.lead.pk, made.reviewer.pk, made.other_reviewer.pk}
    assert {*waiting.values_list("person", flat=True)} == deciders
    casting.agree_reopening(asked, made.reviewer)
    notices.derive_notices(by=ledger.SYSTEM)
    assert not waiting.all().exists()
    assert Notice.objects.filter(kind="outcome", person=made.member, detail__contains="agreed to reopen").exists()


# The database, with every line of the application bypassed; without its guard the same goes through.


def forced(made, asked: Reopening) -> None:
    """Move the deployment as agreeing does, without anybody who agreed."""
    Deployment.objects.filter(pk=made.deployment.pk).update(
        state=State.IN_REVIEW, outcome="", closed_at=None, closed_by=None, closed_by_name="", closing_reason=""
    )


def test_nothing_ended_moves_on_without_a_second_person(made):
    asked = casting.ask_reopening(made)
    with pytest.raises(IntegrityError, match="what has ended is reopened by two people"), transaction.atomic():
        forced(made, asked)
    with lifted("sheets_deployment_reopens"):
        forced(made, asked)


def test_one_agreement_reopens_one_end(made):
    asked = casting.ask_reopening(made)
    casting.agree_reopening(asked, made.reviewer)
    casting.close(made, issues="The queue")
    with pytest.raises(IntegrityError, match="what has ended is reopened by two people"), transaction.atomic():
        forced(made, asked)


def test_no_sign_off_opens_again_alone(made):
    casting.ask_reopening(made)
    closed = SignOff.objects.filter(pk=made.items[0].sign_off_id)
    with pytest.raises(IntegrityError, match="when a second person agrees"), transaction.atomic():
        closed.update(closed_at=None)
    with lifted("signoff_signoff_fixed"):
        closed.update(closed_at=None)


def test_what_closed_it_changes_with_nothing_else(made):
    with pytest.raises(IntegrityError, match="a closed deployment stays as it is"), transaction.atomic():
        Deployment.objects.filter(pk=made.deployment.pk).update(closing_reason="Another")


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"agreed_at": datetime(2099, 1, 1, tzinfo=UTC)}, "reopened by two people"),
        ({"reason": "Another"}, "agreed to or ended once"),
    ],
    ids=str,
)
def test_the_question_stays_as_it_was_asked(made, change: dict[str, Any], answer):
    asked = casting.ask_reopening(made)
    with pytest.raises(IntegrityError, match=answer), transaction.atomic():
        Reopening.objects.filter(pk=asked.pk).update(**change)
    with lifted("sheets_reopening_changes"):
        Reopening.objects.filter(pk=asked.pk).update(**change)


def copied(asked: Reopening, **fields: Any) -> Reopening:
    """A question like another one, not stored."""
    names = [each.attname for each in Reopening._meta.concrete_fields]
    return Reopening(**{name: getattr(asked, name) for name in names} | {"id": uuid.uuid4()} | fields)


def test_a_question_is_about_the_end_that_there_was(made):
    asked = casting.ask_reopening(made)
    sheets.end_reopening(asked, by=again(made.member), why="There is nothing to amend")
    asked.refresh_from_db()
    fresh = {"ended_at": None, "ended_by": None, "ended_by_name": "", "ended_why": ""}
    wrong = copied(asked, outcome="not_released", **fresh)
    with pytest.raises(IntegrityError, match="has ended so"), transaction.atomic():
        wrong.save(force_insert=True)


# The judge, who reads the chains alone.


def test_a_deployment_that_moved_on_alone_is_found(made):
    asked = casting.ask_reopening(made)
    with lifted("sheets_deployment_reopens"):
        forced(made, asked)
    with transaction.atomic():
        ledger.record(
            now(made).stream, ReopeningEnded(reopening=asked.pk, why=""), by=again(made.lead), rows=[now(made)]
        )
    assert "the deployment was opened again, and no second person agreed to it" in found()


def test_a_sign_off_that_opened_again_alone_is_found(made):
    asked = casting.ask_reopening(made)
    closed = SignOff.objects.filter(pk=made.items[0].sign_off_id)
    with lifted("signoff_signoff_fixed"):
        closed.update(closed_at=None)
    with transaction.atomic():
        ledger.record(now(made).stream, ReopeningEnded(reopening=asked.pk, why=""), by=again(made.lead), rows=closed)
    assert "item 1: a closed sign-off changed" in found()


def test_who_only_reviews_does_not_agree(made):
    casting.take(made.team, made.reviewer, Role.DECIDER, by=made.lead)
    with pytest.raises(NotAllowed, match="Only a decider"):
        casting.agree_reopening(casting.ask_reopening(made), made.reviewer)
