"""A record takes the files of evidence along where that was asked for: exactly those bytes, or none and why."""

import io
import json
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest
from django.urls import reverse

from apps.attachments import commands as attachments
from apps.core.errors import TooLarge, WrongState
from apps.evidence.models import Blob, Evidence, Kind
from apps.records import commands, tasks
from apps.records.models import Record
from apps.records.selectors import enclosed
from tests.boards.desk import at
from tests.cast import again
from tests.tampering import lifted

pytestmark = pytest.mark.django_db
PICTURE, LOG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, b"all green\n"


def lay(stage: SimpleNamespace, kind: Kind, title: str, **content: Any) -> Evidence:
    return attachments.attach_evidence(stage.items[0], by=again(stage.member), kind=kind, title=title, **content)


@pytest.fixture
def laid(stage: SimpleNamespace) -> SimpleNamespace:
    """Two files that stand, one of them a second revision; one that was taken away, a link and a note."""
    lay(stage, Kind.FILE, "../queue: after.png", data=PICTURE, media_type="image/png")
    old = lay(stage, Kind.FILE, "run.log", data=b"red\n", media_type="text/plain")
    newer: dict[str, Any] = {"kind": Kind.FILE, "title": "run.log", "data": LOG, "media_type": "text/plain"}
    attachments.replace_evidence(stage.items[0], by=again(stage.lead), evidence=old, **newer)
    gone = lay(stage, Kind.FILE, "wrong.log", data=b"eu-west\n")
    attachments.remove_evidence(stage.items[0], by=again(stage.member), evidence=gone)
    lay(stage, Kind.LINK, "Dashboard", url="https://dash.example.com/1")
    lay(stage, Kind.NOTE, "Seen", text="$ ./check\nok")
    return stage


def filed(stage: SimpleNamespace, *, with_evidence: bool) -> Record:
    record = commands.request_record(stage.deployment, by=again(stage.auditor), with_evidence=with_evidence)
    tasks.render_record(work_id=str(record.pk), attempt=record.attempt)
    return Record.objects.select_related("blob", "data_blob").get(pk=record.pk)


def inside(record: Record) -> dict[str, bytes]:
    """The files inside the PDF but those of every record."""
    assert record.blob
    with pikepdf.open(io.BytesIO(bytes(record.blob.data))) as file:
        found = {name: bytes(each.get_file().read_bytes()) for name, each in file.attachments.items()}
    return {name: data for name, data in found.items() if name not in ("ledger.json", "record.json")}


def test_files_that_stand_are_inside_byte_for_byte_and_named_as_in_the_manifest(laid: SimpleNamespace) -> None:
    record = filed(laid, with_evidence=True)
    files = inside(record)
    listed = dict(line.split("  ", 1)[::-1] for line in files.pop("manifest.sha256").decode().splitlines())
    assert {*files.values()} == {PICTURE, LOG}
    assert all(listed[name] == sha256(data).hexdigest() for name, data in files.items())
    assert all("/" not in name and ":" not in name for name in files)
    assert record.blob
    assert record.sha256 == sha256(bytes(record.blob.data)).hexdigest()
    assert json.loads(bytes(record.data_blob.data))["facts"]["with_evidence"] is True


def test_without_the_choice_no_file_is_inside(laid: SimpleNamespace) -> None:
    assert {*inside(filed(laid, with_evidence=False))} == {"manifest.sha256"}


def test_each_record_says_whether_it_was_asked_for_with_evidence(laid: SimpleNamespace) -> None:
    filed(laid, with_evidence=True)
    page = at(laid.auditor).get(reverse("deployments:history", args=[laid.team.slug, laid.deployment.number]))
    assert "asked for audit record 1 with its evidence" in page.content.decode()


def test_more_than_fits_is_refused_before_anything_is_made(laid: SimpleNamespace, monkeypatch) -> None:
    monkeypatch.setattr(enclosed, "MOST_BYTES", len(PICTURE))
    with pytest.raises(TooLarge, match="as one archive from the board"):
        commands.request_record(laid.deployment, by=again(laid.auditor), with_evidence=True)
    page = signed_in_page(laid)
    assert 'id="why-none"' in page
    assert not Record.objects.exists()


def test_what_came_to_be_too_much_meanwhile_is_filed_as_data_with_the_reason(
    laid: SimpleNamespace, monkeypatch
) -> None:
    record = commands.request_record(laid.deployment, by=again(laid.auditor), with_evidence=True)
    monkeypatch.setattr(enclosed, "MOST_FILES", 1)
    tasks.render_record(work_id=str(record.pk), attempt=record.attempt)
    record.refresh_from_db()
    assert record.is_filed
    assert record.blob is None
    assert "at most 1 files" in record.error


@pytest.mark.unrecorded
@pytest.mark.parametrize("data", [LOG.upper(), LOG[:4]], ids=["swapped", "cut off"])
def test_a_file_that_is_not_what_was_filed_goes_into_no_record(laid: SimpleNamespace, data: bytes) -> None:
    with lifted():
        Blob.objects.filter(sha256=sha256(LOG).hexdigest()).update(data=data)
    record = filed(laid, with_evidence=True)
    assert record.is_filed
    assert record.blob is None
    assert "are not those that were filed" in record.error
    assert "verify_ledger" in record.error
    assert filed(laid, with_evidence=False).blob


def test_a_second_click_gets_the_one_in_the_making_and_another_choice_waits(laid: SimpleNamespace) -> None:
    first = commands.request_record(laid.deployment, by=again(laid.auditor), with_evidence=True)
    assert commands.request_record(laid.deployment, by=again(laid.lead), with_evidence=True) == first
    with pytest.raises(WrongState, match="Ask again once it is done"):
        commands.request_record(laid.deployment, by=again(laid.lead))


def signed_in_page(stage: SimpleNamespace) -> str:
    where = reverse("records:records", args=[stage.team.slug, stage.deployment.number])
    return at(stage.auditor).get(where).content.decode()


def test_the_page_says_what_would_be_inside_and_the_row_what_is(laid: SimpleNamespace, client) -> None:
    assert "With its evidence inside: 2 files" in " ".join(signed_in_page(laid).split())
    client.force_login(laid.auditor)
    where = reverse("records:request_record", args=[laid.team.slug, laid.deployment.number])
    assert client.post(where, {"with_evidence": "on"}).status_code == 302
    assert Record.objects.get().with_evidence
    assert "with evidence</span>" in signed_in_page(laid)


def test_a_deployment_without_files_offers_no_choice(stage: SimpleNamespace) -> None:
    assert "with_evidence" not in signed_in_page(stage)
