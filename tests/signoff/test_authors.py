"""Who wrote what is signed turns none of the keys of others, wherever it stands: the text that a waiver covers, the
rollback plan that the sheet covers. In code, in the database, and for the judge."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core.errors import Changed, NotAllowed, Stale
from apps.core.shown import fingerprint
from apps.deployments import commands as deployments
from apps.deployments.commands.rollback import written
from apps.deployments.models import Item, Waiver
from apps.rollback.models import PlanAuthor, RollbackPlan, Step
from apps.sheets import commands as sheets
from apps.sheets.models import Sheet
from apps.sheets.states import Answer
from apps.signoff import commands as signoff
from apps.signoff.models import Contribution, Signature
from apps.waivers import commands as waiving
from project import verification
from tests import cast as casting
from tests.cast import again, keyed
from tests.ledger.test_judge import record
from tests.signoff.subjects import series_of
from tests.tampering import lifted
from tests.waivers import asking

pytestmark = pytest.mark.django_db
PLAN: dict[str, Any] = {"owner": None, "steps": [Step("Go back")], "verification": "Look", "last_rehearsed_on": None}


def edit(stage: SimpleNamespace, by: str, text: str = "Tell them by phone") -> Item:
    item = stage.items[2]
    return deployments.edit_item(item, by=again(getattr(stage, by)), title=item.title, text=text)


def ask(stage: SimpleNamespace) -> Waiver:
    asked = asking.ask(stage.items[2], by=again(stage.member), justification="The robot tells them")
    return Waiver.objects.select_related("sign_off", "item").get(pk=asked.pk)


def approve(waiver: Waiver, by: Any) -> Waiver:
    now = Waiver.objects.select_related("sign_off", "item").get(pk=waiver.pk)
    return waiving.approve_waiver(now, **keyed(by), shown=now.sign_off.digest)


@pytest.mark.parametrize("when", ["before it is asked for", "after", "before, and another after"])
def test_who_wrote_the_text_does_not_approve_that_it_is_waived(stage, when):
    if when != "after":
        edit(stage, "reviewer")
    waiver = ask(stage)
    if when != "before it is asked for":
        edit(stage, "reviewer" if when == "after" else "lead", "By letter")
    with pytest.raises(NotAllowed, match="You contributed to this"):
        approve(waiver, stage.reviewer)
    approve(waiver, stage.other_reviewer)


def test_who_wrote_a_note_on_the_item_may(stage):
    casting.fill_in(stage.items[1], stage.reviewer)
    asked = asking.ask(stage.items[1], by=again(stage.member), justification="The robot tells them")
    approve(asked, stage.reviewer)


def key(sign_off: Any, by: Any, slot: int = 1) -> Signature:
    now = {"revision": sign_off.revision, "digest": sign_off.digest, "signed_at": timezone.now()}
    now |= {"means": "password", "series": series_of(by)}
    return Signature(sign_off=sign_off, slot=slot, signer=by, name="x", meaning="verified", intent=uuid.uuid4(), **now)


@pytest.mark.unrecorded
def test_the_database_wants_every_author_of_the_text_remembered(stage):
    edit(stage, "reviewer")
    item = casting.load(stage.items[2])
    waiver = Waiver(item=item, justification="x", requested_by=stage.member, requested_by_name="x")
    signoff.store(waiver, team=stage.team, stream=stage.deployment.stream, digest="0" * 64)
    signoff.contribute(waiver.sign_off, by=stage.member)
    with pytest.raises(IntegrityError, match="whoever wrote what a waiver covers"), transaction.atomic():
        waiver.save(force_insert=True)
    asked = ask(stage)
    signoff.contribute(item.sign_off, by=stage.other_reviewer)
    with pytest.raises(IntegrityError, match="whoever wrote what a waiver covers"), transaction.atomic():
        signoff.revise(item.sign_off, by=stage.other_reviewer, digest="1" * 64, cause=signoff.Cause.TEXT_EDITED)
    with pytest.raises(IntegrityError, match="who contributed cannot verify"), transaction.atomic():
        key(asked.sign_off, stage.reviewer).save(force_insert=True)


@pytest.mark.unrecorded
def test_the_judge_finds_an_author_who_was_not_remembered(stage):
    edit(stage, "reviewer")
    waiver = ask(stage)
    with lifted("signoff_contribution_append_only", "signoff_two_person_rule"):
        Contribution.objects.filter(sign_off=waiver.sign_off, person=stage.reviewer).delete()
        signed = key(waiver.sign_off, stage.reviewer)
        signed.save(force_insert=True)
    record(waiver.item, stage.reviewer, [signed])
    assert "who wrote what the waiver of item 3 covers turned a key of others" in found()


def found() -> list[str]:
    return [fault.what for fault in verification.verify().faults]


@pytest.fixture
def planned(stage: SimpleNamespace) -> SimpleNamespace:
    """The reviewer wrote on the plan once; the lead replaced all of it since."""
    deployments.fill_in_rollback_plan(stage.deployment, by=again(stage.reviewer), **PLAN)
    casting.make_ready(stage)
    return stage


def test_who_wrote_on_the_plan_does_not_verify_the_sheet(planned):
    sheet = casting.complete(planned)
    for author in (planned.reviewer, planned.lead):
        with pytest.raises(NotAllowed, match="You contributed to this"):
            casting.verify(planned, sheet, by=author)
    casting.verify(planned, sheet, by=planned.other_reviewer)


def test_who_saved_it_as_it_was_wrote_nothing(stage):
    deployments.fill_in_rollback_plan(stage.deployment, by=again(stage.lead), **PLAN)
    deployments.fill_in_rollback_plan(stage.deployment, by=again(stage.reviewer), **PLAN)
    assert [author.person for author in PlanAuthor.objects.all()] == [stage.lead]
    casting.close(stage, answer=Answer.NO)


def test_who_makes_one_step_of_two_wrote_on_the_plan_although_it_reads_alike(stage):
    two, one = [Step("Stop", "halt"), Step("Start", "go")], [Step("Stop", "halt\n2. Start\ngo")]
    plan = deployments.fill_in_rollback_plan(stage.deployment, by=again(stage.lead), **PLAN | {"steps": two})
    shown = fingerprint(written(plan))
    deployments.fill_in_rollback_plan(stage.deployment, by=again(stage.reviewer), **PLAN | {"steps": one})
    assert {author.person for author in PlanAuthor.objects.all()} == {stage.lead, stage.reviewer}
    with pytest.raises(Changed):
        deployments.fill_in_rollback_plan(stage.deployment, by=again(stage.lead), shown=shown, **PLAN)


@pytest.mark.unrecorded
def test_the_database_lets_no_author_of_the_plan_verify_and_no_author_be_left_out(planned):
    sheet = casting.complete(planned)
    with pytest.raises(IntegrityError, match="who contributed cannot verify"), transaction.atomic():
        key(sheet.sign_off, planned.reviewer, slot=2).save(force_insert=True)
    with (
        lifted("signoff_two_person_rule"),
        pytest.raises(IntegrityError, match="who contributed cannot verify"),
        transaction.atomic(),
    ):
        key(sheet.sign_off, planned.reviewer, slot=2).save(force_insert=True)
    plans = RollbackPlan.objects.filter(deployment=planned.deployment)
    with pytest.raises(IntegrityError, match="whoever changes a plan is remembered"), transaction.atomic():
        plans.update(verification="Hope", written_by=planned.other_reviewer)
    with pytest.raises(IntegrityError, match="kept for good"), transaction.atomic():
        PlanAuthor.objects.all().delete()


@pytest.mark.unrecorded
def test_the_judge_finds_an_author_of_the_plan_who_verified(planned):
    sheet = casting.complete(planned)
    signed = key(sheet.sign_off, planned.reviewer, slot=2)
    with lifted("signoff_two_person_rule", "sheets_plan_author"):
        signed.save(force_insert=True)
    record(planned.items[0], planned.reviewer, [signed])
    assert {
        "the sheet: who contributed turned a key that others turn",
        "who wrote what the sheet covers turned a key of others",
    } <= set(found())


def test_what_is_verified_is_the_revision_that_was_shown(stage):
    sheet = casting.complete(stage, answer=Answer.NO)
    first = sheet.sign_off.revision
    casting.complete(stage, answer=Answer.NO)
    now = Sheet.objects.get()
    with pytest.raises(Stale, match="completed again after you opened it"):
        sheets.verify_sheet(now, **keyed(stage.reviewer), shown=now.sign_off.digest, revision=first)
