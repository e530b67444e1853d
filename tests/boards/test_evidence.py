"""Proof on an item: what is taken, what is refused, and that reading it runs nothing."""

import hashlib
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.attachments import commands as attachments
from apps.core.errors import TooLarge, WrongState
from apps.deployments.models import Item
from apps.evidence.commands import LARGEST_FILE, store_blob
from apps.evidence.models import Evidence, Kind
from tests import cast as casting
from tests.boards.desk import address, at, read, send, send_htmx, shown
from tests.cast import again

pytestmark = pytest.mark.django_db
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def attach(made: SimpleNamespace, item: Item, **data: Any) -> Any:
    return send(made.member, item, "attach_evidence", data)


def only(item: Item) -> Evidence:
    """The one piece of evidence of the item."""
    (piece,) = casting.load(item).evidence
    return piece


def download(made: SimpleNamespace, item: Item, piece: Evidence) -> Any:
    return at(made.auditor).get(address(item, "download_evidence", evidence=piece.pk))


def upload(name: str, data: bytes = b"proof", media_type: str = "text/plain") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type=media_type)


def test_a_note_is_titled_by_its_first_line(made: SimpleNamespace) -> None:
    item = made.items[0]
    assert attach(made, item, kind="note", text="All green.\r\nSlowest: gru.").status_code == 302
    piece = only(item)
    assert (piece.kind, piece.title, piece.text) == (Kind.NOTE, "All green.", "All green.\nSlowest: gru.")
    assert piece.sha256 == hashlib.sha256(piece.text.encode()).hexdigest()
    assert piece.sha256[:8] in read(made.auditor, item)


def test_a_link_is_kept_as_it_is(made: SimpleNamespace) -> None:
    item = made.items[0]
    attach(made, item, kind="link", url="https://ci.example.com/builds/7?tab=log", title="Build 7")
    assert (only(item).title, only(item).url) == ("Build 7", "https://ci.example.com/builds/7?tab=log")
    assert 'rel="noopener noreferrer"' in read(made.auditor, item)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ftp://example.com/x", "file:///etc/passwd"]
)
def test_a_link_leads_to_the_web_only(made: SimpleNamespace, url: str) -> None:
    answer = attach(made, made.items[0], kind="link", url=url)
    assert answer.status_code == 422
    assert "beginning with http:// or https://" in answer.content.decode()
    assert not casting.load(made.items[0]).evidence


def test_a_file_is_kept_with_its_name_size_and_digest(made: SimpleNamespace) -> None:
    item = made.items[0]
    attach(made, item, kind="file", file=upload("report.txt"))
    piece = only(item)
    assert (piece.title, piece.size, piece.sha256) == ("report.txt", 5, hashlib.sha256(b"proof").hexdigest())
    answer = download(made, item, piece)
    assert answer.getvalue() == b"proof"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="report.txt"'


@pytest.mark.parametrize(
    ("claimed", "served"),
    [
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("text/plain; charset=utf-7", "text/plain"),
        ("image/png", "image/png"),
        ("", "application/octet-stream"),
    ],
)
def test_a_download_runs_nothing_in_a_browser(made: SimpleNamespace, claimed: str, served: str) -> None:
    item = made.items[0]
    attachments.attach_evidence(
        item, by=again(made.member), kind=Kind.FILE, title="x.svg", data=SVG, media_type=claimed
    )
    answer = download(made, item, only(item))
    assert answer.headers["Content-Type"] == served
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_notes_and_links_download_as_exactly_the_bytes_that_were_signed(made: SimpleNamespace) -> None:
    item = made.items[0]
    attach(made, item, kind="note", text="Größer\nals <b>eins</b>")
    answer = download(made, item, only(item))
    assert hashlib.sha256(answer.getvalue()).hexdigest() == only(item).sha256
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\..\\boot.ini",
        'a"; filename="b.exe',
        "レポート.txt",
        "gpj.\u202eexe",
        "x" * 196 + ".log",
    ],
)
def test_a_name_is_a_title_and_never_a_path(made: SimpleNamespace, name: str) -> None:
    item = made.items[0]
    attachments.attach_evidence(item, by=again(made.member), kind=Kind.FILE, title=name, data=b"x")
    header = download(made, item, only(item)).headers["Content-Disposition"]
    assert header.startswith("attachment;")
    assert "\n" not in header
    assert "/" not in header
    assert "\\" not in header
    assert "\u202e" not in header


@pytest.mark.parametrize(
    ("title", "claimed", "saved"),
    [("noext", "", "noext"), ("noext", "text/x-unknown", "noext"), ("shot", "image/png", "shot.png")],
)
def test_a_name_gets_an_ending_only_where_one_is_known(made: SimpleNamespace, title, claimed, saved) -> None:
    item = made.items[0]
    attachments.attach_evidence(item, by=again(made.member), kind=Kind.FILE, title=title, data=b"x", media_type=claimed)
    assert download(made, item, only(item)).headers["Content-Disposition"] == f'attachment; filename="{saved}"'


def test_what_is_too_large_is_told_its_size_and_the_limit(made: SimpleNamespace) -> None:
    with pytest.raises(TooLarge, match=r"has 26,214,401 bytes; at most 25 MB \(26,214,400 bytes\)"):
        store_blob(made.team, bytes(LARGEST_FILE + 1))


def test_line_ends_in_a_title_reach_no_header(made: SimpleNamespace) -> None:
    item = made.items[0]
    attach(made, item, kind="file", file=upload("log.txt"), title="one\r\nX-Evil: yes")
    assert only(item).title == "one X-Evil: yes"
    assert "X-Evil" not in download(made, item, only(item)).headers


def test_an_empty_file_proves_nothing(made: SimpleNamespace) -> None:
    answer = attach(made, made.items[0], kind="file", file=upload("empty.txt", b""))
    assert answer.status_code == 422
    assert "This file is empty" in answer.content.decode()


def test_no_file_at_all_is_said(made: SimpleNamespace) -> None:
    answer = attach(made, made.items[0], kind="file")
    assert answer.status_code == 422
    assert "Choose a file first" in answer.content.decode()


def test_a_file_of_25_mb_is_kept_and_a_larger_one_refused_with_the_limit(made: SimpleNamespace) -> None:
    item = made.items[0]
    fits = attachments.attach_evidence(
        item, by=again(made.member), kind=Kind.FILE, title="big", data=bytes(LARGEST_FILE), media_type=""
    )
    assert fits.size == LARGEST_FILE
    with pytest.raises(TooLarge, match="at most 25 MB"):
        attachments.attach_evidence(
            item, by=again(made.member), kind=Kind.FILE, title="b", data=bytes(LARGEST_FILE + 1)
        )
    answer = attach(made, item, kind="file", file=upload("big.bin", bytes(LARGEST_FILE + 1)))
    assert answer.status_code == 413
    assert "at most 25 MB" in answer.content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "note", "text": "x" * 20_001},
        {"kind": "note", "text": "ok", "title": "x" * 201},
        {"kind": "note", "text": " "},
        {"kind": "note", "text": "nul \x00"},
        {"kind": "link", "url": "https://example.com/" + "x" * 2_000},
        {"kind": "riddle"},
    ],
    ids=["long", "title", "blank", "nul", "url", "kind"],
)
def test_what_does_not_fit_is_refused_and_kept_in_the_form(made: SimpleNamespace, data: dict[str, str]) -> None:
    answer = attach(made, made.items[0], **data)
    assert answer.status_code == 422
    assert "✕" in answer.content.decode()
    assert not casting.load(made.items[0]).evidence


def test_evidence_taken_away_stays_on_record_and_leaves_the_list(made: SimpleNamespace) -> None:
    item = made.items[0]
    attach(made, item, kind="note", text="Wrong window")
    piece = only(item)
    casting.sign(item, made.member)
    keys = shown(made.lead, item, "remove_evidence", evidence=piece.pk)
    assert send(made.lead, item, "remove_evidence", keys, evidence=piece.pk).status_code == 302
    page = read(made.member, item)
    assert f'id="evidence-{piece.pk}"' not in page
    assert "took “Wrong window” away" in page
    assert not casting.load(item).sign_off.turned
    assert download(made, item, piece).getvalue() == b"Wrong window"
    with pytest.raises(WrongState, match="taken away already"):
        attachments.remove_evidence(item, by=again(made.lead), evidence=piece)


def test_evidence_is_reached_through_its_own_item_and_team_only(made: SimpleNamespace) -> None:
    item, other = made.items[0], made.items[1]
    attach(made, item, kind="note", text="Ours")
    piece = only(item)
    assert at(made.member).get(address(other, "download_evidence", evidence=piece.pk)).status_code == 404
    assert at(made.stranger).get(address(item, "download_evidence", evidence=piece.pk)).status_code == 404
    assert send(made.member, other, "remove_evidence", evidence=piece.pk).status_code == 404
    assert send(made.stranger, item, "remove_evidence", evidence=piece.pk).status_code == 404
    assert at(made.member).get(address(item, "remove_evidence", evidence=piece.pk)).status_code == 405


def test_an_auditor_attaches_nothing(made: SimpleNamespace) -> None:
    answer = send_htmx(made.auditor, made.items[0], "attach_evidence", {"kind": "note", "text": "Mine"})
    assert answer.status_code == 403
    assert "reads only" in answer.content.decode()
