"""Where the sandbox does not hold, or cannot be made, commands do not run at all."""

import asyncio
import os

import pytest

from apps.probes import sandbox
from apps.probes.argv import Limits
from apps.probes.sandbox import running, trial
from tests.sandbox.payloads import PAYLOADS
from tests.sandbox.unprivileged import Worker

USER = 55_000 + os.getpid() % 5_000


@pytest.fixture
def weakened():
    """A worker whose sandbox lacks something."""
    made = []

    def weaken(what):
        worker = Worker(USER)
        made.append(worker)
        worker.order(without=what)
        worker.answer()
        return worker

    yield weaken
    for worker in made:
        worker.stop()


@pytest.fixture
def counted(monkeypatch):
    """Every process that would be started."""
    started = []

    async def start(*command, **options):
        started.append(command)
        raise AssertionError(command)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)
    monkeypatch.setattr(trial, "_found", None)
    return started


@pytest.mark.parametrize("which", ["getuid", "geteuid"])
def test_nothing_runs_as_root(which, monkeypatch, counted):
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, which, lambda: 0)
    with pytest.raises(sandbox.Unavailable, match="as another user"):
        asyncio.run(sandbox.run(["true"], limits=Limits()))
    assert "do not run as root" in asyncio.run(sandbox.hindrance())
    assert counted == []


def test_nothing_runs_without_bubblewrap(monkeypatch, counted):
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(running, "PROGRAMS", "/nowhere")
    with pytest.raises(sandbox.Unavailable, match="apt-get install bubblewrap"):
        asyncio.run(sandbox.run(["true"], limits=Limits()))
    assert "bubblewrap" in asyncio.run(sandbox.hindrance())
    assert counted == []


def test_a_bubblewrap_on_the_way_of_somebody_else_is_not_believed(monkeypatch, tmp_path, counted):
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho taken over\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert running._bubblewrap() != str(tmp_path / "bwrap")


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("--remount-ro /", "it can write to /"),
        ("--remount-ro /dev", "it can write to /dev"),
        ("filter", "its system calls are not filtered"),
        (
            "limits",
            "it may dump its memory; it may compute without end; it may start any number of processes; "
            "it may take any amount of memory.",
        ),
        ("--proc /proc", "Commands are unavailable here"),
    ],
)
def test_a_sandbox_that_lacks_something_is_found_and_nothing_runs(what, found, weakened, monkeypatch):
    worker = weakened(what)
    worker.order(hindrance=True)
    assert found in worker.answer()["hindrance"]


def test_it_is_tried_once(monkeypatch):
    tried = []

    async def try_it():
        tried.append(1)
        return "Commands are unavailable here."

    monkeypatch.setattr(trial, "_found", None)
    monkeypatch.setattr(trial, "_try", try_it)
    assert [asyncio.run(sandbox.hindrance()) for _ in range(3)] == ["Commands are unavailable here."] * 3
    assert tried == [1]


def test_without_the_filter_the_payloads_that_it_is_for_get_through(weakened):
    """The filter is not there for show: these reach something that namespaces and limits leave open."""
    worker = weakened("filter")
    names = {"makes a file without a name", "shares memory that nobody counts"}
    chosen = [payload for payload in PAYLOADS if payload.name in names]
    assert [worker.run(*payload.command())["stdout"] for payload in chosen] == ["ESCAPED\n"] * 2
