"""Comparing the tables of every deployment with what its ledger says, row by row and in both directions."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min

from apps.deployments.models import Attachment, Deployment, Item, Sheet, Waiver
from apps.deployments.rules import content_digest
from apps.evidence.models import Blob, Evidence
from apps.evidence.models import Kind as EvidenceKind
from apps.ledger import selectors as ledger
from apps.ledger.chain import Fault
from apps.ledger.events import plain
from apps.ledger.models import Stream
from apps.ledger.selectors import UNREADABLE, Told, earliest_first
from apps.probes.models import Probe, Run
from apps.signoff.models import Rejection, Signature, SignOff

from .origin import origin_faults
from .replay import HANDLERS, Expected, Matter, replay

PREFIX = "deployment/"
TABLES = "the tables"
OWNERS = ("item__deployment", "waiver__item__deployment", "sheet__deployment")


def ledger_faults() -> Iterator[Fault]:
    """Everything that stands otherwise in the tables of deployments than their ledgers say."""
    known = set()
    for pk in Deployment.objects.order_by("team_id", "number").values_list("pk", flat=True).iterator():
        known.add(f"{PREFIX}{pk}")
        yield from deployment_faults(pk)
    for name in Stream.objects.filter(name__startswith=PREFIX).order_by("name").values_list("name", flat=True):
        if name not in known:
            yield Fault(name, None, "its deployment is gone from the tables")
    yield from _number_faults()
    yield from _orphans()


def deployment_faults(pk: UUID) -> list[Fault]:
    """What differs in one deployment, the earliest entry first."""
    stream = f"{PREFIX}{pk}"
    try:
        expected = replay(ledger.told(stream, HANDLERS))
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


def signatures_compared() -> int:
    """How many signatures `ledger_faults` looks at."""
    return Signature.objects.count()


def _compare(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    assert expected.created is not None
    yield from _of_deployment(deployment, expected)
    yield from origin_faults(deployment, expected.created)
    yield from _of_items(deployment, expected)
    yield from _of_waivers(deployment, expected)
    yield from _of_sheet(deployment, expected)
    yield from _of_signatures(deployment, expected)
    yield from _of_rejections(deployment, expected)
    yield from _of_evidence(deployment, expected)
    yield from _of_runs(deployment, expected)


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
    plan = expected.plan.said["plan"] if expected.plan else EMPTY_PLAN
    yield from differences(
        expected.plan or created, "the rollback plan", _pairs(deployment.rollback_plan.content(), plan)
    )


EMPTY_PLAN = {"owner": "", "steps": [], "verification": "", "last_rehearsed_on": ""}


def _of_items(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    created = expected.created
    assert created is not None
    found = Item.objects.for_signing().select_related("probe__latest_run", "pinned_run")
    found = found.filter(deployment=deployment).order_by("number")
    items = {str(item.id): item for item in found}
    yield from _in_one_only(
        deployment, "item", {key: f"item {item.number}" for key, item in items.items()}, expected.items
    )
    for key, matter in expected.items.items():
        item = items.get(key)
        if item is None:
            continue
        item.deployment = deployment
        name = f"item {item.number}"
        yield from _of_matter(item.sign_off, matter, name, required=item.keys, contributor_keys=1)
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
        .prefetch_related("sign_off__contributions")
    )
    waivers = {str(waiver.id): waiver for waiver in found}
    names = {key: f"the waiver of item {waiver.item.number}" for key, waiver in waivers.items()}
    yield from _in_one_only(deployment, "waiver", names, expected.waivers_asked)
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
        yield from _of_matter(waiver.sign_off, matter, names[key], required=asked.said["required"], contributor_keys=0)


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
        .prefetch_related("sign_off__contributions")
        .first()
    )
    told, matter = expected.completed, expected.sheet
    rows = {str(sheet.id): "the sheet"} if sheet else {}
    yield from _in_one_only(deployment, "sheet", rows, {told.said["sheet"]: told} if told else {})
    if sheet is None or told is None or matter is None:
        return
    facts = {
        "version": (sheet.version_deployed, told.said["version"]),
        **{name: (getattr(sheet, name), told.said[name]) for name in ("issues", "resolution", "caveats")},
        **{name: (getattr(sheet, name), told.said[name]) for name in ("answer", "verdict")},
    }
    yield from differences(told, "the sheet", facts)
    yield from _of_matter(sheet.sign_off, matter, "the sheet", required=2, contributor_keys=1)


def _of_matter(
    sign_off: SignOff, matter: Matter, name: str, *, required: int, contributor_keys: int
) -> Iterator[Fault]:
    contributors = {(c.round, str(c.person_id)) for c in sign_off.contributions.all()}
    facts = {
        "revision": (sign_off.revision, matter.revision),
        "round": (sign_off.round, matter.round),
        "digest": (sign_off.digest, matter.digest or sign_off.digest),
        "number of keys": (sign_off.required, required),
        "number of keys for contributors": (sign_off.contributor_keys, contributor_keys),
        "list of contributors": (sorted(contributors), sorted(matter.contributors)),
    }
    return differences(matter.told, name, facts)


def _of_signatures(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    columns = ("id", "revision", "slot", "signer_id", "name", "meaning", "digest", "signed_at")
    rows: dict[str, dict[str, Any]] = {}
    for owner, path in zip(("item", "waiver", "sheet"), OWNERS, strict=True):
        found = Signature.objects.filter(**{f"sign_off__{path}": deployment}).order_by("signed_at")
        for row in found.values(*columns, f"sign_off__{owner}"):
            rows[str(row["id"])] = row | {"owner": owner, "of": row[f"sign_off__{owner}"]}
    names = {key: f"key {row['slot']} of {row['owner']} by {row['name']}" for key, row in rows.items()}
    yield from _in_one_only(deployment, "signature", names, expected.signatures)
    for key, told in expected.signatures.items():
        row = rows.get(key)
        if row is None:
            continue
        facts = {
            "signed matter": (row["of"], told.said.get(told.kind.partition(".")[0])),
            "revision": (row["revision"], told.said["rev"]),
            "key": (row["slot"], told.said["slot"]),
            "signer": (row["signer_id"], told.actor),
            "name": (row["name"], told.said["name"]),
            "meaning": (row["meaning"], told.said["meaning"]),
            "digest": (row["digest"], told.said["rev_digest"]),
            "time": (row["signed_at"], told.said["signed_at"]),
        }
        yield from differences(told, "the signature", facts)


def _of_rejections(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    rows: dict[str, Rejection] = {}
    owners: dict[str, Any] = {}
    for owner, path in zip(("item", "waiver", "sheet"), OWNERS, strict=True):
        found = Rejection.objects.filter(**{f"sign_off__{path}": deployment}).select_related(f"sign_off__{owner}")
        rows |= {str(row.id): row for row in found}
        owners |= {str(row.id): getattr(row.sign_off, owner).id for row in found}
    names = {key: f"the rejection by {row.name}" for key, row in rows.items()}
    yield from _in_one_only(deployment, "rejection", names, expected.rejections)
    for key, told in expected.rejections.items():
        row = rows.get(key)
        if row is None:
            continue
        facts = {
            "rejected matter": (owners[key], told.said.get(told.kind.partition(".")[0])),
            "revision": (row.revision, told.said["rev"] - 1),
            "person": (row.person_id, told.actor),
            "name": (row.name, told.said["name"]),
            "reason": (row.reason, told.said["reason"]),
            "time": (row.rejected_at, told.said["rejected_at"]),
        }
        yield from differences(told, "the rejection", facts)


def _of_evidence(deployment: Deployment, expected: Expected) -> Iterator[Fault]:
    found = Attachment.objects.filter(item__deployment=deployment).select_related("evidence")
    rows = {str(row.evidence_id): row for row in found}
    names = {key: f"the evidence “{row.evidence.title}”" for key, row in rows.items()}
    yield from _in_one_only(deployment, "evidence", names, expected.attached)
    for key, told in expected.attached.items():
        row, gone = rows.get(key), expected.removed.get(key)
        if row is None:
            continue
        evidence = row.evidence
        facts = {
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
    yield from _in_one_only(deployment, "probe run", dict.fromkeys(rows, "a probe run"), expected.runs_asked)
    finished = {key: "the result of a probe run" for key, run in rows.items() if run.is_finished}
    yield from _in_one_only(deployment, "result of a probe run", finished, expected.runs)
    for key, told in expected.runs.items():
        run = rows.get(key)
        if run is None or key not in finished:
            continue
        same = ("status", "value", "unit", "limit", "explanation", "attempt")
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


def _in_one_only(
    deployment: Deployment, what: str, rows: Mapping[str, str], told: Mapping[str, Told | Matter]
) -> Iterator[Fault]:
    """Rows no entry speaks of, and entries whose row is gone. `rows` says what each row is called."""
    for key in rows.keys() - told.keys():
        yield Fault(deployment.stream, None, f"{rows[key]} stands in the tables and no entry tells of it")
    for key in told.keys() - rows.keys():
        speaker = told[key]
        entry = speaker.told if isinstance(speaker, Matter) else speaker
        yield Fault(deployment.stream, entry.sequence, f"the {what} it tells of is gone from the tables")


def differences(told: Told, what: str, facts: Mapping[str, tuple[Any, Any]]) -> Iterator[Fault]:
    """A fault at `told` for every fact, as (in the table, in the ledger), that is not the same in both."""
    for name, (row, said) in facts.items():
        if plain(row) != plain(said):
            yield Fault(told.stream, told.sequence, f"{what}: the {name} in the tables is not the one it tells")


def _pairs(row: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name.replace("_", " "): (row.get(name), said.get(name)) for name in sorted({*row, *said})}
