"""The worker's part, called as a function: collect, lay out, write, file."""

import hashlib
import io
import json
import subprocess
from datetime import timedelta

import pikepdf
import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from apps.core.errors import Refusal
from apps.deployments import commands as deployments
from apps.ledger import selectors as ledger
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.records import pdf, tasks
from apps.records.models import Record
from apps.records.states import PLAN, State
from project import verification
from tests.records import making

pytestmark = pytest.mark.django_db


@pytest.fixture
def staged(stage):
    return stage


def run(record):
    tasks.render_record(work_id=str(record.pk), attempt=record.attempt)
    return Record.objects.get(pk=record.pk)


def test_a_record_is_made_from_the_deployment_and_filed(staged):
    record = making.filed(staged)
    assert record.state == State.FILED
    assert record.pages > 5
    with pikepdf.open(io.BytesIO(bytes(record.blob.data))) as file:
        inside = file.attachments["record.json"].get_file().read_bytes()
        chain = json.loads(file.attachments["ledger.json"].get_file().read_bytes())
    assert inside == bytes(record.data_blob.data)
    assert chain["head"] == {"sequence": record.head_sequence, "digest": record.head_digest}
    assert [entry["entry"]["type"] for entry in chain["entries"]][-1] == "record.requested"


def test_the_head_on_the_pages_is_the_one_of_the_request_when_nothing_happened_since(staged):
    record = making.filed(staged)
    assert record.head_sequence == record.requested_sequence
    assert json.loads(bytes(record.data_blob.data))["head"] == str(
        ledger.Head(staged.deployment.stream, record.head_sequence, record.head_digest)
    )


def test_verify_ledger_accepts_the_head_of_a_record(staged):
    record = making.filed(staged)
    held = ledger.Head(staged.deployment.stream, record.head_sequence, record.head_digest)
    assert list(ledger.faults([held])) == []


def test_what_happened_between_request_and_making_is_said(staged):
    record = making.asked(staged)
    deployments.assign_items(staged.deployment, by=staged.lead, numbers=[1], owner=staged.member)
    done = run(record)
    assert done.head_sequence == done.requested_sequence + 1
    text = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=bytes(done.blob.data), capture_output=True, check=True
    ).stdout.decode()
    assert "entry written between the request for this record and its making" in text


def test_a_second_message_for_a_filed_record_does_nothing(staged):
    record = making.filed(staged)
    tasks.render_record(work_id=str(record.pk), attempt=1)
    assert Entry.objects.filter(kind="record.filed").count() == 1


def assert_data_alone(record):
    """Its data is filed, recorded and proved, and there is no PDF."""
    assert (record.state, record.pages, record.blob) == (State.FILED, 0, None)
    data = bytes(record.data_blob.data)
    assert hashlib.sha256(data).hexdigest() == record.sha256
    assert json.loads(data)["facts"]["deployment"]["id"] == str(record.deployment_id)
    assert list(ledger.history(record.deployment.stream))[-1].kind == "record.filed"
    assert verification.verify().faults == []


@pytest.mark.parametrize("way", ["an error each time", "a worker that dies each time"])
def test_whatever_stops_the_pages_the_data_is_filed(staged, monkeypatch, way):
    record = making.asked(staged)
    monkeypatch.setattr(pdf, "render", lambda record, progress, contents: 1 / 0)
    for attempt in range(1, PLAN.attempts + 1):
        if way == "an error each time":
            with pytest.raises(ZeroDivisionError):
                tasks.render_record(work_id=str(record.pk), attempt=attempt)
        else:
            tasks.commands.claim_record(record.pk, attempt, by=SYSTEM)
            Record.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
            tasks.sweep_records()
    record.refresh_from_db()
    assert "It was tried 3 times." in record.error
    assert_data_alone(record)


def test_without_the_engine_the_record_fails_with_the_line_to_run(staged, monkeypatch):
    monkeypatch.setattr(pdf, "engine_problem", lambda: f"Install it with: {pdf.APT_LINE}")
    record = run(making.asked(staged))
    assert "apt-get install" in record.error
    assert_data_alone(record)


def test_a_refusal_on_the_way_is_what_the_page_says(staged, monkeypatch):
    def refuse(record, progress, contents):
        raise Refusal("The team has no room left.")

    monkeypatch.setattr(pdf, "render", refuse)
    assert run(making.asked(staged)).error == "The team has no room left."


def test_running_out_of_time_is_said(staged, monkeypatch):
    def endless(record, progress, contents):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(pdf, "render", endless)
    record = run(making.asked(staged))
    assert record.error.startswith("Laying out its pages took too long")
    assert_data_alone(record)


def test_an_unexpected_error_crashes_loudly_and_is_tried_again_at_once(staged, monkeypatch):
    def broken(record, progress, contents):
        raise ZeroDivisionError

    monkeypatch.setattr(pdf, "render", broken)
    record = making.asked(staged)
    with pytest.raises(ZeroDivisionError):
        run(record)
    record.refresh_from_db()
    assert (record.state, record.attempt) == (State.QUEUED, 2)


def test_progress_is_noted_while_it_is_made(staged, monkeypatch):
    seen = []
    monkeypatch.setattr(tasks, "PAUSE", 0)
    original = tasks.commands.note_progress

    def watch(record, *, step, pages, by):
        original(record, step=step, pages=pages, by=by)
        seen.append(Record.objects.values_list("step", "pages").get(pk=record.pk))

    monkeypatch.setattr(tasks.commands, "note_progress", watch)
    record = making.filed(staged)
    assert seen[0] == ("laying out", 0)
    assert (f"page {record.pages}", record.pages) in seen
    assert seen[-1] == ("writing", record.pages)
    assert record.step == ""
