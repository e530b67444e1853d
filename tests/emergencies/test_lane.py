"""One decider goes now: what is skipped is owed, what is never skipped refuses, and nothing ends before it is paid."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.roles import Role
from apps.attachments import commands as attachments
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment, Emergency, EmergencyReview, OwedItem
from apps.deployments.selectors.emergencies import Debts, debts_of
from apps.deployments.selectors.readiness import readiness
from apps.emergencies import commands as emergencies
from apps.emergencies.selectors import digest_of_review
from apps.sheets.states import Answer
from apps.signoff.models import SignOff
from apps.teams import commands as teams
from project import verification
from tests import cast as casting
from tests.cast import again, keyed, proof
from tests.emergencies.lane import authorise, ready_but_for_keys, review_of, verify, write
from tests.tampering import lifted

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


@pytest.fixture
def made(stage):
    ready_but_for_keys(stage)
    return stage


@pytest.fixture
def gone(made):
    """It went by the emergency lane."""
    made.emergency = authorise(made)
    return made


def debts(made) -> Debts:
    found = debts_of(Deployment.objects.select_related("team", "rollback_plan").get(pk=made.deployment.pk))
    assert found
    return found


def attach(made) -> None:
    """A probe that has not run yet, on item 2."""
    probe: dict[str, Any] = {"name": "Health", "kind": "http", "config": {"url": "https://gateway.example/"}}
    attachments.attach_probe(casting.load(made.items[1]), by=again(made.lead), **probe)


def faults() -> list[str]:
    return [fault.what for fault in verification.verify().faults if "the guard" not in fault.what]


def pay(made) -> None:
    """Both debts: the keys, and the review."""
    casting.make_ready(made)
    write(made.emergency, made.lead)
    verify(made.emergency, made.other_reviewer)


def test_one_decider_goes_and_owes_every_item_without_its_keys_and_a_review(gone):
    found = debts(gone)
    assert [item.number for item in found.unsigned] == [1, 2, 3, 4, 5]
    assert not found.is_reviewed
    assert found.emergency.due_at - found.emergency.authorised_at == timedelta(hours=48)
    assert [key.meaning for key in found.emergency.sign_off.signatures.all()] == ["authorised"]
    assert faults() == []


def test_the_verdict_stays_what_it_is(gone):
    assert readiness(Deployment.objects.select_related("team", "rollback_plan").get(pk=gone.deployment.pk)).verdict == (
        "NO-GO"
    )


def test_what_is_signed_before_is_not_owed(made):
    casting.sign(made.items[2], made.member)
    made.emergency = authorise(made)
    assert [item.number for item in debts(made).items] == [1, 2, 4, 5]


def test_only_a_decider_opens_it(made):
    with pytest.raises(NotAllowed, match="Only a decider"):
        authorise(made, by=made.member)


def test_an_auditor_opens_nothing(made):
    with pytest.raises(NotAllowed, match="reads only"):
        authorise(made, by=made.auditor)


def test_a_deployment_has_one(gone):
    with pytest.raises(WrongState, match="already"):
        authorise(gone, by=gone.other_reviewer)


def test_the_same_click_twice_is_one(made):
    person = keyed(made.reviewer)
    assert authorise(made, **person) == authorise(made, **person)
    assert Emergency.objects.count() == 1


def test_no_draft_goes(made):
    draft = deployments.create_deployment(
        made.team, by=again(made.lead), template_version=made.version, service="mail", version="1", environment="test"
    )
    made.deployment = draft
    with pytest.raises(WrongState, match="Open the review first"):
        authorise(made)


def test_no_emergency_skips_a_probe(made):
    attach(made)
    with pytest.raises(WrongState, match="No emergency skips a probe: item 2"):
        authorise(made)


def test_no_emergency_skips_the_way_back(stage):
    with pytest.raises(WrongState, match="No emergency skips the rollback plan"):
        authorise(stage)


def test_where_no_key_is_missing_nothing_is_skipped(made):
    casting.make_ready(made)
    with pytest.raises(WrongState, match="No key is missing"):
        authorise(made)


def test_whoever_authorises_does_not_see_to_its_review(made):
    with pytest.raises(WrongState, match="Choose somebody else"):
        authorise(made, reviewer=made.reviewer)
    casting.hand_over(made.team, of=made.lead, to=made.reviewer)
    with pytest.raises(WrongState, match="Choose somebody else"):
        authorise(made, reviewer=made.lead)


def test_whoever_is_not_of_the_team_sees_to_nothing(made):
    with pytest.raises(WrongState, match="does not work in"):
        authorise(made, reviewer=made.stranger)


def test_a_board_that_changed_is_read_again(made):
    shown = "0" * 64
    with pytest.raises(Stale, match="The board changed"):
        authorise(made, shown=shown)


def test_the_proof_of_another_opens_nothing(made):
    with pytest.raises(NotAllowed):
        authorise(made, proof=proof(made.lead))


def test_nothing_ends_before_both_debts_are_paid(gone):
    with pytest.raises(WrongState, match="the keys of 5 items and a review"):
        deployments.cancel_deployment(gone.deployment, by=again(gone.lead), reason="Superseded")
    casting.make_ready(gone)
    sheet = casting.complete(gone, answer=Answer.CAVEATS, caveats="It went by the emergency lane")
    with pytest.raises(WrongState, match="still owes a review"):
        casting.verify(gone, sheet)
    write(gone.emergency, gone.lead)
    with pytest.raises(WrongState, match="still owes a review"):
        casting.verify(gone, sheet)
    verify(gone.emergency, gone.other_reviewer)
    casting.verify(gone, sheet)
    assert Deployment.objects.get(pk=gone.deployment.pk).outcome == "completed"
    assert faults() == []


def test_it_is_held_back_once_both_debts_are_paid(gone):
    pay(gone)
    casting.close(gone, answer=Answer.NO, issues="Refunds still fail")
    assert Deployment.objects.get(pk=gone.deployment.pk).outcome == "not_released"


def test_it_is_never_plainly_ready(gone):
    pay(gone)
    with pytest.raises(WrongState, match="with caveats"):
        casting.complete(gone, answer=Answer.YES)


def test_a_sheet_that_was_completed_before_does_not_close_what_went_meanwhile(made):
    casting.make_ready(made)
    sheet = casting.complete(made)
    item, person = casting.load(made.items[0]), made.reviewer
    terms: dict[str, Any] = {
        "shown": item.sign_off.digest,
        "revision": item.sign_off.revision,
        "reason": "I read the wrong log",
    }
    deployments.withdraw_key(item, **keyed(person), **terms)
    made.emergency = authorise(made, by=made.other_reviewer)
    casting.make_ready(made)
    write(made.emergency, made.lead)
    verify(made.emergency, made.reviewer)
    with pytest.raises(Stale, match="The board changed after the sheet was completed"):
        casting.verify(made, sheet)


def test_whoever_authorised_writes_the_review_and_never_verifies_it(gone):
    write(gone.emergency, gone.reviewer)
    with pytest.raises(NotAllowed):
        verify(gone.emergency, gone.reviewer)
    verify(gone.emergency, gone.other_reviewer)
    assert debts(gone).is_reviewed


def test_whoever_authorised_does_not_verify_what_another_wrote(gone):
    write(gone.emergency, gone.lead)
    with pytest.raises(NotAllowed, match="You contributed"):
        verify(gone.emergency, gone.reviewer)


def test_for_whom_it_was_authorised_never_verifies_the_review(made):
    handed = casting.hand_over(made.team, of=made.reviewer, to=made.member)
    made.emergency = authorise(made, by=made.member)
    assert "for Ruth Okafor" in made.emergency.authorised_by_name
    teams.end_delegation(handed, by=again(made.reviewer))
    write(made.emergency, made.lead)
    with pytest.raises(NotAllowed, match="You contributed"):
        verify(made.emergency, made.reviewer)
    verify(made.emergency, made.other_reviewer)
    assert faults() == []


def test_the_database_bars_for_whom_it_was_authorised(made, monkeypatch):
    casting.hand_over(made.team, of=made.reviewer, to=made.member)
    monkeypatch.setattr("apps.emergencies.commands._in_whose_name", lambda key: [])
    guard = "deployments_emergencyreview_begins"
    refused("verifies no review", guard, lambda: authorise(made, by=made.member))


def test_only_a_decider_verifies_the_review(gone):
    casting.take(gone.team, gone.other_reviewer, Role.DECIDER, by=gone.lead)
    write(gone.emergency, gone.lead)
    with pytest.raises(NotAllowed, match="Only a decider"):
        verify(gone.emergency, gone.other_reviewer)


def test_nobody_verifies_what_nobody_wrote(gone):
    with pytest.raises(WrongState, match="not written yet"):
        verify(gone.emergency, gone.other_reviewer)


def test_a_review_that_is_written_again_takes_both_keys_again(gone):
    write(gone.emergency, gone.lead)
    write(gone.emergency, gone.member, findings="Two tests were skipped")
    review = review_of(gone.emergency)
    assert [key.signer_id for key in review.sign_off.turned] == [gone.member.pk]
    with pytest.raises(NotAllowed, match="You contributed"):
        verify(gone.emergency, gone.lead)


def test_whoever_writes_over_an_older_review_reads_the_newer_one_first(gone):
    before = digest_of_review(review_of(gone.emergency))
    write(gone.emergency, gone.lead)
    with pytest.raises(Stale, match="Read theirs"):
        write(gone.emergency, gone.member, shown=before)


def test_a_review_that_is_sent_back_is_written_again(gone):
    write(gone.emergency, gone.lead)
    emergencies.send_back_review(review_of(gone.emergency), by=again(gone.other_reviewer), reason="What of the logs?")
    assert review_of(gone.emergency).sign_off.turned == []
    write(gone.emergency, gone.lead, findings="The load test was skipped; the logs show nothing")
    verify(gone.emergency, gone.other_reviewer)
    assert debts(gone).is_reviewed
    assert faults() == []


def test_a_signed_review_stays(gone):
    write(gone.emergency, gone.lead)
    verify(gone.emergency, gone.other_reviewer)
    with pytest.raises(WrongState, match="stays as it is"):
        write(gone.emergency, gone.member)
    with pytest.raises(WrongState, match="nothing to send back"):
        emergencies.send_back_review(review_of(gone.emergency), by=again(gone.other_reviewer), reason="No")


def test_it_is_overdue_after_its_time_and_settled_once_it_is_paid(gone):
    late = timezone.now() + timedelta(hours=49)
    assert debts(gone).is_overdue(late)
    assert not debts(gone).is_overdue(timezone.now())
    pay(gone)
    assert not debts(gone).is_overdue(late)


# The database, with every line of the application bypassed; without its guard the same goes through.


def copied(emergency: Emergency, deployment: Deployment, **fields: Any) -> Emergency:
    """An emergency like another one, of another deployment, not stored; its key is turned unless `fields` say else."""
    names = [each.attname for each in Emergency._meta.concrete_fields]
    return Emergency(**{name: getattr(emergency, name) for name in names} | {"deployment": deployment} | fields)


def refused(answer: str, guard: str, do: Any, *also: str) -> None:
    """The database answers so, and takes it without that guard, and those that would `also` refuse it."""
    with pytest.raises(IntegrityError, match=answer), transaction.atomic():
        do()
    with lifted(guard, *also), transaction.atomic():
        do()
        transaction.set_rollback(True)


def test_nothing_of_it_is_changed_or_lost(gone):
    refused("kept for good", "deployments_emergency_changes", lambda: Emergency.objects.update(reason="Another"))
    refused("kept for good", "deployments_oweditem_append_only", lambda: OwedItem.objects.update(turned=0, required=3))
    with pytest.raises(IntegrityError, match="kept for good"), transaction.atomic():
        OwedItem.objects.all()._raw_delete("default")


def test_nobody_goes_without_a_key(made, monkeypatch):
    monkeypatch.setattr("apps.emergencies.commands.signoff.sign", lambda sign_off, **_: Fake(made.reviewer))
    beside = "deployments_emergencyreview_begins"  # which asks whose word it is
    refused("one decider signs to go now", "deployments_emergency_changes", lambda: authorise(made), beside)


class Fake:
    """What a key would be, turned nowhere."""

    def __init__(self, by: Any) -> None:
        self.meaning, self.name, self.signed_at = "authorised", by.full_name, timezone.now()
        self.on_behalf_id = None


def test_no_emergency_skips_a_probe_in_the_database(made, monkeypatch):
    attach(made)
    monkeypatch.setattr("apps.emergencies.selectors.why_not_authorise", lambda *_: "")
    refused("no emergency skips a probe", "deployments_emergency_changes", lambda: authorise(made))


def test_no_emergency_skips_the_way_back_in_the_database(stage, monkeypatch):
    monkeypatch.setattr("apps.emergencies.selectors.why_not_authorise", lambda *_: "")
    refused("no emergency skips the rollback plan", "deployments_emergency_changes", lambda: authorise(stage))


def test_two_days_are_two_days(made, monkeypatch):
    monkeypatch.setattr("apps.emergencies.commands.LENT", timedelta(hours=49))
    refused("due within two days", "deployments_emergency_changes", lambda: authorise(made))


def test_whoever_authorised_is_barred_from_verifying_the_review(made, monkeypatch):
    monkeypatch.setattr("apps.emergencies.commands.signoff.contribute", lambda *_, **__: None)
    refused("verifies no review", "deployments_emergencyreview_begins", lambda: authorise(made))


def test_a_review_takes_two_people(made, monkeypatch):
    monkeypatch.setattr(EmergencyReview, "needed_keys", 1)
    refused("two people of the team sign a review", "deployments_emergencyreview_begins", lambda: authorise(made))


def test_what_turned_keys_cover_stays(gone):
    write(gone.emergency, gone.lead)
    refused(
        "cannot change under them",
        "deployments_emergencyreview_changes",
        lambda: EmergencyReview.objects.update(findings="Nothing was skipped"),
    )


def test_an_emergency_owes_items_of_its_own_deployment(gone):
    other = gone.other_deployment.items.first()
    row = OwedItem(emergency=gone.emergency, item=other, digest="0" * 64, turned=0, required=2)
    refused("its own deployment", "deployments_oweditem_begins", lambda: row.save(force_insert=True))


def end(made, outcome: str) -> None:
    now = timezone.now()
    values = {"state": "closed", "outcome": outcome, "closed_at": now, "closed_by": made.lead}
    Deployment.objects.filter(pk=made.deployment.pk).update(**values)


def test_the_database_ends_nothing_that_owes_a_review(gone):
    casting.make_ready(gone)
    refused("ends once its review", "deployments_emergency_settled", lambda: end(gone, "cancelled"))


def test_the_database_ends_nothing_that_owes_keys(gone):
    write(gone.emergency, gone.lead)
    verify(gone.emergency, gone.other_reviewer)
    refused("once the keys that it owes", "deployments_emergency_settled", lambda: end(gone, "cancelled"))


def test_the_database_completes_nothing_plainly_that_went_by_the_lane(gone, monkeypatch):
    pay(gone)
    monkeypatch.setattr("apps.sheets.commands.answering._require_caveats", lambda *_: None)
    sheet = casting.complete(gone, answer=Answer.YES)
    refused("completes with caveats", "sheets_deployment_ends", lambda: casting.verify(gone, sheet))


# Who verifies the ledger.


def test_an_end_before_the_review_is_found(gone):
    with lifted("deployments_emergency_settled"):
        end(gone, "cancelled")
    assert "it went by the emergency lane and ended without a review that two people signed" in faults()


def test_an_emergency_without_its_key_is_found(gone):
    with lifted():
        SignOff.objects.filter(pk=gone.emergency.pk).update(revision=2)
    assert "it went by the emergency lane, and nobody signed that" in faults()


def test_what_was_owed_is_as_it_was_signed(gone):
    with lifted():
        OwedItem.objects.filter(item=gone.items[0]).update(turned=1)
    assert "the content of the emergency lane is not the one its keys cover" in faults()
