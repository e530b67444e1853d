"""Targets that give no answer: what is asked again at once, what rests, and that a run ends by its deadline."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest
from django.utils import timezone

from apps.ledger.commands import SYSTEM
from apps.probes import commands, egress, kinds, selectors
from apps.probes.kinds import FAILED, INCONCLUSIVE, PASSED, Outcome, Reached
from apps.probes.kinds.http import reading
from apps.probes.models import Breaker, Probe, Run
from apps.probes.states import FAILURES, RESTS
from apps.probes.tasks import asking
from tests.cast import again
from tests.probes.conftest import CONFIG, ITEM, STREAM
from tests.probing import claim, finish

GREEN = Outcome(PASSED, "Answered 200.", "1", "ms", response={"status": 200})
SILENT = Outcome(FAILED, "No complete answer within 1 s.", reached=Reached.SILENT)
BUSY = Outcome(FAILED, "status is 503.", response={"status": 503}, reached=Reached.BUSY)
RED = Outcome(FAILED, "status is 404.", response={"status": 404})
REFUSED = Outcome(INCONCLUSIVE, "The policy forbids it.")


class Answering(kinds.Http):
    """Gives one outcome after the other, and notes for how long it would have waited each time."""

    times: ClassVar[list[int]] = []
    outcomes: ClassVar[Sequence[Outcome]] = ()

    async def run(self, **way):
        self.times.append(self.timeout_ms)
        return self.outcomes[min(len(self.times), len(self.outcomes)) - 1]


@pytest.fixture
def asked(monkeypatch):
    """Ask a probe that answers so; returns the outcome and how often it was asked."""
    monkeypatch.setattr(asking, "FIRST_PAUSE", 0.001)

    def asking_so(*outcomes, seconds=10, method="GET"):
        Answering.times, Answering.outcomes = [], outcomes
        probe = replace(Answering(url="https://a.example/"), timeout_ms=seconds * 1000, method=method)
        return asyncio.run(asking._asked(probe)), Answering.times

    return asking_so


@pytest.mark.parametrize("first", [BUSY, replace(SILENT, reached=Reached.NOT_CONNECTED)])
def test_what_did_not_arrive_or_is_asked_for_later_is_asked_again(asked, first):
    outcome, times = asked(first, GREEN)
    assert (outcome.verdict, outcome.response["tries"], len(times)) == (PASSED, 2, 2)
    assert outcome.explanation == "Answered 200. Asked 2 times."
    assert times[1] < times[0], "within the time of one"


def test_it_is_asked_three_times_at_most(asked):
    outcome, times = asked(BUSY)
    assert (outcome.verdict, len(times)) == (FAILED, 3)


@pytest.mark.parametrize("only", [GREEN, RED, SILENT, REFUSED, replace(BUSY, verdict=PASSED)])
def test_what_was_answered_or_may_have_arrived_is_not_asked_again(asked, only):
    assert asked(only)[1] == [10_000]


def test_what_changes_something_is_not_asked_again_once_it_arrived(asked):
    assert len(asked(BUSY, method="POST")[1]) == 1
    assert len(asked(replace(SILENT, reached=Reached.NOT_CONNECTED), method="POST")[1]) == 3


def test_nothing_is_asked_again_without_time(asked):
    assert len(asked(BUSY, seconds=1)[1]) == 1


@pytest.mark.parametrize(
    ("status", "reached"),
    [(429, "BUSY"), (502, "BUSY"), (503, "BUSY"), (504, "BUSY")] + [(s, "ANSWERED") for s in (200, 400, 401, 403, 500)],
)
def test_which_answers_ask_to_be_asked_later(status, reached):
    http = kinds.Http.parse({"url": "https://a.example/"})
    answer = egress.Response(status, (), b"", False, 1, "", None, "")

    judged = http.judged(reading(answer, today=timezone.now()), Outcome(INCONCLUSIVE, ""))
    assert judged.reached is Reached[reached]


@pytest.fixture
def order(cast):
    """Order runs of so many more probes of one target."""

    def ordering(count, url=CONFIG["url"], person=None):
        team, lead = (cast.team, cast.lead)
        probes = [
            commands.define_probe(team, by=lead, name=f"P{n}", kind="http", config={"url": url}, stream=STREAM)
            for n in range(count)
        ]
        return commands.request_runs({each.pk: ITEM for each in probes}, by=again(cast.member), stream=STREAM)

    return ordering


def fail(runs, outcome=SILENT):
    assert claim(runs[0])
    commands.finish_runs([(run, outcome) for run in runs], by=SYSTEM)


def breaker():
    return Breaker.objects.get(target="gateway.example:443")


def rested():
    Breaker.objects.update(rests_until=timezone.now() - timedelta(seconds=1))


def waiting():
    return Run.objects.filter(state="queued").count()


def claimed():
    return commands.claim_runs(by=SYSTEM, worker="w", room=100, seconds=100)


@pytest.mark.parametrize("outcome", [SILENT, BUSY, replace(SILENT, reached=Reached.NOT_CONNECTED)])
def test_a_target_that_fails_often_enough_rests_and_its_runs_wait_and_say_so(order, outcome):
    fail(order(FAILURES), outcome)
    assert breaker().failures == FAILURES
    assert timedelta() < breaker().rests_until - timezone.now() <= RESTS
    [run] = order(1)
    assert claimed() == []
    shown = selectors.explained(run)
    assert shown.startswith("gateway.example:443 gave no answer 5 times in a row and rests until ")
    [other] = order(1, url="https://other.example/")
    assert claimed() == [other]


def test_one_fewer_does_not(order):
    fail(order(FAILURES - 1))
    order(1)
    assert len(claimed()) == 1


@pytest.mark.parametrize("outcome", [GREEN, RED, replace(BUSY, verdict=PASSED)])
def test_an_answer_whatever_it_says_begins_the_count_anew(order, outcome):
    fail(order(FAILURES - 1))
    fail(order(1), outcome)
    assert (breaker().failures, breaker().rests_until) == (0, None)


@pytest.mark.parametrize("outcome", [REFUSED, Outcome("lost", "No result.")])
def test_what_was_not_asked_says_nothing_of_its_target(order, outcome):
    fail(order(FAILURES - 1))
    fail(order(1), outcome)
    assert breaker().failures == FAILURES - 1


def test_after_its_rest_one_tries_and_the_others_wait_for_what_it_finds(order):
    fail(order(FAILURES))
    waiting = order(4)
    rested()
    [trying] = claimed()
    assert claimed() == []
    [other, *_] = [run for run in waiting if run != trying]
    assert selectors.explained(other) == (
        "gateway.example:443 gave no answer 5 times in a row. Another probe tries it now, and this one waits for what "
        "that finds."
    )
    finish(trying, SILENT)
    assert breaker().rests_until > timezone.now()
    assert claimed() == []
    rested()
    [trying] = claimed()
    finish(trying, GREEN)
    assert breaker().failures == 0
    assert len(claimed()) == 2


def test_each_team_has_its_own(order, cast):
    fail(order(FAILURES))
    probe = commands.define_probe(
        cast.other_team, by=cast.stranger, name="Theirs", kind="http", config=CONFIG, stream="deployment/theirs"
    )
    [run] = commands.request_runs({probe.pk: ITEM}, by=cast.stranger, stream="deployment/theirs")
    assert claimed() == [run]


def test_a_probe_that_is_pointed_elsewhere_has_the_breaker_of_there(cast):
    elsewhere = {"url": "https://b.example:8443/"}
    commands.change_probe(cast.probe, by=cast.lead, name="Health", config=elsewhere, stream=STREAM)
    assert str(Probe.objects.get(pk=cast.probe.pk).breaker) == "b.example:8443"


def overdue(run):
    return run.due_at - timedelta(seconds=run.seconds) + timedelta(seconds=1)


@pytest.fixture
def at(monkeypatch):
    """Set the clock of commands."""

    def setting(now):
        monkeypatch.setattr("apps.probes.commands.runs.timezone.now", lambda: now)

    return setting


def test_a_run_that_nobody_takes_ends_in_no_result_by_its_deadline(cast, at):
    run = cast.order()
    at(overdue(run) - timedelta(seconds=2))
    commands.sweep_runs(by=SYSTEM)
    assert Run.objects.get().state == "queued"
    at(overdue(run))
    commands.sweep_runs(by=SYSTEM)
    run.refresh_from_db()
    assert (run.state, run.started_at, run.digest) == ("lost", None, run.computed_digest())
    assert "no worker was free" in run.explanation
    assert cast.order() != run


def test_a_run_whose_target_rests_to_the_end_says_so(order, at):
    fail(order(FAILURES))
    [run] = order(1)
    Breaker.objects.update(rests_until=run.due_at)
    at(overdue(run))
    commands.sweep_runs(by=SYSTEM)
    run.refresh_from_db()
    assert run.explanation == (
        "No result by its deadline: gateway.example:443 gave no answer 5 times in a row and rests."
    )


def test_nothing_is_begun_that_would_not_end_by_its_deadline(cast, at):
    run = cast.order()
    at(overdue(run))
    assert claimed() == []


def test_a_lost_worker_is_not_made_up_for_past_the_deadline(cast, at):
    run = cast.order()
    assert claim(run)
    at(overdue(run))
    commands.sweep_runs(by=SYSTEM)
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("lost", 1)
    assert run.explanation.startswith("No result: the worker stopped before it could answer, 1 time.")
