"""A piece of evidence is replaced on a page of its own; its earlier revisions stay beside it, and in what leaves."""

import io
import json
import zipfile
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.attachments import commands as attachments
from apps.evidence.models import Evidence, Kind
from tests import cast as casting
from tests.boards.desk import address, at, read, send
from tests.cast import again

pytestmark = pytest.mark.django_db


@pytest.fixture
def filed(stage: SimpleNamespace) -> Evidence:
    return attachments.attach_evidence(
        stage.items[0], by=again(stage.member), kind=Kind.NOTE, title="Log", text="Three of four pass."
    )


def test_the_page_begins_with_what_stands_and_says_what_it_costs(stage: SimpleNamespace, filed: Evidence) -> None:
    casting.sign(stage.items[0], stage.member)
    page = read(stage.member, stage.items[0])
    where = address(stage.items[0], "replace_evidence", evidence=filed.pk)
    assert where in page
    answer = at(stage.member).get(where).content.decode()
    assert "Three of four pass." in answer
    assert "It becomes revision 2 of this note." in answer
    assert "1 key falls out" in answer


def test_a_newer_revision_shows_and_the_earlier_one_can_be_read(stage: SimpleNamespace, filed: Evidence) -> None:
    item = stage.items[0]
    assert "revision" not in read(stage.auditor, item).partition('id="evidence"')[2].partition("</section>")[0]
    data = {"title": "Log", "text": "All pass."}
    assert send(stage.member, item, "replace_evidence", data, evidence=filed.pk).status_code == 302
    page = read(stage.auditor, item)
    assert "revision 2 of 2" in page
    assert "revision 1 of 2" in page
    assert "All pass." in page
    assert "replaced “Log” of item 1 by revision 2" in page
    earlier = at(stage.auditor).get(address(item, "download_evidence", evidence=filed.pk))
    assert earlier.getvalue() == b"Three of four pass."
    assert address(item, "download_evidence", evidence=filed.pk) in page
    assert "replace/" not in page  # an auditor replaces nothing


def test_a_file_is_replaced_by_a_file(stage: SimpleNamespace) -> None:
    item = stage.items[1]
    red: dict[str, Any] = {"kind": Kind.FILE, "title": "run.log", "data": b"red", "media_type": "text/plain"}
    old = attachments.attach_evidence(item, by=again(stage.member), **red)
    sent = {"title": "run.log", "file": SimpleUploadedFile("run.log", b"green", content_type="text/plain")}
    assert send(stage.member, item, "replace_evidence", sent, evidence=old.pk).status_code == 302
    [piece] = casting.load(item).evidence
    assert bytes(piece.blob.data) == b"green"


def test_what_comes_too_late_keeps_what_was_typed(stage: SimpleNamespace, filed: Evidence) -> None:
    item = stage.items[0]
    attachments.remove_evidence(item, by=again(stage.member), evidence=filed)
    answer = send(stage.member, item, "replace_evidence", {"text": "All pass now."}, evidence=filed.pk)
    assert answer.status_code == 409
    assert "All pass now." in answer.content.decode()
    assert "replaced or taken away meanwhile" in answer.content.decode()
    assert send(stage.member, item, "replace_evidence", {"text": ""}, evidence=filed.pk).status_code == 422


def test_it_is_reached_through_its_own_item_and_team_only(stage: SimpleNamespace, filed: Evidence) -> None:
    data = {"text": "Not ours"}
    assert send(stage.member, stage.items[1], "replace_evidence", data, evidence=filed.pk).status_code == 404
    assert send(stage.stranger, stage.items[0], "replace_evidence", data, evidence=filed.pk).status_code == 404
    assert send(stage.auditor, stage.items[0], "replace_evidence", data, evidence=filed.pk).status_code == 403


def test_the_archive_has_every_revision_and_says_which(stage: SimpleNamespace, filed: Evidence) -> None:
    send(stage.member, stage.items[0], "replace_evidence", {"title": "Log", "text": "All pass."}, evidence=filed.pk)
    answer: Any = at(stage.auditor).get(f"/t/pay/deployments/{stage.deployment.number}/evidence.zip")
    found = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    first, second = json.loads(found.read("manifest.json"))["files"]
    assert (first["revision"], first["revisions"], first["replaced_by"]) == (1, 2, stage.member.full_name)
    assert first["file"] == "earlier-revisions/item-001/001.1 Log.txt"
    assert (second["revision"], second["revisions"], second["taken_away_by"]) == (2, 2, "")
    assert second["file"] == "evidence/item-001/001.2 Log.txt"
    assert found.read(second["file"]) == b"All pass."


def test_a_title_that_was_the_first_line_follows_the_newer_text(stage: SimpleNamespace) -> None:
    item = stage.items[0]
    send(stage.member, item, "attach_evidence", {"kind": "note", "text": "41 % pass."})
    [piece] = casting.load(item).evidence
    where = address(item, "replace_evidence", evidence=piece.pk)
    form: Any = at(stage.member).get(where).context["form"]
    assert (form.initial["title"], form.initial["text"]) == ("", "41 % pass.")
