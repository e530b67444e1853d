"""What looks for planted secrets through a whole run (tests/canaries.py) finds one wherever it may be."""

import base64
import io
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest
import redis
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Team
from tests import canaries, searched, servers
from tests.canaries import MARK, PLANTED, UNMASKED, Search
from tests.secrets.spelling import ENCODINGS, SPELLINGS


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch) -> Search:
    """One of its own, so that what is planted here counts for nothing else."""
    one = Search()
    monkeypatch.setattr(canaries, "SEARCH", one)
    monkeypatch.setattr(searched, "SEARCH", one)
    return one


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_a_planted_secret_is_found_in_every_spelling(search, spell):
    search.search_text("here", f"before {spell(PLANTED[20])} after")
    assert search.hits["here"]


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("place", range(3))
def test_a_planted_secret_is_found_in_base64(search, encode, place):
    search.search_text("here", encode(b"xy"[:place] + PLANTED[20].encode() + b"z").decode())
    assert search.hits["here"]


def test_half_a_planted_secret_and_another_charset_are_found(search):
    search.search_text("here", MARK)
    search.search_bytes("there", PLANTED[3].encode("utf-16"))
    assert set(search.hits) == {"here", "there"}


def test_what_is_no_secret_is_not(search):
    search.search_text("here", f"{MARK[:-1]} {UNMASKED[3]} {base64.b64encode(MARK[:-2].encode()).decode()}")
    assert not search.hits
    assert search.unmasked == {"here": 1}
    assert "none" in search.summary()


def test_a_hit_names_its_test(search):
    search.search_text("here", PLANTED[0])
    assert "test_a_hit_names_its_test" in search.summary()


def test_what_a_test_printed_is_looked_through(search):
    report: Any = SimpleNamespace(sections=[("Captured log call", PLANTED[0])], nodeid="its name")
    searched.pytest_runtest_logreport(report)
    assert search.hits["output"] == {"its name"}


@pytest.mark.django_db
@pytest.mark.unrecorded
def test_what_is_written_and_shown_is_looked_through(search, client: Client):
    Team.objects.create(name=PLANTED[0], slug="planted")
    Team.objects.bulk_create([Team(name=PLANTED[1], slug="planted-too")])
    assert search.hits.keys() == {"rows"}
    client.get(reverse("accounts:sign_in"), {"next": f"/{MARK}/"})
    assert search.hits.keys() == {"rows", "pages"}


def test_what_a_broker_holds_is_looked_through(search):
    broker = servers.Broker(servers.redis_binary(), tcp=True).start()
    try:
        with closing(redis.Redis.from_url(broker.url)) as client:
            client.set("message", f"{'same ' * 99}{PLANTED[5]}")
        canaries.search_broker(broker)
    finally:
        broker.stop()
    assert search.hits["broker"]


def test_files_and_database_of_a_stand_are_looked_through(search, tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "up.log").write_text(PLANTED[1])
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "file").write_text(PLANTED[1])
    with closing(sqlite3.connect(tmp_path / "data" / "keyturn.sqlite3")) as database:
        database.execute("CREATE TABLE planted (value, file)")
        database.execute("INSERT INTO planted VALUES (?, ?)", [PLANTED[2], pdf(PLANTED[3])])
        database.commit()
    stand: Any = SimpleNamespace(site=SimpleNamespace(folder=tmp_path), database=None, redis=None)
    canaries.search_stand(stand)
    assert search.hits.keys() == {"files", "dump", "pdf"}
    assert search.texts["files"] == 2


def pdf(text: str) -> bytes:
    """A document that carries it along, packed."""
    document, file = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    document.attachments["facts.json"] = text.encode()
    document.save(file, compress_streams=True, recompress_flate=True)
    return file.getvalue()
