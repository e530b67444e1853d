"""Runs from order to result: many at once, since a person orders many, and a worker has many under way."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import User
from apps.core.bulk import insert_all, new_ids, new_row, update_all
from apps.core.permissions import require
from apps.core.states import after
from apps.leases import commands as leases
from apps.ledger import commands as ledger
from apps.live import publish as live
from apps.probes import permissions
from apps.probes.events import ItemsProbed, ProbeRecorded, ProbeRequested
from apps.probes.kinds import FAILED, INCONCLUSIVE, PASSED, Outcome
from apps.probes.models import Probe, Run, of_queue
from apps.probes.states import MOVES, PLAN

logger = logging.getLogger(__name__)

LOST = "lost"
GONE = f"No result: the worker stopped before it could answer, {PLAN.attempts} times. Run the probe again."
VERDICTS = {PASSED: "pass", FAILED: "fail", INCONCLUSIVE: "doubt", LOST: "lose"}
ENDED = (
    "state", "lease_until", "finished_at", "value", "unit", "limit", "explanation", "request", "response",
    "conditions", "response_digest", "digest",
)  # fmt: skip


@transaction.atomic
def request_runs(asked: Mapping[UUID, UUID], *, by: User, stream: str) -> list[Run]:
    """Order a run of each probe of `asked`, {probe: item}, recorded in `stream` as one entry.

    Returns one run of each, in their order; where one has no result yet, that one.
    """
    probes = {probe.pk: probe for probe in Probe.objects.lock_all(asked)}
    for probe in probes.values():
        require(permissions.request_runs(by, probe))
    runs = {run.probe_id: run for run in Run.objects.live().filter(probe__in=probes)}
    free = [probes[pk] for pk in asked if pk not in runs]
    ordered = [
        _ordered(pk, probe, by=by, stream=stream, item=asked[probe.pk])
        for pk, probe in zip(new_ids(len(free)), free, strict=True)
    ]
    insert_all(ordered)
    for run in ordered:
        run.probe.latest_run, run.probe.version = run, run.probe.version + 1
    update_all(free, ["latest_run", "version"])
    if ordered:
        ledger.record(stream, _requested(ordered), by=by, rows=[*free, *ordered])
    leases.publish(*ordered)
    runs |= {run.probe_id: run for run in ordered}
    return [runs[pk] for pk in asked]


@transaction.atomic
def claim_runs(*, by: ledger.Actor, worker: str, room: int, seconds: float, queue: str = "") -> list[Run]:
    """Take the leases of what comes next, as many as there is room and none that may take longer than so many seconds.

    queue: whose runs; those of every one without.

    None is left out that nobody has, unless it was looked at in this moment: whoever found none has to ask again only
    when there is news.
    """
    chosen = [run for run in leases.next_in_turn(Run, room, among=of_queue(queue)) if run.seconds <= seconds]
    Probe.objects.lock_all(run.probe_id for run in chosen)
    now = timezone.now()
    claimed = leases.claim_all(chosen, now=now, worker=worker[:120], started_at=now)
    _changed(claimed)
    return claimed


def finish_runs(ended: Iterable[tuple[Run, Outcome]], *, by: ledger.Actor) -> list[Run]:
    """Record the one result of each of some runs, as they were claimed; returns those that now have it.

    Nothing is recorded of a run whose attempt no longer holds the lease. Runs of one stream are one transaction.
    """
    streams: dict[str, dict[UUID, tuple[Run, Outcome]]] = defaultdict(dict)
    for run, outcome in ended:
        streams[run.stream][run.pk] = run, outcome
    return [run for stream, some in streams.items() for run in _finish(stream, some, by=by)]


def sweep_runs(*, by: ledger.Actor) -> int:
    """Release expired leases, publish again what nobody took; returns how many. Safe at any time and twice at once."""

    @transaction.atomic
    def release(run_id: UUID, attempt: int) -> None:
        """An attempt's worker is gone: let another one try, or record that there is no result."""
        Probe.objects.lock_of(run_id)
        run = Run.objects.held(run_id, attempt)
        if run is None:
            return
        if leases.retry(run):
            _changed([run])
        else:
            _finish(run.stream, {run_id: (run, Outcome(LOST, GONE))}, by=by)

    return leases.sweep(Run, release)


def _ordered(pk: UUID, probe: Probe, *, by: User, stream: str, item: UUID) -> Run:
    """A run that is not stored yet; it keeps what the probe asks now."""
    now = timezone.now()
    run: Run = new_row(
        Run,
        {"probe": probe},
        id=pk,
        probe_id=probe.pk,
        stream=stream,
        item=item,
        kind=probe.kind,
        config=probe.config,
        requested_by_id=by.pk,
        requested_by_name=by.full_name,
        queued_at=now,
        published_at=now,
    )
    return run


def _requested(ordered: Sequence[Run]) -> ProbeRequested | ItemsProbed:
    if len(ordered) > 1:
        return ItemsProbed(
            items=[str(run.item) for run in ordered], runs=len(ordered), names=[run.probe.name for run in ordered]
        )
    [run] = ordered
    return ProbeRequested(item=run.item, probe=run.probe_id, run=run.id, name=run.probe.name)


@transaction.atomic
def _finish(stream: str, ended: Mapping[UUID, tuple[Run, Outcome]], *, by: ledger.Actor) -> list[Run]:
    probes = {probe.pk: probe for probe in Probe.objects.lock_all(run.probe_id for run, _ in ended.values())}
    runs = Run.objects.held_all({pk: run.attempt for pk, (run, _) in ended.items()})
    for late in ended.keys() - {run.pk for run in runs}:
        attempt = ended[late][0].attempt
        logger.warning("probes: the result of attempt %s of run %s came too late and is dropped", attempt, late)
    for run in runs:
        _end(run, ended[run.pk][1])
    update_all(runs, ENDED)
    Probe.objects.filter(pk__in=[run.probe_id for run in runs]).update(version=F("version") + 1)
    ledger.record_all(stream, [(_recorded(probes[run.probe_id], run), [run]) for run in runs], by=by)
    return runs


def _end(run: Run, outcome: Outcome) -> None:
    run.state = after(MOVES, run.state, VERDICTS[outcome.verdict])
    run.lease_until, run.finished_at = None, timezone.now()
    run.value, run.unit, run.limit, run.explanation = outcome.value, outcome.unit, outcome.limit, outcome.explanation
    run.request, run.response = dict(outcome.request), dict(outcome.response)
    run.conditions = [dict(each) for each in outcome.conditions]
    run.response_digest = outcome.response.get("sha256", "")
    run.digest = run.computed_digest()


def _changed(runs: Iterable[Run]) -> None:
    """Move what shows these runs: no ledger entry says so, so the open pages hear of it here."""
    streams: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        streams[run.stream].append(run)
    for stream, some in streams.items():
        Probe.objects.filter(pk__in=[run.probe_id for run in some]).update(version=F("version") + 1)
        live.announce(stream, items=[run.item for run in some])


def _recorded(probe: Probe, run: Run) -> ProbeRecorded:
    return ProbeRecorded(
        item=run.item,
        probe=probe.id,
        run=run.id,
        state=str(run.state),
        run_digest=run.digest,
        name=probe.name,
        **{name: getattr(run, name) for name in ("attempt", "value", "unit", "limit", "explanation")},
    )
