"""Probes on the workers: one task that runs one attempt, one sweep that leaves no run behind."""

import asyncio
import logging
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from apps.core.statements import release_connection
from apps.leases import commands as leases
from apps.ledger.commands import SYSTEM

from . import commands, egress
from .kinds import INCONCLUSIVE, KINDS, Outcome
from .models import Run

logger = logging.getLogger(__name__)

# A kind keeps its own time; these end one that does not. The longest a person can configure is 60 s.
GRACE_SECONDS = 2
SOFT_SECONDS, HARD_SECONDS = 65, 75


@shared_task(bind=True, name="apps.probes.tasks.run_probe", soft_time_limit=SOFT_SECONDS, time_limit=HARD_SECONDS)
def run_probe(self: Any, work_id: str, attempt: int) -> str:
    """Run one attempt and record its result; returns the state, or "skipped" where another attempt counts."""
    run = commands.claim_run(UUID(work_id), attempt, by=SYSTEM, worker=self.request.hostname or "worker")
    if run is None:
        return "skipped"
    with leases.holding(run):
        release_connection()
        outcome = outcome_of(run)
    finished = commands.finish_run(run.id, attempt, by=SYSTEM, outcome=outcome)
    return finished.state if finished else "skipped"


@shared_task(name="apps.probes.tasks.sweep_probes")
def sweep_probes() -> int:
    """Take care of runs whose worker or message was lost; returns how many."""
    return commands.sweep_runs(by=SYSTEM)


def outcome_of(run: Run) -> Outcome:
    """Ask. A fault in the kind's own code is no verdict on the target: it is inconclusive and logged."""
    try:
        return asyncio.run(_asked(run))
    except (TimeoutError, SoftTimeLimitExceeded):
        logger.error("probes: kind %s did not keep its time in run %s", run.kind, run.id)
        return Outcome(INCONCLUSIVE, f"The probe was stopped: it took longer than {run.seconds:g} s.")
    except Exception as error:
        logger.exception("probes: kind %s broke in run %s", run.kind, run.id)
        reason = f"The probe itself broke ({type(error).__name__}); the worker's log says where."
        return Outcome(INCONCLUSIVE, reason)


async def _asked(run: Run) -> Outcome:
    probe = KINDS[run.kind].parse(run.config)
    async with asyncio.timeout(run.seconds + GRACE_SECONDS):
        return await probe.run(policy=egress.policy())
