"""All evidence of a deployment leaves as one archive that says what is in it; files are taken as they were signed."""

import io
import json
import zipfile
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest

from apps.attachments import commands as attachments
from apps.boards.views import evidence as views
from apps.core.wording import size
from apps.evidence.models import Kind
from apps.evidence.selectors import room_left, used
from tests.boards.desk import at, read
from tests.cast import again

pytestmark = pytest.mark.django_db
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(600_000)


def lay(stage: SimpleNamespace, number: int, kind: Kind, title: str, **content: Any):
    return attachments.attach_evidence(
        stage.items[number - 1], by=again(stage.member), kind=kind, title=title, **content
    )


@pytest.fixture
def laid(stage: SimpleNamespace) -> SimpleNamespace:
    """A picture, a link, a note, and one that was taken away."""
    stage.picture = lay(stage, 4, Kind.FILE, "../../Queue: after.png", data=PICTURE, media_type="image/png")
    lay(stage, 4, Kind.LINK, "Dashboard", url="https://dash.example.com/1")
    lay(stage, 5, Kind.NOTE, "监视", text="$ ./check\nok")
    stage.gone = lay(stage, 5, Kind.NOTE, "Wrong region", text="eu-west")
    attachments.remove_evidence(stage.items[4], by=again(stage.member), evidence=stage.gone)
    return stage


def streamed(answer: Any) -> list[bytes]:
    """What an answer sends, in its pieces."""
    return list(answer.streaming_content)


def archive(stage: SimpleNamespace, who=None) -> zipfile.ZipFile:
    answer = at(who or stage.auditor).get(f"/t/pay/deployments/{stage.deployment.number}/evidence.zip")
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "attachment" in answer.headers["Content-Disposition"]
    return zipfile.ZipFile(io.BytesIO(b"".join(streamed(answer))))


def test_every_piece_is_in_it_with_the_bytes_that_were_signed(laid: SimpleNamespace) -> None:
    found = archive(laid)
    assert found.testzip() is None
    sums = dict(line.split("  ", 1)[::-1] for line in found.read("SHA256SUMS").decode().splitlines())
    assert len(sums) == 4
    for path, digest in sums.items():
        assert sha256(found.read(path)).hexdigest() == digest
    manifest = json.loads(found.read("manifest.json"))
    assert manifest["deployment"] == laid.deployment.code
    assert {each["file"]: each["sha256"] for each in manifest["files"]} == sums
    assert {*found.namelist()} == {"README.txt", "manifest.json", "SHA256SUMS", *sums}
    [picture] = [each for each in manifest["files"] if each["kind"] == "file"]
    assert (picture["item"], picture["size"], picture["sha256"]) == (4, len(PICTURE), laid.picture.sha256)


def test_no_name_leads_out_of_the_folder_it_is_unpacked_in(laid: SimpleNamespace, tmp_path) -> None:
    found = archive(laid)
    found.extractall(tmp_path / "here")
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
    assert {len(name.split("/")) for name in found.namelist()} == {1, 3}
    assert not [name for name in found.namelist() if ".." in name.split("/") or "\\" in name or name.startswith("/")]


@pytest.mark.parametrize(
    ("title", "called"),
    [
        ("😀" * 80, "😀" * 57),
        ("x" * 200, "x" * 80),
        ("é" * 200, "é" * 80),
        ("a\u202egpj.exe", "a_gpj.exe"),
        ("a\u2066b\u200fc\ufeffd", "a_b_c_d"),
        ("..", "evidence"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_every_title_gives_a_name_that_can_be_unpacked_and_read(stage, tmp_path, title, called) -> None:
    """A file system takes 255 bytes, and no name shows another ending than it has."""
    lay(stage, 4, Kind.NOTE, title, text="ok")
    found = archive(stage)
    [name] = [name.rpartition("/")[2] for name in found.namelist() if name.startswith("evidence/")]
    assert name == f"001 {called}.txt"
    assert len(name.encode()) <= 255
    found.extractall(tmp_path)


def test_what_was_taken_away_is_named_as_such(laid: SimpleNamespace) -> None:
    found = archive(laid)
    [gone] = [name for name in found.namelist() if name.startswith("taken-away/")]
    [facts] = [each for each in json.loads(found.read("manifest.json"))["files"] if each["file"] == gone]
    assert facts["taken_away_by"] == laid.member.full_name
    assert found.read(gone) == b"eu-west"


def test_a_deployment_without_evidence_gives_an_empty_list(stage: SimpleNamespace) -> None:
    assert json.loads(archive(stage).read("manifest.json"))["files"] == []


def test_it_leaves_in_pieces(laid: SimpleNamespace) -> None:
    answer = at(laid.lead).get(f"/t/pay/deployments/{laid.deployment.number}/evidence.zip")
    parts = [part for part in streamed(answer) if part]
    assert max(map(len, parts)) < len(PICTURE), "nobody holds a whole file"


def test_another_team_finds_none(laid: SimpleNamespace) -> None:
    path = f"/t/pay/deployments/{laid.deployment.number}/evidence.zip"
    assert at(laid.stranger).get(path).status_code == 404


def test_a_picture_is_shown_and_runs_nothing(laid: SimpleNamespace) -> None:
    page = read(laid.reviewer, laid.items[3])
    where = f"/t/pay/deployments/{laid.deployment.number}/items/4/evidence/{laid.picture.pk}/"
    assert f'<img src="{where}"' in page
    answer = at(laid.reviewer).get(where)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Security-Policy"] == views.INERT["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("media_type", "size"), [("image/svg+xml", 10), ("text/html", 10), ("image/png", 2 * 1024 * 1024 + 1)]
)
def test_what_could_run_something_or_is_large_is_a_download_alone(
    stage: SimpleNamespace, media_type: str, size: int
) -> None:
    lay(stage, 4, Kind.FILE, "x", data=bytes(size), media_type=media_type)
    assert "<img src=" not in read(stage.reviewer, stage.items[3]).partition('id="evidence"')[2].partition("</ul>")[0]


@pytest.mark.parametrize(("left", "is_short"), [(9, True), (10, False)])
def test_a_page_says_how_much_room_is_left_for_the_team(
    laid: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, left: int, is_short: bool
) -> None:
    path = f"/t/pay/deployments/{laid.deployment.number}/evidence/room/"
    words = " ".join(at(laid.member).get(path).content.decode().split())
    free, quota = room_left(laid.team)
    assert free == quota - used(laid.team) > 0
    assert f"{size(free)} of {size(quota)} are left for" in words
    monkeypatch.setattr(views, "room_left", lambda team: (left, 100))
    assert ("Ask whoever runs this server" in at(laid.member).get(path).content.decode()) is is_short


def test_no_more_than_nothing_is_left(laid: SimpleNamespace, settings) -> None:
    settings.KEYTURN_TEAM_QUOTA_MB = 0
    assert room_left(laid.team) == (0, 0)
