"""What `manage.py check` says of this installation, and what the container's health check asks."""

import http.server
import threading
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection

from apps.core import guards
from apps.records import pdf
from project import alive, checks
from tests.tampering import lifted


def test_records_that_cannot_be_printed_are_said_with_the_line_to_run(monkeypatch):
    assert checks.records_can_be_printed() == []
    monkeypatch.setattr(pdf, "engine_problem", lambda: "Install it with: apt-get")
    (warning,) = checks.records_can_be_printed()
    assert (warning.id, warning.msg) == ("keyturn.W001", "Install it with: apt-get")


@pytest.mark.django_db
def test_standing_guards_are_no_news_and_missing_ones_are_named():
    assert checks.guards_stand(databases=["default"]) == []
    with lifted():
        (warning,) = checks.guards_stand(databases=["default"])
    assert warning.id == "keyturn.W002"
    assert "signoff_signature_append_only" in warning.msg
    assert "migrate" in warning.hint


@pytest.mark.django_db
def test_guards_of_tables_that_are_not_there_yet_are_not_missed(monkeypatch):
    monkeypatch.setattr(guards, "all_guards", lambda: guards.append_only("table_of_tomorrow", "no"))
    assert checks.guards_stand(databases=["default"]) == []


def test_without_a_database_to_look_at_nothing_is_said_of_it():
    assert checks.guards_stand(databases=None) == []
    assert checks.application_cannot_rewrite(databases=None) == []


@pytest.mark.django_db
def test_one_role_for_everything_is_tamper_evident_and_not_tamper_proof():
    (info,) = checks.application_cannot_rewrite(databases=["default"])
    assert info.id == "keyturn.I001"
    assert "not tamper-proof" in info.msg


@pytest.mark.django_db
def test_without_a_ledger_nobody_may_rewrite_it(monkeypatch):
    monkeypatch.setattr(checks, "LEDGER", "ledger_of_tomorrow")
    assert checks.may_rewrite_the_ledger() is False
    assert checks.application_cannot_rewrite(databases=["default"]) == []


@pytest.mark.django_db
def test_a_postgresql_without_the_collation_of_searches_is_refused(monkeypatch, engine):
    assert checks.searches_can_be_answered(databases=["default"]) == []
    monkeypatch.setattr(checks, "ICU", "und-x-of-tomorrow")
    found = checks.searches_can_be_answered(databases=["default"])
    assert [(error.id, "und-x-of-tomorrow" in error.msg) for error in found] == (
        [("keyturn.E001", True)] if engine == "postgresql" else []
    )
    assert checks.searches_can_be_answered(databases=None) == []


@pytest.mark.django_db
def test_django_asks_these_checks(capsys):
    call_command("check", databases=[connection.alias])
    assert "keyturn.I001" in capsys.readouterr().err


class Door(http.server.BaseHTTPRequestHandler):
    """Answers /healthz with the status that the test wants, and notes by which name it was asked."""

    status, hosts = 200, [""]

    def do_GET(self) -> None:
        Door.hosts.append(self.headers["Host"])
        self.send_response(Door.status if self.path == "/healthz" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output to itself."""


@pytest.fixture
def door(monkeypatch) -> Iterator[type[Door]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(alive, "PORT", server.server_address[1])
    yield Door
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (400, 1)])
def test_a_container_is_well_when_its_page_says_so(door, monkeypatch, status, code):
    monkeypatch.setattr(door, "status", status)
    assert alive.main() == code


@pytest.mark.parametrize(
    ("allowed", "host"),
    [("keyturn.example.com,other", "keyturn.example.com"), (" .example.com", "example.com"), (None, "localhost")],
)
def test_it_asks_by_the_first_name_that_is_allowed(door, monkeypatch, allowed, host):
    monkeypatch.delenv("KEYTURN_ALLOWED_HOSTS", raising=False)
    if allowed:
        monkeypatch.setenv("KEYTURN_ALLOWED_HOSTS", allowed)
    assert alive.main() == 0
    assert door.hosts[-1] == host


def test_a_web_server_that_is_away_is_not_well(monkeypatch):
    monkeypatch.setattr(alive, "PORT", 1)
    assert alive.main() == 1
