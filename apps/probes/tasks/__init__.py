"""Probes on the workers: one task that runs all that waits, one sweep that leaves no run behind."""

from typing import Any

from celery import shared_task

from apps.ledger.commands import SYSTEM
from apps.probes import commands

from .prober import HARD_SECONDS, SOFT_SECONDS, Prober
from .serving import queue_of
from .trying import try_probe

__all__ = ["run_probes", "sweep_probes", "try_probe"]


@shared_task(bind=True, name="apps.probes.tasks.run_probes", soft_time_limit=SOFT_SECONDS, time_limit=HARD_SECONDS)
def run_probes(self: Any) -> int:
    """Run what waits until nothing does; returns how many runs ended here."""
    if (queue := queue_of(self)) is None:
        return 0
    with Prober(self.request.hostname or "worker", queue) as prober:
        return prober.work()


@shared_task(name="apps.probes.tasks.sweep_probes")
def sweep_probes() -> int:
    """Take care of runs whose worker or message was lost; returns how many."""
    return commands.sweep_runs(by=SYSTEM)
