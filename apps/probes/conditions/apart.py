"""Asking CEL in a process of its own: the library knows no deadline, and only a process can be ended.

An expression that goes through lists, or a regular expression, may take hours and all memory for an answer of 256 KB.
The process ends by itself when one of them takes more than CPU_SECONDS or MEMORY_BYTES, and the next one gets another.
It has no environment, and knows nothing but what it is asked. What one page, run or report asks of it has a limit
together, since others wait for it: `within`.
"""

import atexit
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

CPU_SECONDS = 0.5  # of computing time, so that a busy machine ends nothing that is quick elsewhere
WALL_SECONDS = 10.0
MEMORY_BYTES = 1 << 30
LONGEST_REASON = 300  # characters
# One question a line, one answer a line: [seconds, true], or [seconds, null, "KeyError", "…"].
ASKED = f"""
import json, resource, signal, sys, time
import cel
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY_BYTES}, {MEMORY_BYTES}))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
for line in sys.stdin.buffer:
    expression, values, seconds = json.loads(line)
    began = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        found = cel.evaluate(expression, values)
        answer = [found] if isinstance(found, bool) else [None]
    except (KeyError, IndexError) as error:
        answer = [None, type(error).__name__, str(error.args[0])[:{LONGEST_REASON}]]
    except (TypeError, ValueError, RuntimeError, ArithmeticError) as error:
        answer = [None, "TypeError", ""]
    signal.setitimer(signal.ITIMER_PROF, 0)
    sys.stdout.write(json.dumps([time.process_time() - began, *answer]) + "\\n")
    sys.stdout.flush()
"""
MISSING: dict[str, type[Exception]] = {"KeyError": KeyError, "IndexError": IndexError, "TypeError": TypeError}

_lock = threading.Lock()
_asked: "subprocess.Popen[bytes] | None" = None


class LimitExceeded(Exception):
    """It took more time or memory than there is for it."""


class Spent(LimitExceeded):
    """What was asked before took so much that this one had less time than by itself, or none."""


@dataclass
class _Allowance:
    """The computing time that is left for what is asked together, in seconds."""

    left: float


_allowed: ContextVar[_Allowance | None] = ContextVar("allowed", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Have all that is asked meanwhile take so much computing time together; what stands around it counts instead."""
    if _allowed.get():
        yield
        return
    token = _allowed.set(_Allowance(seconds))
    try:
        yield
    finally:
        _allowed.reset(token)


def evaluate(expression: str, values: Mapping[str, Any]) -> bool | None:
    """What an expression comes to for values as `for_cel` makes them; None where that is neither true nor false.

    Raises KeyError or IndexError where a value is missing, TypeError where it is of another sort, LimitExceeded, and
    Spent where that may be due to what was asked before.
    """
    allowance = _allowed.get() or _Allowance(CPU_SECONDS)
    seconds = min(CPU_SECONDS, allowance.left)
    if seconds <= 0:
        raise Spent
    question = json.dumps([expression, values, seconds]).encode() + b"\n"
    with _lock:
        try:
            answer = _answer(_running(), question)
        except OSError:
            answer = b""
        if not answer.endswith(b"\n"):
            _end()
            allowance.left -= seconds
            raise LimitExceeded if seconds == CPU_SECONDS else Spent
    took, found, *problem = json.loads(answer)
    allowance.left -= took
    if problem:
        raise MISSING[problem[0]](problem[1])
    return None if found is None else bool(found)


def _answer(process: "subprocess.Popen[bytes]", question: bytes) -> bytes:
    """Its line; without an end where it ended before."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(question)
    process.stdin.flush()
    if not select.select([process.stdout], [], [], WALL_SECONDS)[0]:
        return b""
    return process.stdout.readline()


def _running() -> "subprocess.Popen[bytes]":
    global _asked
    if _asked is None or _asked.poll() is not None:
        command = [sys.executable, "-I", "-c", ASKED]
        pipe = subprocess.PIPE
        _asked = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env={}, cwd="/")
    return _asked


@atexit.register
def _end() -> None:
    global _asked
    if _asked is not None:
        _asked.kill()
        _asked.communicate()
        _asked = None


def _forget() -> None:
    """A forked process has no part in what another one asks."""
    global _lock, _asked
    _lock, _asked = threading.Lock(), None


os.register_at_fork(after_in_child=_forget)
