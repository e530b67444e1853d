"""Runs that one act ordered: how far they are, and what calling them off does."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core.errors import NotAllowed
from apps.ledger import selectors as ledger
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.probes import commands, selectors
from apps.probes.kinds import FAILED, PASSED, Outcome
from apps.probes.models import Probe, Run, Series
from tests.cast import again
from tests.probes.conftest import CONFIG, ITEM, STREAM
from tests.probing import claim, finish, run_through

GREEN = Outcome(PASSED, "Answered 200.", "1", "ms")
RED = Outcome(FAILED, "Answered 503.", "1", "ms")


@pytest.fixture
def probes(cast):
    """Four probes."""
    return [
        commands.define_probe(cast.team, by=cast.lead, name=f"P{n}", kind="http", config=CONFIG, stream=STREAM)
        for n in range(4)
    ]


@pytest.fixture
def order(cast, probes):
    """Order a run of each."""

    def ordering(by=None):
        return commands.request_runs({each.pk: ITEM for each in probes}, by=again(by or cast.member), stream=STREAM)

    return ordering


def last():
    return Series.objects.order_by("-asked_at").first()


def latest(probes):
    return [Probe.objects.get(pk=each.pk).latest_run for each in probes]


def test_one_act_is_one_series_one_entry_and_a_run_of_each(order, probes, cast):
    runs = order()
    series = last()
    assert (series.size, series.asked_by_name, series.by_clock) == (4, cast.member.full_name, False)
    assert {run.series for run in runs} == {series}
    assert latest(probes) == runs
    entry = Entry.objects.filter(stream_id=STREAM).order_by("sequence").last()
    assert (entry.kind, [line.text for line in ledger.lines([entry])]) == (
        "items.probed",
        ["asked for a run of each of 4 probes"],
    )


def test_what_is_under_way_is_not_ordered_again(order, probes):
    first = order()
    claim(first[0])
    finish(first[0], GREEN)
    second = order()
    assert second[1:] == first[1:]
    assert last().size == 1


def test_how_far_a_series_is(order, django_assert_num_queries):
    runs = order()
    claim(runs[0])
    finish(runs[0], GREEN)
    finish(runs[1], RED)
    series = last()
    with django_assert_num_queries(1):
        far = selectors.progress(series)
    assert (far.ended, far.size, far.passed, far.waiting, far.is_over) == (2, 4, 1, 0, False)
    finish(runs[2], GREEN)
    finish(runs[3], GREEN)
    assert selectors.progress(last()).is_over


def test_what_nobody_has_begun_is_called_off_and_what_was_said_before_counts_again(order, probes, cast):
    before = order()
    for run in before[:3]:
        run_through(run, GREEN) if run is before[0] else finish(run, GREEN)
    finish(before[3], GREEN)
    runs = order()
    Run.objects.filter(pk__in=[run.pk for run in runs[1:]]).update(published_at=timezone.now())
    [begun] = commands.claim_runs(by=cast.lead, worker="w", room=1, seconds=100)
    assert commands.cancel_series(last(), by=again(cast.lead)) == 3
    assert [run.state for run in latest(probes)].count("passed") == 3
    assert begun in latest(probes)
    far = selectors.progress(last())
    assert (far.ended, far.waiting) == (3, 0)
    finish(begun, RED)
    assert sorted(run.state for run in latest(probes)) == ["failed"] + ["passed"] * 3
    assert [line.text for line in ledger.lines(Entry.objects.filter(kind="items.cancelled"))] == [
        "cancelled 3 probe runs that nobody had begun"
    ]
    series = Series.objects.get(pk=runs[0].series_id)
    assert (series.cancelled_by, series.cancelled_by_name) == (cast.lead, cast.lead.full_name)


def test_a_probe_that_never_ran_has_not_run_again(order, probes, cast):
    order()
    commands.cancel_series(last(), by=again(cast.lead))
    assert latest(probes) == [None] * 4


def test_a_series_is_cancelled_once_and_one_without_anything_waiting_not_at_all(order, cast):
    runs = order()
    series = last()
    assert commands.cancel_series(series, by=again(cast.lead)) == 4
    assert commands.cancel_series(series, by=again(cast.lead)) == 0
    order()
    claim(runs[0])
    assert commands.cancel_series(last(), by=again(cast.lead)) == 0
    assert last().cancelled_at is None


def test_a_cancelled_run_is_neither_claimed_nor_finished_nor_swept(order, cast):
    runs = order()
    commands.cancel_series(last(), by=again(cast.lead))
    assert claim(runs[0]) is None
    assert finish(runs[0], GREEN) is None
    Run.objects.filter(state="queued").update(published_at=timezone.now())
    assert commands.sweep_runs(by=cast.lead) == 0


def killed(run):
    """What a worker began that was killed waits for another one."""
    claim(run)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    commands.sweep_runs(by=SYSTEM)
    return Run.objects.get(pk=run.pk)


def test_what_a_killed_worker_had_begun_is_not_called_off(order, probes, cast):
    """Whoever can kill a worker by an answer would hide that answer."""
    runs = order()
    begun = killed(runs[0])
    assert (begun.state, begun.attempt) == ("queued", 2)
    commands.cancel_series(last(), by=again(cast.lead))
    assert Run.objects.get(pk=begun.pk).state == "queued"
    assert Probe.objects.get(pk=begun.probe_id).latest_run == begun


def test_who_only_reads_calls_nothing_off(order, cast):
    order()
    for person in (cast.auditor, cast.stranger):
        with pytest.raises(NotAllowed):
            commands.cancel_series(last(), by=person)
    assert list(Series.objects.visible_to(cast.auditor)) == [last()]
    assert not Series.objects.visible_to(cast.stranger).exists()


def refused(message, change):
    with pytest.raises(IntegrityError, match=message), transaction.atomic():
        change()


@pytest.mark.unrecorded
def test_the_database_lets_nobody_call_off_an_answer_that_is_on_its_way(order):
    runs = order()
    now = timezone.now()
    of_it = Run.objects.filter(pk=killed(runs[1]).pk)
    refused("only while nobody has taken it", lambda: of_it.update(state="cancelled", finished_at=now))
    claim(runs[0])
    of_it = Run.objects.filter(pk=runs[0].pk)
    refused(
        "only while nobody has taken it", lambda: of_it.update(state="cancelled", finished_at=now, lease_until=None)
    )


@pytest.mark.unrecorded
def test_the_database_lets_nothing_be_the_latest_again_but_what_a_cancelled_run_replaced(order, probes, cast):
    oldest = order()
    for run in oldest:
        claim(run)
        finish(run, GREEN)
    older = order()
    for run in older:
        claim(run)
        finish(run, RED)
    newest = order()
    probe = Probe.objects.filter(pk=probes[0].pk)
    refused("never an earlier one again", lambda: probe.update(latest_run=older[0]))
    Run.objects.filter(pk=newest[0].pk).update(state="cancelled", finished_at=timezone.now())
    refused("never an earlier one again", lambda: probe.update(latest_run=oldest[0]))
    assert probe.update(latest_run=older[0]) == 1


@pytest.mark.unrecorded
def test_the_database_lets_no_run_replace_another_than_the_latest(order, probes):
    oldest = order()
    for run in oldest:
        claim(run)
        finish(run, GREEN)
    newer = order()
    for run in newer:
        claim(run)
        finish(run, RED)
    copy = order()[0]
    Run.objects.filter(pk=copy.pk).update(state="cancelled", finished_at=timezone.now())
    copy.pk, copy.replaces, copy.state = None, oldest[0], "queued"
    refused("replaces the latest one", lambda: copy.save(force_insert=True))


@pytest.mark.unrecorded
def test_the_database_keeps_a_series_as_it_was_ordered(order, cast):
    order()
    series = Series.objects.filter(pk=last().pk)
    refused("only ever cancelled", lambda: series.update(size=1))
    refused("stays on record", lambda: series._raw_delete("default"))
    series.update(cancelled_at=timezone.now(), cancelled_by=cast.lead, cancelled_by_name="x")
    refused("only ever cancelled", lambda: series.update(cancelled_at=timezone.now()))
