"""Ways to tamper with what the chains tell of: signatures, waivers, sheets, items, evidence, probes, records."""

import json
import uuid
from datetime import timedelta
from types import SimpleNamespace

from django.db.models import F

from apps.accounts.models import User
from apps.checklists.models import TemplateItem
from apps.deployments.models import Attachment, Deployment, Item, Section, Sheet, Waiver
from apps.deployments.rules import content_digest
from apps.evidence.models import Blob, Evidence
from apps.ledger import chain
from apps.ledger.models import Entry
from apps.probes.models import Probe, Run
from apps.records.models import Record
from apps.rollback.models import RollbackPlan
from apps.signoff.models import Contribution, Rejection, Signature, SignOff
from tests.ledger import forging
from tests.ledger.ways import GONE, UNTOLD, entry, place, update, way

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


def forge(sign_off: SignOff, slot: int, signer: User) -> None:
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


@way("item 2: the list of contributors in the tables")
def a_contribution_forgotten(cast):
    Contribution.objects.filter(sign_off=cast.items[1].sign_off_id, person=cast.member)._raw_delete("default")
    return last_word(cast, cast.items[1])


@way("item 1: the list of contributors in the tables")
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
    update(Run.objects.filter(state="passed"), value="100")
    return place(entry(cast, "probe.recorded", 1))


@way("the probe run: the content in the tables")
def what_a_probe_was_answered(cast):
    update(Run.objects.filter(state="failed"), response={"status": 500})
    return place(entry(cast, "probe.recorded"))


@way("the probe “Health”: the latest run in the tables")
def an_older_run_made_to_count(cast):
    update(Probe.objects, latest_run=Run.objects.get(state="failed"))
    return place(entry(cast, "probe.requested", 1))


@way(f"the probe run it tells of {GONE}")
def a_failed_run_deleted(cast):
    Run.objects.filter(state="failed")._raw_delete("default")
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


@way("the record PAY-1-R1: the data in the tables")
def the_data_of_a_record(cast):
    update(Blob.objects.filter(pk=Record.objects.get().data_blob_id), data=b'{"decision":"GO"}')
    return place(entry(cast, "record.filed"))


@way(f"the record it tells of {GONE}")
def a_record_deleted(cast):
    Record.objects.all()._raw_delete("default")
    return place(entry(cast, "record.requested"))


@way("the checklist it was made from has changed since")
def the_checklist_a_deployment_came_from(cast):
    update(TemplateItem.objects.filter(section__version=cast.version, title="Tell support"), title="Tell nobody")
    return place(entry(cast, "deployment.created"))


@way("its sections are not those of the checklist it was made from")
def the_title_of_a_section(cast):
    update(Section.objects.filter(deployment=cast.deployment, title="After"), title="Optional")
    return place(entry(cast, "deployment.created"))


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
