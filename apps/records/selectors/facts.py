"""Everything a record states, read at one moment in a fixed number of queries."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import transaction

from apps.accounts.models import Membership, User
from apps.core import VERSION
from apps.deployments import selectors as deployments
from apps.deployments.models import Attachment, Deployment, Item, Section, Waiver
from apps.deployments.rules import cause_in_words
from apps.deployments.states import ItemState
from apps.ledger import chain
from apps.ledger import selectors as ledger
from apps.ledger.commands import SYSTEM
from apps.ledger.events import HeadAnchored
from apps.ledger.models import Entry, Stream
from apps.probes import kinds
from apps.probes.models import Probe, Run
from apps.records.document import facts, wording
from apps.records.models import Record
from apps.rollback.models import RollbackPlan
from apps.sheets.models import Sheet
from apps.signoff.models import Revision, Signature, SignOff

# How an item stands on its board, in the words of a record.
STATES = {
    ItemState.OPEN: "open",
    ItemState.HALF: "half",
    ItemState.PENDING: "pending",
    ItemState.VERIFIED: "signed",
    ItemState.WAIVED: "waived",
    ItemState.FAILED: "failed",
    ItemState.REJECTED: "rejected",
    ItemState.INVALIDATED: "invalidated",
}


def collect(record: Record) -> facts.Record:
    """The facts of a record's deployment now, and the head of the ledger that goes with exactly these facts.

    The deployment and its stream stay locked while it reads: whoever changes anything the record states locks
    one of the two first, so no entry can come between the tables and the head.
    """
    with transaction.atomic():
        deployment = Deployment.objects.lock(record.deployment_id)
        Stream.objects.select_for_update().get(name=deployment.stream)
        entries = list(ledger.history(deployment.stream))
        stated = _stated(record, deployment, _people(deployment, entries), _anchor(deployment.stream))
    return replace(stated, ledger=_ledger(stated, entries))


def _stated(
    record: Record, deployment: Deployment, people: tuple[facts.Person, ...], anchor: facts.Anchor | None
) -> facts.Record:
    items = list(
        deployment.items.order_by("number")
        .with_everything()
        .select_related("pinned_run__probe")
        .prefetch_related("attachments__removed_by")
    )
    sheet = Sheet.objects.filter(deployment=deployment).select_related("sign_off").first()
    return facts.Record(
        label=record.label,
        requested_by=record.requested_by.full_name,
        requested_at=record.requested_at,
        requested_head=record.requested_sequence,
        software=f"Keyturn {VERSION}",
        one_role="owner" not in settings.DATABASES,
        deployment=_deployment(deployment),
        decision=_decision(deployment, sheet),
        sheet=_sheet(sheet) if sheet else None,
        sections=_sections(deployment, items),
        evidence=tuple(_evidence(item, each) for item in items for each in _in_order(item.attachments.all())),
        waivers=tuple(_waiver(item, each) for item in items for each in item.waivers.all()),
        probes=tuple(each for item in items for each in _probes(item)),
        rollback=_rollback(deployment.rollback_plan),
        ledger=facts.Ledger(deployment.stream, (), anchor),
        people=people,
    )


def _deployment(deployment: Deployment) -> facts.Deployment:
    return facts.Deployment(
        id=str(deployment.id),
        code=deployment.code,
        service=deployment.service,
        version=deployment.version,
        environment=deployment.environment,
        window_start=deployment.window_start,
        window_end=deployment.window_end,
        team=deployment.team.name,
        template=str(deployment.template_version),
        created_at=deployment.created_at,
        created_by=deployment.created_by.full_name,
        closed_at=deployment.closed_at,
        variables=tuple(facts.FillIn(name, str(value)) for name, value in sorted(deployment.variables.items())),
    )


def _decision(deployment: Deployment, sheet: Sheet | None) -> facts.Decision:
    readiness = deployments.readiness(deployment)
    return facts.Decision(
        state=deployment.get_state_display().lower(),
        outcome=deployment.get_outcome_display().lower(),
        verdict=sheet.verdict if sheet and sheet.sign_off.is_settled else readiness.verdict,
        blockers=tuple(
            facts.Blocker(each.subject, each.reason, each.who, each.item or 0) for each in readiness.blockers
        ),
        reason=deployment.closing_reason,
    )


def _sheet(sheet: Sheet) -> facts.Sheet:
    turned = {each.slot: _signature(each) for each in sheet.sign_off.turned}
    return facts.Sheet(
        answer=sheet.answer,
        version=sheet.version_deployed,
        issues=sheet.issues,
        resolution=sheet.resolution,
        caveats=sheet.caveats,
        digest=sheet.sign_off.digest,
        completed=turned.get(1),
        verified=turned.get(2),
    )


def _sections(deployment: Deployment, items: list[Item]) -> tuple[facts.Section, ...]:
    by_section: dict[int, list[Item]] = {}
    for item in items:
        by_section.setdefault(item.section_id, []).append(item)
    return tuple(_section(each, by_section.get(each.pk, [])) for each in deployment.sections.order_by("position"))


def _section(section: Section, items: list[Item]) -> facts.Section:
    return facts.Section(
        title=f"{section.parent} · {section.title}" if section.parent else section.title,
        text=section.guidance,
        commands=tuple(section.commands),
        items=tuple(_item(each) for each in items),
    )


def _item(item: Item) -> facts.Item:
    return facts.Item(
        number=item.number,
        title=item.title,
        text=item.text,
        commands=tuple(item.commands),
        fill_ins=tuple(facts.FillIn(each["label"], each["value"]) for each in item.fill_ins),
        critical=item.critical,
        required=item.sign_off.required,
        state=STATES[item.state],
        owner=item.owner.full_name if item.owner else "",
        revision=item.sign_off.revision,
        digest=item.sign_off.digest,
        result=item.result,
        signatures=tuple(_signature(each) for each in item.sign_off.turned),
        rejections=tuple(
            facts.Rejection(each.name, each.rejected_at, each.reason, str(each.person_id))
            for each in sorted(item.sign_off.rejections.all(), key=lambda each: each.revision)
        ),
        fallen=_fallen(item.sign_off),
        evidence=tuple(str(each.id) for each in item.evidence),
        probe=str(item.probe_id or ""),
    )


def _signature(signature: Signature) -> facts.Signature:
    return facts.Signature(
        slot=signature.slot,
        meaning=signature.meaning,
        name=signature.name,
        at=signature.signed_at,
        digest=signature.digest,
        person=str(signature.signer_id),
    )


def _fallen(sign_off: SignOff) -> tuple[facts.Fallen, ...]:
    lost = sorted((each for each in sign_off.revisions.all() if each.invalidated), key=lambda each: each.number)
    return tuple(facts.Fallen(each.at, _why(each), _keys_of(sign_off, each.number - 1)) for each in lost)


def _why(revision: Revision) -> str:
    return cause_in_words(revision.cause, name=revision.name, concerns=revision.concerns)


def _keys_of(sign_off: SignOff, revision: int) -> tuple[facts.Signature, ...]:
    keys = (each for each in sign_off.signatures.all() if each.revision == revision)
    return tuple(_signature(each) for each in sorted(keys, key=lambda each: each.slot))


def _in_order(attachments: Iterable[Attachment]) -> list[Attachment]:
    return sorted(attachments, key=lambda each: each.position)


def _evidence(item: Item, attachment: Attachment) -> facts.Evidence:
    evidence = attachment.evidence
    removed = ""
    if attachment.removed_at and attachment.removed_by:
        at = wording.moment(attachment.removed_at)
        removed = f"Taken away from item {item.number} by {attachment.removed_by.full_name}, {at}."
    return facts.Evidence(
        id=str(evidence.id),
        kind=evidence.kind,
        title=evidence.title,
        sha256=evidence.sha256,
        size=evidence.size,
        media_type=evidence.media_type,
        url=evidence.url,
        text=evidence.text,
        added_by=evidence.added_by.full_name,
        added_at=evidence.added_at,
        items=(item.number,),
        removed=removed,
    )


def _waiver(item: Item, waiver: Waiver) -> facts.Waiver:
    state = "approved" if waiver.sign_off.is_settled else "requested"
    requested = facts.Signature(
        slot=0,
        meaning="requested",
        name=waiver.requested_by.full_name,
        at=waiver.requested_at,
        digest=waiver.sign_off.digest,
        person=str(waiver.requested_by_id),
    )
    return facts.Waiver(
        id=str(waiver.id),
        item=item.number,
        item_title=item.title,
        critical=item.critical,
        state="ended" if waiver.ended_at else state,
        justification=waiver.justification,
        required=waiver.sign_off.required,
        requested=requested,
        approvals=tuple(_signature(each) for each in waiver.sign_off.turned),
        note=f"ended {wording.moment(waiver.ended_at)}: {waiver.ended_why}" if waiver.ended_at else "",
    )


def _probes(item: Item) -> list[facts.Probe]:
    """The probe with its latest run, and the run that the keys cover when that is another one."""
    latest, pinned = item.probe.latest_run if item.probe else None, item.pinned_run
    found = [_probe(item, item.probe, latest, key=str(item.probe.id))] if item.probe else []
    if pinned and (latest is None or pinned.pk != latest.pk):
        found.append(_probe(item, pinned.probe, pinned, key=f"{pinned.probe_id}/{pinned.pk}"))
    return found


def _probe(item: Item, probe: Probe, run: Run | None, *, key: str) -> facts.Probe:
    config = run.config if run else probe.config
    measured = f"{run.value} {run.unit}".strip() if run else ""
    return facts.Probe(
        id=key,
        name=probe.name,
        kind=probe.kind,
        item=item.number,
        request=_summary(probe.kind, config),
        outcome=run.get_state_display().lower() if run else "",
        value=", ".join(filter(None, [measured, run.explanation])) if run else "",
        limit=f"{run.limit} {run.unit}".strip() if run and run.limit else "",
        at=(run.finished_at or run.started_at or run.queued_at) if run else None,
        response_digest=run.response_digest if run else "",
        run=str(run.pk) if run else "",
        run_digest=run.digest if run else "",
        is_covered=bool(run and run.pk == item.pinned_run_id),
    )


def _summary(kind: str, config: dict[str, object]) -> str:
    try:
        return str(kinds.KINDS[kind].Config.parse(config).summary())
    except (KeyError, ValueError):
        return json.dumps(config, ensure_ascii=False, sort_keys=True)  # a kind of another version of Keyturn


def _rollback(plan: RollbackPlan) -> facts.Rollback:
    return facts.Rollback(
        owner=plan.owner.full_name if plan.owner else "",
        verification=plan.verification,
        last_rehearsed=plan.last_rehearsed_on,
        steps=tuple(
            facts.RollbackStep(step["title"], "", (step["command"],) if step["command"] else ()) for step in plan.steps
        ),
        missing=tuple(plan.missing),
    )


def _people(deployment: Deployment, entries: list[Entry]) -> tuple[facts.Person, ...]:
    """Everybody the chain names as an actor, with the role held now."""
    actors = {entry.actor for entry in entries}
    members = Membership.objects.filter(team=deployment.team_id, user__in=actors)
    roles = {each.user_id: each.get_role_display().lower() for each in members}
    found = User.objects.filter(pk__in=actors).order_by("full_name", "pk")
    return tuple(
        facts.Person(str(each.pk), each.full_name, roles.get(each.pk, "no longer in the team")) for each in found
    )


def _ledger(stated: facts.Record, entries: list[Entry]) -> facts.Ledger:
    """The chain with its sentences, hashed again entry by entry."""
    names = {each.id: each.name for each in stated.people}
    walk = chain.Walk(stated.ledger.stream)
    hashed = []
    for entry, line in zip(entries, ledger.lines(entries), strict=True):
        openings = {each.path: (each.value, each.salt) for each in entry.openings.all()}
        walk.step(entry, openings)
        hashed.append(
            facts.LedgerEntry(
                sequence=entry.sequence,
                at=datetime.fromisoformat(entry.at),
                kind=entry.kind,
                text=f"{names.get(str(entry.actor), SYSTEM.full_name)} {line.text}",
                digest=entry.digest,
                body=json.loads(entry.body),
                openings={path: {"value": value, "salt": salt} for path, (value, salt) in openings.items()},
            )
        )
    faults = tuple(str(each) for each in walk.close(len(entries), entries[-1].digest))
    return replace(stated.ledger, entries=tuple(hashed), faults=faults)


def _anchor(stream: str) -> facts.Anchor | None:
    """The newest entry of the instance chain that notes this chain's head."""
    noted = Entry.objects.filter(stream_id=chain.INSTANCE, kind=HeadAnchored.kind, body__contains=stream)
    newest = noted.order_by("-sequence").first()
    if newest is None:
        return None
    covers = json.loads(newest.body)["data"]["sequence"]
    return facts.Anchor(newest.sequence, newest.digest, datetime.fromisoformat(newest.at), covers)
