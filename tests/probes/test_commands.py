"""Probes are defined, ordered, claimed, and end in exactly one result."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from apps.core.errors import NotAllowed, Refusal
from apps.leases.commands import LEASE
from apps.ledger import selectors as ledger
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.live import publish
from apps.probes import commands, permissions, selectors, tasks
from apps.probes.kinds import FAILED, PASSED, Outcome
from apps.probes.models import Probe, Run
from tests import probing
from tests.probes.conftest import CONFIG, ITEM, STREAM

GREEN = Outcome(
    PASSED, "Answered 200 in 226 ms.", "226", "ms", "300", {"method": "GET"}, {"status": 200, "sha256": "ab" * 32}
)
RED = Outcome(FAILED, "Answered 503, expected 200-299.", response={"status": 503})


def history(stream=STREAM):
    """What happened after the cast got its probe."""
    return [line.text for line in ledger.lines(ledger.history(stream))][1:]


def kinds_in(stream=STREAM):
    return list(Entry.objects.filter(stream_id=stream).order_by("sequence").values_list("kind", flat=True))[1:]


def claim(run, attempt=1):
    return probing.claim(run, attempt, worker="celery@here")


def finish(run, attempt=1, outcome=GREEN):
    return probing.finish(run, outcome, attempt)


def expire(run):
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def published(monkeypatch):
    """What would have gone to the queue: each message with what it names."""
    sent = []
    monkeypatch.setattr(tasks.run_probes, "apply_async", lambda kwargs: sent.append(kwargs))
    return sent


@pytest.fixture
def announced(monkeypatch):
    """The messages that open pages got."""
    published = []
    monkeypatch.setattr(publish, "_publish", lambda message: published.append(json.loads(message)))
    return published


def test_defining_a_probe_stores_every_setting_and_is_recorded(cast):
    assert cast.probe.config == cast.probe.settings.as_json()
    assert cast.probe.config["timeout_ms"] == 10_000
    assert ledger.lines(ledger.history(STREAM))[0].text == "defined probe “Health”"


def test_a_probe_defined_within_a_deployment_is_recorded_there(cast):
    commands.define_probe(cast.team, by=cast.member, name="DNS", kind="http", config=CONFIG, stream=STREAM)
    assert history() == ["defined probe “DNS”"]


def test_its_address_is_committed_not_written_into_the_entry(cast):
    body = Entry.objects.filter(kind="probe.defined").get().body
    assert "gateway.example" not in body
    assert "Health" not in body


@pytest.mark.parametrize(
    ("kind", "config", "message"),
    [
        ("telepathy", CONFIG, "no kind of probe called “telepathy”"),
        ("http", {"url": "nonsense"}, "beginning with http"),
        ("http", {"url": "http://169.254.169.254/"}, "metadata service"),
        ("http", {"url": "http://127.0.0.1/"}, "KEYTURN_PROBE_ALLOW"),
    ],
)
def test_what_can_never_be_asked_is_refused_when_it_is_defined(cast, kind, config, message):
    with pytest.raises(Refusal, match=message):
        commands.define_probe(cast.team, by=cast.lead, name="Bad", kind=kind, config=config, stream=STREAM)
    assert not Probe.objects.filter(name="Bad").exists()


def test_a_listed_internal_address_may_be_asked(cast, settings):
    settings.KEYTURN_PROBE_ALLOW = "127.0.0.1:9000"
    probe = commands.define_probe(
        cast.team, by=cast.lead, name="Own", kind="http", config={"url": "http://127.0.0.1:9000/"}, stream=STREAM
    )
    assert probe.pk


def test_changing_a_probe_moves_its_version_and_leaves_ordered_runs_alone(cast):
    run = cast.order()
    changed = commands.change_probe(
        cast.probe, by=cast.member, name="Healthy", config={"url": "https://b.example/"}, stream=STREAM
    )
    run.refresh_from_db()
    assert (changed.name, changed.version) == ("Healthy", 3)
    assert run.config["url"] == CONFIG["url"]
    assert history()[-1] == "changed probe “Healthy”"


def test_what_a_probe_said_before_it_was_changed_does_not_count(cast):
    run = cast.order()
    claim(run)
    finish(run)
    changed = commands.change_probe(
        cast.probe, by=cast.member, name="Health", config={"url": "https://b.example/"}, stream=STREAM
    )
    assert changed.latest_run is None
    assert cast.order() != run


def test_ordering_a_run_snapshots_records_and_enqueues_it(cast, published, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        run = cast.order()
    cast.probe.refresh_from_db()
    assert (run.state, run.attempt, run.config) == ("queued", 1, cast.probe.config)
    assert (cast.probe.latest_run, cast.probe.version) == (run, 2)
    assert history() == ["asked for a run of probe “Health”"]
    assert published == [{}]


def test_a_second_click_gets_the_run_that_is_under_way(cast, published, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first, second = cast.order(), cast.order(by=cast.reviewer)
        claim(first)
        third = cast.order()
    assert first == second == third
    assert kinds_in() == ["probe.requested"]
    assert len(published) == 1


def test_after_a_result_the_next_click_orders_a_new_run(cast):
    first = cast.order()
    claim(first)
    finish(first)
    second = cast.order()
    cast.probe.refresh_from_db()
    assert second != first
    assert cast.probe.latest_run == second


def test_claiming_leases_the_run_and_tells_open_pages(cast, announced, published, django_capture_on_commit_callbacks):
    run = cast.order()
    with django_capture_on_commit_callbacks(execute=True):
        claimed = claim(run)
    cast.probe.refresh_from_db()
    assert (claimed.state, claimed.worker) == ("running", "celery@here")
    assert claimed.lease_until - claimed.started_at == LEASE
    assert cast.probe.version == 3
    assert announced == [{"topic": STREAM, "seq": None, "items": [str(ITEM)]}]


def test_a_run_is_claimed_once(cast):
    run = cast.order()
    assert claim(run)
    assert claim(run) is None
    assert claim(run, attempt=2) is None


def test_finishing_keeps_the_result_with_its_digest_and_records_it_once(cast):
    run = cast.order()
    claim(run)
    done = finish(run)
    again = finish(run)
    cast.probe.refresh_from_db()
    stored = Run.objects.get(pk=run.pk)
    assert again is None
    assert (stored.state, stored.value, stored.unit, stored.limit) == ("passed", "226", "ms", "300")
    assert stored.response_digest == "ab" * 32
    assert stored.digest == stored.computed_digest() == done.digest
    assert stored.lease_until is None
    assert cast.probe.version == 4
    assert kinds_in() == ["probe.requested", "probe.recorded"]
    assert history()[-1] == "ran probe “Health”: passed. Answered 200 in 226 ms."
    entry = Entry.objects.get(kind="probe.recorded")
    assert (entry.actor, entry.item) == (SYSTEM.id, ITEM)
    assert json.loads(entry.body)["data"]["run_digest"] == stored.digest


def test_a_result_without_a_claim_is_dropped(cast):
    run = cast.order()
    assert finish(run) is None
    assert kinds_in() == ["probe.requested"]


def test_a_stale_attempt_cannot_finish_what_the_next_one_holds(cast):
    run = cast.order()
    claim(run)
    expire(run)
    commands.sweep_runs(by=SYSTEM)
    claim(run, attempt=2)
    assert finish(run, attempt=1, outcome=RED) is None
    assert finish(run, attempt=2).state == "passed"
    assert kinds_in() == ["probe.requested", "probe.recorded"]


def test_a_result_that_cannot_be_recorded_is_not_kept(cast, monkeypatch):
    run = cast.order()
    claim(run)

    def broken(*_, **__):
        raise RuntimeError("the ledger is away")

    monkeypatch.setattr(commands.runs.ledger, "record_all", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        finish(run)
    run.refresh_from_db()
    assert (run.state, run.digest) == ("running", "")


def test_the_sweep_gives_an_expired_lease_to_the_next_attempt(cast, published, django_capture_on_commit_callbacks):
    run = cast.order()
    claim(run)
    expire(run)
    with django_capture_on_commit_callbacks(execute=True):
        assert commands.sweep_runs(by=SYSTEM) == 1
    run.refresh_from_db()
    assert (run.state, run.attempt, run.lease_until) == ("queued", 2, None)
    assert published == [{}]
    assert kinds_in() == ["probe.requested"]


def test_the_sweep_leaves_leases_and_fresh_messages_alone(cast):
    run = cast.order()
    assert commands.sweep_runs(by=SYSTEM) == 0
    claim(run)
    assert commands.sweep_runs(by=SYSTEM) == 0


def test_the_sweep_publishes_again_what_nobody_took_for_a_minute(cast, published, django_capture_on_commit_callbacks):
    run = cast.order()
    Run.objects.filter(pk=run.pk).update(published_at=timezone.now() - timedelta(seconds=61))
    with django_capture_on_commit_callbacks(execute=True):
        assert (commands.sweep_runs(by=SYSTEM), commands.sweep_runs(by=SYSTEM)) == (1, 0)
    assert published == [{}]


def test_a_run_whose_workers_all_die_ends_as_no_result_never_as_the_last_green(cast):
    green = cast.order()
    claim(green)
    finish(green)
    run = cast.order()
    for attempt in range(1, 6):
        assert claim(run, attempt=attempt)
        expire(run)
        commands.sweep_runs(by=SYSTEM)
    cast.probe.refresh_from_db()
    assert (cast.probe.latest_run.pk, cast.probe.latest_run.state) == (run.pk, "lost")
    assert "Run the probe again" in cast.probe.latest_run.explanation
    assert history()[-1].startswith("ran probe “Health”: no result.")
    assert kinds_in().count("probe.recorded") == 2
    assert cast.order() != run, "it can be ordered again"


@pytest.mark.parametrize(
    ("person", "may"),
    [
        ("lead", True),
        ("reviewer", True),
        ("member", True),
        ("auditor", False),
        ("stranger", False),
    ],
)
def test_who_may_define_change_and_run(cast, person, may):
    user = getattr(cast, person)
    verdicts = [
        permissions.define_probe(user, cast.team),
        permissions.change_probe(user, cast.probe),
        permissions.request_runs(user, cast.probe),
    ]
    assert [bool(verdict) for verdict in verdicts] == [may] * 3
    assert all(verdict.reason for verdict in verdicts if not verdict)
    if not may:
        with pytest.raises(NotAllowed):
            cast.order(by=user)
        with pytest.raises(NotAllowed):
            commands.change_probe(cast.probe, by=user, name="x", config=CONFIG, stream=STREAM)
        with pytest.raises(NotAllowed):
            commands.define_probe(cast.team, by=user, name="x", kind="http", config=CONFIG, stream=STREAM)


def test_strangers_see_neither_probe_nor_run(cast):
    run = cast.order()
    assert list(Probe.objects.visible_to(cast.auditor)) == [cast.probe]
    assert list(Run.objects.visible_to(cast.auditor)) == [run]
    assert not Probe.objects.visible_to(cast.stranger).exists()
    assert not Run.objects.visible_to(cast.stranger).exists()


def test_the_latest_runs_of_many_probes_take_one_query(cast, django_assert_num_queries):
    cast.order()
    with django_assert_num_queries(1):
        assert [probe.latest_run.state for probe in Probe.objects.select_related("latest_run")] == ["queued"]


def test_the_history_is_newest_first_in_one_query(cast, django_assert_num_queries):
    runs = []
    for _ in range(3):
        runs.append(cast.order())
        claim(runs[-1])
        finish(runs[-1])
    with django_assert_num_queries(1):
        shown = selectors.probe_history(cast.probe, limit=2)
        assert [run.requested_by_name for run in shown] == [cast.member.full_name] * 2
    assert shown == [runs[2], runs[1]]
