"""Ways to tamper with what the chains tell of: signatures, waivers, sheets, items, evidence, probes, records."""

import uuid
from datetime import timedelta
from types import SimpleNamespace

from django.db.models import F, QuerySet

from apps.accounts.models import User
from apps.checklists.models import TemplateItem
from apps.deployments.models import Attachment, Deployment, Item, Section, Waiver
from apps.evidence.models import Blob, Evidence
from apps.factors.models import SigningSeries
from apps.followups.models import FollowUp
from apps.ledger import chain
from apps.probes.models import Probe, Run
from apps.records.models import Record
from apps.rollback.models import RollbackPlan
from apps.sheets.models import Sheet
from apps.signoff.models import Contribution, Rejection, Signature, SignOff
from apps.signoff.rules import content_digest
from tests.ledger import forging
from tests.ledger.cases import DIFFERS, GONE, UNPROVED, case, delete, earliest, entry, row_of, update

# Signatures and rejections


def signature(cast: SimpleNamespace, kind: str = "item.signed", nth: int = 0) -> QuerySet:
    """The signature that an entry tells of."""
    return row_of(entry(cast, kind, nth), Signature)


@case(DIFFERS)
def the_name_under_a_signature(cast):
    return update(signature(cast), name="Somebody Else")


@case(DIFFERS)
def who_signed(cast):
    return update(signature(cast), signer=cast.lead)


@case(DIFFERS)
def what_a_signature_means(cast):
    return update(signature(cast), meaning="approved")


@case(DIFFERS)
def when_somebody_signed(cast):
    return update(signature(cast), signed_at=F("signed_at") - timedelta(seconds=1))


@case(DIFFERS)
def what_was_signed(cast):
    return update(signature(cast), digest="0" * 64)


@case(DIFFERS)
def which_key_was_turned(cast):
    return update(signature(cast, nth=1), slot=4)


@case(DIFFERS)
def an_old_signature_made_to_count(cast):
    return update(signature(cast, nth=2), revision=F("revision") + 7)


@case(DIFFERS)
def a_signature_moved_to_another_item(cast):
    return update(signature(cast), sign_off=cast.items[4].sign_off_id, revision=99)


@case(GONE)
def a_signature_deleted(cast):
    return delete(signature(cast, nth=1))


@case(UNPROVED)
def a_signature_inserted(cast):
    forge(cast.items[0].sign_off, 3, cast.lead)
    return f"{cast.stream}: "


@case(DIFFERS)
def the_name_under_the_sheet(cast):
    return update(signature(cast, "sheet.verified"), name="Somebody Else")


@case(UNPROVED)
def a_signature_of_nothing(cast):
    loose = SignOff.objects.create(
        team=cast.team, stream=cast.stream, subject="item:0", required=2, contributor_keys=1, digest="0" * 64
    )
    forge(loose, 1, cast.lead)
    return f"{cast.stream}: the sign-off"


@case("the sign-off of gate:0 belongs to nothing")
def a_sign_off_of_nothing(cast):
    update(SignOff.objects.filter(item=cast.items[2]), subject="gate:0")
    return cast.stream


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
        means="password",
        series=SigningSeries.objects.filter(person=signer).first(),
    )


@case(GONE)
def a_signature_only_in_the_ledger(cast):
    def sign(bodies):
        signed = next(b for b in bodies if b["type"] == "item.signed")
        ((_, statement),) = [pair for pair in signed["rows"].items() if pair[0].startswith("signoff.signature")]
        return [*bodies, signed | {"rows": {f"signoff.signature/{uuid.uuid4()}": statement}, "at": bodies[-1]["at"]}]

    forging.rewrite(cast.stream, sign)
    return f"{cast.stream} entry "


@case(GONE)
def a_rejection_deleted(cast):
    return delete(Rejection.objects.filter(name="Ruth Okafor", sign_off__stream=cast.stream))


@case(DIFFERS)
def the_reason_of_a_rejection(cast):
    return update(Rejection.objects.filter(name="Ruth Okafor", sign_off__stream=cast.stream), reason="A formality")


@case(GONE)
def a_contribution_forgotten(cast):
    return delete(Contribution.objects.filter(sign_off=cast.items[1].sign_off_id, person=cast.member))


@case(UNPROVED)
def a_contribution_invented(cast):
    Contribution.objects.create(sign_off_id=cast.items[0].sign_off_id, round=1, person=cast.reviewer)
    return f"{cast.stream}: the contribution "


@case(DIFFERS)
def one_key_is_enough(cast):
    return update(SignOff.objects.filter(pk=cast.items[0].sign_off_id), required=1)


# Waivers and the sheet


@case(DIFFERS)
def the_justification_of_a_waiver(cast):
    return update(Waiver.objects.filter(ended_at=None), justification="Signed by the board")


@case(DIFFERS)
def who_asked_for_a_waiver(cast):
    return update(Waiver.objects.filter(ended_at=None), requested_by=cast.lead)


@case(UNPROVED)
def a_waiver_approved_by_fiat(cast):
    refused = Waiver.objects.select_related("sign_off").get(ended_at__isnull=False)
    forge(refused.sign_off, 1, cast.lead)
    return f"{cast.stream}: "


@case(DIFFERS)
def a_refused_waiver_revived(cast):
    ended = {"ended_at": "2026-01-01T00:00:00Z", "ended_by": cast.lead, "ended_why": "x"}
    other = update(Waiver.objects.filter(ended_at=None), **ended)
    return earliest(
        other, update(Waiver.objects.filter(justification="No time"), **dict.fromkeys(ended, None) | {"ended_why": ""})
    )


@case(GONE)
def a_waiver_deleted(cast):
    return delete(Waiver.objects.filter(justification="No time"))


@case(DIFFERS)
def the_answer_on_the_sheet(cast):
    nobody = {"caveats_owner": None, "caveats_owner_name": "", "caveats_due_on": None}
    return update(Sheet.objects.all(), answer="yes", **nobody)


@case(DIFFERS)
def the_caveats_on_the_sheet(cast):
    return update(Sheet.objects.all(), caveats="None worth naming")


@case(DIFFERS)
def the_day_until_which_caveats_are_answered_for(cast):
    return update(Sheet.objects.all(), caveats_due_on="2100-01-01")


def latest_caveat():
    """The one that the sheet left which was completed after reopening; the one before it is there as well."""
    return FollowUp.objects.filter(pk=FollowUp.objects.filter(kind="caveat").latest("raised_at").pk)


@case(DIFFERS)
def the_day_of_a_follow_up(cast):
    return update(latest_caveat(), due_on="2100-01-01")


@case(DIFFERS)
def a_follow_up_closed_by_hand(cast):
    closed = {"closed_at": "2026-01-01T00:00:00Z", "closed_by": cast.lead, "closed_by_name": "x", "outcome": "Done"}
    return update(latest_caveat(), **closed)


@case(GONE)
def a_follow_up_deleted(cast):
    return delete(latest_caveat())


@case(DIFFERS)
def the_issues_on_the_sheet(cast):
    return update(Sheet.objects.all(), issues="")


@case(GONE)
def the_sheet_deleted(cast):
    return delete(Sheet.objects.all())


# Items, evidence, probes, the plan, the record and the deployment itself


@case(DIFFERS)
def the_text_of_an_item(cast):
    return update(Item.objects.filter(pk=cast.items[0].pk), text="Or do not.")


@case(DIFFERS)
def the_result_of_an_item(cast):
    return update(Item.objects.filter(pk=cast.items[1].pk), result="No errors")


@case(DIFFERS)
def an_item_no_longer_critical(cast):
    return update(Item.objects.filter(pk=cast.items[0].pk), critical=False)


@case(DIFFERS)
def the_text_of_an_item_and_its_digest(cast):
    item = Item.objects.for_signing().select_related("deployment").get(pk=cast.items[0].pk)
    item.text = "Or do not."
    digest = content_digest(item.content(pinned=None))
    places = [update(Item.objects.filter(pk=item.pk), text=item.text)]
    return earliest(*places, update(SignOff.objects.filter(pk=item.sign_off_id), digest=digest))


@case(DIFFERS)
def the_owner_of_an_item(cast):
    return update(Item.objects.filter(pk=cast.items[0].pk), owner=cast.lead)


@case(GONE)
def an_item_deleted(cast):
    item = cast.items[4]
    return delete(Item.objects.filter(pk=item.pk))


@case(DIFFERS)
def the_bytes_of_evidence(cast):
    evidence = Evidence.objects.get(title="dump.log")
    return update(Blob.objects.filter(pk=evidence.blob_id), data=b"dump failed")


@case(DIFFERS)
def the_bytes_of_evidence_and_their_digest(cast):
    evidence = Evidence.objects.get(title="dump.log")
    digest = chain.digest(b"dump failed")
    update(Blob.objects.filter(pk=evidence.blob_id), data=b"dump failed", sha256=digest, size=11)
    return update(Evidence.objects.filter(pk=evidence.pk), sha256=digest)


@case(DIFFERS)
def the_text_of_a_note(cast):
    return update(Evidence.objects.filter(title="Note"), text="Restored in production")


@case(DIFFERS)
def the_title_of_evidence(cast):
    return update(Evidence.objects.filter(title="Run 7"), title="Other run")


@case(DIFFERS)
def evidence_brought_back(cast):
    return update(Attachment.objects.filter(evidence__title="Wrong note"), removed_at=None, removed_by=None)


@case(DIFFERS)
def another_revision_of_evidence(cast):
    return update(Attachment.objects.filter(evidence__title="Second figures"), revision=3)


@case(GONE)
def evidence_deleted(cast):
    return delete(Attachment.objects.filter(evidence__title="Run 7"))


@case(DIFFERS)
def the_result_of_a_probe_run(cast):
    return update(Run.objects.filter(state="passed"), value="100")


@case(DIFFERS)
def what_a_probe_was_answered(cast):
    return update(Run.objects.filter(state="failed"), response={"status": 500})


@case(DIFFERS)
def an_older_run_made_to_count(cast):
    return update(Probe.objects.all(), latest_run=Run.objects.get(state="failed"))


@case(GONE)
def a_failed_run_deleted(cast):
    return delete(Run.objects.filter(state="failed"))


@case(DIFFERS)
def a_probe_taken_from_its_item(cast):
    return update(Item.objects.filter(pk=cast.items[3].pk), probe=None)


@case(DIFFERS)
def a_step_of_the_rollback_plan(cast):
    return update(
        RollbackPlan.objects.filter(pk=cast.deployment.rollback_plan_id), steps=[{"title": "Hope", "command": ""}]
    )


@case(DIFFERS)
def when_the_rollback_was_rehearsed(cast):
    return update(RollbackPlan.objects.filter(pk=cast.deployment.rollback_plan_id), last_rehearsed_on="2026-11-20")


@case(DIFFERS)
def the_bytes_of_a_record(cast):
    return update(Blob.objects.filter(pk=Record.objects.get().blob_id), data=b"%PDF- other")


@case(DIFFERS)
def the_data_of_a_record(cast):
    return update(Blob.objects.filter(pk=Record.objects.get().data_blob_id), data=b'{"decision":"GO"}')


@case(GONE)
def a_record_deleted(cast):
    return delete(Record.objects.all())


@case(DIFFERS)
def the_checklist_a_deployment_came_from(cast):
    return update(TemplateItem.objects.filter(section__version=cast.version, title="Tell support"), title="Tell nobody")


@case(DIFFERS)
def the_title_of_a_section(cast):
    return update(Section.objects.filter(deployment=cast.deployment, title="After"), title="Optional")


@case(DIFFERS)
def the_version_of_a_deployment(cast):
    return update(Deployment.objects.filter(pk=cast.deployment.pk), version="2.4.0")


@case(DIFFERS)
def when_a_deployment_closed(cast):
    return update(Deployment.objects.filter(pk=cast.deployment.pk), closed_at=F("closed_at") - timedelta(days=1))


@case(DIFFERS)
def how_a_deployment_ended(cast):
    return update(Deployment.objects.filter(pk=cast.deployment.pk), outcome="not_released")
