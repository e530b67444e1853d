"""Probes by the clock: each slot once, whatever clocks, beats and outages do."""

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from apps.attachments import commands
from apps.core.errors import NotAllowed, Refusal, WrongState
from apps.deployments import commands as deployments
from apps.ledger import selectors as ledger
from apps.ledger.commands import SYSTEM
from apps.probes.kinds import PASSED, Outcome
from apps.probes.models import Run, Series
from apps.probes.rules import slot_of
from apps.teams import commands as teams
from tests import cast as casting
from tests.cast import again
from tests.probing import claim, finish

NOON = datetime(2026, 11, 30, 12, 0, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TARGET = {"url": "https://gateway.example/health"}
GREEN = Outcome(PASSED, "Answered.", "1", "ms")


def with_schedule(made, seconds=60):
    item = commands.attach_probe(
        casting.load(made.items[3]), by=again(made.lead), name="Health", kind="http", config=TARGET
    )
    return commands.schedule_probe(item, by=again(made.member), seconds=seconds)


@pytest.fixture
def made(stage):
    return stage


@pytest.fixture
def scheduled(made):
    """An item whose probe runs every minute."""
    return with_schedule(made)


def tick(now=NOON):
    return commands.order_due_runs(by=SYSTEM, now=now)


def slots():
    return list(Run.objects.order_by("slot").values_list("slot", flat=True))


def end_all():
    for run in Run.objects.live():
        claim(run, run.attempt)
        finish(run, GREEN, run.attempt)


def test_a_slot_begins_at_whole_intervals_since_1970():
    assert slot_of(NOON, 60) == NOON.replace(second=0)
    assert slot_of(NOON, 3600) == NOON.replace(second=0)
    assert slot_of(NOON, 7) == datetime.fromtimestamp(int(NOON.timestamp()) // 7 * 7, UTC)


def test_what_is_due_is_ordered_once_for_whoever_scheduled_it_by_the_clock(scheduled, made):
    assert (tick(), tick(), tick(NOON + timedelta(seconds=30))) == (1, 0, 0)
    [run] = Run.objects.all()
    assert (run.slot, run.requested_by) == (NOON.replace(second=0), made.member)
    assert Series.objects.get().by_clock
    entry = ledger.history(scheduled.deployment.stream).last()
    assert (entry.kind, entry.actor) == ("probe.requested", SYSTEM.id)


def test_the_next_slot_is_ordered_too(scheduled):
    tick()
    end_all()
    assert tick(NOON + MINUTE) == 1
    assert len(slots()) == 2


def test_what_a_clock_missed_is_not_made_up_for(scheduled):
    tick()
    end_all()
    assert tick(NOON + 60 * MINUTE) == 1
    assert tick(NOON + 60 * MINUTE) == 0
    assert slots() == [NOON.replace(second=0), (NOON + 60 * MINUTE).replace(second=0)]


def test_a_clock_that_jumps_runs_no_slot_twice_and_stalls_nothing(scheduled):
    for now in (NOON, NOON + 525_600 * MINUTE, NOON, NOON + MINUTE, NOON - MINUTE, NOON + 525_600 * MINUTE):
        tick(now)
        end_all()
    assert len(slots()) == len({*slots()}) == 4


def test_while_a_run_is_under_way_no_other_is_ordered_and_afterwards_that_of_the_slot(scheduled):
    commands.run_probes(scheduled.deployment, by=scheduled.probe.scheduled_by)
    assert tick() == 0
    end_all()
    assert tick() == 1


def test_a_schedule_ends_with_its_deployment_or_when_somebody_ends_it(scheduled, made):
    commands.schedule_probe(scheduled, by=again(made.member), seconds=None)
    assert tick() == 0
    commands.schedule_probe(scheduled, by=again(made.member), seconds=60)
    deployments.cancel_deployment(made.deployment, by=again(made.lead), reason="Not today.")
    assert tick() == 0


def test_a_schedule_says_who_and_what_and_leaves_the_keys(scheduled, made):
    texts = [line.text for line in ledger.lines(ledger.history(scheduled.deployment.stream))]
    assert texts[-1] == "set probe “Health” to run every 1 min"
    casting.sign(casting.load(scheduled), made.member)
    commands.schedule_probe(scheduled, by=again(made.member), seconds=None)
    assert len(casting.load(scheduled).sign_off.turned) == 1
    texts = [line.text for line in ledger.lines(ledger.history(scheduled.deployment.stream))]
    assert texts[-1] == "set probe “Health” to run only when somebody asks"


@pytest.mark.parametrize("seconds", [0, 9, 7 * 24 * 3600 + 1])
def test_an_interval_has_its_limits(scheduled, made, seconds):
    with pytest.raises(Refusal, match="at most"):
        commands.schedule_probe(scheduled, by=again(made.member), seconds=seconds)


def test_a_team_orders_so_many_runs_a_minute_by_the_clock_and_no_more(scheduled, made, monkeypatch):
    """Every minute and every 30 s are 3 runs a minute; whoever has an open deployment more takes as many."""
    monkeypatch.setattr(commands, "MOST_RUNS_A_MINUTE", 3)
    by = again(made.member)
    other = commands.attach_probe(casting.load(made.items[2]), by=by, name="Other", kind="http", config=TARGET)
    with pytest.raises(Refusal, match=r"order 1 run a minute, and may order 3\. Choose a longer interval"):
        commands.schedule_probe(other, by=by, seconds=10)
    commands.schedule_probe(other, by=by, seconds=30)
    with pytest.raises(Refusal, match="order 2 runs a minute"):
        commands.schedule_probe(scheduled, by=by, seconds=59)
    monkeypatch.setattr(commands, "MOST_RUNS_A_MINUTE", 1)  # fewer than there are already
    commands.schedule_probe(scheduled, by=by, seconds=61)
    commands.schedule_probe(scheduled, by=by, seconds=None)
    deployments.cancel_deployment(made.deployment, by=again(made.lead), reason="Not today.")
    next_one = casting.deploy(made.team, made.deployment.template_version, by=again(made.lead))
    item = commands.attach_probe(next_one.items.get(number=3), by=by, name="New", kind="http", config=TARGET)
    commands.schedule_probe(item, by=by, seconds=60)


@pytest.mark.django_db(transaction=True)
def test_two_schedules_at_once_do_not_share_what_is_left(monkeypatch):
    """Who saves one waits for whoever saves another of the team, and then sees it."""
    monkeypatch.setattr("apps.ledger.commands.live.announce", lambda *_, **__: None)
    monkeypatch.setattr(commands, "MOST_RUNS_A_MINUTE", 1)
    people = casting.people()
    version = casting.publish(people.team, by=people.lead)
    made = [casting.deploy(people.team, version, by=people.lead) for _ in range(2)]  # two boards, so two locks
    by = again(people.lead)
    items = [
        commands.attach_probe(each.items.get(number=3), by=by, name="Health", kind="http", config=TARGET)
        for each in made
    ]
    others, usual = threading.Barrier(2), commands.probes.schedule_probe

    def not_before_the_other(*args, **how):
        with suppress(threading.BrokenBarrierError):
            others.wait(1)  # where nobody holds the other one up, both have counted by now
        return usual(*args, **how)

    monkeypatch.setattr(commands.probes, "schedule_probe", not_before_the_other)
    ended = []

    def save(item):
        try:
            commands.schedule_probe(item, by=again(people.member), seconds=60)
            ended.append("saved")
        except Refusal:
            ended.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[item]) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["refused", "saved"]


def test_a_schedule_goes_on_after_who_set_it_left_the_team(scheduled, made):
    teams.remove_member(made.team.memberships.get(user=made.member), by=again(made.lead))
    assert tick() == 1
    assert Run.objects.get().requested_by == made.member


def test_who_only_reads_schedules_nothing_and_an_item_without_a_probe_has_no_schedule(scheduled, made):
    with pytest.raises(NotAllowed):
        commands.schedule_probe(scheduled, by=again(made.auditor), seconds=None)
    with pytest.raises(WrongState):
        commands.schedule_probe(made.items[0], by=again(made.member), seconds=60)


@pytest.mark.unrecorded
def test_the_database_keeps_a_second_run_out_of_a_slot(scheduled):
    tick()
    end_all()
    first = Run.objects.get()
    run = Run.objects.get()
    run.pk, run.state, run.replaces, run.digest = uuid4(), "queued", first, ""
    run.counts_as = ""
    run.started_at = run.finished_at = None
    with pytest.raises(IntegrityError, match="slot"), transaction.atomic():
        run.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_order_one_run(monkeypatch):
    monkeypatch.setattr("apps.ledger.commands.live.announce", lambda *_, **__: None)
    monkeypatch.setattr("apps.leases.commands.enqueue", lambda *_, **__: None)
    people = casting.people()
    made = casting.deploy(people.team, casting.publish(people.team, by=people.lead), by=people.lead)
    item = commands.attach_probe(
        casting.load(made.items.get(number=3)), by=again(people.lead), name="Health", kind="http", config=TARGET
    )
    commands.schedule_probe(item, by=again(people.member), seconds=60)
    barrier, errors = threading.Barrier(4), []

    def clock():
        try:
            barrier.wait()
            tick()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=clock) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(slots()) == 1
    assert list(ledger.faults()) == []


def test_calling_off_is_for_whoever_runs_probes_of_an_open_deployment(scheduled, made):
    commands.run_probes(scheduled.deployment, by=again(made.member))
    series = Series.objects.get()
    with pytest.raises(NotAllowed):
        commands.cancel_series(scheduled.deployment, by=again(made.auditor), series=series.pk)
    assert commands.cancel_series(scheduled.deployment, by=again(made.member), series=series.pk) == 1
    assert casting.load(scheduled).probe.latest_run is None
