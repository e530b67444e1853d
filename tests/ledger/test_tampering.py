"""Whatever is changed behind the application's back is found, and the first broken place is named.

One honest history is made once; every way changes it with the guards lifted, and is undone afterwards.
A way returns the place that has to be named first; the words are part of what is said about it.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Replace

from apps.core import guards
from apps.deployments import commands as deployments
from apps.deployments.models import Attachment, Deployment, Item, Sheet, Waiver
from apps.deployments.rules import content_digest
from apps.evidence.models import Blob, Evidence
from apps.ledger import chain
from apps.ledger import selectors as ledger
from apps.ledger.models import Entry, Opening, Stream
from apps.probes.models import Run
from apps.records.models import Record
from apps.rollback.models import RollbackPlan
from apps.signoff.models import Contribution, Rejection, Signature, SignOff
from project import verification
from tests.cast import again
from tests.ledger import forging, histories
from tests.tampering import settle, sql

pytestmark = pytest.mark.django_db

WAYS: dict[str, tuple[Callable, str]] = {}
ANCHORED = "the instance chain noted it otherwise"
GONE = "is gone from the tables"
UNTOLD = "stands in the tables and no entry tells of it"


def way(words: str) -> Callable:
    """Register a way to tamper, and what has to be said about it."""

    def register(function: Callable) -> Callable:
        WAYS[function.__name__] = (function, words)
        return function

    return register


@pytest.fixture(scope="module")
def history(django_db_setup: None, django_db_blocker: object) -> Iterator[SimpleNamespace]:
    """A closed deployment with everything, a cancelled one and a draft, made once for all ways."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = histories.closed()
        cast.stream = cast.deployment.stream
        settle()
        yield cast
        transaction.set_rollback(True)


@pytest.fixture
def tampered(history: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """The history without its guards; afterwards it is as it was, guards included."""
    with transaction.atomic():
        guards.remove(connection, guards.all_guards())
        yield history
        transaction.set_rollback(True)


def entry(cast: SimpleNamespace, kind: str, nth: int = 0) -> Entry:
    """The nth entry of a kind in the deployment's chain."""
    return Entry.objects.filter(stream=cast.stream, kind=kind).order_by("sequence")[nth]


def change(row: Entry, **values: object) -> str:
    """Change columns of an entry; returns its place."""
    Entry.objects.filter(pk=row.pk).update(**values)
    return place(row)


def place(row: Entry, offset: int = 0) -> str:
    """How a fault names an entry."""
    return f"{row.stream_id} entry {row.sequence + offset}: "


def update(queryset: object, **values: object) -> None:
    """Change exactly one row."""
    assert queryset.update(**values) == 1


def found(*held: ledger.Head) -> list[str]:
    """What is said, without the guards that this test lifted itself."""
    faults = verification.verify(held).faults
    return [str(fault) for fault in faults if "the guard" not in fault.what]


def test_before_anything_is_changed_nothing_is_wrong(history):
    assert found() == []
    assert guards.missing(connection, guards.all_guards()) == []


# Entries


@way("its text does not match its digest")
def a_letter_of_an_entry(cast):
    signed = entry(cast, "item.signed")
    return change(signed, body=Replace(F("body"), Value("performed"), Value("verified")))


@way("its text does not match its digest")
def a_space_after_an_entry(cast):
    return change(entry(cast, "item.signed"), body=Concat(F("body"), Value(" ")))


@way("its text does not match its digest")
def an_entry_emptied(cast):
    return change(entry(cast, "item.signed"), body="")


@way("its text does not match its digest")
def the_very_first_entry(cast):
    return change(entry(cast, "deployment.created"), body=Replace(F("body"), Value('"number":1'), Value('"number":2')))


@way("its text does not match its digest")
def the_very_last_entry(cast):
    last = Entry.objects.filter(stream=cast.stream).latest("sequence")
    return change(last, body=Replace(F("body"), Value("sha256"), Value("sha257")))


@way("its text does not match its digest")
def a_digest(cast):
    return change(entry(cast, "item.rejected"), digest="0" * 64)


@way("it does not name the entry before it")
def an_entry_and_its_digest(cast):
    rejected = entry(cast, "item.rejected")
    raw = chain.canonical(json.loads(rejected.body) | {"actor": str(cast.lead.pk)})
    change(rejected, body=raw.decode(), digest=chain.digest(raw), actor=cast.lead.pk)
    return place(rejected, +1)


@way("it does not name the entry before it")
def the_link_to_the_entry_before(cast):
    return change(entry(cast, "item.rejected"), previous="f" * 64)


@way("it does not name the entry before it")
def two_entries_swapped(cast):
    first = entry(cast, "item.signed")
    Entry.objects.filter(pk=first.pk).update(sequence=9_999)
    Entry.objects.filter(stream=cast.stream, sequence=first.sequence + 1).update(sequence=first.sequence)
    Entry.objects.filter(pk=first.pk).update(sequence=first.sequence + 1)
    return place(first)


@way("one is missing, doubled or out of order")
def an_entry_deleted(cast):
    rejected = entry(cast, "item.rejected")
    delete_entry(rejected)
    return place(rejected, +1)


@way("it does not name the entry before it")
def an_entry_deleted_and_the_rest_renumbered(cast):
    rejected = entry(cast, "item.rejected")
    delete_entry(rejected)
    for later in Entry.objects.filter(stream=cast.stream, sequence__gt=rejected.sequence).order_by("sequence"):
        change(later, sequence=later.sequence - 1)
    return place(rejected)


@way("one is missing, doubled or out of order")
def the_first_entry_deleted(cast):
    created = entry(cast, "deployment.created")
    delete_entry(created)
    return place(created, +1)


@way("it does not name the entry before it")
def an_entry_inserted(cast):
    rejected = entry(cast, "item.rejected")
    for later in Entry.objects.filter(stream=cast.stream, sequence__gte=rejected.sequence).order_by("-sequence"):
        change(later, sequence=later.sequence + 1)
    body = json.loads(rejected.body) | {"type": "review.opened", "commit": {}, "data": {}, "prev": "a" * 64}
    raw = chain.canonical(body)
    append(cast, rejected.sequence, body, raw)
    return place(rejected)


@way("the stream says")
def an_entry_appended(cast):
    last = Entry.objects.filter(stream=cast.stream).latest("sequence")
    body = json.loads(last.body) | {"seq": last.sequence + 1, "prev": last.digest, "commit": {}}
    append(cast, last.sequence + 1, body, chain.canonical(body))
    return f"{cast.stream}: "


def append(cast: SimpleNamespace, sequence: int, body: dict, raw: bytes) -> None:
    """Store an entry that fits itself."""
    Entry.objects.create(
        stream_id=cast.stream,
        sequence=sequence,
        kind=body["type"],
        at=body["at"],
        actor=uuid.UUID(body["actor"]),
        item=uuid.UUID(body["item"]) if body.get("item") else None,
        previous=body["prev"],
        digest=chain.digest(raw),
        body=raw.decode(),
    )


def delete_entry(row: Entry) -> None:
    """Delete an entry with its texts."""
    Opening.objects.filter(entry=row)._raw_delete("default")
    Entry.objects.filter(pk=row.pk)._raw_delete("default")


@way("its text and its column differ in “type”")
def the_kind_column(cast):
    return change(entry(cast, "item.rejected"), kind="item.signed")


@way("its text and its column differ in “at”")
def the_time_column(cast):
    return change(entry(cast, "item.rejected"), at="2026-01-01T00:00:00.000Z")


@way("its text and its column differ in “actor”")
def the_actor_column(cast):
    return change(entry(cast, "item.rejected"), actor=cast.lead.pk)


@way("its text and its column differ in “item”")
def the_item_column(cast):
    return change(entry(cast, "item.rejected"), item=cast.items[0].pk)


@way("its text and its column differ in “item”")
def the_item_column_emptied(cast):
    return change(entry(cast, "item.rejected"), item=None)


@way("one is missing, doubled or out of order")
def an_entry_moved_to_another_chain(cast):
    rejected = entry(cast, "item.rejected")
    change(rejected, stream_id=chain.INSTANCE, sequence=9_999)
    return place(rejected, +1)


# Texts


@way("the text “reason” is not the one it commits to")
def a_text(cast):
    return change_opening(cast, "item.rejected", "reason", value="Looks fine")


@way("the text “name” is not the one it commits to")
def a_salt(cast):
    return change_opening(cast, "item.signed", "name", salt="0" * 64)


@way("the text “name” is not the one it commits to")
def a_salt_that_is_no_salt(cast):
    return change_opening(cast, "item.signed", "name", salt="zz")


@way("the text “reason” it commits to is gone")
def a_text_moved_to_another_path(cast):
    return change_opening(cast, "item.rejected", "reason", path="why")


@way("the text “name” it commits to is gone")
def a_text_deleted(cast):
    signed = entry(cast, "item.signed")
    Opening.objects.filter(entry=signed, path="name")._raw_delete("default")
    return place(signed)


@way("a text “remark” lies beside it")
def a_text_added(cast):
    signed = entry(cast, "item.signed")
    Opening.objects.create(entry=signed, path="remark", value="by the way", salt="0" * 64)
    return place(signed)


def change_opening(cast: SimpleNamespace, kind: str, text: str, **values: object) -> str:
    row = entry(cast, kind)
    update(Opening.objects.filter(entry=row, path=text), **values)
    return place(row)


# Streams, tails and whole chains


@way("the stream says")
def the_length_of_a_stream(cast):
    update(Stream.objects.filter(pk=cast.stream), length=F("length") + 1)
    return f"{cast.stream}: "


@way("the stream says")
def the_head_of_a_stream(cast):
    update(Stream.objects.filter(pk=cast.stream), head="0" * 64)
    return f"{cast.stream}: "


@way("entries without a stream")
def the_row_of_a_stream_deleted(cast):
    Stream.objects.filter(pk=cast.stream)._raw_delete("default")
    return f"{cast.stream}: "


@way("the stream says")
def a_tail_cut(cast):
    for row in Entry.objects.filter(stream=cast.stream).order_by("-sequence")[:2]:
        delete_entry(row)
    return f"{cast.stream}: "


@way(f"the entry is gone; {ANCHORED}")
def a_tail_cut_without_a_trace(cast):
    last = Entry.objects.filter(stream=cast.stream).latest("sequence")
    forging.rewrite(cast.stream, lambda bodies: bodies[:-1])
    return place(last)


@way(f"the entry was rewritten; {ANCHORED}")
def a_whole_chain_rewritten(cast):
    def rename(bodies):
        bodies[0]["texts"]["version"] = ("6.6.6", "a" * 64)

    forging.rewrite(cast.stream, rename)
    return f"{cast.stream} entry 0: "


@way(f"the whole chain is gone; {ANCHORED}")
def a_whole_deployment_vanished(cast):
    last = Deployment.objects.filter(team=cast.team).latest("number")
    erase_deployment(last)
    return f"{last.stream}: "


@way("its deployment is gone from the tables")
def a_deployment_vanished_from_the_tables(cast):
    last = Deployment.objects.filter(team=cast.team).latest("number")
    erase_rows(last)
    return f"{last.stream}: "


@way("the deployment is in the tables and its ledger does not begin with it")
def a_deployment_without_a_ledger(cast):
    draft = Deployment.objects.filter(team=cast.team).latest("number")
    forging.erase(draft.stream)
    forging.rewrite(chain.INSTANCE, lambda bodies: [b for b in bodies if b["data"].get("chain") != draft.stream])
    return f"{draft.stream}: "


@way("deployments numbered up to 3: one is gone")
def a_deployment_in_the_middle_vanished_with_its_anchors(cast):
    second = Deployment.objects.get(team=cast.team, number=2)
    erase_deployment(second)
    forging.rewrite(chain.INSTANCE, lambda bodies: [b for b in bodies if b["data"].get("chain") != second.stream])
    return "the tables: "


def erase_deployment(deployment: Deployment) -> None:
    forging.erase(deployment.stream)
    erase_rows(deployment)


def erase_rows(deployment: Deployment) -> None:
    Item.objects.filter(deployment=deployment)._raw_delete("default")
    Deployment.objects.filter(pk=deployment.pk)._raw_delete("default")


@way("its text does not match its digest")
def an_anchor(cast):
    anchor = Entry.objects.filter(kind="head.anchored").order_by("sequence").first()
    return change(anchor, body=Replace(F("body"), Value('"sequence":'), Value('"sequence":1')))


@way("the entry was rewritten")
def an_anchor_made_to_fit(cast):
    def renote(bodies):
        body = next(b for b in bodies if b["data"].get("chain") == cast.stream)
        body["data"]["digest"] = "0" * 64

    forging.rewrite(chain.INSTANCE, renote)
    return f"{cast.stream} entry "


@way("it should note the first")
def the_last_anchor_deleted(cast):
    forging.rewrite(chain.INSTANCE, lambda bodies: bodies[: [b["type"] for b in bodies].index("head.anchored")])
    return "instance: "


# Signatures and rejections


def signature(cast: SimpleNamespace, kind: str = "item.signed", nth: int = 0, **values: object) -> str:
    """Change the signature that an entry tells of."""
    told = entry(cast, kind, nth)
    update(Signature.objects.filter(pk=json.loads(told.body)["data"]["signature"]), **values)
    return place(told)


@way("the signature: the name in the tables is not the one it tells")
def the_name_under_a_signature(cast):
    return signature(cast, name="Somebody Else")


@way("the signature: the signer in the tables")
def who_signed(cast):
    return signature(cast, signer=cast.lead)


@way("the signature: the meaning in the tables")
def what_a_signature_means(cast):
    return signature(cast, meaning="approved")


@way("the signature: the time in the tables")
def when_somebody_signed(cast):
    return signature(cast, signed_at=F("signed_at") - timedelta(seconds=1))


@way("the signature: the digest in the tables")
def what_was_signed(cast):
    return signature(cast, digest="0" * 64)


@way("the signature: the key in the tables")
def which_key_was_turned(cast):
    return signature(cast, nth=1, slot=4)


@way("the signature: the revision in the tables")
def an_old_signature_made_to_count(cast):
    return signature(cast, nth=2, revision=F("revision") + 7)


@way("the signature: the signed matter in the tables")
def a_signature_moved_to_another_item(cast):
    return signature(cast, sign_off=cast.items[4].sign_off_id, revision=99)


@way(f"the signature it tells of {GONE}")
def a_signature_deleted(cast):
    told = entry(cast, "item.signed", 1)
    Signature.objects.filter(pk=json.loads(told.body)["data"]["signature"])._raw_delete("default")
    return place(told)


@way(UNTOLD)
def a_signature_inserted(cast):
    forge(cast.items[0].sign_off, 3, cast.lead)
    return f"{cast.stream}: "


@way("the signature: the name in the tables")
def the_name_under_the_sheet(cast):
    return signature(cast, "sheet.verified", name="Somebody Else")


@way("a signature by Lena Brandt belongs to nothing")
def a_signature_of_nothing(cast):
    loose = SignOff.objects.create(team=cast.team, required=2, contributor_keys=1, digest="0" * 64)
    forge(loose, 1, cast.lead)
    return "the tables: "


def forge(sign_off: SignOff, slot: int, signer: object) -> None:
    """Store a signature that nobody made."""
    Signature.objects.create(
        sign_off=sign_off,
        revision=sign_off.revision,
        slot=slot,
        signer=signer,
        name=signer.full_name,
        meaning="verified",
        digest=sign_off.digest,
        signed_at=sign_off.closed_at or "2026-01-01T00:00:00Z",
        intent=uuid.uuid4(),
    )


@way("the signature it tells of is gone from the tables")
def a_signature_only_in_the_ledger(cast):
    def sign(bodies):
        signed = next(b for b in bodies if b["type"] == "item.signed")
        forged = signed | {"data": signed["data"] | {"signature": str(uuid.uuid4())}, "at": bodies[-1]["at"]}
        return [*bodies, forged]

    forging.rewrite(cast.stream, sign)
    return f"{cast.stream} entry "


@way(f"the rejection it tells of {GONE}")
def a_rejection_deleted(cast):
    Rejection.objects.filter(name="Ruth Okafor")._raw_delete("default")
    return place(entry(cast, "item.rejected"))


@way("the rejection: the reason in the tables")
def the_reason_of_a_rejection(cast):
    update(Rejection.objects.filter(name="Ruth Okafor"), reason="A formality")
    return place(entry(cast, "item.rejected"))


@way("item 2: the contributors in the tables")
def a_contribution_forgotten(cast):
    Contribution.objects.filter(sign_off=cast.items[1].sign_off_id, person=cast.member)._raw_delete("default")
    return last_word(cast, cast.items[1])


@way("item 1: the contributors in the tables")
def a_contribution_invented(cast):
    Contribution.objects.create(sign_off_id=cast.items[0].sign_off_id, round=1, person=cast.reviewer)
    return last_word(cast, cast.items[0])


@way("item 1: the number of keys in the tables")
def one_key_is_enough(cast):
    update(SignOff.objects.filter(pk=cast.items[0].sign_off_id), required=1)
    return last_word(cast, cast.items[0])


def last_word(cast: SimpleNamespace, item: Item) -> str:
    """The last entry that named the item's content."""
    kinds = ["item.signed", "item.edited", "item.filled_in", "evidence.attached", "evidence.removed", "item.rejected"]
    named = Entry.objects.filter(stream=cast.stream, item=item.pk, kind__in=kinds).latest("sequence")
    return place(named)


# Waivers and the sheet


@way("the waiver of item 3: the justification in the tables")
def the_justification_of_a_waiver(cast):
    update(Waiver.objects.filter(ended_at=None), justification="Signed by the board")
    return place(entry(cast, "waiver.requested", 1))


@way("the waiver of item 3: the requester in the tables")
def who_asked_for_a_waiver(cast):
    update(Waiver.objects.filter(ended_at=None), requested_by=cast.lead)
    return place(entry(cast, "waiver.requested", 1))


@way(UNTOLD)
def a_waiver_approved_by_fiat(cast):
    refused = Waiver.objects.select_related("sign_off").get(ended_at__isnull=False)
    forge(refused.sign_off, 1, cast.lead)
    return f"{cast.stream}: "


@way("the waiver of item 3: the end in the tables")
def a_refused_waiver_revived(cast):
    Waiver.objects.filter(ended_at=None).update(ended_at="2026-01-01T00:00:00Z", ended_by=cast.lead, ended_why="x")
    update(Waiver.objects.filter(justification="No time"), ended_at=None, ended_by=None, ended_why="")
    return place(entry(cast, "waiver.ended"))


@way(f"the waiver it tells of {GONE}")
def a_waiver_deleted(cast):
    Waiver.objects.filter(justification="No time")._raw_delete("default")
    return place(entry(cast, "waiver.requested"))


@way("the sheet: the answer in the tables")
def the_answer_on_the_sheet(cast):
    update(Sheet.objects, answer="yes")
    return place(entry(cast, "sheet.completed", 1))


@way("the sheet: the caveats in the tables")
def the_caveats_on_the_sheet(cast):
    update(Sheet.objects, caveats="None worth naming")
    return place(entry(cast, "sheet.completed", 1))


@way("the sheet: the issues in the tables")
def the_issues_on_the_sheet(cast):
    update(Sheet.objects, issues="")
    return place(entry(cast, "sheet.completed", 1))


@way(f"the signature it tells of {GONE}")
def the_sheet_deleted(cast):
    Sheet.objects.all()._raw_delete("default")
    return place(entry(cast, "sheet.completed"))


# Items, evidence, probes, the plan, the record and the deployment itself


@way("the content of item 1 is not the one its keys cover")
def the_text_of_an_item(cast):
    update(Item.objects.filter(pk=cast.items[0].pk), text="Or do not.")
    return last_word(cast, cast.items[0])


@way("the content of item 2 is not the one its keys cover")
def the_result_of_an_item(cast):
    update(Item.objects.filter(pk=cast.items[1].pk), result="No errors")
    return last_word(cast, cast.items[1])


@way("the content of item 1 is not the one its keys cover")
def an_item_no_longer_critical(cast):
    update(Item.objects.filter(pk=cast.items[0].pk), critical=False)
    return last_word(cast, cast.items[0])


@way("item 1: the digest in the tables")
def the_text_of_an_item_and_its_digest(cast):
    item = Item.objects.for_signing().select_related("deployment").get(pk=cast.items[0].pk)
    item.text = "Or do not."
    update(Item.objects.filter(pk=item.pk), text=item.text)
    update(SignOff.objects.filter(pk=item.sign_off_id), digest=content_digest(item.content(pinned=None)))
    return last_word(cast, item)


@way("item 1: the owner in the tables")
def the_owner_of_an_item(cast):
    update(Item.objects.filter(pk=cast.items[0].pk), owner=cast.lead)
    return place(entry(cast, "items.assigned"))


@way(f"the signature it tells of {GONE}")
def an_item_deleted(cast):
    item = cast.items[4]
    Item.objects.filter(pk=item.pk)._raw_delete("default")
    return place(Entry.objects.filter(item=item.pk).earliest("sequence"))


@way("the evidence “dump.log”: the content in the tables")
def the_bytes_of_evidence(cast):
    evidence = Evidence.objects.get(title="dump.log")
    update(Blob.objects.filter(pk=evidence.blob_id), data=b"dump failed")
    return place(entry(cast, "evidence.attached"))


@way("the evidence “dump.log”: the SHA-256 in the tables")
def the_bytes_of_evidence_and_their_digest(cast):
    evidence = Evidence.objects.get(title="dump.log")
    digest = chain.digest(b"dump failed")
    update(Blob.objects.filter(pk=evidence.blob_id), data=b"dump failed", sha256=digest, size=11)
    update(Evidence.objects.filter(pk=evidence.pk), sha256=digest)
    return place(entry(cast, "evidence.attached"))


@way("the evidence “Note”: the content in the tables")
def the_text_of_a_note(cast):
    update(Evidence.objects.filter(title="Note"), text="Restored in production")
    return place(entry(cast, "evidence.attached", 2))


@way("the evidence “Other run”: the title in the tables")
def the_title_of_evidence(cast):
    update(Evidence.objects.filter(title="Run 7"), title="Other run")
    return place(entry(cast, "evidence.attached", 1))


@way("the evidence “Wrong note”: the removal in the tables")
def evidence_brought_back(cast):
    update(Attachment.objects.filter(evidence__title="Wrong note"), removed_at=None, removed_by=None)
    return place(entry(cast, "evidence.removed"))


@way(f"the evidence it tells of {GONE}")
def evidence_deleted(cast):
    Attachment.objects.filter(evidence__title="Run 7")._raw_delete("default")
    return place(entry(cast, "evidence.attached", 1))


@way("the probe run: the value in the tables")
def the_result_of_a_probe_run(cast):
    update(Run.objects.filter(status="passed"), value="100")
    return place(entry(cast, "probe.recorded", 1))


@way("the probe run: the content in the tables")
def what_a_probe_was_answered(cast):
    update(Run.objects.filter(status="failed"), response={"status": 500})
    return place(entry(cast, "probe.recorded"))


@way(f"the probe run it tells of {GONE}")
def a_failed_run_deleted(cast):
    Run.objects.filter(status="failed")._raw_delete("default")
    return place(entry(cast, "probe.requested"))


@way("item 4: the probe in the tables")
def a_probe_taken_from_its_item(cast):
    update(Item.objects.filter(pk=cast.items[3].pk), probe=None)
    return place(entry(cast, "probe.attached"))


@way("the rollback plan: the steps in the tables")
def a_step_of_the_rollback_plan(cast):
    update(RollbackPlan.objects.filter(pk=cast.deployment.rollback_plan_id), steps=[{"title": "Hope", "command": ""}])
    return place(last_plan(cast))


@way("the rollback plan: the last rehearsed on in the tables")
def when_the_rollback_was_rehearsed(cast):
    update(RollbackPlan.objects.filter(pk=cast.deployment.rollback_plan_id), last_rehearsed_on="2026-11-20")
    return place(last_plan(cast))


def last_plan(cast: SimpleNamespace) -> Entry:
    return Entry.objects.filter(stream=cast.stream, kind="rollback_plan.filled_in").latest("sequence")


@way("the record PAY-1-R1: the content in the tables")
def the_bytes_of_a_record(cast):
    update(Blob.objects.filter(pk=Record.objects.get().blob_id), data=b"%PDF- other")
    return place(entry(cast, "record.filed"))


@way(f"the record it tells of {GONE}")
def a_record_deleted(cast):
    Record.objects.all()._raw_delete("default")
    return place(entry(cast, "record.requested"))


@way("the deployment: the version in the tables")
def the_version_of_a_deployment(cast):
    update(Deployment.objects.filter(pk=cast.deployment.pk), version="2.4.0")
    return place(entry(cast, "deployment.created"))


@way("the deployment: the time of closing in the tables")
def when_a_deployment_closed(cast):
    update(Deployment.objects.filter(pk=cast.deployment.pk), closed_at=F("closed_at") - timedelta(days=1))
    return place(entry(cast, "sheet.verified"))


@way("the deployment: the outcome in the tables")
def how_a_deployment_ended(cast):
    update(Deployment.objects.filter(pk=cast.deployment.pk), outcome="not_released")
    return place(entry(cast, "deployment.created"))


@way("the deployment: the reason for closing in the tables")
def why_a_deployment_was_cancelled(cast):
    cancelled = Deployment.objects.get(outcome="cancelled")
    update(Deployment.objects.filter(pk=cancelled.pk), closing_reason="No need")
    return f"{cancelled.stream} entry 2: "


@pytest.mark.parametrize("name", WAYS)
def test_it_is_found_and_the_first_broken_place_is_named(tampered, name):
    function, words = WAYS[name]
    expected = function(tampered)
    said = found()
    assert said, "nothing was found"
    assert said[0].startswith(expected), said[:5]
    assert any(words in each for each in said if each.startswith(expected)), said[:5]


def test_the_ways_are_at_least_as_many_as_were_promised():
    assert len(WAYS) >= 25


# What only a head on paper finds


def test_a_cut_after_the_last_anchor_is_found_with_a_head_from_paper(tampered):
    draft = Deployment.objects.filter(team=tampered.team).latest("number")
    deployments.open_review(draft, by=again(tampered.lead))
    paper = ledger.head(draft.stream)
    forging.rewrite(draft.stream, lambda bodies: bodies[:-1])
    update(Deployment.objects.filter(pk=draft.pk), state="draft")
    assert found() == []
    assert found(paper) == [f"{draft.stream} entry 1: the entry is gone; the head you hold says otherwise"]


def test_a_consistent_rewrite_of_everything_is_found_with_a_head_from_paper(tampered):
    paper = ledger.head(tampered.stream)
    nobody = Signature.objects.get(pk=json.loads(entry(tampered, "item.signed").body)["data"]["signature"])

    def rename(bodies):
        signed = next(body for body in bodies if body["type"] == "item.signed")
        signed["texts"]["name"] = ("Somebody Else", "a" * 64)

    forging.rewrite(tampered.stream, rename)
    forging.rewrite_anchors(tampered.stream)
    update(Signature.objects.filter(pk=nobody.pk), name="Somebody Else")
    fix_record_heads(tampered)
    assert found() == []
    assert found(paper) == [
        f"{tampered.stream} entry {paper.sequence}: the entry was rewritten; the head you hold says otherwise"
    ]


def test_a_deployment_that_never_was_is_found_with_a_head_from_paper(tampered):
    draft = Deployment.objects.filter(team=tampered.team).latest("number")
    paper = ledger.head(draft.stream)
    erase_deployment(draft)
    forging.rewrite(chain.INSTANCE, lambda bodies: [b for b in bodies if b["data"].get("chain") != draft.stream])
    assert found() == []
    assert found(paper) == [f"{draft.stream}: the whole chain is gone; the head you hold says otherwise"]


def fix_record_heads(cast: SimpleNamespace) -> None:
    """Make the filed record state the rewritten head, as a thorough forger would."""
    filed = Record.objects.get()
    digest = Entry.objects.get(stream=cast.stream, sequence=filed.head_sequence).digest

    def restate(bodies):
        next(body for body in bodies if body["type"] == "record.filed")["data"]["head_digest"] = digest

    update(Record.objects.filter(pk=filed.pk), head_digest=digest)
    forging.rewrite(cast.stream, restate)
    forging.rewrite_anchors(cast.stream)


def test_bytes_that_are_no_text_are_found_too(tampered, engine):
    if engine != "sqlite":
        return
    rejected, signed = entry(tampered, "item.rejected"), entry(tampered, "item.signed")
    sql("PRAGMA ignore_check_constraints = ON")
    sql("UPDATE ledger_entry SET body = CAST(X'7bff00fe7d' AS TEXT) WHERE id = %s", rejected.pk)
    sql("UPDATE ledger_opening SET value = CAST(X'ff' AS TEXT) WHERE entry_id = %s", signed.pk)
    sql("UPDATE ledger_entry SET sequence = 'x', actor = 'nobody' WHERE id = %s", entry(tampered, "sheet.verified").pk)
    sql("UPDATE signoff_signature SET name = CAST(X'ff' AS TEXT), signed_at = 'never' WHERE slot = 2")
    said = found()
    assert said[0].startswith(place(signed))
    assert any(each.startswith(place(rejected)) for each in said)
    with pytest.raises(SystemExit):
        call_command("verify_ledger")
    sql("PRAGMA ignore_check_constraints = OFF")


def test_a_guard_that_is_gone_is_a_fault(history):
    with transaction.atomic():
        guards.remove(connection, [g for g in guards.all_guards() if g.name == "signoff_two_person_rule"])
        said = [str(fault) for fault in verification.verify().faults]
        assert said
        assert said[0].startswith("the database: the guard signoff_two_person_rule")
        transaction.set_rollback(True)


def test_the_command_names_the_first_broken_entry_and_ends_with_1(tampered, capsys):
    expected = the_justification_of_a_waiver(tampered)
    with pytest.raises(SystemExit) as ending:
        call_command("verify_ledger")
    assert ending.value.code == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"First broken: {expected}")
    assert re.fullmatch("Also broken: .*", said[1])
