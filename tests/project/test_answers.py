"""What every answer carries, and what is turned down before it reaches a view."""

import http.client
import io
import logging
import socket
import time
import uuid
from contextlib import ExitStack

import pytest
import redis
from django.conf import settings
from django.db import OperationalError
from django.test import Client, override_settings

from project import broker as brokers
from project import health, limits
from project.lines import LineFormatter
from tests.servers import Keyturn

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "manifest-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
}


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    """A running Keyturn."""
    with Keyturn(tmp_path_factory.mktemp("answers"), KEYTURN_DEMO="0") as running:
        yield running


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/no-such-page/", "/"])
def test_every_answer_carries_the_headers(path):
    headers = Client().get(path).headers
    assert set(headers["Content-Security-Policy"].split("; ")) == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "no-store" in headers["Cache-Control"]


@pytest.mark.django_db
def test_readiness_names_what_does_not_answer(settings, monkeypatch):
    settings.KEYTURN_REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(health, "STARTED", time.time())  # this process may have run for longer than a worker rests
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "database": True, "broker": False, "worker": True, "disk": True, "worked_seconds_ago": None
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("message", "status"), [("server closed the connection", 503), ("database or disk is full", 507)]
)
def test_what_the_database_fails_in_middleware_is_named_as_in_a_view(monkeypatch, broker, message, status):
    def broken(*_):
        raise OperationalError(message)

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", broken)
    client = Client(raise_request_exception=False)
    client.cookies["keyturn_sid"] = "a" * 32
    assert client.get("/account/").status_code == status
    assert Client().get("/readyz").json()["disk"] is (status == 503)
    with redis.Redis.from_url(settings.KEYTURN_REDIS_URL) as line:
        line.delete(brokers.FULL)


@pytest.mark.django_db
def test_readiness_says_when_a_worker_last_did_something(monkeypatch, broker):
    url = settings.KEYTURN_REDIS_URL
    monkeypatch.setattr(health, "STARTED", 0)
    assert Client().get("/readyz").json()["worker"] is False
    brokers.note_work(url)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["worker"], answer.json()["worked_seconds_ago"]) == (200, True, 0)
    monkeypatch.setattr(health, "LONGEST_REST", 0)
    assert Client().get("/readyz").status_code == 503
    with redis.Redis.from_url(url) as line:
        line.delete(brokers.WORKED)


@pytest.mark.django_db
def test_readiness_says_that_the_data_folder_has_no_room(monkeypatch, broker, engine):
    monkeypatch.setattr(health, "ROOM", 10**18)
    assert Client().get("/readyz").json()["disk"] is (engine == "postgresql")


@pytest.mark.django_db
def test_an_address_with_a_nul_is_turned_down_before_a_database_sees_it():
    answer = Client().get("/healthz?q=a%00b")
    assert answer.status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["keyturn_sid", "keyturn_csrf", "messages", "another"])
@pytest.mark.parametrize("nul", ["\\000", "\0"])
def test_a_cookie_with_a_nul_is_turned_down_before_a_database_sees_it(name, nul):
    cookie = f'{name}="{"a" * 31}{nul}"'
    assert Client(headers={"Cookie": cookie}).get("/sign-in/").status_code == 400
    assert Client(headers={"Cookie": cookie.replace(nul, "b")}).get("/sign-in/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("htmx", [True, False])
def test_a_request_that_is_too_large_is_answered_with_the_limit(monkeypatch, htmx):
    monkeypatch.setattr(limits, "AROUND_THE_FILE", 10)
    headers = {"HX-Request": "true"} if htmx else {}
    with override_settings(KEYTURN_MAX_UPLOAD=1024 * 1024):
        answer = Client().post("/healthz", {"file": io.BytesIO(b"x" * (1024 * 1024 + 20))}, headers=headers)
    assert answer.status_code == 413
    assert "at most 1 MB" in answer.content.decode()
    assert answer.headers.get("HX-Retarget") == ("#notices" if htmx else None)


def test_a_browser_that_sends_too_much_gets_the_answer_and_not_a_broken_connection(instance):
    connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=30)
    connection.request("POST", "/healthz", body=b"x" * (40 * 1024 * 1024))
    answer = connection.getresponse()
    assert answer.status == 413
    assert b"at most 25 MB" in answer.read()


def unfinished(instance, method, path, *headers, body=b""):
    """A connection with a request whose body has not come, or not all of it."""
    line = socket.create_connection(("127.0.0.1", instance.port), timeout=10)
    head = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{instance.port}", *headers, "", ""]
    line.sendall("\r\n".join(head).encode() + body)
    return line


def test_people_who_stop_in_the_middle_of_a_form_keep_nobody_waiting(instance):
    # A cookie, for Django reads the form only where a token could match.
    headers = [f"Cookie: keyturn_csrf={'a' * 32}", "Content-Type: application/x-www-form-urlencoded"]
    with ExitStack() as lines:
        for _ in range(settings.KEYTURN_THREADS + 2):
            lines.enter_context(unfinished(instance, "POST", "/sign-in/", *headers, "Content-Length: 9", body=b"a="))
        assert instance.get("/healthz")[0] == 200


@pytest.mark.parametrize("body", ["Content-Length: 1000000", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize(("method", "status"), [("POST", b"405"), ("PUT", b"405"), ("GET", b"413")])
def test_a_live_page_answers_what_brings_a_body_at_once_and_reads_none_of_it(instance, method, status, body):
    with unfinished(instance, method, f"/live/deployments/{uuid.uuid4()}/", body) as line:
        answer = line.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"connection: close" in answer


def test_a_live_page_still_sends_strangers_to_sign_in(instance):
    connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=10)
    connection.request("GET", f"/live/deployments/{uuid.uuid4()}/")
    assert connection.getresponse().status == 302


def test_static_files_are_compressed_and_never_asked_for_twice(instance):
    name = next((instance.folder / "data" / "static" / "css").glob("base.*.css")).name
    connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=10)
    connection.request("GET", f"/static/css/{name}", headers={"Accept-Encoding": "br, gzip"})
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]


def test_an_unknown_host_is_turned_down(instance):
    connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=10)
    connection.request("GET", "/", headers={"Host": "evil.example.com"})
    assert connection.getresponse().status == 400


def test_a_log_event_is_one_line_whatever_it_holds():
    try:
        raise ValueError("first\nsecond\x1b[2J")
    except ValueError as error:
        caught = (type(error), error, error.__traceback__)
    record = logging.LogRecord("name", logging.ERROR, "file", 1, "a\r\n2026 ERROR %s", ("forged\u2028",), caught)
    line = LineFormatter().format(record)
    assert line.isprintable()
    assert "a\\r\\n2026 ERROR forged\\u2028" in line
    assert "ValueError: first\\nsecond\\x1b[2J" in line
