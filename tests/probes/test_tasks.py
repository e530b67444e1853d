"""A probe on a worker: one task, from claim to result, against real servers on loopback."""

import asyncio
import re
import threading
from contextlib import contextmanager
from typing import Any

import pytest

from apps.probes import commands, kinds, tasks
from apps.probes.models import Run
from tests.probes import hostile
from tests.probes.conftest import STREAM
from tests.probes.hostile import answering, serving, sized


@contextmanager
def server(behave):
    """A server in a thread of its own; yields its address."""
    started = threading.Event()
    place: dict[str, Any] = {}

    async def story():
        place["stop"] = asyncio.Event()
        place["loop"] = asyncio.get_running_loop()
        async with serving(behave) as port:
            place["url"] = f"http://127.0.0.1:{port}/health"
            started.set()
            await place["stop"].wait()

    ended = threading.Thread(target=lambda: asyncio.run(story()))
    ended.start()
    started.wait()
    yield place["url"]
    place["loop"].call_soon_threadsafe(place["stop"].set)
    ended.join()


@pytest.fixture
def ask(cast, settings):
    """Point the probe at an address, order a run and let the task run it."""
    settings.KEYTURN_PROBE_ALLOW = "127.0.0.1"

    def asking(url, **config):
        commands.change_probe(cast.probe, by=cast.lead, name="Health", config={"url": url, **config}, stream=STREAM)
        run = cast.order()
        ended = tasks.run_probes.apply().get()
        return ended, Run.objects.get(pk=run.pk)

    return asking


def test_a_healthy_target_passes(ask):
    with server(answering(sized(b"up", b"Content-Type: text/plain"))) as url:
        ended, run = ask(url, conditions='body contains "up"\nlatency < 5 s')
    assert (ended, run.state, run.unit, run.limit) == (1, "passed", "s", "5")
    assert float(run.value) >= 0
    assert run.response["snippet"] == "up"
    assert run.response_digest == run.response["sha256"]
    assert run.worker


@pytest.mark.parametrize(("status", "times", "ending"), [("500", 1, ""), ("503", 3, " Asked 3 times.")])
def test_a_sick_target_fails_and_only_one_that_asks_to_be_asked_later_is(ask, status, times, ending):
    questions = []

    async def sick(reader, writer):
        questions.append(status)
        await answering(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())(reader, writer)

    with server(sick) as url:
        _, run = ask(url)
    assert (run.state, run.explanation) == ("failed", f"status is {status}, expected 200..299.{ending}")
    assert len(questions) == times


def test_a_target_that_hangs_fails_in_its_time(ask):
    with server(hostile.silent) as url:
        _, run = ask(url, timeout_ms=1000)
    assert (run.state, run.explanation) == ("failed", "No complete answer within 1 s.")


def test_a_target_that_hangs_when_it_is_asked_again_names_the_limit_of_all_of_it(ask):
    questions = []

    async def busy_then_silent(reader, writer):
        questions.append(writer)
        if len(questions) == 1:
            await answering(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")(reader, writer)
        else:
            await hostile.silent(reader, writer)

    with server(busy_then_silent) as url:
        _, run = ask(url, timeout_ms=2000)
    words = r"No complete answer within 2 s, of which 0\.[2-9] s were over when this was asked\. Asked 2 times\."
    assert run.state == "failed"
    assert re.fullmatch(words, run.explanation), run.explanation


def test_an_address_no_longer_listed_is_refused_when_the_probe_runs(cast, settings):
    settings.KEYTURN_PROBE_ALLOW = "127.0.0.1"
    commands.change_probe(cast.probe, by=cast.lead, name="Own", config={"url": "http://127.0.0.1:9/"}, stream=STREAM)
    run = cast.order()
    settings.KEYTURN_PROBE_ALLOW = ""
    tasks.run_probes.apply()
    run.refresh_from_db()
    assert run.state == "inconclusive"
    assert "KEYTURN_PROBE_ALLOW" in run.explanation


def test_a_message_that_comes_twice_runs_nothing_twice(ask, cast):
    with server(answering(sized(b"up"))) as url:
        ask(url)
        assert tasks.run_probes.apply().get() == 0


class Broken(kinds.Http):
    """A kind with a fault in its own code."""

    async def ask(self, **way):
        raise KeyError("a bug")


class Endless(kinds.Http):
    """A kind that does not keep its time."""

    async def ask(self, **way):
        await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("kind", "message"), [(Broken, "The probe itself broke (KeyError)"), (Endless, "it took longer than 1 s")]
)
def test_a_fault_of_the_probe_itself_is_inconclusive_and_logged(ask, monkeypatch, caplog, kind, message):
    monkeypatch.setitem(kinds.KINDS, "http", kind)
    monkeypatch.setattr(tasks.asking, "GRACE_SECONDS", 0)
    _, run = ask("https://a.example/", timeout_ms=1000)
    assert run.state == "inconclusive"
    assert message in run.explanation
    assert str(run.pk) in caplog.text


def test_the_sweep_is_a_task(cast):
    assert tasks.sweep_probes.apply().get() == 0
