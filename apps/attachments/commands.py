"""Laying proof before an item, letting machines gather it, and taking it away again."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.errors import Refusal, TooLarge, WrongState
from apps.core.permissions import require
from apps.core.shown import NOTHING, UNSEEN, id_of_intent, require_same, require_unchanged
from apps.core.wording import plural
from apps.deployments.commands.parts import lock_item, of_item, revise
from apps.deployments.models import Attachment, Deployment, Item
from apps.deployments.states import ACTIVE
from apps.evidence import commands as evidence
from apps.evidence.models import Evidence
from apps.ledger import commands as ledger
from apps.ledger.commands import Actor
from apps.probes import commands as probes
from apps.probes.kinds import PASSIVE, kind_of
from apps.probes.models import Probe, Run, Series
from apps.probes.rules import schedule_of, setup_of, slot_of
from apps.probes.selectors import stored_config
from apps.signoff.rules import Cause

from . import permissions
from .events import EvidenceAttached, EvidenceRemoved, EvidenceReplaced, ProbeAttached, ProbeDetached

MOST_PIECES = 10_000
MOST_REVISIONS = 50  # of one piece: its earlier ones stand on the page of the item
TAKEN_AWAY = ["removed_at", "removed_by", "removed_by_name"]
MOST_RUNS_A_MINUTE = 600  # that all schedules of a team order


class Asked(NamedTuple):
    """How many runs an act ordered, and how many of those it asked for were under way already."""

    ordered: int
    under_way: int


def attach_evidence(item: Item, *, by: User, title: str, intent: UUID | None = None, **content: Any) -> Evidence:
    """Lay a file, link or note before an item; `content` as `file_evidence` takes it. Keys turned before fall out.

    The same intent twice is one piece, unless that was taken away meanwhile.
    """
    require(permissions.attach_evidence(by, item))
    return _lay(item, by, title, *_identified(item, by, title, intent, content))


def replace_evidence(
    item: Item, *, by: User, evidence: Evidence, title: str, intent: UUID | None = None, **content: Any
) -> Evidence:
    """File a newer revision of a piece that stands; the older one stays on record. Keys turned before fall out.

    It is of the same kind, and says something else. The same intent twice is one revision. WrongState when somebody
    replaced the piece or took it away meanwhile.
    """
    require(permissions.replace_evidence(by, item))
    return _lay(item, by, title, *_identified(item, by, title, intent, content), older=evidence)


def _identified(
    item: Item, by: User, title: str, intent: UUID | None, content: Mapping[str, Any]
) -> tuple[Mapping[str, Any], UUID]:
    """The content, its file hashed and placed before anything is locked, and the id that the same intent has."""
    if "data" in content:
        content = {**content, "data": evidence.place(item.deployment.team, content["data"])}
    parts = (getattr(value, "sha256", value) for value in content.values())
    return content, id_of_intent(intent, item.pk, by.pk, title, *parts)


@transaction.atomic
def _lay(
    item: Item, by: User, title: str, content: Mapping[str, Any], pk: UUID, older: Evidence | None = None
) -> Evidence:
    item = lock_item(item, evidence=False)
    require((permissions.replace_evidence if older else permissions.attach_evidence)(by, item))
    known = item.attachments.select_related("evidence").filter(evidence=pk).first()
    if known and not known.removed_at:
        return known.evidence
    before = _standing(item, older) if older else None
    position = before.position if before else _next_position(item)
    filed = evidence.file_evidence(item.deployment.team, by=by, pk=uuid4() if known else pk, title=title, **content)
    attachment = Attachment(item=item, evidence=filed, position=position)
    if before:
        _succeed(attachment, before)
    cause = Cause.EVIDENCE_REPLACED if before else Cause.EVIDENCE_ADDED
    proof = _digests(item, filed, at=position)
    invalidated = revise(item, by=by, cause=cause, concerns=title, evidence=proof)
    gone = [before] if before else []
    for row in gone:
        row.save(update_fields=TAKEN_AWAY)
    attachment.save()
    blobs = [filed.blob] if filed.blob else []
    rows = [item, *gone, attachment, filed, *blobs, *item.sign_off.changes]
    ledger.record(item.deployment.stream, _laid(attachment, before, invalidated), by=by, rows=rows)
    return filed


def _next_position(item: Item) -> int:
    position: int = 1 + (item.attachments.aggregate(last=Max("position"))["last"] or 0)
    if position > MOST_PIECES:
        raise TooLarge(
            f"An item takes at most {MOST_PIECES:,} pieces of evidence, those that were taken away included. "
            "Put the rest into one file, or attach a link to where it is."
        )
    return position


def _standing(item: Item, older: Evidence) -> Attachment:
    """The revision that stands, or why it cannot be replaced."""
    before: Attachment | None = item.attachments.filter(evidence=older, removed_at=None).first()
    if before is None:
        raise WrongState("This evidence was replaced or taken away meanwhile. Reload the page of the item.")
    if before.revision >= MOST_REVISIONS:
        raise TooLarge(f"One piece takes at most {MOST_REVISIONS} revisions. Attach a new one, and take this one away.")
    return before


def _succeed(attachment: Attachment, before: Attachment) -> None:
    """Make it the next revision of what stood before, which is taken away at the moment when it was filed."""
    filed, was = attachment.evidence, before.evidence
    if filed.kind != was.kind:
        raise WrongState(f"A {was.kind} is replaced by a {was.kind}. Attach the other one by itself.")
    if filed.sha256 == was.sha256:
        raise WrongState(f"This says the same as revision {before.revision}, byte by byte, so there is nothing newer.")
    attachment.revision = before.revision + 1
    before.removed_at, before.removed_by, before.removed_by_name = filed.added_at, filed.added_by, filed.added_by_name


def _laid(attachment: Attachment, before: Attachment | None, invalidated: int) -> EvidenceAttached | EvidenceReplaced:
    filed = attachment.evidence
    facts: dict[str, Any] = of_item(attachment.item) | {"invalidated": invalidated, "evidence": filed.id}
    facts |= {"evidence_kind": filed.kind, "sha256": filed.sha256, "size": filed.size, "title": filed.title}
    if before is None:
        return EvidenceAttached(**facts)
    return EvidenceReplaced(**facts, replaced=before.evidence_id, revision=attachment.revision)


@transaction.atomic
def remove_evidence(item: Item, *, by: User, evidence: Evidence, shown: str | None = None) -> None:
    """Take evidence away from an item, unless its keys are others than were `shown`; it stays on record.

    Keys turned before fall out.
    """
    item = lock_item(item, evidence=False)
    require(permissions.remove_evidence(by, item))
    gone = item.attachments.filter(evidence=evidence, removed_at=None).first()
    if gone is None:
        raise WrongState("This evidence was taken away already. Reload the page.")
    require_same(shown, item.sign_off.standing, "take it away")
    gone.removed_at, gone.removed_by, gone.removed_by_name = timezone.now(), by, by.full_name
    proof = _digests(item, at=gone.position)
    invalidated = revise(item, by=by, cause=Cause.EVIDENCE_REMOVED, concerns=evidence.title, evidence=proof)
    gone.save(update_fields=TAKEN_AWAY)
    removed = EvidenceRemoved(**of_item(item), invalidated=invalidated, evidence=evidence.id, title=evidence.title)
    ledger.record(item.deployment.stream, removed, by=by, rows=[item, gone, *item.sign_off.changes])


@transaction.atomic
def attach_probe(
    item: Item,
    *,
    by: User,
    name: str,
    kind: str,
    config: Mapping[str, Any],
    zone: str | None = None,
    shown: str | None = None,
) -> Item:
    """Give an item a probe, or change the one it has, unless that changed since it was `shown`.

    zone: the queue of the zone that asks, empty for this Keyturn itself; None leaves it as it is. Keys turned before
    fall out. What ran before stays on record.
    """
    item = lock_item(item)
    require(permissions.attach_probe(by, item))
    there = (item.probe.zone_id if item.probe else None) if zone is None else zone
    _require_as_shown(item.probe, shown, lambda: setup_of(name, kind_of(kind).parse(config).as_json(), there))
    stream = item.deployment.stream  # not the instance's: that one is always locked last
    probe = item.probe
    if probe is None:
        team = item.deployment.team
        asks: dict[str, Any] = {"name": name, "kind": kind, "config": config, "zone": there or ""}
        probe = item.probe = probes.define_probe(team, by=by, stream=stream, **asks)
        invalidated = revise(item, by=by, cause=Cause.PROBE_ATTACHED, concerns=name, saving=["probe"])
    else:
        before = probe.content()
        probe.name, probe.config, probe.zone_id = name, stored_config(probe.kind, config, there), there or None
        if probe.content() == before:
            return item
        invalidated = revise(item, by=by, cause=Cause.PROBE_CHANGED, concerns=name)
        item.probe = probes.change_probe(probe, by=by, name=name, config=config, zone=zone, stream=stream)
    attached = ProbeAttached(**of_item(item), invalidated=invalidated, probe=probe.id, probe_kind=probe.kind, name=name)
    ledger.record(stream, attached, by=by, rows=[item, *item.sign_off.changes])
    return item


@transaction.atomic
def attach_probes(deployment: Deployment, *, by: User, probes: Mapping[int, Mapping[str, Any]]) -> int:
    """Give several items a probe each, or none of them; returns how many. probes: name, kind and config by number.

    An item that has exactly this probe by now stays as it is; one that has another is refused.
    """
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.attach_probes(by, deployment))
    items = {item.number: item for item in deployment.items.filter(number__in=probes).order_by("number")}
    for number, item in items.items():
        attach_probe(item, by=by, **probes[number], shown=NOTHING)
    return len(items)


def try_probe(item: Item, *, by: User, kind: str, config: Mapping[str, Any], zone: str = "") -> UUID:
    """Have a probe asked that the item does not have yet; returns what its answer is found by. It proves nothing."""
    require(permissions.try_probe(by, item))
    about: dict[str, Any] = {"stream": item.deployment.stream, "item": item.pk}
    return probes.try_probe(item.deployment.team, by=by, kind=kind, config=config, zone=zone, **about)


@transaction.atomic
def detach_probe(item: Item, *, by: User, reason: str, shown: str | None = None) -> Item:
    """Take the probe from an item, unless it is another than was `shown`; it no longer blocks. Keys fall out."""
    item = lock_item(item)
    require(permissions.detach_probe(by, item))
    require_same(shown, item.probe.standing if item.probe else {}, "take the probe away")
    gone, name = item.probe_id, str(item.probe)
    item.probe = None
    invalidated = revise(item, by=by, cause=Cause.PROBE_DETACHED, concerns=name, saving=["probe"])
    probes.let_secrets_go([gone] if gone else [])
    detached = ProbeDetached(**of_item(item), invalidated=invalidated, probe=gone, reason=reason)
    ledger.record(item.deployment.stream, detached, by=by, rows=[item, *item.sign_off.changes])
    return item


@transaction.atomic
def run_probes(deployment: Deployment, *, by: User, numbers: list[int] | None = None) -> Asked:
    """Run the probes of some items, or of all; each run is recorded.

    Those that nobody asks are left out; where there are no others, that is refused.
    """
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.run_probes(by, deployment))
    items = deployment.items.filter(probe__isnull=False).order_by("number")
    if numbers is not None:
        items = items.filter(number__in=numbers)
    asked = dict(items.exclude(probe__kind__in=PASSIVE).values_list("probe", "pk"))
    if not asked and items.exists():
        raise WrongState(permissions.NOT_ASKED)
    ordered = _ordered(asked, by=by, stream=deployment.stream)
    return Asked(ordered, len(asked) - ordered)


@transaction.atomic
def cancel_series(deployment: Deployment, *, by: User, series: UUID) -> int:
    """Call off what of a series nobody has begun; returns how many runs that were."""
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.cancel_series(by, deployment))
    found = Series.objects.filter(pk=series, stream=deployment.stream).first()
    if found is None:
        raise WrongState("There are no such runs here. Reload the page of all probes.")
    return probes.cancel_series(found, by=by)


@transaction.atomic
def schedule_probe(item: Item, *, by: User, seconds: int | None, shown: str | None = None) -> Item:
    """Have the probe of an item run by the clock while its deployment is open, or (None) no longer. Keys stay.

    Unless its interval changed since it was `shown`. A schedule is the deployment's: it goes on after who set it left
    the team, since whoever relies on what it finds is told nothing by a probe that falls silent.
    """
    item = lock_item(item)
    require(permissions.schedule_probe(by, item))
    if item.probe:
        require_unchanged(shown, schedule_of(item.probe.interval_seconds), schedule_of(seconds))
        _require_runs_to_spare(Probe.objects.lock(item.probe.pk), seconds)
        stream = item.deployment.stream
        item.probe = probes.schedule_probe(item.probe, by=by, seconds=seconds, stream=stream, item=item.pk)
    return item


def _require_runs_to_spare(probe: Probe, seconds: int | None) -> None:
    """Refuse a schedule with which the team orders too many runs. The probe is locked.

    Until the transaction ends nobody else sets a schedule for the team, or two at once would share what is left. One
    that runs more seldom than before is always taken.
    """
    if not seconds or (probe.interval_seconds and seconds >= probe.interval_seconds):
        return
    Team.objects.lock(probe.team_id)
    of_team = Item.objects.filter(deployment__team=probe.team_id, deployment__state__in=ACTIVE).exclude(probe=probe)
    intervals = of_team.filter(probe__interval_seconds__isnull=False).values_list("probe__interval_seconds", flat=True)
    others = sum(60 / interval for interval in intervals if interval)
    if others + 60 / seconds > MOST_RUNS_A_MINUTE:
        ordered = plural(round(others), "run")
        raise Refusal(
            f"The schedules of this team order {ordered} a minute, and may order {MOST_RUNS_A_MINUTE}. "
            "Choose a longer interval here, or for another probe first."
        )


@transaction.atomic
def set_baseline(item: Item, *, by: User, run: UUID, shown: str | None = None) -> Item:
    """Have later runs of the probe of an item compared with that run, unless its baseline is another than was `shown`.

    Keys stay: a baseline judges nothing.
    """
    item = lock_item(item)
    require(permissions.set_baseline(by, item))
    assert item.probe
    found = item.probe.runs.filter(pk=run).first()
    if found is None:
        raise WrongState("This is no run of the probe of this item. Reload the page, and choose one that is.")
    if item.probe.baseline_id != run:
        require_same(shown, item.probe.compared_with, "set the baseline")
    stream = item.deployment.stream
    item.probe = probes.set_baseline(item.probe, by=by, run=found, stream=stream, item=item.pk)
    return item


def order_due_runs(*, by: Actor, now: datetime | None = None) -> int:
    """Order a run of each probe that is due by its schedule; returns how many. Safe at any time and twice at once.

    A schedule has a slot every so many seconds, counted from 1970. Only the present one is due: what a clock that was
    away missed is not made up for. The database keeps a second run out of a slot, whatever clocks say.
    """
    now = now or timezone.now()
    ordered = 0
    for (deployment, person), slots in _due(now).items():
        with transaction.atomic():
            found = Deployment.objects.lock(deployment)
            if found.state not in ACTIVE:
                continue
            items = dict(found.items.filter(probe__in=slots).values_list("probe", "pk"))
            begun = Run.objects.filter(probe__in=items, slot__in=set(slots.values())).values_list("probe", "slot")
            free = {probe: item for probe, item in items.items() if (probe, slots[probe]) not in {*begun}}
            who = User.objects.get(pk=person)
            ordered += _ordered(free, by=who, stream=found.stream, slots={probe: slots[probe] for probe in free})
    return ordered


def _ordered(asked: Mapping[UUID, UUID], **order: Any) -> int:
    """Order a run of each probe of `asked`, and count those that were not under way already."""
    under_way = set(Run.objects.live().filter(probe__in=asked).values_list("pk", flat=True))
    return sum(run.pk not in under_way for run in probes.request_runs(asked, **order))


def _due(now: datetime) -> dict[tuple[UUID, UUID], dict[UUID, datetime]]:
    """{(deployment, who scheduled it): {probe: slot}} of what has no run in its present slot, and none under way."""
    scheduled = Item.objects.filter(deployment__state__in=ACTIVE, probe__interval_seconds__isnull=False)
    under_way = Run.objects.live().filter(probe=OuterRef("probe"))
    due: dict[tuple[UUID, UUID], dict[UUID, datetime]] = defaultdict(dict)
    rows = scheduled.exclude(Exists(under_way)).values_list(
        "deployment", "probe__scheduled_by", "probe", "probe__interval_seconds"
    )
    found = [(deployment, person, probe, slot_of(now, every)) for deployment, person, probe, every in rows if every]
    slots = {slot for *_, slot in found}
    begun = set(Run.objects.filter(slot__in=slots, probe__in=[row[2] for row in found]).values_list("probe", "slot"))
    for deployment, person, probe, slot in found:
        if (probe, slot) not in begun:
            due[deployment, person][probe] = slot
    return due


def _digests(item: Item, filed: Evidence | None = None, *, at: int) -> list[str]:
    """The digests of what will be attached, in order: of what is, but that `filed`, or nothing, stands at one place.

    That is all that keys cover of it, and all that is read of many pieces.
    """
    there = item.attachments.filter(removed_at=None).exclude(position=at).values_list("position", "evidence__sha256")
    return [digest for _, digest in sorted([*there, *([(at, filed.sha256)] if filed else [])])]


def _require_as_shown(probe: Probe | None, shown: str | None, typed: Callable[[], dict[str, str]]) -> None:
    """Refuse to overwrite a probe that somebody changed, attached or took away after the form was opened."""
    if shown is not None and probe:
        require_unchanged(shown, setup_of(probe.name, probe.settings.as_json(), probe.zone_id), typed())
    elif shown not in (None, UNSEEN, NOTHING):
        raise WrongState("The probe was taken away after you opened this. Reload the page; attach another if need be.")
