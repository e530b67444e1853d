"""What the database refuses, whoever asks."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.evidence.models import Blob
from apps.ledger.commands import SYSTEM
from apps.records import commands
from apps.records.models import Record
from apps.records.states import State
from tests.records import making

pytestmark = pytest.mark.django_db


@pytest.fixture
def staged(stage):
    return stage


@pytest.fixture
def filed(staged):
    record = making.claimed(staged)
    return commands.file_record(record.pk, record.attempt, making.SMALL, by=SYSTEM)


def refused():
    return pytest.raises(IntegrityError)


@pytest.mark.parametrize(
    "change",
    [{"sha256": "f" * 64}, {"state": State.FAILED}, {"pages": 9}, {"head_digest": "f" * 64}, {"error": "x"}],
)
def test_a_filed_record_refuses_every_change(filed, change):
    with refused(), transaction.atomic():
        Record.objects.filter(pk=filed.pk).update(**change)


def test_a_failed_record_stays_failed(staged, monkeypatch):
    monkeypatch.setattr(commands, "LARGEST", 1)  # its data cannot be filed either
    record = making.claimed(staged)
    commands.fail_record(record.pk, 1, why="No fonts.", by=SYSTEM)
    with refused(), transaction.atomic():
        Record.objects.filter(pk=record.pk).update(state=State.QUEUED, error="")


def test_the_bytes_of_a_filed_record_refuse_change(filed):
    with refused(), transaction.atomic():
        Blob.objects.filter(pk=filed.blob_id).update(data=b"other")


@pytest.mark.parametrize("state", [State.QUEUED, State.FILED])
def test_no_record_can_be_deleted(staged, state):
    record = making.claimed(staged) if state == State.FILED else making.asked(staged)
    if state == State.FILED:
        commands.file_record(record.pk, 1, making.SMALL, by=SYSTEM)
    with refused(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM records_record")


def test_a_record_cannot_be_replaced_by_inserting_over_it(filed):
    again = Record.objects.get(pk=filed.pk)
    with refused(), transaction.atomic():
        again.save(force_insert=True)


def test_who_asked_and_when_stays(staged):
    record = making.asked(staged)
    with refused(), transaction.atomic():
        Record.objects.filter(pk=record.pk).update(requested_by=staged.reviewer)


def test_a_record_cannot_begin_as_filed(filed):
    forged = Record.objects.get(pk=filed.pk)
    forged.pk, forged.number, forged.blob, forged.data_blob = uuid.uuid4(), 2, None, None
    with refused(), transaction.atomic():
        forged.save(force_insert=True)


@pytest.mark.unrecorded
def test_a_record_names_the_bytes_of_its_own_team_with_their_checksum(staged):
    record = making.claimed(staged)
    foreign = Blob.objects.create(team=staged.other_team, sha256="a" * 64, size=1, data=b"x")
    other = Blob.objects.create(team=staged.team, sha256="b" * 64, size=1, data=b"y")
    filing = {"state": State.FILED, "lease_until": None, "filed_at": timezone.now(), "pages": 1, "size": 1}
    for blob, data_blob, sha256 in ((foreign, other, "a" * 64), (other, foreign, "b" * 64), (other, other, "c" * 64)):
        with refused(), transaction.atomic():
            Record.objects.filter(pk=record.pk).update(blob=blob, data_blob=data_blob, sha256=sha256, **filing)


def test_a_record_is_called_by_deployment_and_number(filed):
    assert str(filed) == "PAY-1-R1"


def test_one_record_at_a_time_is_in_the_making(staged):
    record = making.asked(staged)
    twin = Record.objects.get(pk=record.pk)
    twin.pk, twin.number = uuid.uuid4(), 2
    with refused(), transaction.atomic():
        twin.save(force_insert=True)
