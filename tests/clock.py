"""A clock for what has to end in time, however busy the machine is, and how long to wait for what has to come."""

import time
from pathlib import Path

PATIENCE = 60  # seconds; how busy the machine is says nothing about what is waited for
SCHEDULED = Path("/proc/thread-self/schedstat")  # ns that this thread ran, ns that it waited for a core, how often


def seconds() -> float:
    """Seconds since some moment, without those in which this thread could have run and others had the cores.

    Sleeping and waiting for an answer count like running does. Where the kernel counts no such waits, none is left out.
    """
    try:
        waited = int(SCHEDULED.read_text().split()[1])
    except OSError:
        waited = 0
    return time.perf_counter() - waited / 1e9
