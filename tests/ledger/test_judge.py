"""Ways past the two-person rule that each have their proper entry: rows, proofs and chains agree, and the judge speaks.

Somebody with the application's database role writes rows and entries as the application does, with one of them
wrong or missing; where a trigger stands in the way, it is lifted for that row.
"""

import copy
import uuid
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, models, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core import guards
from apps.deployments import commands as deployments
from apps.deployments.events import ItemRejected
from apps.deployments.models import Item, Waiver
from apps.ledger import commands as ledger
from apps.ledger.chain import INSTANCE
from apps.signoff import commands as signoff
from apps.signoff.models import Contribution, Rejection, Revision, Signature, SignOff
from apps.signoff.rules import content_digest
from apps.teams.events import RoleChanged
from project import verification
from tests import cast as casting
from tests.cast import again
from tests.signoff.subjects import proved_series
from tests.tampering import lift_all, lifted, sql
from tests.waivers import asking

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def found() -> list[str]:
    return [fault.what for fault in verification.verify().faults if "the guard" not in fault.what]


def record(item: Item, by: User, rows: Iterable[models.Model] = (), removed: Iterable[models.Model] = ()) -> None:
    """An entry that says little and proves what it is given."""
    event = ItemRejected(item=item.pk, number=item.number, invalidated=0, name="", reason="")
    with transaction.atomic():
        ledger.record(item.deployment.stream, event, by=by, rows=rows, removed=removed)


def revision(sign_off: SignOff, by: User, cause: str) -> Revision:
    return Revision.objects.create(
        sign_off=sign_off, number=sign_off.revision, digest=sign_off.digest, cause=cause, invalidated=0, by=by, name="x"
    )


def rejection(sign_off: SignOff, by: User) -> Rejection:
    moment = timezone.now()
    with lifted("signoff_rejected_by_reviewers"):
        return Rejection.objects.create(
            sign_off=sign_off, revision=sign_off.revision, person=by, name="x", reason="x", rejected_at=moment
        )


def key(sign_off: SignOff, by: User, slot: int) -> Signature:
    values: dict[str, Any] = {"revision": sign_off.revision, "digest": sign_off.digest, "slot": slot}
    return Signature.objects.create(
        sign_off=sign_off,
        signer=by,
        name="x",
        meaning="verified",
        signed_at=timezone.now(),
        intent=uuid.uuid4(),
        means="password",
        series=proved_series(by),
        **values,
    )


def rewritten(item: Item) -> Item:
    """The item with another text and the revision that goes with it, stored."""
    item = casting.load(item)
    with lifted("deployments_item_changes", "signoff_signoff_fixed"):
        item.text = "rm -rf /"
        item.save()
        item.sign_off.revision += 1
        item.sign_off.digest = content_digest(item.content(pinned=None))
        item.sign_off.save()
    return item


def sign_twice(made: SimpleNamespace, item: Item) -> None:
    """A member performs, and the reviewer verifies what they wrote themselves."""
    casting.sign(item, made.member)
    casting.sign(item, made.reviewer)


def test_an_edit_without_its_revision_is_found(made):
    item = rewritten(made.items[0])
    record(item, made.reviewer, [item, item.sign_off])
    sign_twice(made, item)
    assert "item 1: a revision began that nothing explains" in found()


def test_an_edit_that_is_called_a_pinned_run_is_found(made):
    item = rewritten(made.items[0])
    record(item, made.reviewer, [item, item.sign_off, revision(item.sign_off, made.reviewer, "run_pinned")])
    sign_twice(made, item)
    assert "item 1: a run was laid under no first key" in found()


def test_an_edit_that_is_called_a_rejection_is_found(made):
    item = rewritten(made.items[0])
    record(item, made.reviewer, [item, item.sign_off, revision(item.sign_off, made.reviewer, "rejected")])
    assert {
        "item 1: a rejection changed what is signed",
        "item 1: it was sent back without a rejection",
    } <= set(found())


def test_a_rejection_in_anothers_name_is_found(made):
    casting.fill_in(made.items[4], made.reviewer)
    item = casting.load(made.items[4])
    rejected = rejection(item.sign_off, made.lead)
    item.sign_off.round += 1
    item.sign_off.revision += 1
    item.sign_off.save()
    record(item, made.auditor, [item.sign_off, rejected, revision(item.sign_off, made.auditor, "rejected")])
    assert found() == ["item 5: it was rejected in another’s name"]


def test_an_auditors_rejection_is_found(made):
    item = casting.load(made.items[4])
    rejected = rejection(item.sign_off, made.auditor)
    item.sign_off.round += 1
    item.sign_off.revision += 1
    item.sign_off.save()
    record(item, made.auditor, [item.sign_off, rejected, revision(item.sign_off, made.auditor, "rejected")])
    assert found() == ["item 5: who rejected it had no role to do so"]


def test_a_sign_off_that_is_swapped_for_a_fresh_one_is_found(made):
    casting.fill_in(made.items[4], made.reviewer)
    item = casting.load(made.items[4])
    old = item.sign_off
    history = [*Contribution.objects.filter(sign_off=old), *Revision.objects.filter(sign_off=old)]
    gone = [copy.copy(row) for row in (*history, old)]
    with lifted():
        for row in history:
            type(row)._base_manager.filter(pk=row.pk)._raw_delete("default")
        fresh = copy.copy(old)
        fresh.pk = uuid.uuid4()
        fresh.revision, fresh.subject = 1, "for the moment"
        fresh.save(force_insert=True)
        Item.objects.filter(pk=item.pk).update(sign_off=fresh)
        SignOff.objects.filter(pk=old.pk)._raw_delete("default")
        SignOff.objects.filter(pk=fresh.pk).update(subject=old.subject)
    item = casting.load(item)
    record(item, made.lead, [item, item.sign_off], gone)
    sign_twice(made, item)
    assert "item 5: one subject has two sign-offs" in found()
    assert any("takes signoff.contribution/" in what for what in found())


@pytest.mark.parametrize("model", [Signature, Rejection])
def test_what_was_signed_or_sent_back_is_not_taken_away_by_an_entry(made, model):
    casting.sign(made.items[0], made.member)
    deployments.reject_item(casting.load(made.items[0]), by=again(made.lead), reason="No log")
    mine = model.objects.filter(sign_off=made.items[0].sign_off_id)
    row = mine.get()
    with lifted():
        mine._raw_delete("default")
    record(casting.load(made.items[0]), made.lead, removed=[row])
    assert any(f"it takes {model._meta.label_lower}/{row.pk} away" in what for what in found())


def test_a_contribution_that_is_told_again_of_somebody_else_is_found(made):
    casting.fill_in(made.items[4], made.reviewer)
    row = Contribution.objects.get(sign_off=made.items[4].sign_off_id)
    row.person = made.lead
    with lifted("signoff_contribution_append_only"):
        row.save()
    record(casting.load(made.items[4]), made.lead, [row])
    sign_twice(made, made.items[4])
    assert any(f"signoff.contribution/{row.pk} away or tells of it again" in what for what in found())


def test_a_key_that_another_chain_tells_of_is_found(made):
    item = casting.load(made.items[0])
    with lifted("signoff_two_person_rule"):
        row = key(item.sign_off, made.member, 1)
    item.deployment = made.other_deployment
    record(item, made.member, [row])
    began_later = f"it tells of the sign-off {row.sign_off_id}, which no chain began before"
    assert {"item 1: another chain tells of it", began_later} & set(found())


def test_a_role_that_an_event_gives_without_a_row_gives_nothing(made):
    with transaction.atomic():
        event = RoleChanged(team=made.team.id, person=made.member.id, before="member", after="lead", name="x")
        ledger.record(INSTANCE, event, by=made.member)
    casting.sign(made.items[0], made.lead)
    item = casting.load(made.items[0])
    with lifted("signoff_two_person_rule"):
        row = key(item.sign_off, made.member, 2)
    record(item, made.member, [row])
    assert found() == ["item 1: who turned a key had no role to do so"]


def test_a_critical_item_whose_sign_off_asks_for_one_key_is_found(made):
    planted = Item(
        deployment=made.deployment, section=made.items[0].section, number=6, title="x", keys=2, critical=True
    )
    digest = content_digest(planted.content(pinned=None, evidence=[]))
    with lifted():
        planted.sign_off = SignOff.objects.create(
            team=made.team, stream=made.deployment.stream, subject=Item.subject_of(planted.pk), required=1,
            contributor_keys=1, digest=digest, opened_at=timezone.now(),
        )  # fmt: skip
        planted.save(force_insert=True)
    record(planted, made.lead, [planted, planted.sign_off])
    casting.sign(planted, made.member)
    assert found() == ["item 6 needs more keys than its sign-off asks for"]


def test_a_waiver_that_does_not_bar_who_asked_for_it_is_found(made):
    item = casting.load(made.items[4])
    waiver = Waiver(item=item, justification="x", requested_by=made.reviewer, **asking.terms(made.reviewer))
    with lifted("deployments_waiver_begins"):
        waiver.sign_off = SignOff.objects.create(
            team=made.team, stream=made.deployment.stream, subject=Waiver.subject_of(waiver.pk), required=1,
            contributor_keys=0, digest=content_digest(waiver.content()), opened_at=timezone.now(),
        )  # fmt: skip
        waiver.save(force_insert=True)
    record(item, made.reviewer, [waiver, waiver.sign_off])
    assert found() == ["the waiver of item 5: it began without barring who asks for it"]


def test_a_round_that_is_skipped_to_forget_who_contributed_is_found(made):
    casting.fill_in(made.items[4], made.reviewer)
    item = casting.load(made.items[4])
    rejected = rejection(item.sign_off, made.reviewer)
    stays = Contribution(sign_off=item.sign_off, round=item.sign_off.round + 1, person=made.reviewer)
    stays.save()
    item.sign_off.round += 2
    item.sign_off.revision += 1
    with lifted("signoff_signoff_fixed"):
        item.sign_off.save()
    record(item, made.reviewer, [item.sign_off, rejected, stays, revision(item.sign_off, made.reviewer, "rejected")])
    assert found() == ["item 5: a round began that no rejection began"]


def test_a_waiver_that_lets_who_asks_for_it_approve_it_is_found(made):
    item = casting.load(made.items[4])
    waiver = Waiver(item=item, justification="x", requested_by=made.reviewer, **asking.terms(made.reviewer))
    with lifted("deployments_waiver_begins"):
        waiver.sign_off = SignOff.objects.create(
            team=made.team, stream=made.deployment.stream, subject=Waiver.subject_of(waiver.pk), required=1,
            contributor_keys=1, digest=content_digest(waiver.content()), opened_at=timezone.now(),
        )  # fmt: skip
        waiver.save(force_insert=True)
        asked = Contribution.objects.create(sign_off=waiver.sign_off, round=1, person=made.reviewer)
    record(item, made.reviewer, [waiver, waiver.sign_off, asked])
    record(item, made.reviewer, [key(waiver.sign_off, made.reviewer, 1)])
    assert found() == [
        "whoever worked on the waiver of item 5 may turn more keys than one may",
        "the waiver of item 5 was approved and left no follow-up",
    ]


def test_two_items_that_exchange_their_sign_offs_are_found(made):
    one, other = (casting.load(item) for item in made.items[3:5])
    one_id, other_id = one.sign_off_id, other.sign_off_id
    aside = SignOff.objects.create(
        team=made.team, stream=made.deployment.stream, subject="aside", required=2, contributor_keys=1, digest="0" * 64
    )
    with lifted():
        for item, sign_off in ((one, aside.pk), (other, one_id), (one, other_id)):
            item.sign_off_id = sign_off
            item.save()
        SignOff.objects.filter(pk=aside.pk)._raw_delete("default")
    record(one, made.lead, [one, other])
    assert set(found()) == {
        f"the sign-off of item:{a.pk.hex} belongs to nothing, it is that of item:{b.pk.hex}"
        for a, b in ((one, other), (other, one))
    }


def test_an_item_whose_keys_another_team_turns_is_found(made):
    planted = Item(deployment=made.deployment, section=made.items[0].section, number=6, title="x", keys=1)
    digest = content_digest(planted.content(pinned=None, evidence=[]))
    with lifted():
        planted.sign_off = SignOff.objects.create(
            team=made.other_team, stream=made.deployment.stream, subject=Item.subject_of(planted.pk), required=1,
            contributor_keys=1, digest=digest, opened_at=timezone.now(),
        )  # fmt: skip
        planted.save(force_insert=True)
    record(planted, made.lead, [planted, planted.sign_off])
    record(planted, made.stranger, [key(planted.sign_off, made.stranger, 1)])
    assert found() == [f"signoff.signoff/{planted.sign_off_id} is of another team than the deployment"]


def test_a_key_on_one_item_of_a_draft_that_was_opened_alone_is_found(made):
    values: dict[str, Any] = {"service": "x", "version": "1", "environment": "dev"}
    draft = deployments.create_deployment(made.team, by=again(made.lead), template_version=made.version, **values)
    item = casting.load(draft.items.get(number=1))
    item.sign_off.opened_at = timezone.now()
    with lifted("deployments_sign_off_opens"):
        item.sign_off.save()
    record(item, made.lead, [item.sign_off])
    signed = key(item.sign_off, made.member, 1)
    record(item, made.member, [signed])
    assert found() == [f"signoff.signature/{signed.pk} was written while the deployment was not in review"]


def test_a_key_on_an_item_that_closing_left_open_is_found(made, monkeypatch):
    item = casting.load(made.items[0])
    with lifted(), monkeypatch.context() as forgetful:
        forgetful.setattr("apps.signoff.commands.close_all", lambda stream, closed_at: [])
        guards.install(connection, [guard for guard in guards.all_guards() if guard.table == "ledger_entry"])
        deployments.cancel_deployment(made.deployment, by=again(made.lead), reason="Superseded")
    signed = key(item.sign_off, made.member, 1)
    record(item, made.member, [signed])
    assert found() == [f"signoff.signature/{signed.pk} was written while the deployment was not in review"]


def test_a_deployment_completed_without_a_signed_sheet_is_found(made):
    deployment = casting.load(made.items[0]).deployment
    deployment.state, deployment.outcome = "closed", "completed"
    deployment.closed_at, deployment.closed_by = timezone.now(), made.lead
    with lifted("sheets_deployment_ends"):
        deployment.save()
    event = ItemRejected(item=made.items[0].pk, number=1, invalidated=0, name="", reason="")
    with transaction.atomic():
        closed = signoff.close_all(deployment.stream, timezone.now())
        ledger.record(deployment.stream, event, by=made.lead, rows=[deployment, *closed])
    assert found() == [f"{deployment} ended as “Completed” without a sheet that says so, signed by two people"]


def test_a_subject_that_is_no_text_hides_no_other_orphan(made, engine):
    if engine != "sqlite":
        return
    lift_all()
    odd, gone = made.items[3].sign_off_id, made.items[4].sign_off_id
    sql("UPDATE signoff_signoff SET subject = CAST(X'6974656d3aff' AS TEXT) WHERE id = %s", odd.hex)
    sql("UPDATE signoff_signoff SET subject = 'item:0' WHERE id = %s", gone.hex)
    assert {
        f"the sign-off of item:\udcff belongs to nothing, it is that of item:{made.items[3].pk.hex}",
        f"the sign-off of item:0 belongs to nothing, it is that of item:{made.items[4].pk.hex}",
    } <= set(found())
