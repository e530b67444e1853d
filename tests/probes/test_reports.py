"""What is reported to a probe is a run like others, with its result from the beginning; nobody asks such a probe."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core.errors import NotAllowed, WrongState
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.probes import commands
from apps.probes.models import Probe, Run, Series
from apps.probes.states import State
from tests.cast import again
from tests.probes.conftest import ITEM, STREAM

EVERY, GRACE = timedelta(hours=1), timedelta(minutes=5)
HEARTBEAT = {"every": "1 h", "late": "5 min"}


@pytest.fixture
def heartbeat(people):
    return defined(people, "push", HEARTBEAT)


def defined(people, kind, config):
    return commands.define_probe(people.team, by=people.lead, name="Nightly", kind=kind, config=config, stream=STREAM)


def report(probe, people, *, ok=True, at=None, **options):
    settings = probe.settings
    reading = settings.reading(b'{"values": {"ok": true}}' if ok else b'{"values": {"ok": false}}', "application/json")
    terms: dict[str, Any] = {"by": SYSTEM, "person": again(people.member), "stream": STREAM, "item": ITEM} | options
    return commands.record_report(probe, settings.outcome(reading, by="token “ci”"), at=at or timezone.now(), **terms)


@pytest.mark.parametrize(("ok", "state"), [(True, State.PASSED), (False, State.FAILED)])
def test_a_report_is_the_latest_run_with_its_result_and_one_entry(people, heartbeat, ok, state):
    before = Entry.objects.count()
    run = report(heartbeat, people, ok=ok)
    probe = Probe.objects.get(pk=heartbeat.pk)
    assert (probe.latest_run_id, run.state, run.digest) == (run.pk, state, run.computed_digest())
    assert Entry.objects.count() == before + 1
    assert Entry.objects.filter(stream_id=STREAM).latest("sequence").kind == "probe.reported"


def test_each_report_replaces_the_one_before(people, heartbeat):
    first, second = report(heartbeat, people), report(heartbeat, people, ok=False)
    assert (second.replaces_id, Probe.objects.get(pk=heartbeat.pk).latest_run_id) == (first.pk, second.pk)


def test_the_next_report_is_expected_so_long_after_the_last(people, heartbeat):
    at = timezone.now()
    report(heartbeat, people, at=at)
    assert Probe.objects.get(pk=heartbeat.pk).expected_by == at + EVERY + GRACE


def test_after_a_missed_report_the_present_slot_is_next_and_none_twice(people, heartbeat):
    due = heartbeat.expected_by
    report(heartbeat, people, ok=False, at=due + 2.5 * EVERY, slot=due)
    assert Probe.objects.get(pk=heartbeat.pk).expected_by == due + 3 * EVERY
    with pytest.raises(IntegrityError), transaction.atomic():
        report(heartbeat, people, ok=False, at=due + 3 * EVERY, slot=due)


def test_whoever_only_reads_measures_nothing(people, heartbeat):
    with pytest.raises(NotAllowed):
        report(heartbeat, people, by=again(people.auditor), person=again(people.auditor))


def test_nothing_is_reported_to_a_probe_that_is_asked(cast):
    outcome = cast.probe.settings
    probe = defined(cast, "push", HEARTBEAT)
    made = probe.settings.outcome(probe.settings.reading(b"{}", "application/json"), by="token “ci”")
    assert not outcome.IS_PASSIVE
    with pytest.raises(WrongState, match="asked by a worker"):
        commands.record_report(
            cast.probe, made, by=SYSTEM, person=again(cast.member), stream=STREAM, item=ITEM, at=timezone.now()
        )


@pytest.mark.parametrize(("kind", "config"), [("push", {}), ("manual", {"what": "Time", "conditions": "value < 3"})])
def test_nobody_asks_schedules_or_tries_what_is_reported_to(people, kind, config):
    probe = defined(people, kind, config)
    assert commands.request_runs({probe.pk: ITEM}, by=again(people.member), stream=STREAM) == []
    assert not Series.objects.exists()
    with pytest.raises(WrongState, match="waits for what is reported"):
        commands.schedule_probe(probe, by=again(people.member), seconds=60, stream=STREAM, item=ITEM)
    with pytest.raises(WrongState, match="waits for what is reported"):
        commands.try_probe(people.team, by=again(people.member), kind=kind, config=config, stream=STREAM, item=ITEM)


def test_the_database_takes_neither_an_order_nor_a_schedule_for_it(people, heartbeat):
    with pytest.raises(IntegrityError, match="what is reported to is not asked"), transaction.atomic():
        Probe.objects.filter(pk=heartbeat.pk).update(interval_seconds=60, scheduled_by=people.member)
    now, by = timezone.now(), people.member
    series = Series(team=people.team, stream=STREAM, asked_by=by, asked_by_name=by.full_name, asked_at=now, size=1)
    terms = {"stream": STREAM, "item": ITEM, "kind": "push", "config": heartbeat.config, "queued_at": now}
    terms |= {"published_at": now, "due_at": now, "requested_by": by, "requested_by_name": by.full_name}

    @transaction.atomic
    def order():
        series.save(force_insert=True)
        Run.objects.create(probe=heartbeat, series=series, **terms)

    with pytest.raises(IntegrityError, match="what is reported to is not asked"):
        order()


def test_a_probe_without_a_heartbeat_expects_nothing(people):
    assert defined(people, "push", {}).expected_by is None


def test_a_changed_probe_expects_its_first_report_anew(people, heartbeat):
    changed = commands.change_probe(
        heartbeat, by=again(people.lead), name="Hourly", config=HEARTBEAT | {"every": "2 h"}, stream=STREAM
    )
    assert isinstance(changed.expected_by, datetime)
    assert changed.expected_by > heartbeat.expected_by + EVERY - GRACE
