"""Filing evidence: its digest, its limits, and that it never changes."""

import hashlib

import pytest
from django.db import IntegrityError, connection, transaction

from apps.core.errors import NotAllowed, TooLarge
from apps.evidence import commands as evidence
from apps.evidence.models import Blob, Evidence, Kind
from tests.tampering import lifted, settle, sql

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


@pytest.fixture
def cast(people):
    return people


def file(cast, data=b"log", **fields):
    return evidence.file_evidence(cast.team, by=cast.member, kind=Kind.FILE, title="a.log", data=data, **fields)


def note(cast, text="Seen"):
    return evidence.file_evidence(cast.team, by=cast.member, kind=Kind.NOTE, title="Note", text=text)


def link(cast, url="https://example.com/ü"):
    return evidence.file_evidence(cast.team, by=cast.member, kind=Kind.LINK, title="Run", url=url)


@pytest.mark.parametrize(
    ("made", "content"),
    [
        (file, b"log"),
        (note, b"Seen"),
        (link, "https://example.com/ü".encode()),
        (lambda cast: file(cast, b"\x00\xff" * 9), b"\x00\xff" * 9),
    ],
)
def test_its_digest_is_that_of_its_content(cast, made, content):
    filed = made(cast)
    assert (filed.sha256, filed.size) == (hashlib.sha256(content).hexdigest(), len(content))


def test_bytes_come_back_as_they_went_in(cast):
    filed = file(cast, bytes(range(256)) * 40)
    assert bytes(Blob.objects.get(pk=filed.blob_id).data) == bytes(range(256)) * 40


@pytest.mark.parametrize("who", ["auditor", "stranger"])
def test_who_reads_only_files_nothing(cast, who):
    with pytest.raises(NotAllowed):
        evidence.file_evidence(cast.team, by=getattr(cast, who), kind=Kind.NOTE, title="x", text="x")


def test_a_file_over_the_limit_is_refused_with_what_to_do(cast, monkeypatch):
    monkeypatch.setattr(evidence, "LARGEST_FILE", 10)
    with pytest.raises(TooLarge, match="Attach a link"):
        file(cast, b"x" * 11)
    assert file(cast, b"x" * 10).size == 10


def test_a_team_over_its_quota_is_refused_with_what_to_do(cast, settings):
    settings.KEYTURN_TEAM_QUOTA_MB = 1
    file(cast, b"x" * 600_000)
    with pytest.raises(TooLarge, match="KEYTURN_TEAM_QUOTA_MB"):
        file(cast, b"x" * 600_000)
    assert evidence.store_blob(cast.other_team, b"x" * 600_000).size == 600_000


def test_evidence_is_seen_by_its_team_only(cast):
    filed = note(cast)
    assert list(Evidence.objects.visible_to(cast.auditor)) == [filed]
    assert not Evidence.objects.visible_to(cast.stranger).exists()


STATEMENTS = [
    "UPDATE evidence_evidence SET title = 'other'",
    "UPDATE evidence_evidence SET sha256 = 'x'",
    "UPDATE evidence_evidence SET blob_id = NULL",
    "DELETE FROM evidence_evidence",
    "UPDATE evidence_blob SET size = 1",
    "DELETE FROM evidence_blob",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_keeps_it_as_it_was_filed(cast, statement):
    file(cast)
    settle()
    with pytest.raises(IntegrityError, match="evidence is kept as it was filed"), transaction.atomic():
        sql(statement)


@pytest.mark.parametrize(
    "statement", [each for each in STATEMENTS if "NULL" not in each and "FROM evidence_blob" not in each]
)
def test_without_the_guard_the_same_statement_goes_through(cast, statement):
    file(cast)
    with lifted():
        assert sql(statement) == 1


def test_bytes_are_neither_replaced_nor_truncated(cast):
    file(cast)
    sqlite = "INSERT OR REPLACE INTO evidence_blob SELECT * FROM evidence_blob"
    settle()
    with pytest.raises(IntegrityError), transaction.atomic():
        sql(sqlite if connection.vendor == "sqlite" else "TRUNCATE evidence_blob CASCADE")


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": Kind.NOTE, "text": ""},
        {"kind": Kind.NOTE, "text": "x", "url": "https://example.com"},
        {"kind": Kind.LINK, "url": ""},
        {"kind": Kind.LINK, "url": "https://example.com", "text": "x"},
        {"kind": Kind.FILE},
        {"kind": "tape", "text": "x"},
    ],
    ids=str,
)
def test_a_piece_that_is_not_what_its_kind_says_is_refused_by_the_database(cast, wrong):
    fields = {"team": cast.team, "title": "x", "sha256": "x", "size": 1, "added_by": cast.member} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.create(**fields)
