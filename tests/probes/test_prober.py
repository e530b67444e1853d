"""Many probes in one process: what is under way together, what is recorded together, and what goes wrong alone."""

import asyncio
import time

import pytest
from django.db import OperationalError, connection

from apps.core import queue
from apps.leases import commands as leases
from apps.probes import commands, kinds, tasks
from apps.probes.kinds import PASSED, Outcome
from apps.probes.models import Run
from apps.probes.tasks import prober
from tests import clock
from tests.probes.conftest import ITEM, STREAM

MANY = 40
ANSWERS_AFTER = 0.2
TARGET = {"url": "https://gateway.example/health"}


class Slow(kinds.Http):
    """Passes after a while; notes how many are under way together."""

    now = most = 0

    async def run(self, **way):
        cls = type(self)
        cls.now += 1
        cls.most = max(cls.most, cls.now)
        await asyncio.sleep(ANSWERS_AFTER)
        cls.now -= 1
        return Outcome(PASSED, "Answered.", "200", "ms")


def behaving(monkeypatch, behave, kind="http"):
    """Probes of a kind do this in place of asking."""

    class Behaving(kinds.Http):
        """One."""

        async def run(self, **way):
            return await behave(self)

    monkeypatch.setitem(kinds.KINDS, kind, Behaving)


@pytest.fixture
def order(cast):
    """Order runs of so many probes; each is its own."""

    def ordering(count, **config):
        probes = [
            commands.define_probe(
                cast.team, by=cast.lead, name=f"P{n}", kind="http", config=TARGET | config, stream=STREAM
            )
            for n in range(count)
        ]
        return commands.request_runs({probe.pk: ITEM for probe in probes}, by=cast.member, stream=STREAM)

    return ordering


def states():
    return list(Run.objects.order_by("pk").values_list("state", flat=True))


def test_many_are_under_way_together(order, monkeypatch):
    monkeypatch.setitem(kinds.KINDS, "http", Slow)
    order(MANY)
    began = clock.seconds()
    assert tasks.run_probes.apply().get() == MANY
    assert clock.seconds() - began < MANY * ANSWERS_AFTER / 2
    assert states() == ["passed"] * MANY
    assert min(MANY, prober.AT_ONCE) <= Slow.most <= prober.WIDTH


def test_no_more_are_under_way_than_there_is_room(order, monkeypatch):
    monkeypatch.setitem(kinds.KINDS, "http", Slow)
    monkeypatch.setattr(Slow, "most", 0)
    monkeypatch.setattr(prober, "WIDTH", 4)
    order(9)
    assert tasks.run_probes.apply().get() == 9
    assert Slow.most == 4


def test_what_ends_together_is_recorded_together(order, monkeypatch):
    async def at_once(_):
        return Outcome(PASSED, "Answered.", "1", "ms")

    behaving(monkeypatch, at_once)
    recorded, finish_runs = [], commands.finish_runs

    def noted(ended, **by):
        recorded.append(len(ended))
        return finish_runs(ended, **by)

    monkeypatch.setattr(commands, "finish_runs", noted)
    order(MANY)
    tasks.run_probes.apply()
    assert states() == ["passed"] * MANY
    assert len(recorded) < MANY / 2


def test_one_that_breaks_costs_no_other_its_result(order, monkeypatch):
    async def every_other(probe):
        if probe.timeout_ms == 2000:
            raise KeyError("a bug")
        return Outcome(PASSED, "Answered.", "1", "ms")

    behaving(monkeypatch, every_other)
    order(2, timeout_ms=2000)
    order(2)
    assert tasks.run_probes.apply().get() == 4
    assert sorted(states()) == ["inconclusive"] * 2 + ["passed"] * 2


def test_a_result_that_cannot_be_stored_costs_no_other_its_own(order, monkeypatch, caplog):
    async def odd(probe):
        return Outcome(PASSED, "Answered\0." if probe.timeout_ms == 2000 else "Answered.", "1", "ms")

    behaving(monkeypatch, odd)
    order(1, timeout_ms=2000)
    order(3)
    assert tasks.run_probes.apply().get() == 4
    assert sorted(states()) == ["inconclusive"] + ["passed"] * 3
    assert "The probe itself broke" in Run.objects.get(state="inconclusive").explanation
    assert "broke in run" in caplog.text


def test_what_may_take_longer_than_the_task_is_left_to_the_next_one(order, monkeypatch):
    monkeypatch.setattr(prober, "ENDS", prober.RECORDED + 10)

    async def at_once(_):
        return Outcome(PASSED, "Answered.", "1", "ms")

    behaving(monkeypatch, at_once)
    order(1, timeout_ms=20_000)
    order(1, timeout_ms=2000)
    assert tasks.run_probes.apply().get() == 1
    assert sorted(states()) == ["passed", "queued"]


def test_a_worker_that_stops_ends_what_is_under_way_and_begins_nothing(order, monkeypatch):
    monkeypatch.setattr(queue, "_ends", bytearray(1))
    monkeypatch.setattr(prober, "WIDTH", 2)

    async def stopping(probe):
        queue.begin_no_more()
        return Outcome(PASSED, "Answered.", "1", "ms")

    behaving(monkeypatch, stopping)
    order(5)
    assert tasks.run_probes.apply().get() == 2
    assert sorted(states()) == ["passed"] * 2 + ["queued"] * 3


def test_leases_are_renewed_while_probes_are_under_way(order, monkeypatch):
    monkeypatch.setitem(kinds.KINDS, "http", Slow)
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.01)
    monkeypatch.setattr(prober, "POLL", 0.02)
    renewed = []
    monkeypatch.setattr(leases, "renew_all", lambda works: renewed.append(len([*works])))
    order(3)
    tasks.run_probes.apply()
    assert len(renewed) > 1
    assert max(renewed) == 3


def test_one_that_never_gives_the_loop_back_is_given_up(order, monkeypatch, caplog):
    monkeypatch.setattr(leases, "SLACK", -1 * leases.SLACK)
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.01)

    async def blocking(probe):
        time.sleep(1)

    behaving(monkeypatch, blocking)
    order(1, timeout_ms=1000)
    assert tasks.run_probes.apply().get() == 0
    assert states() == ["running"], "its lease ends, and another worker tries"
    assert "does not end, so its lease does" in caplog.text


class Away:
    """The database is away so many times."""

    def __init__(self, command, times):
        self.command, self.times = command, times

    def __call__(self, *args, **kwargs):
        if self.times:
            self.times -= 1
            raise OperationalError("the connection is lost")
        return self.command(*args, **kwargs)


@pytest.fixture
def patient(monkeypatch):
    """A database that is away is asked again at once; the test keeps its connection."""
    monkeypatch.setattr(prober, "AWAY", 0.01)
    monkeypatch.setattr(prober, "POLL", 0.01)
    monkeypatch.setattr(connection, "close", lambda: None)


@pytest.mark.parametrize("command", ["finish_runs", "claim_runs"])
def test_results_are_kept_while_the_database_is_away(order, monkeypatch, patient, command):
    monkeypatch.setitem(kinds.KINDS, "http", Slow)
    monkeypatch.setattr(prober, "AT_ONCE", 2)
    order(4)
    if command == "claim_runs":
        first = commands.claim_runs
        away = Away(first, 3)
        calls = iter([first])
        monkeypatch.setattr(commands, command, lambda **asked: next(calls, away)(**asked))
    else:
        monkeypatch.setattr(commands, command, Away(commands.finish_runs, 3))
    assert tasks.run_probes.apply().get() == 4
    assert states() == ["passed"] * 4


def test_leases_are_renewed_again_once_the_database_is_back(order, monkeypatch, patient):
    monkeypatch.setitem(kinds.KINDS, "http", Slow)
    monkeypatch.setattr(leases, "renew_all", Away(leases.renew_all, 2))
    order(2)
    assert tasks.run_probes.apply().get() == 2


def test_a_task_that_finds_no_database_at_first_gives_its_message_back(cast, monkeypatch):
    monkeypatch.setattr(commands, "claim_runs", Away(commands.claim_runs, 1))
    with pytest.raises(OperationalError):
        tasks.run_probes.apply(throw=True)


def test_a_fault_of_our_own_is_not_taken_for_a_database_that_is_away(order, monkeypatch):
    order(1)
    monkeypatch.setattr(leases, "renew_all", lambda works: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tasks.run_probes.apply(throw=True)
