"""Authorship stays as long as the content, and what was rejected is not signed again unchanged."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.attachments import commands as attachments
from apps.core.errors import NotAllowed, WrongState
from apps.deployments import commands as deployments
from apps.deployments.models import Item
from apps.evidence.models import Kind
from apps.probes.kinds import PASSED
from apps.sheets import commands as sheets
from apps.sheets.models import Sheet
from apps.signoff import commands as signoff
from apps.signoff.models import Rejection, Revision
from apps.signoff.rules import Cause
from project import verification
from tests import cast as casting
from tests.cast import again
from tests.ledger import histories
from tests.signoff.subjects import SECOND, fresh, sign, signature, subject
from tests.tampering import lifted

pytestmark = pytest.mark.django_db
REASON = "The log shows a retry."


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def note(cast: SimpleNamespace, item: Item, by: str) -> None:
    attachments.attach_evidence(item, by=again(getattr(cast, by)), kind=Kind.NOTE, title="Log", text="No retry.")


def probe(cast: SimpleNamespace, item: Item, by: str) -> None:
    target = {"url": "https://example.com/health"}
    attachments.attach_probe(item, by=again(getattr(cast, by)), name="Health", kind="http", config=target)
    attachments.run_probes(cast.deployment, by=again(cast.member), numbers=[item.number])
    histories.finish(item, PASSED)


def edit(cast: SimpleNamespace, item: Item, by: str) -> None:
    deployments.edit_item(item, by=again(getattr(cast, by)), title="Tell everybody", text="By phone")


WRITES = {
    "the text": edit,
    "the result": lambda cast, item, by: casting.fill_in(item, getattr(cast, by), result="Done in 4 min"),
    "evidence": note,
    "the probe": probe,
}


@pytest.mark.parametrize("rounds", [1, 2])
@pytest.mark.parametrize("what", WRITES)
def test_whoever_wrote_it_does_not_verify_it_in_any_round(made, what, rounds):
    item = made.items[4]
    WRITES[what](made, item, "reviewer")
    for _ in range(rounds):
        casting.sign(item, made.member)
        deployments.reject_item(casting.load(item), by=again(made.other_reviewer), reason=REASON)
        note(made, item, "member")
    casting.sign(item, made.member)
    with pytest.raises(NotAllowed, match="You contributed to this"):
        casting.sign(item, made.reviewer)
    casting.sign(item, made.other_reviewer)


@pytest.mark.unrecorded
def test_the_database_remembers_contributors_of_every_round(made):
    it = subject(made)
    signoff.contribute(fresh(it), by=made.reviewer)
    sign(it, made.member)
    signoff.reject(fresh(it), by=made.other_reviewer, reason=REASON)
    now = fresh(it)
    signoff.contribute(now, by=made.member)
    signoff.revise(now, by=made.member, digest=SECOND, cause=Cause.TEXT_EDITED)
    sign(it, made.member)
    with pytest.raises(IntegrityError, match="who contributed cannot verify"), transaction.atomic():
        signature(it, made.reviewer).save(force_insert=True)


@pytest.mark.parametrize("detour", ["none", "there and back", "a run"])
def test_what_was_rejected_takes_no_key_until_something_changed(made, detour):
    item = made.items[4]
    probe(made, item, "lead")
    casting.fill_in(item, made.member, result="One")
    casting.sign(item, made.member)
    deployments.reject_item(casting.load(item), by=again(made.reviewer), reason=REASON)
    if detour == "there and back":
        casting.fill_in(item, made.member, result="Two")
        casting.fill_in(item, made.member, result="One")
    if detour == "a run":
        attachments.run_probes(made.deployment, by=again(made.member), numbers=[item.number])
        histories.finish(item, PASSED)
    for by in (made.member, made.reviewer):
        with pytest.raises(WrongState, match="Nothing changed since this was"):
            casting.sign(item, by)
    note(made, item, "member")
    casting.sign(item, made.member)
    casting.sign(item, made.reviewer)
    assert casting.load(item).sign_off.is_settled


@pytest.mark.unrecorded
def test_the_database_takes_no_key_on_what_was_rejected(made):
    it = subject(made)
    sign(it, made.member)
    signoff.reject(fresh(it), by=made.reviewer, reason=REASON)
    with pytest.raises(IntegrityError, match="what was rejected is not signed unchanged"), transaction.atomic():
        signature(it, made.member).save(force_insert=True)


@pytest.mark.parametrize("slot", [1, 2])
def test_who_holds_a_key_does_not_reject_it(made, slot):
    item = made.items[4]
    signers = [made.lead, made.reviewer]
    for signer in signers:
        casting.sign(item, signer)
    holder = signers[slot - 1]
    with pytest.raises(NotAllowed, match="somebody else rejects it"):
        deployments.reject_item(casting.load(item), by=again(holder), reason=REASON)
    assert len(casting.load(item).sign_off.turned) == 2
    deployments.reject_item(casting.load(item), by=again(made.other_reviewer), reason=REASON)


@pytest.mark.unrecorded
def test_the_database_takes_no_rejection_of_who_holds_a_key(made):
    it = subject(made)
    sign(it, made.reviewer)
    rejection = Rejection(
        sign_off=it, revision=1, person=made.reviewer, name="Ruth", reason=REASON, rejected_at=timezone.now()
    )
    with pytest.raises(IntegrityError, match="who holds a key does not reject"), transaction.atomic():
        rejection.save(force_insert=True)


@pytest.mark.unrecorded
def test_the_database_takes_no_change_whose_author_is_no_contributor(made):
    it = subject(made)
    with pytest.raises(IntegrityError, match="who changes what is signed is a contributor"), transaction.atomic():
        signoff.revise(fresh(it), by=made.lead, digest=SECOND, cause=Cause.TEXT_EDITED)
    assert not Revision.objects.filter(sign_off=it).exists()


def test_a_sheet_that_came_back_is_not_completed_unchanged_and_not_sent_back_by_who_completed_it(made):
    casting.make_ready(made)
    sheet = casting.complete(made)
    made.member = made.lead
    again_sheet = casting.complete(made)
    with pytest.raises(NotAllowed, match="somebody else rejects it"):
        sheets.send_back_sheet(Sheet.objects.get(pk=sheet.pk), by=again(made.lead), reason="Not yet, please.")
    sheets.send_back_sheet(again_sheet, by=again(made.reviewer), reason="What about 14:02?")
    with pytest.raises(WrongState, match="Nothing changed since this was"):
        casting.complete(made)
    casting.close(made, issues="Slow at 14:02")


JUDGED: dict[str, tuple[str, str]] = {
    "the author verifies after a rejection": (
        "signoff_two_person_rule", "item 5: who contributed turned a key that others turn"),
    "it is signed unchanged": ("signoff_two_person_rule", "item 5: what was rejected was signed unchanged"),
    "who holds a key rejects": ("signoff_rejected_by_reviewers", "item 5: who held a key rejected it"),
}  # fmt: skip


@pytest.mark.parametrize("what", JUDGED)
def test_the_judge_finds_it_where_code_and_guards_are_gone_when(made, monkeypatch, what):
    guard, expected = JUDGED[what]
    item = made.items[4]
    casting.fill_in(item, made.reviewer)
    casting.sign(item, made.lead)
    allowed: Any = lambda *args, **kwargs: ""  # noqa: E731
    monkeypatch.setattr("apps.signoff.permissions.why_not", allowed)
    monkeypatch.setattr("apps.signoff.permissions.why_not_reject", allowed)
    rejecter = made.lead if what == "who holds a key rejects" else made.other_reviewer
    with lifted(guard):
        deployments.reject_item(casting.load(item), by=again(rejecter), reason=REASON)
        if what != "it is signed unchanged":
            note(made, item, "lead")
        casting.sign(item, made.member)
        if what == "the author verifies after a rejection":
            casting.sign(item, made.reviewer)
    assert [fault.what for fault in verification.verify().faults] == [expected]
