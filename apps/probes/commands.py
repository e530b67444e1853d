"""Probes and their runs. Locks are taken in one order: the caller's deployment, the probe, the ledger's stream.

How a run comes to a worker, and what happens when one is gone, is the business of `leases`.
"""

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.permissions import require
from apps.core.states import after
from apps.leases import commands as leases
from apps.ledger import commands as ledger
from apps.live import publish as live

from . import permissions
from .events import ProbeChanged, ProbeDefined, ProbeRecorded, ProbeRequested
from .kinds import FAILED, INCONCLUSIVE, PASSED, Outcome
from .models import Probe, Run
from .selectors import stored_config
from .states import MOVES, PLAN

logger = logging.getLogger(__name__)

LOST = "lost"
GONE = f"No result: the worker stopped before it could answer, {PLAN.attempts} times. Run the probe again."
VERDICTS = {PASSED: "pass", FAILED: "fail", INCONCLUSIVE: "doubt", LOST: "lose"}


@transaction.atomic
def define_probe(team: Team, *, by: User, name: str, kind: str, config: Mapping[str, Any], stream: str) -> Probe:
    """Give a team a probe; recorded in `stream`. Refuses settings the kind cannot read or may never ask."""
    require(permissions.define_probe(by, team))
    stored = stored_config(kind, config)
    probe = Probe.objects.create(
        team=team, name=name, kind=kind, config=stored, created_by=by, created_by_name=by.full_name
    )
    event = ProbeDefined(team=team.id, probe=probe.id, probe_kind=kind, name=name, config=stored)
    ledger.record(stream, event, by=by, rows=[probe])
    return probe


@transaction.atomic
def change_probe(probe: Probe, *, by: User, name: str, config: Mapping[str, Any], stream: str) -> Probe:
    """Change what is asked from the next run on; a run under way keeps what it was ordered with.

    What earlier runs said is no answer to the new question, so the probe has no latest run until it runs again.
    """
    probe = Probe.objects.lock(probe.pk)
    require(permissions.change_probe(by, probe))
    probe.name, probe.config, probe.version = name, stored_config(probe.kind, config), probe.version + 1
    probe.latest_run = None
    probe.save(update_fields=["name", "config", "version", "latest_run"])
    event = ProbeChanged(
        team=probe.team_id, probe=probe.id, probe_kind=probe.kind, version=probe.version, name=name, config=probe.config
    )
    ledger.record(stream, event, by=by, rows=[probe])
    return probe


@transaction.atomic
def request_run(probe: Probe, *, by: User, stream: str, item: UUID) -> Run:
    """Order one run, recorded in `stream` under `item`; while one has no result yet, that one is returned."""
    probe = Probe.objects.lock(probe.pk)
    require(permissions.request_run(by, probe))
    if under_way := probe.runs.live().first():
        return under_way
    now = timezone.now()
    run = Run.objects.create(
        probe=probe,
        stream=stream,
        item=item,
        kind=probe.kind,
        config=probe.config,
        requested_by=by,
        requested_by_name=by.full_name,
        queued_at=now,
        published_at=now,
    )
    probe.latest_run, probe.version = run, probe.version + 1
    probe.save(update_fields=["latest_run", "version"])
    event = ProbeRequested(item=item, probe=probe.id, run=run.id, name=probe.name)
    ledger.record(stream, event, by=by, rows=[probe, run])
    leases.publish(run)
    return run


@transaction.atomic
def claim_run(run_id: UUID, attempt: int, *, by: ledger.Actor, worker: str) -> Run | None:
    """Take the lease of this attempt; None if somebody has it, or it was superseded."""
    Probe.objects.lock_of(run_id)
    now = timezone.now()
    run = leases.claim(Run, run_id, attempt, now=now, worker=worker[:120], started_at=now)
    if run:
        _changed(run)
    return run


@transaction.atomic
def finish_run(run_id: UUID, attempt: int, *, by: ledger.Actor, outcome: Outcome) -> Run | None:
    """Record the one result of a run; None, and nothing recorded, if this attempt no longer holds the lease."""
    probe = Probe.objects.lock_of(run_id)
    run = Run.objects.held(run_id, attempt)
    if run is None:
        logger.warning("probes: the result of attempt %s of run %s came too late and is dropped", attempt, run_id)
        return None
    run.state = after(MOVES, run.state, VERDICTS[outcome.verdict])
    run.lease_until, run.finished_at = None, timezone.now()
    run.value, run.unit, run.limit, run.explanation = outcome.value, outcome.unit, outcome.limit, outcome.explanation
    run.request, run.response = dict(outcome.request), dict(outcome.response)
    run.conditions = [dict(each) for each in outcome.conditions]
    run.response_digest = outcome.response.get("sha256", "")
    run.digest = run.computed_digest()
    run.save()
    Probe.objects.filter(pk=probe.pk).update(version=F("version") + 1)
    ledger.record(run.stream, _recorded(probe, run), by=by, rows=[run])
    leases.pass_on(run)
    return run


@transaction.atomic
def _release(run_id: UUID, attempt: int, *, by: ledger.Actor) -> None:
    """An attempt's worker is gone: let another one try, or record that there is no result."""
    Probe.objects.lock_of(run_id)
    run = Run.objects.held(run_id, attempt)
    if run is None:
        return
    if leases.retry(run):
        _changed(run)
    else:
        finish_run(run_id, attempt, by=by, outcome=Outcome(LOST, GONE))


def sweep_runs(*, by: ledger.Actor) -> int:
    """Release expired leases, publish again what nobody took; returns how many. Safe at any time and twice at once."""
    return leases.sweep(Run, partial(_release, by=by))


def _changed(run: Run) -> None:
    """Move what shows this run: no ledger entry says so, so the open pages hear of it here."""
    Probe.objects.filter(pk=run.probe_id).update(version=F("version") + 1)
    live.announce(run.stream, items=[run.item])


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
