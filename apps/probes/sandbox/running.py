"""One run of a command: started in its sandbox, read, and ended with everything that it started."""

import asyncio
import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from apps.probes.argv import Limits

from . import calls

PROGRAMS = "/usr/local/bin:/usr/bin:/bin"  # where a bubblewrap is believed, whatever the environment says
PATH = "/usr/local/bin:/usr/bin:/usr/local/sbin:/usr/sbin"
OUTPUT_BYTES = 64 * 1024  # of what it says, and as much of its errors
FILE_MB = 16  # all it may write, in a /tmp of its own
OPEN_FILES = 64
# The sandbox's first process. It is not the command, because the kernel spares a first process most signals; bubblewrap
# has one for that too, but leaves it behind for whoever waits for orphans. It says that it is ready and begins the
# command at the word of a worker: had the worker ended before, nobody would be left to end the command.
FIRST = ("/usr/bin/sh", "-c", 'echo; read -r word || exit; exec < /dev/null; "$@"; exit $?', "sh")
READY, GO = b"\n", b"go\n"
PAUSE = 0.002  # seconds between two looks
GRACE_SECONDS = 1.0  # for bubblewrap to end after all in the sandbox did
DEADLINE, FLOOD = "deadline", "flood"

AS_ROOT = (
    "Commands do not run as root: a limit on processes does not bind root, and a way out of the sandbox would be one "
    "to everything. Run the worker of the queue “commands” as another user."
)
NO_BUBBLEWRAP = "Commands need bubblewrap, which is not installed here: apt-get install bubblewrap."


class Unavailable(Exception):
    """A command cannot be run here; the message is a sentence, or two, for whoever can change that."""


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    exit_code: as shells give it, 128 and the number where a signal ended it; None where it was stopped.
    stdout, stderr: the first OUTPUT_BYTES of each. seconds: how long it took.
    stopped: why it was stopped: DEADLINE, FLOOD, or "" where it ended by itself.
    """

    exit_code: int | None
    stdout: bytes
    stderr: bytes
    seconds: float
    stopped: str = ""


def unsuitable() -> str:
    """Why nothing can be run here, as far as a glance tells; empty when it may be tried."""
    if 0 in (os.getuid(), os.geteuid()):
        return AS_ROOT
    return "" if _bubblewrap() else NO_BUBBLEWRAP


async def run(argv: Sequence[str], *, limits: Limits, environment: Mapping[str, str] | None = None) -> Ended:
    """Run a program with its arguments, and nothing else of this machine.

    environment: the variables it has besides PATH, HOME and LANG. Raises Unavailable where no sandbox can be made.
    Whether one that can be made also holds, `hindrance` of trial.py says: ask it before.
    """
    if reason := unsuitable():
        raise Unavailable(reason)
    began = time.perf_counter()
    async with _sandbox(argv, limits, environment or {}, began + limits.seconds) as running:
        await running.finish()
    code = running.exit_code
    if code is None and not running.stopped:
        errors = running.stderr.decode("utf-8", "replace").strip()
        raise Unavailable(f"The sandbox could not be made: {errors or 'bubblewrap was ended from outside'}.")
    elapsed = time.perf_counter() - began
    code = None if running.stopped else code
    return Ended(code, bytes(running.stdout), bytes(running.stderr), elapsed, running.stopped)


class _Running:
    """A sandbox that was started: what comes of it, and the way to end it.

    process: bubblewrap outside of the sandbox. status: a file where it says which process is the sandbox's first, and
    how the command ended; a pipe would end it halfway where nobody reads any more. go: where that first process is told
    to begin.
    """

    def __init__(self, process: asyncio.subprocess.Process, status: int, go: int) -> None:
        self.process, self.status, self.go = process, status, go
        self.stdout, self.stderr = bytearray(), bytearray()
        self.stopped = ""
        self.exit_code: int | None = None
        self.first: int | None = None  # pidfd of the sandbox's first process; the kernel ends all others with it

    async def finish(self) -> None:
        """Let the command begin and read what it says, until it ended or was stopped."""
        assert self.process.stdout
        assert self.process.stderr
        with contextlib.suppress(asyncio.IncompleteReadError, BrokenPipeError):  # it was stopped meanwhile
            await self.process.stdout.readexactly(len(READY))
            await self._meet()
            os.write(self.go, GO)
        await asyncio.gather(
            self._collect(self.process.stdout, self.stdout), self._collect(self.process.stderr, self.stderr)
        )
        await self.process.wait()

    def stop(self, why: str) -> None:
        """End it now: everything that is read then ends too."""
        self.stopped = self.stopped or why
        if self._kill_first():
            asyncio.get_running_loop().call_later(GRACE_SECONDS, self.kill_all)
        else:
            self.kill_all()

    def kill_all(self) -> None:
        """End bubblewrap too. Before its sandbox has a session of its own, they are one group."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    async def vanish(self) -> None:
        """Return once nothing of it is left, whatever the command left behind."""
        try:
            async with asyncio.timeout(GRACE_SECONDS):
                if self.first is None:
                    await self._meet()
                if self._kill_first() and self.first is not None:
                    await _readable(self.first)
                await self.process.wait()
        except TimeoutError:
            pass  # it does not keep its word: what follows needs none
        finally:
            self.kill_all()
            await self.process.wait()
            self.exit_code = self._number("exit-code")

    def _kill_first(self) -> bool:
        """End all in the sandbox and leave bubblewrap, which waits for them; False where there is no sandbox yet."""
        if self.first is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.first, signal.SIGKILL)
        return True

    async def _meet(self) -> None:
        """Take hold of the sandbox's first process, which begins nothing before it is told to."""
        while (pid := self._number("child-pid")) is None and self.process.returncode is None:
            await asyncio.sleep(PAUSE)
        if pid is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it was stopped meanwhile
                self.first = os.pidfd_open(pid)

    def _number(self, name: str) -> int | None:
        """What bubblewrap wrote by that name, if it did yet."""
        found = re.search(rf'"{name}": (\d+)', os.pread(self.status, 4096, 0).decode())
        return int(found[1]) if found else None

    async def _collect(self, stream: asyncio.StreamReader, output: bytearray) -> None:
        while piece := await stream.read(OUTPUT_BYTES):
            room = OUTPUT_BYTES - len(output)
            output += piece[:room]
            if len(piece) > room and not self.stopped:
                self.stop(FLOOD)


@contextlib.asynccontextmanager
async def _sandbox(
    argv: Sequence[str], limits: Limits, environment: Mapping[str, str], until: float
) -> AsyncIterator[_Running]:
    """A sandbox with the command in it, which is gone afterwards.

    until: by when it is stopped, on the clock of `time.perf_counter`; making it takes of that time too.
    """
    with contextlib.ExitStack() as ours:
        status, (word, go), rules = os.memfd_create("status"), os.pipe(), _filter()
        for each in (status, go):
            ours.callback(os.close, each)
        theirs = [each for each in (word, rules) if each is not None]
        try:
            command = [*_bubblewrap_for(status, rules, environment), *FIRST, *_limited(limits), *argv]
            process, is_cancelled = await _started(command, word, [status, *theirs[1:]])
        finally:
            for each in theirs:
                os.close(each)
        running = _Running(process, status, go)
        left = max(0.0, until - time.perf_counter())
        deadline = asyncio.get_running_loop().call_later(left, running.stop, DEADLINE)
        try:
            if is_cancelled:
                raise asyncio.CancelledError
            yield running
        finally:
            deadline.cancel()
            await running.vanish()
            if running.first is not None:
                os.close(running.first)


async def _started(
    command: Sequence[str], stdin: int, passed: Sequence[int]
) -> tuple[asyncio.subprocess.Process, bool]:
    """The process, and whether whoever waits for it was cancelled meanwhile: half started, it could not be ended."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *command,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=passed,
            env={},  # the sandbox's first process is bubblewrap, and a command can read what that was started with
            cwd="/",
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting), False
    except asyncio.CancelledError:
        return await starting, True


async def _readable(descriptor: int) -> None:
    """Wait until it has something to read, which a pidfd has once its process ended."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


def _filter() -> int | None:
    """The filter of system calls as a file to read, if there is one for this machine."""
    program = calls.program()
    if program is None:
        return None
    descriptor = os.memfd_create("calls")
    os.write(descriptor, program)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _bubblewrap() -> str | None:
    return shutil.which("bwrap", path=PROGRAMS)


@functools.cache
def _forbids_namespaces(program: str) -> bool:
    """Whether this bubblewrap can keep a command from making user namespaces: it can since 0.8."""
    text = subprocess.run([program, "--version"], capture_output=True, text=True, env={}, check=False).stdout
    version = [int(part) for part in re.findall(r"\d+", text)]
    return version >= [0, 8]


def _bubblewrap_for(status: int, rules: int | None, environment: Mapping[str, str]) -> list[str]:
    """The sandbox: no network, no file but programs and libraries, nothing to write but a /tmp of its own."""
    program = _bubblewrap()
    assert program
    variables = {"PATH": PATH, "HOME": "/tmp", "LANG": "C.UTF-8", **environment}
    listed = f"""
        --unshare-all --unshare-user {"--disable-userns" if _forbids_namespaces(program) else ""}
        --die-with-parent --new-session --as-pid-1 --cap-drop ALL --hostname sandbox
        --ro-bind /usr /usr
        --symlink usr/bin /bin --symlink usr/sbin /sbin --symlink usr/lib /lib --symlink usr/lib64 /lib64
        --ro-bind-try /etc/alternatives /etc/alternatives --ro-bind-try /etc/ld.so.cache /etc/ld.so.cache
        --proc /proc --dev /dev --size {FILE_MB * 1024 * 1024} --tmpfs /tmp --chdir /tmp
        --remount-ro /dev --remount-ro /
        --json-status-fd {status} {f"--seccomp {rules}" if rules is not None else ""}
        --clearenv
    """
    stated = [part for name, value in variables.items() for part in ("--setenv", name, value)]
    return [program, *listed.split(), *stated, "--"]


def _limited(limits: Limits) -> list[str]:
    """What sets the limits from inside, where the one on processes counts the sandbox's alone.

    The soft limit on computing time ends a command with a signal that tells why, the hard one with SIGKILL. Where the
    machine lacks memory, it ends commands before anything else.
    """
    memory, cpu = limits.memory_mb * 1024 * 1024, limits.cpu_seconds
    return [
        *("/usr/bin/choom", "-n", "1000", "--"),
        *("/usr/bin/prlimit", f"--as={memory}", f"--cpu={cpu}:{cpu + 1}", f"--nproc={limits.processes + 1}"),
        *(f"--fsize={FILE_MB * 1024 * 1024}", f"--nofile={OPEN_FILES}", "--core=0", "--msgqueue=0", "--memlock=0"),
        "--",
    ]
