"""Runs commands as a worker does, in a process that is not root: `python -m tests.sandbox.unprivileged USER`.

It reads orders, one JSON value a line, and answers each with one. Where the tests run as root it becomes USER first,
a number that nobody else on the machine has, so that whatever has this number afterwards was left behind.
"""

import asyncio
import ctypes
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from apps.probes import conditions, sandbox
from apps.probes.argv import Limits
from apps.probes.kinds import KINDS, RUN_ID
from apps.probes.sandbox import running, trial
from apps.zones.rules import Policy
from project.processes import stop

ROOT = Path(__file__).resolve().parents[2]
PR_SET_DUMPABLE = 4


class Worker:
    """Such a process, seen from the tests."""

    def __init__(self, user: int, **variables: str) -> None:
        self.user = user if os.getuid() == 0 else os.getuid()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.sandbox.unprivileged", str(self.user)],
            cwd=ROOT,
            env=dict(os.environ) | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def order(self, **order: Any) -> None:
        """Ask for something and do not wait."""
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """What came of the oldest order without an answer."""
        return json.loads(self.process.stdout.readline())

    def run(self, *argv: str, environment: Mapping[str, str] | None = None, **limits: int) -> dict[str, Any]:
        """Run one command; its outputs come as text."""
        self.order(argv=argv, limits=limits, environment=environment or {})
        return self.answer()

    def left(self) -> list[str]:
        """What there is of this user's besides the worker itself: the process, its state and its command."""
        return [each for each in processes_of(self.user) if not each.startswith(f"{self.process.pid} ")]

    def stop(self) -> None:
        """End it."""
        self.process.stdin.close()
        self.process.stdout.close()
        stop(self.process, grace=5)


def processes_of(user: int) -> list[str]:
    """Processes of a user, zombies too, as "pid state name"."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid == user or f"\nUid:\t{user}\t" in (folder / "status").read_text():
                name, _, rest = (folder / "stat").read_text().partition("(")[2].rpartition(") ")
                found.append(f"{folder.name} {rest[0]} {name}")
        except OSError:
            continue  # it is gone
    return found


def become(user: int) -> None:
    """Be that user for good, as a process that was started as one."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1)


async def answer(order: Mapping[str, Any]) -> dict[str, Any]:
    """Do what is asked."""
    if "without" in order:
        weaken(order["without"])
        return {}
    if "hindrance" in order:
        return {"hindrance": await sandbox.hindrance()}
    if "settings" in order:
        RUN_ID.set(order["run"])
        return vars(await KINDS["command"].parse(order["settings"]).run(policy=Policy()))
    if "together" in order:
        ends = await asyncio.gather(*(ended(order) for _ in range(order["together"])))
        return {"ends": ends}
    if "cancelled_after" in order:
        task = asyncio.ensure_future(ended(order))
        await asyncio.sleep(order["cancelled_after"])
        task.cancel()
        done = await asyncio.wait([task])
        return {"cancelled": all(each.cancelled() for each in done[0])}
    return await ended(order)


def weaken(what: str) -> None:
    """Take something of the sandbox away: an option of bubblewrap, the filter or the limits."""
    whole = running._bubblewrap_for
    if what == "filter":
        running._filter = lambda: None
    elif what == "limits":
        running._limited = lambda limits: []
        trial.SMALL = replace(trial.SMALL, seconds=3)
    else:
        taken = what.split()
        running._bubblewrap_for = lambda *a: _without(whole(*a), taken)


def _without(command: list[str], taken: list[str]) -> list[str]:
    place = next(n for n in range(len(command)) if command[n : n + len(taken)] == taken)
    return command[:place] + command[place + len(taken) :]


async def ended(order: Mapping[str, Any]) -> dict[str, Any]:
    """Run one command as ordered; with `lag`, by how much this process was late meanwhile at what it does itself."""
    argv: Sequence[str] = order["argv"]
    lags = [0.0]
    metronome = asyncio.ensure_future(_beat(lags))
    try:
        end = await sandbox.run(argv, limits=Limits(**order["limits"]), environment=order.get("environment"))
    except sandbox.Unavailable as error:
        return {"unavailable": str(error)}
    finally:
        metronome.cancel()
    return vars(end) | {
        "lag": max(lags),
        "stdout": end.stdout.decode("latin-1"),
        "stderr": end.stderr.decode("latin-1"),
    }


async def _beat(lags: list[float]) -> None:
    """Note every hundredth of a second how late that came."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.01)
        lags.append(time.perf_counter() - began - 0.01)


def in_time(end: Mapping[str, Any], seconds: float) -> bool:
    """Whether nothing was left half a second after its limit, as this machine keeps time now.

    What a process is late by at waiting for a hundredth of a second, several of them in a row are late by as well:
    whoever stops the command, its first process, and bubblewrap.
    """
    return end["seconds"] <= seconds + 0.5 + 3 * end["lag"]


def main() -> None:
    """Answer until nobody asks any more."""
    # What Python loads late is loaded while it may read where that is.
    asyncio.run(asyncio.sleep(0))
    conditions.parse("number < 50", {"number": conditions.NUMBER})[0].judge({"number": conditions.Value(Decimal(1))})
    become(int(sys.argv[1]))
    for line in sys.stdin:
        print(json.dumps(asyncio.run(answer(json.loads(line))), default=str), flush=True)


if __name__ == "__main__":
    main()
