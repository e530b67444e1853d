"""Keep a few child processes running together: started in order, restarted when they die, ended in reverse."""

import math
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from . import processes

RESTARTS = 5  # in WITHIN seconds, over all children
WITHIN = 60.0
POLL_SECONDS = 0.2  # seconds


class Stopped(Exception):
    """Somebody asked the whole to end, or whoever started it has ended."""


class GaveUp(Exception):
    """A child kept dying; the message names it and how it ended."""


@dataclass(frozen=True)
class Child:
    """One process to keep running; `grace` seconds to end by itself when asked."""

    name: str
    command: Sequence[str]
    grace: float
    is_ground: bool = False  # the others need it while they end


class Supervisor:
    """Runs children until it is asked to stop or one of them cannot be kept alive.

    env: the children's environment. say: tells the person at the terminal.
    follow_parent: also stop when the process that started this one ends or was interrupted.
    """

    def __init__(
        self, env: Mapping[str, str], cwd: Path, say: Callable[[str], None], *, follow_parent: bool = False
    ) -> None:
        self.env, self.cwd, self.say = env, cwd, say
        self.running: list[tuple[Child, subprocess.Popen]] = []
        self.restarts: deque[float] = deque()
        self.stop_asked = False
        self.parent = os.getppid() if follow_parent else None
        self.parent_listens = follow_parent and processes.catches_interrupt(os.getppid())

    def start(self, child: Child) -> None:
        """Start `child` and look after it from now on."""
        self.running.append((child, self._launch(child.command)))

    def run_once(self, command: Sequence[str]) -> int:
        """Run `command` to its end; returns its exit code."""
        process = self._launch(command)
        try:
            self.wait_until(lambda: process.poll() is not None, seconds=math.inf)
        finally:
            processes.stop(process, grace=5)
        return process.returncode

    def wait_until(self, condition: Callable[[], object], *, seconds: float) -> bool:
        """Whether `condition` came true in time, while the children are looked after."""
        return processes.wait_until(condition, seconds=seconds, between=self.supervise_once)

    def run(self) -> None:
        """Look after the children for ever: until Stopped or GaveUp."""
        while True:
            self.supervise_once()
            time.sleep(POLL_SECONDS)

    def supervise_once(self) -> None:
        """Start again what has died. Raises GaveUp when that happens too often, Stopped when it is time to end."""
        if self.stop_asked or self._is_alone():
            raise Stopped
        for place, (child, process) in enumerate(self.running):
            if process.poll() is not None:
                self._count_restart(child, process)
                self.running[place] = (child, self._launch(child.command))

    def stop(self) -> None:
        """End all children, at last the ground they stand on, and whatever they left behind."""
        for ground in (False, True):
            group = [(child, process) for child, process in self.running if child.is_ground is ground]
            for _, process in group:
                process.terminate()
            for child, process in group:
                if not processes.finish(process, grace=child.grace):
                    self.say(f"The {child.name} did not end within {child.grace:g} s and was killed.")
        self.running.clear()

    def _is_alone(self) -> bool:
        if self.parent is None:
            return False
        # A make that is interrupted alone drops its handler, tells nobody and waits for us.
        return os.getppid() != self.parent or (self.parent_listens and not processes.catches_interrupt(self.parent))

    def _launch(self, command: Sequence[str]) -> subprocess.Popen:
        return processes.start(command, env=self.env, cwd=self.cwd)

    def _count_restart(self, child: Child, process: subprocess.Popen) -> None:
        """Say what died, or raise GaveUp when too much did."""
        ended = how_it_ended(process.returncode)
        processes.kill_session(process)
        now = time.monotonic()
        while self.restarts and now - self.restarts[0] > WITHIN:
            self.restarts.popleft()
        if len(self.restarts) >= RESTARTS:
            raise GaveUp(
                f"The {child.name} {ended} again after {RESTARTS} restarts within {WITHIN:g} s. "
                "What it printed above says why."
            )
        self.restarts.append(now)
        self.say(f"The {child.name} {ended}; starting it again.")


def how_it_ended(returncode: int) -> str:
    """In words: by which signal or with which code a process ended."""
    if returncode < 0:
        return f"was ended by {signal.Signals(-returncode).name}"
    return f"ended with code {returncode}"


@contextmanager
def stopping_on_signals(supervisor: Supervisor) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a closed terminal end the whole in order, however often they come."""

    def ask(number: int, frame: FrameType | None) -> None:
        supervisor.stop_asked = True

    kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    previous = {kind: signal.signal(kind, ask) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in previous.items():
            signal.signal(kind, handler)
