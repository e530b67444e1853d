"""Requests that no page sends: each gets an answer, none an error, and the log gives nothing away."""

import logging

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.evidence.models import Evidence
from apps.teams import commands as teams
from project.lines import LineFormatter
from tests.cast import again

pytestmark = pytest.mark.django_db
BOARD = "/t/pay/deployments/1/"
LISTS = ["/t/pay/deployments/", f"{BOARD}history/", f"{BOARD}records/", "/t/pay/templates/", "/t/pay/people/", BOARD]


@pytest.fixture
def cast(stage):
    return stage


@pytest.fixture
def client(cast):
    client = Client()
    client.force_login(cast.lead)
    return client


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("looked_for", ["²", "R²", "%", "x" * 10_000, "\ud800"])
def test_whatever_somebody_looks_for_a_list_answers(client, path, looked_for):
    value = looked_for.encode("utf-8", "surrogatepass")
    assert client.get(path, query_params={"q": value, "page": value, "sort": value, "show": value}).status_code == 200


@pytest.mark.parametrize("seen", ["--5", "²", "9" * 5000, "-", "٣", "1e3", ""])
def test_whatever_a_page_says_it_has_seen_it_is_told_what_changed(cast, client, seen):
    assert client.get(f"{BOARD}rows/", {"items": "", "since": seen}).status_code == 200
    stream = client.get(f"/live/deployments/{cast.deployment.id}/", {"after": seen}, headers={"Last-Event-ID": seen})
    assert stream.status_code == 200


def test_a_type_with_control_characters_is_no_error(cast, client):
    file = SimpleUploadedFile("dump.log", b"ok", content_type="text/plain\0\x1b")
    answer = client.post(f"{BOARD}items/1/evidence/attach/", {"kind": "file", "file": file})
    assert answer.status_code == 302
    assert Evidence.objects.get().media_type == "text/plain"


@pytest.mark.parametrize("path", ["join", "start"])
def test_the_log_holds_no_link_that_still_works(cast, caplog, path):
    token = teams.invite_person(cast.team, by=again(cast.lead), role="member")
    caplog.set_level(logging.DEBUG)
    Client().post(f"/{path}/{token}/", {"password": "short"})
    Client(enforce_csrf_checks=True).post(f"/{path}/{token}/", {})
    lines = [LineFormatter().format(record) for record in caplog.records]
    assert any(f"/{path}/…/" in line for line in lines)
    assert not any(token in line for line in lines)
