"""Child processes that never outlive who started them."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
PAUSE = 0.05  # seconds between two looks

_prctl: Callable[..., int] | None = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent, of that id, ends, however that ends. Linux only."""
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the kernel was asked
        os._exit(1)


def start(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, **options: Any) -> subprocess.Popen:
    """Start `command` in a session of its own: a Ctrl-C in the terminal reaches its parent only."""
    parent = os.getpid()

    def prepare() -> None:
        die_with_parent(parent)

    return subprocess.Popen(command, env=env, start_new_session=True, preexec_fn=prepare, **options)


def catches_interrupt(pid: int) -> bool:
    """Whether process `pid` has a handler for Ctrl-C; False where that cannot be read."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = next((line for line in status.splitlines() if line.startswith("SigCgt:")), "SigCgt: 0")
    return bool(int(caught.split()[1], 16) >> (signal.SIGINT - 1) & 1)


def stop(process: subprocess.Popen, *, grace: float, ask: signal.Signals = signal.SIGTERM) -> bool:
    """Ask `process` to end and see to it. Returns whether it ended by itself within `grace` seconds."""
    if process.poll() is None:
        process.send_signal(ask)
    return finish(process, grace=grace)


def finish(process: subprocess.Popen, *, grace: float) -> bool:
    """Wait `grace` seconds for a process that was asked to end, then kill its whole session."""
    ended = wait_until(lambda: process.poll() is not None, seconds=grace)
    kill_session(process)
    process.wait()
    return ended


def kill_session(process: subprocess.Popen) -> None:
    """End what is left of the session that `process` leads."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # nothing is left


def wait_until(condition: Callable[[], object], *, seconds: float, between: Callable[[], None] | None = None) -> bool:
    """Whether `condition` came true within `seconds`; `between` is called between two looks."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        if between:
            between()
        time.sleep(PAUSE)
    return True
