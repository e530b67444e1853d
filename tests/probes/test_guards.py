"""The database itself keeps a finished run as it ended, whoever asks."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from apps.core import guards as core
from apps.probes import commands, guards
from apps.probes.kinds import PASSED, Outcome
from apps.probes.models import Probe, Run
from apps.probes.states import MOVES, PLAN, TERMINAL, State
from tests.probes.conftest import STREAM
from tests.probing import run_through


@pytest.fixture
def finished(cast):
    run = cast.order()
    return run_through(run, Outcome(PASSED, "Answered 200.", "1", "ms"))


def refused(change):
    with pytest.raises(IntegrityError), transaction.atomic():
        change()
    return True


def test_every_guard_is_in_place(db):
    assert core.missing(connection, guards.GUARDS) == []


@pytest.mark.parametrize(
    "values",
    [
        {"state": "failed"},
        {"value": "2"},
        {"explanation": "better"},
        {"digest": "0" * 64},
        {"attempt": 2},
    ],
)
def test_a_finished_run_cannot_be_changed(finished, values):
    assert refused(lambda: Run.objects.filter(pk=finished.pk).update(**values))


def test_no_run_can_be_deleted(cast, finished):
    assert refused(lambda: Run.objects.filter(pk=finished.pk)._raw_delete("default"))
    live = cast.order()
    assert refused(lambda: Run.objects.filter(pk=live.pk)._raw_delete("default"))


def test_a_run_cannot_be_replaced(finished, engine):
    verb = "INSERT OR REPLACE" if engine == "sqlite" else "INSERT"
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM probes_run")
        row = cursor.fetchone()
        marks = ", ".join(["%s"] * len(row))
        assert refused(lambda: cursor.execute(f"{verb} INTO probes_run VALUES ({marks})", row))


@pytest.mark.parametrize(
    "values",
    [
        {"stream": "deployment/other"},
        {"item": uuid.UUID(int=1)},
        {"kind": "tcp"},
        {"config": {"url": "http://b.example/"}},
        {"queued_at": "2020-01-01T00:00:00Z"},
    ],
)
def test_an_order_does_not_change_while_it_waits(cast, values):
    run = cast.order()
    assert refused(lambda: Run.objects.filter(pk=run.pk).update(**values))


def test_attempts_only_grow_and_end_at_five(cast):
    run = cast.order()
    Run.objects.filter(pk=run.pk).update(attempt=3)
    assert refused(lambda: Run.objects.filter(pk=run.pk).update(attempt=2))
    assert refused(lambda: Run.objects.filter(pk=run.pk).update(attempt=6))


def test_a_result_needs_a_digest_and_a_time(cast):
    run = cast.order()
    assert refused(lambda: Run.objects.filter(pk=run.pk).update(state="passed"))
    assert refused(lambda: Run.objects.filter(pk=run.pk).update(digest="0" * 64))
    assert refused(lambda: Run.objects.filter(pk=run.pk).update(state="green"))
    assert refused(lambda: Run.objects.filter(pk=run.pk).update(state="running"))


def test_one_live_run_per_probe(cast):
    run = cast.order()
    run.pk = uuid.uuid4()
    run._state.adding = True
    assert refused(run.save)


def test_a_probe_stays_with_its_team(cast):
    assert refused(lambda: Probe.objects.filter(pk=cast.probe.pk).update(team=cast.other_team))
    assert Probe.objects.filter(pk=cast.probe.pk).update(version=F("version") + 1)


@pytest.mark.unrecorded
def test_the_latest_run_is_one_of_its_own(cast):
    run = cast.order()
    other = commands.define_probe(
        cast.team, by=cast.lead, name="Other", kind="http", config={"url": "https://b.example/"}, stream=STREAM
    )
    Probe.objects.filter(pk=cast.probe.pk).update(latest_run=None)
    assert refused(lambda: Probe.objects.filter(pk=other.pk).update(latest_run=run))


@pytest.mark.unrecorded
def test_the_latest_run_never_becomes_an_earlier_one_again(cast, finished):
    later = cast.order()
    assert refused(lambda: Probe.objects.filter(pk=cast.probe.pk).update(latest_run=finished))
    Probe.objects.filter(pk=cast.probe.pk).update(latest_run=None)
    assert refused(lambda: Probe.objects.filter(pk=cast.probe.pk).update(latest_run=finished))
    assert Probe.objects.filter(pk=cast.probe.pk).update(latest_run=later) == 1


def test_no_move_leads_out_of_a_result():
    assert set(PLAN.live) | set(TERMINAL) == set(State)
    assert {source for sources, _ in MOVES.values() for source in sources} == set(PLAN.live)
