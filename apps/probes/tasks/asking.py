"""One run asked: whatever the target or the kind does becomes an outcome."""

import asyncio
import logging

from apps.probes import egress
from apps.probes.kinds import INCONCLUSIVE, KINDS, Outcome
from apps.probes.models import Run

logger = logging.getLogger(__name__)

GRACE_SECONDS = 2  # a kind keeps its own time; this ends one that does not


async def outcome_of(run: Run) -> Outcome:
    """Ask. A fault in the kind's own code is no verdict on the target: it is inconclusive and logged."""
    try:
        probe = KINDS[run.kind].parse(run.config)
        async with asyncio.timeout(run.seconds + GRACE_SECONDS):
            return await probe.run(policy=egress.policy())
    except TimeoutError:
        logger.error("probes: kind %s did not keep its time in run %s", run.kind, run.id)
        return Outcome(INCONCLUSIVE, f"The probe was stopped: it took longer than {run.seconds:g} s.")
    except Exception as error:
        return broken(run, error)


def broken(run: Run, error: Exception) -> Outcome:
    """What a run ends in whose kind has a fault, which is logged."""
    logger.error("probes: kind %s broke in run %s", run.kind, run.id, exc_info=error)
    return Outcome(INCONCLUSIVE, f"The probe itself broke ({type(error).__name__}); the worker's log says where.")
