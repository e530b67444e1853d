"""How refusals and successes are answered: as a page, or as a part for htmx."""

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory

from apps.core import errors, permissions
from apps.core.http import after_action
from apps.core.middleware import HeadersMiddleware, RefusalMiddleware

pytestmark = pytest.mark.django_db


def asked(**headers):
    """A request with a session's message storage."""
    request = RequestFactory().post("/", headers=headers)
    request.session = SessionStore()
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    request.user = None
    return request


def refused(error, **headers):
    return RefusalMiddleware(lambda request: HttpResponse()).process_exception(asked(**headers), error)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotAllowed, 403),
        (errors.WrongState, 409),
        (errors.Stale, 409),
        (errors.TooLarge, 413),
        (errors.Refusal, 409),
    ],
)
def test_a_refusal_says_why_with_its_status(error, status):
    for headers in ({}, {"HX-Request": "true"}):
        response = refused(error("Ask <b>Lena</b> first."), **headers)
        assert response.status_code == status
        assert "Ask &lt;b&gt;Lena&lt;/b&gt; first." in response.content.decode()


def test_for_htmx_it_lands_in_the_notices():
    response = refused(errors.NotAllowed("No."), **{"HX-Request": "true"})
    assert response.headers["HX-Retarget"] == "#notices"
    assert "<html" not in response.content.decode()


def test_anything_else_crashes_loudly():
    assert refused(ValueError("a bug")) is None


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_success_is_a_redirect_with_and_without_htmx_and_says_what_happened(headers):
    request = asked(**headers)
    response = after_action(request, "/there/", message="It is done.")
    assert (response.status_code, response["Location"]) == (302, "/there/")
    assert [str(message) for message in request._messages] == ["It is done."]


def test_every_answer_is_private_and_uses_no_device():
    response = HeadersMiddleware(lambda request: HttpResponse())(asked())
    assert response.headers["Cache-Control"] == "no-store"
    assert "camera=()" in response.headers["Permissions-Policy"]
    cached = HttpResponse(headers={"Cache-Control": "max-age=5"})
    assert HeadersMiddleware(lambda request: cached)(asked()).headers["Cache-Control"] == "max-age=5"


@pytest.mark.parametrize(
    ("verdict", "error"),
    [
        (permissions.ALLOW, None),
        (permissions.deny("Not you."), errors.NotAllowed),
        (permissions.not_now("Not now."), errors.WrongState),
    ],
)
def test_a_verdict_is_its_own_refusal(verdict, error):
    if error is None:
        permissions.require(verdict)
        assert verdict
        return
    assert not verdict
    with pytest.raises(error, match=verdict.reason):
        permissions.require(verdict)


def test_a_database_that_does_not_answer_is_said_so_and_worth_another_try():
    response = refused(OperationalError("canceling statement due to lock timeout"))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "Nothing was changed." in response.content.decode()
    assert refused(InterfaceError("connection already closed")).status_code == 503


@pytest.mark.parametrize("message", ["canceling statement due to lock timeout", "database or disk is full"])
def test_what_was_typed_is_on_the_page_that_says_so(message):
    request = RequestFactory().post("/t/pay/templates/import/", {"text": "- [ ] <b>Back up</b>", "intent": "a" * 32})
    page = RefusalMiddleware(lambda request: HttpResponse()).process_exception(request, OperationalError(message))
    text = page.content.decode()
    assert 'action="/t/pay/templates/import/"' in text
    assert "- [ ] &lt;b&gt;Back up&lt;/b&gt;</textarea>" in text
    assert f'<input type="hidden" name="intent" value="{"a" * 32}">' in text
    assert "csrfmiddlewaretoken" in text
    assert "<form" not in refused(OperationalError(message)).content.decode()


def failed(question, **marks):
    """What the database says to a question, or what it would say with these marks of the driver."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(question)
    except DatabaseError as error:
        found = error
    if marks:
        found = OperationalError("it failed")
        found.__cause__ = type("Marked", (Exception,), marks)()
    return found


@pytest.mark.parametrize(
    ("marks", "is_busy"),
    [
        ({}, False),
        ({"sqlite_errorcode": 5}, True),  # busy
        ({"sqlite_errorcode": 517}, True),  # busy, because of a snapshot
        ({"sqlite_errorcode": 1}, False),  # the question is wrong or too large
        ({"sqlite_errorcode": 13}, False),  # the disk is full
        ({"sqlstate": None}, True),  # the connection is lost
        ({"sqlstate": "08006"}, True),
        ({"sqlstate": "57P01"}, True),  # shutting down
        ({"sqlstate": "55P03"}, True),  # a lock
        ({"sqlstate": "40P01"}, True),  # a deadlock
        ({"sqlstate": "53100"}, False),  # the disk is full
        ({"sqlstate": "54001"}, False),  # the question is too complex
    ],
)
def test_busy_is_said_only_of_being_busy(marks, is_busy):
    answer = refused(failed("SELECT * FROM nothing_there", **marks))
    assert (answer is not None and answer.status_code == 503) == is_busy


class NoRoom(Exception):
    """What psycopg raises when the disk is full."""

    sqlstate = "53100"


def full_disk() -> list[OperationalError]:
    of_postgresql = OperationalError("could not extend file")
    of_postgresql.__cause__ = NoRoom()
    return [of_postgresql, OperationalError("database or disk is full")]


@pytest.mark.parametrize("error", full_disk())
def test_a_full_disk_is_named_and_not_called_busy(error):
    response = refused(error)
    assert response.status_code == 507
    assert "disk is full" in response.content.decode()
    assert "busy" not in response.content.decode()


def test_sqlite_without_room_is_a_full_disk(engine):
    if engine == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(1, 1)")
            # Pages that earlier tests gave back are room too, so that more than
            # the whole file is asked for.
            (pages,) = cursor.execute("PRAGMA page_count").fetchone()
            (size,) = cursor.execute("PRAGMA page_size").fetchone()
            cursor.execute(f"PRAGMA max_page_count = {pages}")
            try:
                with pytest.raises(OperationalError) as caught:
                    cursor.execute(f"CREATE TABLE big AS SELECT zeroblob({pages * size})")
            finally:
                cursor.execute("PRAGMA max_page_count = 1073741823")
        assert refused(caught.value).status_code == 507
