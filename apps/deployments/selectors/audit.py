"""Comparing the tables of every deployment with what its ledger says, row by row and in both directions."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Prefetch

from apps.accounts.selectors.audit import People, people_told
from apps.deployments.models import Attachment, Deployment, Item, Sheet, Waiver
from apps.deployments.rules import content_digest
from apps.evidence.models import Blob, Evidence
from apps.evidence.models import Kind as EvidenceKind
from apps.ledger import selectors as ledger
from apps.ledger.chain import Fault
from apps.ledger.models import Stream
from apps.ledger.selectors import UNREADABLE, Told, differences, earliest_first, in_one_only
from apps.probes.models import Probe, Run
from apps.signoff.models import Signature

from .audit_keys import of_matter, of_rejections, of_signatures
from .origin import origin_faults
from .replay import HANDLERS, Expected, replay

PREFIX = "deployment/"
TABLES = "the tables"
EMPTY_PLAN = {"owner": "", "steps": [], "verification": "", "last_rehearsed_on": ""}


def ledger_faults() -> Iterator[Fault]:
    """Everything that stands otherwise in the tables of deployments than their ledgers say."""
    known = set()
    people = _people()
    for pk in Deployment.objects.order_by("team_id", "number").values_list("pk", flat=True).iterator():
        known.add(f"{PREFIX}{pk}")
        yield from deployment_faults(pk, people)
    for name in Stream.objects.filter(name__startswith=PREFIX).order_by("name").values_list("name", flat=True):
        if name not in known:
            yield Fault(name, None, "its deployment is gone from the tables")
    yield from _number_faults()
    yield from _orphans()


def deployment_faults(pk: UUID, people: People | None) -> list[Fault]:
    """What differs in one deployment, the earliest entry first. `people`: who had which role and name, if known."""
    stream = f"{PREFIX}{pk}"
    try:
        expected = replay(ledger.told(stream, HANDLERS), people)
    except UNREADABLE as error:
        return [Fault(stream, None, f"its entries do not follow from each other ({type(error).__name__})")]
    if expected.created is None:
        return [Fault(stream, None, "the deployment is in the tables and its ledger does not begin with it")]
    try:
        deployment = Deployment.objects.select_related("team", "rollback_plan", "template_version__template").get(pk=pk)
        found = list(_compare(deployment, expected))
    except UNREADABLE as error:
        found = [Fault(stream, None, f"its rows cannot be read ({type(error).__name__})")]
    return earliest_first(found)


def _people() -> People | None:
    """What the instance's entries say about people; None when they cannot be followed, which is a fault of its own."""
    try:
        return people_told()
    except UNREADABLE:
        return None


def signatures_compared() -> int:
    """How many signatures `ledger_faults` looks at."""
    return Signature.objects.count()


def _compare(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    assert expected.created is not None
    yield from _of_deployment(deployment, expected)
    yield from _of_plan(deployment, expected)
    yield from origin_faults(deployment, expected.created)
    yield from _of_items(deployment, expected)
    yield from _of_waivers(deployment, expected)
    yield from _of_sheet(deployment, expected)
    yield from of_signatures(deployment, expected)
    yield from of_rejections(deployment, expected)
    yield from _of_evidence(deployment, expected)
    yield from _of_runs(deployment, expected)
    yield from _of_probes(deployment, expected)


def _of_deployment(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    created, closed = expected.created, expected.closed
    assert created is not None
    facts = {
        "team": (deployment.team_id, created.said["team"]),
        "number": (deployment.number, created.said["number"]),
        "checklist": (deployment.template_version_id, created.said["template"]),
        "checklist digest": (deployment.template_version.sha256, created.said["template_digest"]),
        "service": (deployment.service, created.said["service"]),
        "version": (deployment.version, created.said["version"]),
        "environment": (deployment.environment, created.said["environment"]),
        "creator": (deployment.created_by_id, created.actor),
        "variables": (deployment.variables, created.said.get("variables", deployment.variables)),
        "team of the checklist": (deployment.template_version.template.team_id, created.said["team"]),
        "time of creation": (deployment.created_at, created.said["created_at"]),
        "state": (deployment.state, expected.stands),
        "outcome": (deployment.outcome, expected.ended),
        "start of the window": (deployment.window_start or "", expected.window[0]),
        "end of the window": (deployment.window_end or "", expected.window[1]),
    }
    yield from differences(created, "the deployment", facts)
    end = closed.said if closed else {}
    ending = {
        "closing person": (deployment.closed_by_id, closed.actor if closed else None),
        "time of closing": (deployment.closed_at, end.get("closed_at")),
        "reason for closing": (deployment.closing_reason, end.get("reason", "")),
    }
    yield from differences(closed or created, "the deployment", ending)


def _of_plan(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    told = expected.plan or expected.created
    assert told is not None
    plan = expected.plan.said["plan"] if expected.plan else EMPTY_PLAN
    yield from differences(told, "the rollback plan", _pairs(deployment.rollback_plan.content(), plan))
    yield from differences(told, "the rollback plan", {"team": (deployment.rollback_plan.team_id, deployment.team_id)})


def _of_items(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    created = expected.created
    assert created is not None
    found = Item.objects.for_signing().select_related("probe__latest_run", "pinned_run")
    found = found.prefetch_related("sign_off__revisions")
    found = found.filter(deployment=deployment).order_by("number")
    items = {str(item.id): item for item in found}
    names = {key: f"item {item.number}" for key, item in items.items()}
    told = {key: matter.told for key, matter in expected.items.items()}
    yield from in_one_only(deployment.stream, "item", names, told)
    for key, matter in expected.items.items():
        item = items.get(key)
        if item is None:
            continue
        item.deployment = deployment
        name = names[key]
        yield from of_matter(deployment, expected, item.sign_off, matter, name, required=item.keys)
        if content_digest(item.content(pinned=item.pinned_run)) != item.sign_off.digest:
            yield Fault(deployment.stream, matter.told.sequence, f"the content of {name} is not the one its keys cover")
        owner, probe = expected.owners.get(key), expected.probes.get(key)
        facts = {"owner": (item.owner_id, owner.said["owner"] if owner else None)}
        yield from differences(owner or created, name, facts)
        attached = probe.said["probe"] if probe and probe.kind == "probe.attached" else None
        yield from differences(probe or created, name, {"probe": (item.probe_id, attached)})


def _of_waivers(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    found = (
        Waiver.objects.filter(item__deployment=deployment)
        .select_related("sign_off", "item")
        .prefetch_related("sign_off__contributions", "sign_off__revisions")
    )
    waivers = {str(waiver.id): waiver for waiver in found}
    names = {key: f"the waiver of item {waiver.item.number}" for key, waiver in waivers.items()}
    yield from in_one_only(deployment.stream, "waiver", names, expected.waivers_asked)
    for key, asked in expected.waivers_asked.items():
        waiver = waivers.get(key)
        if waiver is None:
            continue
        facts = {
            "item": (waiver.item_id, asked.said["item"]),
            "justification": (waiver.justification, asked.said["justification"]),
            "requester": (waiver.requested_by_id, asked.actor),
            "time of asking": (waiver.requested_at, asked.said["requested_at"]),
        }
        yield from differences(asked, names[key], facts)
        yield from _ended(waiver, expected.waivers_ended.get(key), asked, names[key])
        matter = expected.waivers[key]
        if not matter.digest and waiver.ended_at is None:
            matter.digest = content_digest(waiver.content())
        required = asked.said["required"]
        yield from of_matter(deployment, expected, waiver.sign_off, matter, names[key], required=required)


def _ended(waiver: Waiver, ended: Told | None, asked: Told, name: str) -> Iterator[Fault]:
    facts = {
        "end": (waiver.ended_at, ended.said["ended_at"] if ended else None),
        "person who ended it": (waiver.ended_by_id, ended.actor if ended else None),
        "reason for ending it": (waiver.ended_why, ended.said["why"] if ended else ""),
    }
    return differences(ended or asked, name, facts)


def _of_sheet(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    sheet = (
        Sheet.objects.filter(deployment=deployment)
        .select_related("sign_off")
        .prefetch_related("sign_off__contributions", "sign_off__revisions")
        .first()
    )
    told, matter = expected.completed, expected.sheet
    rows = {str(sheet.id): "the sheet"} if sheet else {}
    yield from in_one_only(deployment.stream, "sheet", rows, {told.said["sheet"]: told} if told else {})
    if sheet is None or told is None or matter is None:
        return
    facts = {
        "version": (sheet.version_deployed, told.said["version"]),
        **{name: (getattr(sheet, name), told.said[name]) for name in ("issues", "resolution", "caveats")},
        **{name: (getattr(sheet, name), told.said[name]) for name in ("answer", "verdict")},
    }
    yield from differences(told, "the sheet", facts)
    yield from of_matter(deployment, expected, sheet.sign_off, matter, "the sheet", required=2)


def _of_evidence(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    found = Attachment.objects.filter(item__deployment=deployment).select_related("evidence")
    found = found.prefetch_related(Prefetch("evidence__blob", Blob.objects.defer("data")))
    rows = {str(row.evidence_id): row for row in found}
    names = {key: f"the evidence “{row.evidence.title}”" for key, row in rows.items()}
    yield from in_one_only(deployment.stream, "evidence", names, expected.attached)
    for key, told in expected.attached.items():
        row, gone = rows.get(key), expected.removed.get(key)
        if row is None:
            continue
        evidence = row.evidence
        facts = {
            "team": (evidence.team_id, deployment.team_id),
            "team of the file": (evidence.blob.team_id if evidence.blob else deployment.team_id, deployment.team_id),
            "item": (row.item_id, told.said["item"]),
            "place": (row.position, expected.position(key)),
            "kind": (evidence.kind, told.said["evidence_kind"]),
            "title": (evidence.title, told.said["title"]),
            "SHA-256": (evidence.sha256, told.said["sha256"]),
            "size": (evidence.size, told.said["size"]),
            "person": (evidence.added_by_id, told.actor),
            "time": (evidence.added_at, told.said["added_at"]),
            "content": (_content_sha256(evidence), told.said["sha256"]),
        }
        yield from differences(told, names[key], facts)
        removal = {
            "removal": (row.removed_at, gone.said["removed_at"] if gone else None),
            "person who took it away": (row.removed_by_id, gone.actor if gone else None),
        }
        yield from differences(gone or told, names[key], removal)


def _content_sha256(evidence: Evidence) -> str:
    """The digest of what is kept now: the text, the address or the bytes."""
    if evidence.kind == EvidenceKind.FILE:
        data = (
            Blob.objects.filter(pk__in=[evidence.blob_id] if evidence.blob_id else [])
            .values_list("data", flat=True)
            .first()
        )
        return hashlib.sha256(bytes(data or b"")).hexdigest()
    kept = evidence.text if evidence.kind == EvidenceKind.NOTE else evidence.url
    return hashlib.sha256(kept.encode("utf-8", "surrogatepass")).hexdigest()


def _of_runs(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    rows = {str(run.id): run for run in Run.objects.filter(stream=deployment.stream).iterator()}
    yield from in_one_only(deployment.stream, "probe run", dict.fromkeys(rows, "a probe run"), expected.runs_asked)
    finished = {key: "the result of a probe run" for key, run in rows.items() if run.is_finished}
    yield from in_one_only(deployment.stream, "result of a probe run", finished, expected.runs)
    for key, told in expected.runs.items():
        run = rows.get(key)
        if run is None or key not in finished:
            continue
        same = ("state", "value", "unit", "limit", "explanation", "attempt")
        facts = {
            **{name: (getattr(run, name), told.said[name]) for name in same},
            "item": (run.item, told.said["item"]),
            "probe": (run.probe_id, told.said["probe"]),
            "digest": (run.digest, told.said["run_digest"]),
            "content": (run.computed_digest(), told.said["run_digest"]),
        }
        yield from differences(told, "the probe run", facts)
    for probe in Probe.objects.filter(pk__in=expected.latest):
        told = expected.latest[str(probe.pk)]
        facts = {"latest run": (probe.latest_run_id, told.said.get("run"))}  # a change leaves it without one
        yield from differences(told, f"the probe “{probe.name}”", facts)


def _of_probes(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    rows = {str(probe.pk): probe for probe in Probe.objects.filter(pk__in=expected.asks)}
    names = {key: f"the probe “{probe.name}”" for key, probe in rows.items()}
    yield from in_one_only(deployment.stream, "probe", names, expected.asks)
    for key, probe in rows.items():
        told = expected.asks[key]
        facts = {
            "team": (probe.team_id, told.said["team"]),
            "kind": (probe.kind, told.said["probe_kind"]),
            "name": (probe.name, told.said["name"]),
            "settings": (probe.config, told.said["config"]),
        }
        yield from differences(told, names[key], facts)


def _number_faults() -> Iterator[Fault]:
    """Teams whose deployments are not numbered from one without a gap: one vanished."""
    teams = Deployment.objects.values("team", "team__name")  # two teams may have one name
    teams = teams.annotate(least=Min("number"), most=Max("number"), all=Count("id"))
    for team in teams.order_by("team__name", "team"):
        if (team["least"], team["most"]) != (1, team["all"]):
            what = f"{team['team__name']} has {team['all']} deployments numbered up to {team['most']}: one is gone"
            yield Fault(TABLES, None, what)


def _orphans() -> Iterator[Fault]:
    """Rows that belong to no deployment, so no ledger speaks of them."""
    nobody = {f"sign_off__{owner}": None for owner in ("item", "waiver", "sheet")}
    for name in Signature.objects.filter(**nobody).values_list("name", flat=True):
        yield Fault(TABLES, None, f"a signature by {name} belongs to nothing")
    for title in Evidence.objects.filter(attachment=None).values_list("title", flat=True):
        yield Fault(TABLES, None, f"the evidence “{title}” belongs to nothing")


def _pairs(row: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name.replace("_", " "): (row.get(name), said.get(name)) for name in sorted({*row, *said})}
