"""What verifying one more deployment costs."""

import time

from bench.figures import figure
from bench.measures import Bench
from project import verification

MORE = 4


@figure("verify_ledger, CPU of one more deployment of 250", 15, unit="ms", rounds=3, warm_up=0)
def one_more(bench: Bench) -> float:
    """The slope between verifying everything and verifying everything and four more."""
    before = _verify()
    for _ in range(MORE):
        bench.stage.deployment(250)
    return (_verify() - before) / MORE * 1000


def _verify() -> float:
    start = time.process_time()
    report = verification.verify()
    taken = time.process_time() - start
    if report.faults:
        raise SystemExit(f"the ledger is broken: {report.faults[0]}")
    return taken
