"""What is ordered to run, by a person or by the clock, and what of it is called off again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.bulk import insert_all, new_ids, new_row, update_all
from apps.core.permissions import require
from apps.core.states import after
from apps.leases import commands as leases
from apps.ledger import commands as ledger
from apps.probes import permissions
from apps.probes.events import ItemsCancelled, ItemsProbed, ProbeRequested
from apps.probes.models import Probe, Run, Series
from apps.probes.states import MOVES, PATIENCE, PLAN


@transaction.atomic
def request_runs(
    asked: Mapping[UUID, UUID], *, by: User, stream: str, slots: Mapping[UUID, datetime] | None = None
) -> list[Run]:
    """Order a run of each probe of `asked`, {probe: item}, recorded in `stream` as one entry; they are one series.

    slots: those of the schedule that orders them, {probe: moment}; the clock then acts on behalf of `by`.
    Returns one run of each, in their order; where one has no result yet, that one. Those that nobody asks have none.
    """
    probes = {probe.pk: probe for probe in Probe.objects.lock_all(asked)}
    for probe in () if slots else probes.values():
        require(permissions.request_runs(by, probe))
    runs = {run.probe_id: run for run in Run.objects.live().filter(probe__in=probes)}
    free = [probes[pk] for pk in asked if pk in probes and pk not in runs and not probes[pk].is_passive]
    if free:
        series = Series(
            team_id=free[0].team_id,
            stream=stream,
            asked_by=by,
            asked_by_name=by.full_name,
            asked_at=timezone.now(),
            size=len(free),
            by_clock=bool(slots),
        )
        series.save(force_insert=True)
        ordered = _order(series, free, asked, slots or {})
        rows = [series, *free, *ordered]
        ledger.record(stream, _requested(series, ordered), by=ledger.SYSTEM if slots else by, rows=rows)
        leases.publish(*ordered)
        runs |= {run.probe_id: run for run in ordered}
    return [runs[pk] for pk in asked if pk in runs]


@transaction.atomic
def cancel_series(series: Series, *, by: User) -> int:
    """Call off what of a series nobody has begun, recorded in its stream; returns how many runs that were.

    What is under way ends as ever: nobody calls an answer off that is on its way. What each probe said before counts
    again.
    """
    require(permissions.cancel_series(by, series))
    waiting = series.runs.filter(state=PLAN.waiting, started_at=None)  # not what a worker began before it was gone
    probes = Probe.objects.lock_all(waiting.values_list("probe", flat=True))
    series = Series.objects.select_for_update(no_key=True).get(pk=series.pk)
    latest = {probe.latest_run_id: probe for probe in probes}
    rows = waiting.filter(probe__in=probes).order_by("pk")
    runs = list(rows.select_for_update(no_key=True, of=("self",)))
    if series.cancelled_at or not runs:
        return 0
    now = timezone.now()
    for run in runs:
        run.state, run.finished_at = after(MOVES, run.state, "cancel"), now
    update_all(runs, ["state", "finished_at"])
    for run in runs:
        if probe := latest.get(run.pk):
            probe.latest_run_id, probe.version = run.replaces_id, probe.version + 1
    update_all(probes, ["latest_run", "version"])
    series.cancelled_at, series.cancelled_by, series.cancelled_by_name = now, by, by.full_name
    series.save(update_fields=["cancelled_at", "cancelled_by", "cancelled_by_name"])
    event = ItemsCancelled(items=[str(run.item) for run in runs], series=series.pk, runs=len(runs))
    ledger.record(series.stream, event, by=by, rows=[series, *probes, *runs])
    return len(runs)


def _order(
    series: Series, probes: Sequence[Probe], items: Mapping[UUID, UUID], slots: Mapping[UUID, datetime]
) -> list[Run]:
    """Store a run of each probe, which keeps what the probe asks now, as its latest one."""
    ordered = []
    for pk, probe in zip(new_ids(len(probes)), probes, strict=True):
        run: Run = new_row(
            Run,
            {"probe": probe, "series": series},
            id=pk,
            probe_id=probe.pk,
            series_id=series.pk,
            replaces_id=probe.latest_run_id,
            slot=slots.get(probe.pk),
            stream=series.stream,
            item=items[probe.pk],
            kind=probe.kind,
            config=probe.config,
            zone_id=probe.zone_id,
            requested_by_id=series.asked_by_id,
            requested_by_name=series.asked_by_name,
            queued_at=series.asked_at,
            published_at=series.asked_at,
        )
        run.due_at = series.asked_at + PATIENCE + timedelta(seconds=run.seconds)
        ordered.append(run)
    insert_all(ordered)
    for run in ordered:
        run.probe.latest_run, run.probe.version = run, run.probe.version + 1
    update_all(probes, ["latest_run", "version"])
    return ordered


def _requested(series: Series, ordered: Sequence[Run]) -> ProbeRequested | ItemsProbed:
    if len(ordered) > 1:
        items, names = [str(run.item) for run in ordered], [run.probe.name for run in ordered]
        return ItemsProbed(items=items, series=series.pk, runs=len(ordered), names=names)
    [run] = ordered
    return ProbeRequested(item=run.item, probe=run.probe_id, run=run.id, series=series.pk, name=run.probe.name)
