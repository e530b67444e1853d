"""What happens at the same moment: two clicks, two workers, two sweeps."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.ledger import selectors as ledger
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.probes import commands
from apps.probes.kinds import FAILED, PASSED, Outcome
from apps.probes.models import Probe, Run
from apps.probes.states import PLAN
from tests import probing
from tests.cast import again, people
from tests.probes.conftest import CONFIG, ITEM, STREAM, with_probe

AT_ONCE = 6


def at_once(*acts):
    """Do all of it at the same moment, each on its own connection; returns the results in order."""
    barrier = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def one(place, act):
        try:
            barrier.wait()
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not [result for result in results if isinstance(result, Exception)], results
    return results


@pytest.fixture
def quiet(monkeypatch):
    """Nobody listens: neither the queue nor open pages."""
    monkeypatch.setattr(commands.runs.live, "announce", lambda *_, **__: None)
    monkeypatch.setattr("apps.ledger.commands.live.announce", lambda *_, **__: None)
    monkeypatch.setattr("apps.leases.commands.enqueue", lambda *_, **__: None)


@pytest.fixture
def raced(transactional_db, quiet):
    return with_probe(people())


def kinds_recorded():
    return list(Entry.objects.filter(kind__startswith="probe.re").order_by("sequence").values_list("kind", flat=True))


def test_clicks_at_once_order_one_run(raced):
    people = [again(raced.member) for _ in range(AT_ONCE)]
    runs = at_once(*[lambda person=person: raced.order(by=person) for person in people])
    assert len({run.pk for run in runs}) == 1
    assert kinds_recorded() == ["probe.requested"]


def test_workers_at_once_claim_one_run_and_record_one_result(raced):
    run = raced.order()
    claims = at_once(*[lambda: probing.claim(run)] * AT_ONCE)
    assert len([claim for claim in claims if claim]) == 1
    outcomes = [Outcome(PASSED if n % 2 else FAILED, "Answered.", str(n), "ms") for n in range(AT_ONCE)]
    finishes = at_once(*[lambda outcome=outcome: probing.finish(run, outcome) for outcome in outcomes])
    (finish,) = [finish for finish in finishes if finish]
    assert Run.objects.get(pk=run.pk).digest == finish.digest
    assert kinds_recorded() == ["probe.requested", "probe.recorded"]
    assert list(ledger.faults()) == []


def test_workers_at_once_take_no_more_of_a_team_than_its_share(raced, monkeypatch):
    monkeypatch.setattr(Run, "PLAN", replace(PLAN, share=8))
    probes = [
        commands.define_probe(raced.team, by=raced.lead, name=f"P{n}", kind="http", config=CONFIG, stream=STREAM)
        for n in range(Run.PLAN.share + AT_ONCE)
    ]
    commands.request_runs({probe.pk: ITEM for probe in probes}, by=again(raced.member), stream=STREAM)
    few = Run.PLAN.share // AT_ONCE + 2
    claims = at_once(*[lambda: commands.claim_runs(by=SYSTEM, worker="w", room=few, seconds=100)] * AT_ONCE)
    claimed = [run.pk for claim in claims for run in claim]
    assert len(claimed) == len({*claimed}) == Run.PLAN.share


def test_ordering_many_while_others_finish_waits_for_nobody_for_ever(raced):
    probes = [
        commands.define_probe(raced.team, by=raced.lead, name=f"P{n}", kind="http", config=CONFIG, stream=STREAM)
        for n in range(AT_ONCE)
    ]

    def order(some):
        """As `run_probes` of a deployment does; slowly, so that the others meet it half-way."""
        with transaction.atomic():
            Probe.objects.lock_all(probe.pk for probe in some)
            time.sleep(0.3)
            asked = {probe.pk: ITEM for probe in some}
            return commands.request_runs(asked, by=again(raced.member), stream=STREAM)

    under_way = order(probes[1:])
    assert len(commands.claim_runs(by=SYSTEM, worker="w", room=AT_ONCE, seconds=100)) == len(under_way)
    green = Outcome(PASSED, "Answered.", "1", "ms")
    finishing = [lambda run=run: probing.finish(run, green) for run in under_way]
    ordered, *finished = at_once(lambda: order(probes), *finishing)
    assert len(ordered) == AT_ONCE
    assert all(finished)
    assert list(ledger.faults()) == []


def test_sweeps_at_once_move_a_run_one_attempt_on(raced):
    run = raced.order()
    assert probing.claim(run)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    at_once(*[lambda: commands.sweep_runs(by=SYSTEM)] * AT_ONCE)
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("queued", 2)


def test_a_late_result_and_a_sweep_at_once_end_in_one_truth(raced):
    run = raced.order()
    assert probing.claim(run)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    finished, _ = at_once(
        lambda: probing.finish(run, Outcome(PASSED, "Answered.", "1", "ms")),
        lambda: commands.sweep_runs(by=SYSTEM),
    )
    run.refresh_from_db()
    assert (run.state, run.attempt) == (("passed", 1) if finished else ("queued", 2))
    assert kinds_recorded() == ["probe.requested"] + ["probe.recorded"] * bool(finished)
