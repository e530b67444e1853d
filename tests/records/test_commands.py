"""Asking for records, filing them once, and what happens when a worker dies."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.errors import NotAllowed, TooLarge
from apps.deployments import commands as deployments
from apps.leases import commands as leases
from apps.ledger import selectors as ledger
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.records import commands
from apps.records.models import Record
from apps.records.states import PLAN, State
from tests.records import making

pytestmark = pytest.mark.django_db


@pytest.fixture
def staged(stage):
    return stage


def kinds(deployment):
    return list(ledger.history(deployment.stream).values_list("kind", flat=True))


def later(monkeypatch, **delta):
    """Commands live in the future from now on."""
    future = timezone.now() + timedelta(**delta)
    monkeypatch.setattr(commands.timezone, "now", lambda: future)


def test_asking_pins_the_head_and_anchors_it(staged):
    record = making.asked(staged)
    head = ledger.head(staged.deployment.stream)
    assert (record.head_sequence, record.head_digest) == (head.sequence, head.digest)
    assert record.requested_sequence == head.sequence
    assert kinds(staged.deployment)[-1] == "record.requested"
    assert str(ledger.anchors()[-1]) == str(head)


def test_a_second_click_gets_the_record_in_the_making(staged):
    first, second = making.asked(staged), making.asked(staged, by=staged.reviewer)
    assert first == second
    assert kinds(staged.deployment).count("record.requested") == 1


def test_records_are_numbered_per_deployment(staged):
    numbers = []
    for _ in range(2):
        record = making.claimed(staged)
        numbers.append(record.number)
        commands.file_record(record.pk, record.attempt, making.SMALL, by=SYSTEM)
    assert numbers == [1, 2]


def test_an_auditor_may_ask(staged):
    assert making.asked(staged, by=staged.auditor).requested_by == staged.auditor


def test_a_stranger_may_not(staged):
    with pytest.raises(NotAllowed, match="cannot export"):
        making.asked(staged, by=staged.stranger)
    assert not Record.objects.exists()


def test_asking_publishes_after_commit_and_survives_a_dead_broker(staged, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        record = making.asked(staged)
    assert Record.objects.get(pk=record.pk).state == State.QUEUED


def test_filing_keeps_the_bytes_and_records_it(staged):
    record = making.claimed(staged)
    done = commands.file_record(record.pk, record.attempt, making.SMALL, by=SYSTEM)
    assert done.state == State.FILED
    assert bytes(done.blob.data) == making.SMALL.pdf
    assert bytes(done.data_blob.data) == making.SMALL.json
    entry = Entry.objects.filter(stream_id=staged.deployment.stream).order_by("-sequence").first()
    assert entry.kind == "record.filed"
    assert done.sha256 in entry.body
    assert str(ledger.anchors()[-1]) == str(ledger.head(staged.deployment.stream))


def test_only_the_system_files(staged):
    record = making.claimed(staged)
    with pytest.raises(NotAllowed):
        commands.file_record(record.pk, record.attempt, making.SMALL, by=staged.lead)


def test_a_message_that_comes_twice_is_taken_once(staged):
    record = making.asked(staged)
    assert commands.claim_record(record.pk, 1, by=SYSTEM)
    assert commands.claim_record(record.pk, 1, by=SYSTEM) is None


def test_a_killed_worker_leaves_a_record_that_is_filed_exactly_once(staged, monkeypatch):
    dead = making.claimed(staged)
    assert commands.sweep_records(by=SYSTEM) == 0
    later(monkeypatch, minutes=0.3)  # however long a record may take
    assert commands.sweep_records(by=SYSTEM) == 1
    second = commands.claim_record(dead.pk, 2, by=SYSTEM)
    assert second.attempt == 2
    # The first worker was only slow: what it brings no longer counts.
    assert commands.file_record(dead.pk, 1, making.SMALL, by=SYSTEM) is None
    assert commands.file_record(dead.pk, 2, making.SMALL, by=SYSTEM)
    assert commands.file_record(dead.pk, 2, making.SMALL, by=SYSTEM) is None
    assert kinds(staged.deployment).count("record.filed") == 1


def test_a_worker_that_takes_its_time_keeps_its_record_as_long_as_it_says_that_it_works(staged, monkeypatch):
    slow = making.claimed(staged)
    later(monkeypatch, minutes=3.5)
    assert leases.renew(Record, slow.pk, 1)
    assert commands.sweep_records(by=SYSTEM) == 0
    assert commands.file_record(slow.pk, 1, making.SMALL, by=SYSTEM)


def test_after_the_last_attempt_the_page_says_what_happened(staged, monkeypatch):
    record = making.asked(staged)
    for attempt in range(1, PLAN.attempts + 1):
        assert commands.claim_record(record.pk, attempt, by=SYSTEM)
        later(monkeypatch, minutes=2 * attempt)
        commands.sweep_records(by=SYSTEM)
    record.refresh_from_db()
    assert (record.state, record.blob, record.pages) == (State.FILED, None, 0)
    assert record.error.startswith("The worker that made it stopped before it was done. It was tried 3 times.")


@pytest.fixture
def nothing_fits(monkeypatch):
    """Not even the data of a record can be filed."""
    monkeypatch.setattr(commands, "LARGEST", 1)


@pytest.mark.usefixtures("nothing_fits")
def test_where_the_data_cannot_be_filed_either_the_record_fails_and_says_why_it_has_no_pages(staged):
    record = making.claimed(staged)
    commands.fail_record(record.pk, record.attempt, why="No fonts.", by=SYSTEM)
    record.refresh_from_db()
    assert (record.state, record.error, record.data_blob) == (State.FAILED, "No fonts.", None)


def test_a_failed_record_does_not_stand_in_the_way_of_the_next(staged):
    record = making.claimed(staged)
    commands.fail_record(record.pk, record.attempt, why="No fonts.", by=SYSTEM)
    assert making.asked(staged).number == 2


def test_a_message_that_was_lost_is_published_again(staged, monkeypatch):
    record = making.asked(staged)
    assert commands.sweep_records(by=SYSTEM) == 0
    later(monkeypatch, seconds=61)
    assert commands.sweep_records(by=SYSTEM) == 1
    assert commands.sweep_records(by=SYSTEM) == 0
    assert Record.objects.get(pk=record.pk).attempt == 1


def test_progress_of_an_attempt_that_was_given_up_is_not_shown(staged):
    record = making.claimed(staged)
    commands.release_record(record.pk, 1, why="It broke.", by=SYSTEM)
    commands.note_progress(record, step="page 7", pages=7, by=SYSTEM)
    record.refresh_from_db()
    assert (record.state, record.pages, record.attempt) == (State.QUEUED, 0, 2)


def test_a_release_that_comes_too_late_changes_nothing(staged):
    record = making.claimed(staged)
    commands.file_record(record.pk, 1, making.SMALL, by=SYSTEM)
    commands.release_record(record.pk, 1, why="It broke.", by=SYSTEM)
    commands.fail_record(record.pk, 1, why="It broke.", by=SYSTEM)
    record.refresh_from_db()
    assert (record.state, record.error) == (State.FILED, "")


def test_a_full_team_quota_is_refused_and_nothing_is_filed(staged, settings):
    record = making.claimed(staged)
    settings.KEYTURN_TEAM_QUOTA_MB = 0
    with pytest.raises(TooLarge):
        commands.file_record(record.pk, record.attempt, making.SMALL, by=SYSTEM)
    record.refresh_from_db()
    assert record.state == State.RENDERING


def test_when_the_ledger_cannot_record_nothing_is_asked_for(staged, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no ledger")

    monkeypatch.setattr(commands.ledger, "record", broken)
    with pytest.raises(RuntimeError):
        making.asked(staged)
    assert not Record.objects.exists()


def test_a_closed_deployment_still_gives_records(staged):
    deployments.cancel_deployment(staged.deployment, by=staged.lead, reason="Not needed any more.")
    assert making.asked(staged).number == 1
