"""Nothing typed is lost: not to an ended session, not to an older page, not to a refusal; and no page inside a page."""

import json
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse

from apps.core import http
from apps.core.http import NOT_RETURNED, Unsent, methods_of, page_of
from apps.evidence.models import Evidence
from apps.ledger.models import Entry
from tests.cast import PASSWORD, again, signed_in
from tests.house import test_walk
from tests.house.filled import FormsOfPage
from tests.house.routes import OF_A_TEAM, PERSONAL, ROUTES
from tests.house.test_walk import Asking

made, stage, no_broker = test_walk.made, test_walk.stage, test_walk.no_broker  # its fixtures
pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
POSTED = [name for name in PERSONAL | OF_A_TEAM if ROUTES[name].body]


def is_whole(answer) -> bool:
    return not answer.streaming and b"<html" in answer.content[:600]


def typed(stage, name: str) -> list[str]:
    """What a person wrote of what the route sends."""
    sent = ROUTES[name].body(stage)
    fields = tuple(
        (n, str(v)) for n, values in sent.items() for v in (values if isinstance(values, list) else [values])
    )
    return [value for name, _label, value in Unsent("/", fields).typed if name not in NOT_RETURNED]


@pytest.mark.parametrize("name", PERSONAL | OF_A_TEAM)
def test_htmx_without_a_session_gets_a_sentence_and_the_way_to_sign_in(stage, name):
    asking = Asking(stage, name, None)
    for ask in (asking.client.get, asking.client.post):
        answer = ask(asking.url, headers=HTMX)
        assert (answer.status_code, answer["HX-Retarget"]) == (401, "#notices")
        assert not is_whole(answer)
        assert 'target="_blank"' in answer.content.decode()


@pytest.mark.parametrize("name", POSTED)
def test_htmx_of_an_older_page_gets_a_sentence_and_the_token_of_now(stage, name):
    asking = Asking(stage, name, "lead")
    client = Client(enforce_csrf_checks=True)
    client.cookies = asking.client.cookies
    answer = client.post(asking.url, dict(ROUTES[name].body(stage)), headers=HTMX)
    assert (answer.status_code, answer["HX-Retarget"]) == (403, "#notices")
    assert not is_whole(answer)
    token = json.loads(answer["HX-Trigger"])["keyturn:token"]
    assert client.post(asking.url, {"csrfmiddlewaretoken": token}, headers=HTMX).status_code != 403 or name in {
        "accounts:create_team",  # which a lead may not
        "teams:grant_role",  # who asked for it
        "teams:accept_delegation",  # which only who was asked may
        "templates:withdraw_version",
        "deployments:withdraw_comment",  # which only who asked may
        "deployments:withdraw_key",  # which only who turned it may
    }


@pytest.mark.parametrize("name", ROUTES)
def test_no_whole_page_answers_htmx(stage, name):
    for who in ("lead", "auditor", "stranger"):
        asking = Asking(stage, name, who)
        for ask in (asking.client.get, asking.client.post):
            answer = ask(asking.url, headers=HTMX, follow=True)
            assert not is_whole(answer), f"{who} {ask.__name__}"


@pytest.mark.parametrize("name", POSTED)
def test_a_form_without_a_session_is_shown_with_what_was_typed(stage, name):
    wrote = typed(stage, name)
    asking = Asking(stage, name, None)
    answer = asking.client.post(asking.url, dict(ROUTES[name].body(stage)))
    assert answer.status_code == (401 if wrote else 302)
    for value in wrote:
        assert value.replace("\n", "<br>") in unescape(answer.content.decode()).replace("\n", "")
    assert PASSWORD not in answer.content.decode()


@pytest.mark.parametrize("name", PERSONAL | OF_A_TEAM)
def test_only_pages_are_returned_to_after_signing_in(stage, name):
    asking = Asking(stage, name, None)
    for ask in (asking.client.get, asking.client.post):
        where = urlsplit(ask(asking.url)["Location"])
        page = urlsplit(parse_qs(where.query)["next"][0]).path
        assert "GET" in methods_of(resolve(page).func)
    assert page_of(urlsplit(asking.url).path) != urlsplit(asking.url).path or ROUTES[name].get
    with transaction.atomic():  # undone: that it is recorded well, tests of signing in ask
        account = {"username": stage.member.username, "password": PASSWORD}
        answer = Client().post(f"/sign-in/?next={asking.url}", account, follow=False)
        transaction.set_rollback(True)
    assert "GET" in methods_of(resolve(urlsplit(answer["Location"]).path).func)


@pytest.mark.parametrize("name", [name for name in OF_A_TEAM if ROUTES[name].body and ROUTES[name].auditor == 403])
def test_a_refusal_shows_what_was_typed(stage, name):
    asking = Asking(stage, name, "auditor")
    answer = asking.client.post(asking.url, dict(ROUTES[name].body(stage)))
    assert answer.status_code == 403
    for value in typed(stage, name):
        assert value in unescape(answer.content.decode())


def test_what_was_typed_is_sent_after_signing_in(stage):
    """Write a note, let the session end, send it, sign in, read it again, send it."""
    where = reverse("deployments:attach_evidence", args=["pay", stage.deployment.number, 5])
    client = Client()
    note = "The graph went down\nat noon, <b>twice</b>."
    page = client.post(where, {"kind": "note", "text": note, "title": ""})
    for _ in range(2):  # the button leads to the sign-in page; a wrong password is asked for again
        form = next(form for form in FormsOfPage(page.content.decode(), where).forms if form.action == "/sign-in/")
        page = client.post("/sign-in/", form.sent(username="mika", password="not this"))
    form = next(form for form in FormsOfPage(page.content.decode(), where).forms if form.action == "/sign-in/")
    page = client.post("/sign-in/", form.sent() | {"username": ["mika"], "password": [PASSWORD]})
    assert "佐藤 Mika" in page.content.decode()
    form = next(form for form in FormsOfPage(page.content.decode(), where).forms if form.action == where)
    assert client.post(where, form.sent()).status_code == 302
    assert Evidence.objects.filter(text=note).count() == 1


def test_what_an_older_page_sent_is_sent_again_with_one_press(stage):
    where = reverse("deployments:attach_evidence", args=["pay", stage.deployment.number, 5])
    client = Client(enforce_csrf_checks=True)
    client.force_login(again(stage.member))
    note = {"kind": "note", "text": "The graph went down", "csrfmiddlewaretoken": "x" * 32}
    page = client.post(where, note, headers={"Origin": "http://testserver"})
    assert page.status_code == 403
    form = next(form for form in FormsOfPage(page.content.decode(), where).forms if form.action == where)
    assert client.post(where, form.sent(), headers={"Origin": "http://testserver"}).status_code == 302
    assert Evidence.objects.filter(text="The graph went down").exists()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_what_another_site_sends_is_not_offered_to_be_sent_again(stage, origin):
    where = reverse("deployments:attach_evidence", args=["pay", stage.deployment.number, 5])
    client = Client(enforce_csrf_checks=True)
    client.force_login(again(stage.member))
    page = client.post(where, {"kind": "note", "text": "I confess"}, headers={"Origin": origin} if origin else {})
    assert page.status_code == 403
    assert "I confess" not in page.content.decode()


def test_a_link_fills_in_no_form(stage):
    """What somebody else wrote is not one press away from being sent, not by a signature of ours either."""
    sent = Unsent(reverse("accounts:rename_person"), (("full_name", "I confess"),)).as_text
    client = Client()
    page = client.get("/sign-in/", {"unsent": sent}).content.decode()
    assert "What you typed is kept" not in page
    assert sent not in page
    typed = {"username": "mika", "password": PASSWORD}
    unsigned = json.dumps([reverse("accounts:rename_person"), [["full_name", "I confess"]]])
    assert client.post("/sign-in/", typed | {"unsent": unsigned}).status_code == 302


def test_what_was_typed_long_ago_is_not_offered(stage, monkeypatch):
    sent = Unsent(reverse("accounts:rename_person"), (("full_name", "Mika"),)).as_text
    assert Unsent.read(sent)
    monkeypatch.setattr(http, "UNSENT_FOR", timedelta(0))
    assert Unsent.read(sent) is None


def test_every_field_that_goes_along_is_shown(stage):
    sent = Unsent(reverse("accounts:rename_person"), (("full_name", "Mika"), ("person", str(stage.lead.pk)))).as_text
    page = Client().post("/sign-in/", {"username": "mika", "password": PASSWORD, "unsent": sent}).content.decode()
    assert f'<dt>person</dt><dd dir="auto">{stage.lead.pk}</dd>' in page


def signed(text: str) -> str:
    """The same, signed by us: what it says is looked at all the same."""
    try:
        return signing.dumps(json.loads(text), salt=http.UNSENT)
    except ValueError:
        return text


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '["https://evil.example/", []]', '["//evil.example", []]', '["/no", [["a"]]]']
)
def test_only_addresses_of_ours_are_sent_to_after_signing_in(stage, text):
    assert Unsent.read(signed(text)) is None


@pytest.mark.parametrize("name", PERSONAL | OF_A_TEAM)
def test_every_view_says_by_which_methods_it_is_asked(stage, name):
    view = resolve(reverse(name, kwargs=dict(ROUTES[name].arguments(stage)))).func
    assert ("GET" in methods_of(view)) is (ROUTES[name].get is not None)


@pytest.mark.parametrize("name", POSTED)
def test_no_field_breaks_on_what_no_text_holds(stage, name):
    """Each field by itself. Those its form does not have go together where the act is recorded all the same."""
    asking = Asking(stage, name, ROUTES[name].by)
    own = dict(ROUTES[name].body(stage))
    others = {"shown", "kind", "show", "more", "title", "command"} - {*own}

    def done(*fields, odd):
        with transaction.atomic():
            answer = asking.client.post(asking.url, own | dict.fromkeys(fields, odd))
            assert answer.status_code < 500, fields
            found = answer.status_code, Entry.objects.count()
            transaction.set_rollback(True)
        return found

    before, as_always = Entry.objects.count(), done(odd="")
    for odd in ("a\0b", b"\xed\xa0\x80"):
        unread = as_always[1] > before and done(*others, odd=odd) == as_always
        for field in [*own] if unread else [*own, *others]:
            done(field, odd=odd)


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "utf-16"])
def test_a_form_is_read_as_utf_8_only(stage, charset):
    where = reverse("deployments:attach_evidence", args=["pay", stage.deployment.number, 5])
    body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\na+2AA-\\ud800b\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    assert signed_in(again(stage.member)).post(where, body, content_type=kind).status_code == 400


def test_a_file_is_not_promised_to_be_kept(stage):
    answer = signed_in(again(stage.auditor)).post(
        reverse("deployments:attach_evidence", args=["pay", stage.deployment.number, 5]),
        {"kind": "file", "title": "Screenshot", "file": SimpleUploadedFile("a.txt", b"x")},
    )
    assert "choose it again" in answer.content.decode()
