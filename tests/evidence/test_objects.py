"""Files in S3-compatible storage: what goes there, what comes back, and what a storage may do that loses nothing."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.attachments import commands as attachments
from apps.core.errors import Away, Damaged, TooLarge, WrongState
from apps.evidence import objects
from apps.evidence.commands import store_blob
from apps.evidence.models import Blob, Evidence, Kind
from apps.evidence.selectors import pieces, storage_faults, used, whole
from apps.records import commands as records
from apps.records import tasks
from apps.records.models import Record
from project.verification import verify
from tests import cast as casting
from tests.boards.desk import address, at, send
from tests.cast import again
from tests.evidence import s3
from tests.house.source import ROOT

pytestmark = pytest.mark.django_db
LOG = b"all green\n" * 40


@pytest.fixture
def bucket(settings) -> Iterator[s3.Bucket]:
    found = s3.Bucket()
    settings.KEYTURN_S3_BUCKET, settings.KEYTURN_S3_ENDPOINT = s3.BUCKET, found.endpoint
    settings.KEYTURN_S3_KEY, settings.KEYTURN_S3_SECRET = s3.KEY, s3.SECRET
    yield found
    found.stop()


def attach(stage: SimpleNamespace, data: bytes = LOG, title: str = "run.log") -> Evidence:
    content: dict[str, Any] = {"kind": Kind.FILE, "title": title, "data": data, "media_type": "text/plain"}
    return attachments.attach_evidence(stage.items[0], by=again(stage.member), **content)


def download(stage: SimpleNamespace, piece: Evidence) -> Any:
    return at(stage.auditor).get(address(stage.items[0], "download_evidence", evidence=piece.pk))


def object_of(bucket: s3.Bucket, piece: Evidence) -> str:
    """The key of its object, which is there."""
    assert piece.blob
    assert piece.blob.key in bucket.objects
    return piece.blob.key


def test_a_file_goes_there_and_comes_back_as_it_was(stage: SimpleNamespace, bucket: s3.Bucket) -> None:
    piece = attach(stage)
    stored = Blob.objects.get(pk=piece.blob_id)
    assert stored.data is None
    assert bucket.objects == {stored.key: LOG}
    assert stored.key.startswith(f"keyturn/{stage.team.pk}/")
    assert (stored.sha256, stored.size) == (sha256(LOG).hexdigest(), len(LOG))
    assert b"".join(download(stage, piece).streaming_content) == LOG
    assert bucket.asked == ["PUT", "GET"]


def test_it_counts_against_the_quota_as_in_the_database(stage: SimpleNamespace, bucket: s3.Bucket, settings) -> None:
    before = used(stage.team)
    attach(stage)
    assert used(stage.team) == before + len(LOG)
    settings.KEYTURN_TEAM_QUOTA_MB = 0
    asked = len(bucket.asked)
    with pytest.raises(TooLarge, match="has used"):
        attach(stage)
    assert len(bucket.asked) == asked  # nothing is sent that is refused anyway
    with pytest.raises(TooLarge, match="at most 25 MB"):
        store_blob(stage.team, bytes(25 * 1024 * 1024 + 1))
    assert len(bucket.asked) == asked


def test_a_large_file_is_one_request(stage: SimpleNamespace, bucket: s3.Bucket) -> None:
    data = bytes(20 * 1024 * 1024)
    piece = attach(stage, data)
    assert piece.blob
    assert whole(piece.blob) == data
    assert bucket.asked == ["PUT", "GET"]


def test_archive_and_record_have_what_lies_there(stage: SimpleNamespace, bucket: s3.Bucket) -> None:
    attach(stage)
    with archive(stage) as found:
        assert found.read("evidence/item-001/001 run.log") == LOG
    record = filed(stage)
    assert record.blob
    assert record.blob.key in bucket.objects
    assert bucket.objects[record.blob.key].startswith(b"%PDF")
    answer: Any = at(stage.auditor).get(reverse("records:download_pdf", args=["pay", stage.deployment.number, 1]))
    assert sha256(b"".join(answer.streaming_content)).hexdigest() == record.sha256
    assert not verify().faults


def archive(stage: SimpleNamespace) -> zipfile.ZipFile:
    answer: Any = at(stage.auditor).get(f"/t/pay/deployments/{stage.deployment.number}/evidence.zip")
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def filed(stage: SimpleNamespace) -> Record:
    record = records.request_record(stage.deployment, by=again(stage.auditor), with_evidence=True)
    tasks.render_record(work_id=str(record.pk), attempt=record.attempt)
    return Record.objects.select_related("blob").get(pk=record.pk)


DAMAGE: dict[str, Callable[[s3.Bucket, str], object]] = {
    "swapped": lambda bucket, key: bucket.put(key, LOG.upper()),
    "cut off": lambda bucket, key: bucket.put(key, LOG[:-1]),
    "empty": lambda bucket, key: bucket.put(key, b""),
    "longer": lambda bucket, key: bucket.put(key, LOG + b"!"),
    "missing": lambda bucket, key: bucket.objects.pop(key),
}


@pytest.mark.unrecorded
@pytest.mark.parametrize("how", DAMAGE)
def test_what_is_not_what_was_filed_is_refused_and_found(stage: SimpleNamespace, bucket: s3.Bucket, how: str) -> None:
    piece = attach(stage)
    key = object_of(bucket, piece)
    DAMAGE[how](bucket, key)
    answer = download(stage, piece)
    assert answer.status_code == 409
    assert "verify_ledger" in answer.content.decode()
    assert LOG[:9] not in answer.content
    [fault] = [each for each in verify().faults if each.stream == "the file storage"]
    assert key in fault.what
    with archive(stage) as found:
        assert found.testzip() is None
        assert b"verify_ledger" in found.read("not-readable/evidence item-001 001 run.log.txt")
        assert f"{piece.sha256}  evidence/item-001/001 run.log\n".encode() in found.read("SHA256SUMS")
    record = filed(stage)
    assert record.blob is None
    assert "verify_ledger" in record.error


@pytest.mark.unrecorded
def test_a_swapped_object_of_any_size_is_not_read_on(stage: SimpleNamespace, bucket: s3.Bucket) -> None:
    piece = attach(stage)
    bucket.put(object_of(bucket, piece), bytes(40 * 1024 * 1024))
    with pytest.raises(Damaged):
        pieces(piece.blob)


@pytest.mark.unrecorded
def test_while_it_is_away_nothing_is_stored_and_nothing_is_lost(stage: SimpleNamespace, bucket: s3.Bucket) -> None:
    piece = attach(stage)
    casting.sign(stage.items[0], stage.member)
    bucket.stop()
    sent = send(stage.member, stage.items[0], "attach_evidence", {"kind": "file", "file": io.BytesIO(b"new")})
    assert sent.status_code == 503
    assert "does not answer, and nothing was stored. Try again" in sent.content.decode()
    assert Evidence.objects.count() == Blob.objects.count() == 1
    assert len(casting.load(stage.items[0]).sign_off.turned) == 1
    answer = download(stage, piece)
    assert answer.status_code == 503
    assert "does not answer, and nothing is lost" in answer.content.decode()
    assert [fault.stream for fault in storage_faults()] == ["the file storage"]


def test_a_record_waits_for_a_storage_that_is_away(stage: SimpleNamespace, bucket: s3.Bucket) -> None:
    record = records.request_record(stage.deployment, by=again(stage.auditor))
    bucket.is_away = True
    tasks.render_record(work_id=str(record.pk), attempt=record.attempt)
    record.refresh_from_db()
    assert (record.is_live, record.attempt) == (True, 2)
    bucket.is_away = False
    tasks.render_record(work_id=str(record.pk), attempt=2)
    record.refresh_from_db()
    assert record.is_filed
    assert record.blob
    assert record.blob.key in bucket.objects


def test_what_it_refuses_is_said_with_its_code(stage: SimpleNamespace, bucket: s3.Bucket) -> None:
    bucket.refuses = "AccessDenied"
    with pytest.raises(Away, match=r"refused \(AccessDenied\), and nothing was stored"):
        attach(stage)
    bucket.refuses = ""
    attach(stage)


@pytest.mark.unrecorded
def test_one_that_sends_too_slowly_is_given_up(stage: SimpleNamespace, bucket: s3.Bucket, monkeypatch) -> None:
    piece = attach(stage)
    monkeypatch.setattr(objects, "WHOLE", 0.2)
    monkeypatch.setattr(objects, "PIECE", 16)
    bucket.pause = 0.01
    with pytest.raises(Away, match="too slow"):
        pieces(piece.blob)


def test_files_stay_where_they_were_stored(stage: SimpleNamespace, bucket: s3.Bucket, settings) -> None:
    there = attach(stage)
    settings.KEYTURN_S3_BUCKET = ""
    here = attach(stage, b"here", "here.log")
    assert Blob.objects.get(pk=here.blob_id).key == ""
    answer = download(stage, there)
    assert answer.status_code == 503
    assert "sets KEYTURN_S3_BUCKET" in answer.content.decode()
    settings.KEYTURN_S3_BUCKET = s3.BUCKET
    assert b"".join(download(stage, here).streaming_content) == b"here"
    assert b"".join(download(stage, there).streaming_content) == LOG


@pytest.mark.unrecorded
def test_what_a_command_left_that_came_to_nothing_is_listed_and_deleted_on_demand(
    stage: SimpleNamespace, bucket: s3.Bucket, capsys
) -> None:
    piece = attach(stage)
    content: dict[str, Any] = {"kind": Kind.FILE, "title": "run.log", "data": LOG}
    with pytest.raises(WrongState, match="says the same"):
        attachments.replace_evidence(stage.items[0], by=again(stage.member), evidence=piece, **content)
    [left] = bucket.objects.keys() - {object_of(bucket, piece)}
    bucket.put("another/file", b"not ours", datetime(2020, 1, 1, tzinfo=UTC))
    call_command("leftover_files")
    assert "no files are left over" in capsys.readouterr().out
    for key in bucket.stored:
        bucket.stored[key] = datetime.now(UTC) - timedelta(days=2)
    call_command("leftover_files")
    assert capsys.readouterr().out.splitlines()[0] == left
    assert len(bucket.objects) == 3
    call_command("leftover_files", delete=True)
    assert {*bucket.objects} == {object_of(bucket, piece), "another/file"}
    bucket.stop()
    with pytest.raises(CommandError, match="does not answer"):
        call_command("leftover_files")


@pytest.mark.parametrize("where", [{"data": b"x", "key": "k"}, {"data": None, "key": ""}], ids=["both", "neither"])
def test_bytes_are_in_exactly_one_place(stage: SimpleNamespace, where: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="blob_in_one_place"), transaction.atomic():
        Blob.objects.create(team=stage.team, sha256="0" * 64, size=1, **where)


def test_without_storage_nothing_of_it_is_loaded() -> None:
    asks = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'project.settings'; django.setup(); "
        "import project.urls, apps.attachments.commands, apps.records.tasks; "
        "print(sorted({'boto3', 'botocore', 'storages'} & {*sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", asks], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
