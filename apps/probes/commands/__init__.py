"""Probes and their runs. Locks are taken in one order: the caller's deployment, the probes, their targets, the stream.

Who changes several probes in one transaction locks them all first. How a run comes to a worker, and what happens when
one is gone, is the business of `leases`.
"""

from .orders import cancel_series, request_runs
from .probes import change_probe, define_probe, let_secrets_go, schedule_probe, set_baseline
from .reports import record_report
from .runs import claim_runs, finish_runs, sweep_runs
from .tries import try_probe

__all__ = [
    "cancel_series", "change_probe", "claim_runs", "define_probe", "finish_runs", "let_secrets_go", "record_report",
    "request_runs", "schedule_probe", "set_baseline", "sweep_runs", "try_probe",
]  # fmt: skip
