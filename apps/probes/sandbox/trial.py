"""Whether the sandbox holds here: a few ways out, tried once by every worker process before its first command."""

import asyncio
import tempfile
from collections.abc import Sequence

from apps.probes.argv import Limits

from . import calls
from .running import DEADLINE, FLOOD, Ended, Unavailable, run, unsuitable

SMALL = Limits(seconds=30, cpu_seconds=1, memory_mb=64, processes=6)  # a busy machine takes long to give it 1 s
SHORT = Limits(seconds=1, cpu_seconds=1, memory_mb=64, processes=6)
WITHIN = 0.5  # seconds after its limit until nothing of a command is left
CHANCES = 3  # for a machine that is busy with something else in that moment
HELD = "held"
# Each line is one way out and says what it found open. It uses the shell's own words where it can: every program that
# it needs is one that a machine may lack.
ESCAPES = r"""
tell() { echo "$1"; open=yes; }
[ "$(id -u)" != 0 ] || tell "it runs as root"
[ ! -e "$1" ] || tell "files of this machine are there"
[ ! -e /etc/passwd ] || tell "the users of this machine are there"
[ ! -e /home ] && [ ! -e /root ] && [ ! -e /var ] || tell "folders of this machine are there"
for where in / /usr /usr/bin /dev /dev/shm /etc /proc; do
  if (: > "$where/keyturn-trial") 2>/dev/null; then tell "it can write to $where"; fi
done
(: > /tmp/keyturn-trial) 2>/dev/null || tell "it has no folder of its own"
count=0; for each in /proc/[0-9]*; do count=$((count + 1)); done
[ "$count" -lt 6 ] || tell "it sees other processes"
while read -r name rest; do
  case "$name" in Inter-*|face|lo:) ;; *) tell "it has a network";; esac
done < /proc/net/dev
while read -r name value rest; do
  case "$name" in
    NoNewPrivs:) [ "$value" = 1 ] || tell "it may gain privileges";;
    CapPrm:|CapEff:|CapBnd:|CapAmb:) [ "$value" = 0000000000000000 ] || tell "it has capabilities";;
    Seccomp:) [ "$value" = 2 ] || [ "$2" = no-filter ] || tell "its system calls are not filtered";;
  esac
done < /proc/self/status
! unshare --user true 2>/dev/null || tell "it can make user namespaces"
! mount -t tmpfs none /tmp 2>/dev/null || tell "it can mount"
for each in /proc/self/fd/*; do
  case "$each" in */0|*/1|*/2|*/fd/10|*/fd/11|*/fd/255) ;; *) [ ! -e "$each" ] || tell "it inherited a file";; esac
done
! tr '\0' '\n' < /proc/1/environ | grep -qvE '^(PATH|HOME|LANG|PWD)=' || tell "it reads the variables of its worker"
[ "$(ulimit -Hc)" = 0 ] || tell "it may dump its memory"
[ -n "$open" ] || echo held
"""
FORKS = "n=0; while [ $n -lt 40 ]; do sleep 9 & n=$((n + 1)); done; echo all of them"
BACKGROUND = "trap '' TERM HUP INT; (setsid sleep 60 &); sleep 60"

_found: str | None = None


async def hindrance() -> str:
    """Why commands are unavailable in this process, empty where they are not; tried once, and remembered."""
    global _found
    if _found is None:
        _found = await _try()
    return _found


async def _try() -> str:
    if reason := unsuitable():
        return reason
    try:
        found = await _openings()
    except (Unavailable, OSError) as error:
        return f"Commands are unavailable here. {error}"
    if found:
        return f"Commands are unavailable here: the sandbox was tried and does not hold. {'; '.join(found)}."
    return ""


async def _openings() -> list[str]:
    """What a command could do that it should not."""
    with tempfile.NamedTemporaryFile(prefix="keyturn-trial-") as ours:
        filtered = "filter" if calls.program() else "no-filter"
        escapes = await _shell(ESCAPES, SMALL, ours.name, filtered)
    spin, forks, late, flood, memory, disk = await asyncio.gather(
        _shell("while :; do :; done", SMALL),
        _shell(FORKS, SMALL),
        _shell(BACKGROUND, SHORT),
        run(["yes"], limits=SHORT),
        run(["dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1"], limits=SMALL),
        _shell("for n in 1 2 3; do head -c 9000000 /dev/zero > /tmp/$n || exit 3; done", SMALL),
    )
    for _ in range(CHANCES):
        if _ends_in_time(late):
            break
        late = await _shell(BACKGROUND, SHORT)  # alone this time
    lines = escapes.stdout.decode("utf-8", "replace").splitlines()
    found = [] if lines == [HELD] else lines or [f"the trial ended with {escapes.exit_code}: {_errors(escapes)}"]
    return found + [
        what
        for what, is_so in {
            "it may compute without end": spin.exit_code != 152,
            "it may start any number of processes": b"all of them" in forks.stdout,
            "it may go on after its time": not _ends_in_time(late),
            "it may say any amount": flood.stopped != FLOOD,
            "it may take any amount of memory": memory.exit_code == 0 or memory.stopped != "",
            "it may write any amount": disk.exit_code != 3,
        }.items()
        if is_so
    ]


def _ends_in_time(late: Ended) -> bool:
    return late.stopped == DEADLINE and late.seconds <= SHORT.seconds + WITHIN


async def _shell(script: str, limits: Limits, *arguments: str) -> Ended:
    return await run(_argv(script, arguments), limits=limits)


def _argv(script: str, arguments: Sequence[str]) -> list[str]:
    return ["/usr/bin/sh", "-c", script, "trial", *arguments]


def _errors(ended: Ended) -> str:
    return ended.stderr.decode("utf-8", "replace").strip() or "it said nothing"
