"""Everything a record states, read at one moment in a fixed number of queries."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.accounts.models import User
from apps.accounts.roles import in_words
from apps.accounts.selectors.roles import roles_in
from apps.core import VERSION
from apps.core.statements import snapshot
from apps.core.wording import exact, folded, isolated
from apps.deployments import selectors as deployments
from apps.deployments.models import Deployment, Item, Waiver
from apps.deployments.rules import cause_in_words, condition_in_words
from apps.deployments.states import Outcome, State
from apps.ledger import chain
from apps.ledger import selectors as ledger
from apps.ledger.commands import SYSTEM
from apps.ledger.events import HeadAnchored
from apps.ledger.models import Entry
from apps.probes import selectors as probes
from apps.probes.conditions.comparing import difference
from apps.probes.conditions.values import UNITS, in_one_unit
from apps.probes.models import Probe, Run
from apps.probes.states import State as RunState
from apps.records.document import facts, wording
from apps.records.models import Record
from apps.sheets.models import Sheet
from apps.signoff.models import Revision, SignOff

from . import words
from .amending import amendments
from .emergency import emergency
from .reading import read, signature


def collect(record: Record) -> facts.Record:
    """The facts of a record's deployment now, and the head of the ledger that goes with exactly these facts.

    Tables and head are of one moment, and nobody waits while they are read: a large deployment takes seconds.
    """
    with snapshot():
        deployment = Deployment.objects.select_related("team", "parent__team").get(pk=record.deployment_id)
        entries = list(ledger.whole_history(deployment.stream))
        stated = _stated(record, deployment, entries)
    return stated._replace(ledger=_ledger(stated, entries))


def _stated(record: Record, deployment: Deployment, entries: list[Entry]) -> facts.Record:
    items = list(
        deployment.items.order_by("number").with_everything().select_related("pinned_run__probe", "probe__baseline")
    )
    deployments.load_origins(items)
    sheet = Sheet.objects.filter(deployment=deployment).select_related("sign_off").first()
    return read(
        facts.Record,
        record,
        requested_head=record.requested_sequence,
        software=f"Keyturn {VERSION}",
        one_role="owner" not in settings.DATABASES,
        deployment=_deployment(deployment),
        decision=_decision(deployment, sheet, entries),
        sheet=_sheet(sheet) if sheet else None,
        sections=_sections(deployment, items, _owners(deployment)),
        evidence=tuple(each for item in items for each in _evidence(item)),
        waivers=tuple(_waiver(item, each) for item in items for each in item.waivers.all()),
        probes=tuple(each for item in items for each in _probes(item)),
        rollback=_rollback(deployment),
        ledger=facts.Ledger(deployment.stream, (), _anchor(deployment.stream)),
        people=_people(deployment, entries),
    )


def _deployment(deployment: Deployment) -> facts.Deployment:
    return read(
        facts.Deployment,
        deployment,
        team=deployment.team.name,
        template=str(deployment.template_version),
        variables=_answers(deployment),
        parent=deployment.parent.code if deployment.parent else "",
        limits=tuple(
            facts.Limit(one.name, one.label, one.value, one.unit, one.limit_used, items, sections)
            for one, items, sections in deployments.limits_used(deployment)
        ),
    )


def _answers(deployment: Deployment) -> tuple[facts.Variable, ...]:
    """In the order in which its checklist asks; names that it does not ask come last."""
    asked = {each["name"]: each["label"] for each in deployment.template_version.variables}
    names = [*asked, *sorted(deployment.variables.keys() - asked.keys())]
    return tuple(facts.Variable(name, asked.get(name, ""), str(deployment.variables.get(name, ""))) for name in names)


def _decision(deployment: Deployment, sheet: Sheet | None, entries: list[Entry]) -> facts.Decision:
    readiness = deployments.readiness(deployment)
    return facts.Decision(
        state=words.DEPLOYMENTS[State(deployment.state)],
        outcome=words.OUTCOMES[Outcome(deployment.outcome)] if deployment.outcome else "",
        verdict=sheet.verdict if sheet and sheet.sign_off.is_settled else readiness.verdict,
        blockers=tuple(read(facts.Blocker, each, item=each.item or 0) for each in readiness.blockers),
        reason=deployment.closing_reason,
        amendments=tuple(amendments(deployment, entries)),
        emergency=emergency(deployment),
    )


def _sheet(sheet: Sheet) -> facts.Sheet:
    turned = {each.slot: signature(each) for each in sheet.sign_off.turned}
    return read(
        facts.Sheet,
        sheet,
        sheet.sign_off,
        version=sheet.version_deployed,
        completed=turned.get(1),
        verified=turned.get(2),
        caveats_owner=sheet.caveats_owner_name,
    )


def _owners(deployment: Deployment) -> dict[int, str | None]:
    """The owner of each item as its board names them."""
    return {number: name for number, *_, name in deployments.item_keys(deployment)}


def _sections(deployment: Deployment, items: list[Item], owners: dict[int, str | None]) -> tuple[facts.Section, ...]:
    by_section: dict[int, list[facts.Item]] = {}
    titles = {item.key: item.title for item in items}
    for item in items:
        by_section.setdefault(item.section_id, []).append(_item(item, owners[item.number], titles))
    return tuple(
        read(
            facts.Section,
            section,
            title=f"{section.parent} · {section.title}" if section.parent else section.title,
            text=section.guidance,
            items=tuple(by_section.get(section.pk, ())),
        )
        for section in deployment.sections.order_by("position")
    )


def _item(item: Item, owner: str | None, titles: Mapping[str, str]) -> facts.Item:
    rejections = sorted(item.sign_off.rejections.all(), key=lambda each: each.revision)
    return read(
        facts.Item,
        item,
        item.sign_off,
        owner=owner,
        fill_ins=tuple(
            facts.FillIn(label, each["value"], shown)
            for each, (label, shown) in zip(item.fill_ins, item.answers, strict=True)
        ),
        conditions=tuple(condition_in_words(each, titles) for each in item.conditions),
        added=not item.key,
        origin=_origin(item.carried.origin) if item.is_carried else None,
        links=tuple(facts.FillIn(each["text"], each["url"]) for each in item.links),
        state=words.ITEMS[item.state],
        signatures=tuple(signature(each) for each in item.sign_off.turned),
        rejections=tuple(
            read(facts.Rejection, each, at=each.rejected_at, person=str(each.person_id)) for each in rejections
        ),
        fallen=_fallen(item.sign_off),
        evidence=tuple(str(each.id) for each in item.evidence),
        probe=str(item.probe_id or ""),
    )


def _origin(item: Item) -> facts.Origin:
    return read(
        facts.Origin,
        item,
        item.sign_off,
        deployment=str(item.deployment_id),
        code=item.deployment.code,
        version=item.deployment.version,
        item=str(item.pk),
        keys=tuple(signature(each) for each in item.sign_off.turned),
        evidence=tuple(each.sha256 for each in item.evidence),
    )


def _fallen(sign_off: SignOff) -> tuple[facts.Fallen, ...]:
    lost = sorted((each for each in sign_off.revisions.all() if each.invalidated), key=lambda each: each.number)
    return tuple(read(facts.Fallen, each, why=_why(each), keys=_keys_of(sign_off, each.number - 1)) for each in lost)


def _why(revision: Revision) -> str:
    return cause_in_words(revision.cause, name=revision.name, concerns=revision.concerns)


def _keys_of(sign_off: SignOff, revision: int) -> tuple[facts.Signature, ...]:
    keys = (each for each in sign_off.signatures.all() if each.revision == revision)
    return tuple(signature(each) for each in sorted(keys, key=lambda each: each.slot))


def _evidence(item: Item) -> Iterator[facts.Evidence]:
    attached = sorted(item.attachments.all(), key=lambda each: (each.position, each.revision))
    latest = {each.position: each.revision for each in attached}
    for each in attached:
        removed, of = "", latest[each.position]
        if each.removed_at:
            by = f"by {isolated(each.removed_by_name)}, {wording.moment(each.removed_at)}"
            removed = f"Taken away from item {item.number} {by}."
            if each.revision < of:
                removed = f"Replaced at item {item.number} by revision {each.revision + 1}, {by}."
        revision = {"revision": each.revision, "revisions": of}
        yield read(facts.Evidence, each.evidence, items=(item.number,), removed=removed, **revision)


def _waiver(item: Item, waiver: Waiver) -> facts.Waiver:
    asked = facts.Signature(
        0,
        "requested",
        waiver.requested_by_name,
        waiver.requested_at,
        waiver.sign_off.digest,
        str(waiver.requested_by_id),
    )
    return read(
        facts.Waiver,
        waiver,
        waiver.sign_off,
        item=item.number,
        item_title=item.title,
        critical=item.critical,
        state=words.WAIVERS[waiver.state_at(item.deployment.judged_at)],
        requested=asked,
        approvals=tuple(signature(each) for each in waiver.sign_off.turned),
        note=_ended(waiver) if waiver.ended_at else "",
    )


def _ended(waiver: Waiver) -> str:
    who, why = isolated(waiver.ended_by_name), isolated(waiver.ended_why)
    return f"ended by {who}, {wording.moment(waiver.ended_at)}: {why}"


def _probes(item: Item) -> Iterator[facts.Probe]:
    """The probe with its latest run, and the run that the keys cover when that is another one."""
    latest, pinned = item.probe.latest_run if item.probe else None, item.pinned_run
    if item.probe:
        yield _probe(item, item.probe, latest, key=str(item.probe.id))
    if pinned and (latest is None or pinned.pk != latest.pk):
        yield _probe(item, pinned.probe, pinned, key=f"{pinned.probe_id}/{pinned.pk}")


def _probe(item: Item, probe: Probe, run: Run | None, *, key: str) -> facts.Probe:
    config = run.config if run else probe.config
    # What a kind of another version of Keyturn asked is stated as it was stored.
    request = probes.summary(probe.kind, config) or json.dumps(config, ensure_ascii=False, sort_keys=True)
    if run is None:
        return facts.Probe(key, probe.name, probe.kind, item.number, request)
    return read(
        facts.Probe,
        probe,
        run,
        id=key,
        item=item.number,
        request=request,
        outcome=words.RUNS[RunState(run.state)],
        **_result(run),
        at=run.finished_at or run.started_at or run.queued_at,
        run=str(run.pk),
        run_digest=run.digest,
        is_covered=run.pk == item.pinned_run_id,
        conditions=tuple(_condition(each) for each in run.conditions),
        baseline=_since_baseline(item.probe, run) if item.probe else "",
        reporter=isolated(run.worker) if probe.is_passive else "",
    )


def _result(run: Run) -> dict[str, str]:
    """What it came to, and the limit: each said once. Conditions that do not simply pass name value and limit."""
    if any(each["explanation"] for each in run.conditions):
        return {"value": run.explanation, "limit": ""}
    measured = f"{run.value} {run.unit}".strip()
    stated = [measured, "" if measured and _is_stated(measured, run.explanation) else run.explanation]
    return {"value": ", ".join(filter(None, stated)), "limit": probes.limit_used(run)}


def _is_stated(measured: str, text: str) -> bool:
    """Whether a text says what was measured, in whichever unit."""
    spelt = {measured, *(in_one_unit(measured, f"1 {unit}")[0] for unit in UNITS)}
    return any(re.search(rf"(?<![\w.,]){re.escape(each)}(?!\w|[.,]\d)", text) for each in spelt)


def _since_baseline(probe: Probe, run: Run) -> str:
    """How a run differs from what it is compared with, as “+38 % against the baseline of 210 ms, …”; empty without."""
    baseline = probe.baseline
    if baseline is None or run.probe_id != probe.pk:
        return ""
    by = f"set by {isolated(probe.baseline_by_name)}"
    if baseline == run:
        return f"this run is the baseline, {by}"
    before, now = (f"{each.value} {each.unit}".strip() for each in (baseline, run))
    since = f"{difference(before, now)} against the baseline".strip()
    return f"{since}{f' of {before}' if before else ''}, {exact(baseline.queued_at)}, {by}"


def _condition(judged: Mapping[str, Any]) -> facts.Condition:
    outcome = probes.VERDICT_WORDS[judged["verdict"]]
    return facts.Condition(judged["expression"], outcome, judged["value"], judged["limit"])


def _rollback(deployment: Deployment) -> facts.Rollback:
    plan, people = deployment.rollback_plan, deployments.members(deployment.team)
    return read(
        facts.Rollback,
        plan,
        owner=deployments.plan_owner(deployment, people) or None,
        last_rehearsed=plan.last_rehearsed_on,
        steps=tuple(facts.RollbackStep(**each) for each in plan.steps),
        missing=tuple(deployments.missing_of_plan(deployment, people)),
    )


def _people(deployment: Deployment, entries: list[Entry]) -> tuple[facts.Person, ...]:
    """Everybody the chain names as an actor: under which names they acted, their account, the role held now."""
    acted: dict[UUID, dict[str, None]] = {}
    for entry in entries:
        if entry.actor != SYSTEM.id:
            acted.setdefault(entry.actor, {})[ledger.texts(entry).get(chain.ACTOR_NAME, "")] = None
    roles = roles_in(deployment.team_id, acted)
    accounts = dict(User.objects.filter(pk__in=acted).values_list("pk", "username"))
    people = []
    for actor, names in acted.items():
        *earlier, name = [*filter(None, names)] or [ledger.NAMELESS]  # never the name of now
        role = in_words(roles[actor]) if actor in roles else "no longer in the team"
        people.append(facts.Person(str(actor), name, role, accounts.get(actor, ""), tuple(earlier)))
    return tuple(sorted(people, key=lambda each: (folded(each.name), each.id)))


def _ledger(stated: facts.Record, entries: list[Entry]) -> facts.Ledger:
    """The chain with its sentences, hashed again entry by entry."""
    walk = chain.Walk(stated.ledger.stream)
    hashed = []
    for entry, line in zip(entries, ledger.lines(entries), strict=True):
        openings = {each.path: (each.value, each.salt) for each in entry.openings.all()}
        walk.step(entry, openings)
        hashed.append(
            read(
                facts.LedgerEntry,
                entry,
                at=datetime.fromisoformat(entry.at),
                text=f"{isolated(line.who)} {line.text}",
                body=json.loads(entry.body),
                openings={path: {"value": value, "salt": salt} for path, (value, salt) in openings.items()},
            )
        )
    faults = tuple(str(each) for each in walk.close(len(entries), entries[-1].digest))
    return stated.ledger._replace(entries=tuple(hashed), faults=faults)


def _anchor(stream: str) -> facts.Anchor | None:
    """The newest entry of the instance chain that notes this chain's head."""
    noted = Entry.objects.filter(stream_id=chain.INSTANCE, kind=HeadAnchored.kind, body__contains=stream)
    newest = noted.order_by("-sequence").first()
    if newest is None:
        return None
    covers = json.loads(newest.body)["data"]["sequence"]
    return facts.Anchor(newest.sequence, newest.digest, datetime.fromisoformat(newest.at), covers)
