"""Probes and their runs. Locks are taken in one order: the caller's deployment, the probe, the ledger's stream.

The row of a run is the truth, a message in the queue only a hint: a run is claimed and finished by
whoever holds its present attempt, and the sweep picks up what a killed worker or broker left behind.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.core.errors import Refusal
from apps.core.permissions import require
from apps.core.queue import enqueue
from apps.core.states import after
from apps.ledger import commands as ledger
from apps.live import publish as live

from . import egress, permissions
from .events import ProbeChanged, ProbeDefined, ProbeRecorded, ProbeRequested
from .kinds import FAILED, INCONCLUSIVE, KINDS, PASSED, Outcome
from .models import Probe, Run
from .states import ATTEMPTS, MOVES, Status

logger = logging.getLogger(__name__)

TASK = "apps.probes.tasks.run_probe"
# On top of a run's own time limit, so that only a worker that is gone lets its lease run out.
LEASE_SLACK = timedelta(seconds=20)
UNHEARD = timedelta(seconds=60)
LOST = "lost"
VERDICTS = {PASSED: "pass", FAILED: "fail", INCONCLUSIVE: "doubt", LOST: "lose"}
RESULT = ("status", "lease_until", "finished_at", "value", "unit", "limit", "explanation")
PROOF = ("request", "response", "response_digest", "digest")


@transaction.atomic
def define_probe(
    team: Team, *, by: User, name: str, kind: str, config: Mapping[str, Any], stream: str = ledger.INSTANCE
) -> Probe:
    """Give a team a probe; recorded in `stream`. Refuses settings the kind cannot read or may never ask."""
    require(permissions.define_probe(by, team))
    stored = _checked(kind, config)
    probe = Probe.objects.create(team=team, name=name, kind=kind, config=stored, created_by=by)
    happened = ProbeDefined(team=team.id, probe=probe.id, probe_kind=kind, name=name, config=stored)
    ledger.record(stream, happened, by=by)
    return probe


@transaction.atomic
def change_probe(
    probe: Probe, *, by: User, name: str, config: Mapping[str, Any], stream: str = ledger.INSTANCE
) -> Probe:
    """Change what is asked from the next run on; a run under way keeps what it was ordered with.

    What earlier runs said is no answer to the new question, so the probe has no latest run until it runs again.
    """
    probe = Probe.objects.lock(probe.pk)
    require(permissions.change_probe(by, probe))
    probe.name, probe.config, probe.version = name, _checked(probe.kind, config), probe.version + 1
    probe.latest_run = None
    probe.save(update_fields=["name", "config", "version", "latest_run"])
    happened = ProbeChanged(
        team=probe.team_id,
        probe=probe.id,
        probe_kind=probe.kind,
        version=probe.version,
        name=name,
        config=probe.config,
    )
    ledger.record(stream, happened, by=by)
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
        queued_at=now,
        published_at=now,
    )
    probe.latest_run, probe.version = run, probe.version + 1
    probe.save(update_fields=["latest_run", "version"])
    ledger.record(stream, ProbeRequested(item=item, probe=probe.id, run=run.id, name=probe.name), by=by)
    enqueue(TASK, run_id=str(run.id), attempt=run.attempt)
    return run


@transaction.atomic
def claim_run(run_id: UUID, attempt: int, *, by: ledger.Actor, worker: str) -> Run | None:
    """Take the lease of this attempt; None if somebody has it, or it was superseded."""
    probe = Probe.objects.lock_of(run_id)
    run = probe.runs.filter(pk=run_id, status=Status.QUEUED, attempt=attempt).first()
    if run is None:
        return None
    now = timezone.now()
    run.status, run.worker, run.started_at = after(MOVES, run.status, "claim"), worker[:120], now
    run.lease_until = now + timedelta(seconds=run.seconds) + LEASE_SLACK
    run.save(update_fields=["status", "worker", "started_at", "lease_until"])
    _changed(run)
    return run


@transaction.atomic
def finish_run(run_id: UUID, attempt: int, *, by: ledger.Actor, outcome: Outcome) -> Run | None:
    """Record the one result of a run; None, and nothing recorded, if this attempt no longer holds the lease."""
    probe = Probe.objects.lock_of(run_id)
    run = probe.runs.filter(pk=run_id, status=Status.RUNNING, attempt=attempt).first()
    if run is None:
        logger.warning("probes: the result of attempt %s of run %s came too late and is dropped", attempt, run_id)
        return None
    run.status = after(MOVES, run.status, VERDICTS[outcome.verdict])
    run.lease_until, run.finished_at = None, timezone.now()
    run.value, run.unit, run.limit, run.explanation = outcome.value, outcome.unit, outcome.limit, outcome.explanation
    run.request, run.response = dict(outcome.request), dict(outcome.response)
    run.response_digest = outcome.response.get("sha256", "")
    run.digest = run.computed_digest()
    run.save(update_fields=[*RESULT, *PROOF])
    Probe.objects.filter(pk=probe.pk).update(version=F("version") + 1)
    ledger.record(run.stream, _recorded(probe, run), by=by)
    return run


def sweep_runs(*, by: ledger.Actor) -> int:
    """Give expired leases to the next attempt, or up after the last; publish again what nobody took. Returns how many.

    Safe at any time and twice at once: every step looks again under the probe's lock.
    """
    now = timezone.now()
    expired = Run.objects.filter(status=Status.RUNNING, lease_until__lt=now).values_list("pk", "attempt")
    unheard = Run.objects.filter(status=Status.QUEUED, published_at__lt=now - UNHEARD).values_list("pk", "attempt")
    swept = [(_retry, *row) for row in expired] + [(_publish_again, *row) for row in unheard]
    for step, run_id, attempt in swept:
        step(run_id, attempt, by)
    return len(swept)


@transaction.atomic
def _retry(run_id: UUID, attempt: int, by: ledger.Actor) -> None:
    """Put a run whose worker is gone back into the queue, or record that there is no result."""
    probe = Probe.objects.lock_of(run_id)
    now = timezone.now()
    run = probe.runs.filter(pk=run_id, status=Status.RUNNING, attempt=attempt, lease_until__lt=now).first()
    if run is None:
        return
    if attempt >= ATTEMPTS:
        said = f"No result: the worker stopped before it could answer, {ATTEMPTS} times. Run the probe again."
        finish_run(run_id, attempt, by=by, outcome=Outcome(LOST, said))
        return
    run.status, run.attempt = after(MOVES, run.status, "queue_again"), attempt + 1
    run.lease_until, run.published_at = None, now
    run.save(update_fields=["status", "attempt", "lease_until", "published_at"])
    _changed(run)
    enqueue(TASK, run_id=str(run.id), attempt=run.attempt)


@transaction.atomic
def _publish_again(run_id: UUID, attempt: int, by: ledger.Actor) -> None:
    """Tell the queue once more about a run that nobody took."""
    waiting = Run.objects.filter(pk=run_id, attempt=attempt, status=Status.QUEUED)
    if waiting.update(published_at=timezone.now()):
        enqueue(TASK, run_id=str(run_id), attempt=attempt)


def _changed(run: Run) -> None:
    """Move what shows this run: no ledger entry says so, so the open pages are told here."""
    Probe.objects.filter(pk=run.probe_id).update(version=F("version") + 1)
    live.announce(run.stream, items=[run.item])


def _recorded(probe: Probe, run: Run) -> ProbeRecorded:
    return ProbeRecorded(
        item=run.item,
        probe=probe.id,
        run=run.id,
        attempt=run.attempt,
        status=str(run.status),
        value=run.value,
        unit=run.unit,
        limit=run.limit,
        run_digest=run.digest,
        name=probe.name,
        explanation=run.explanation,
    )


def _checked(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are stored; refuses what the kind cannot read or the policy never lets out."""
    if kind not in KINDS:
        raise Refusal(f"There is no kind of probe called “{kind}”. Choose one of: {', '.join(KINDS)}.")
    try:
        parsed = KINDS[kind].Config.parse(config)
    except ValueError as error:
        raise Refusal(str(error)) from error
    if refusal := parsed.refusal(egress.policy()):
        raise Refusal(refusal)
    return dict(parsed.as_json())
