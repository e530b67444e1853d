"""The pages of records: plain and with htmx, for members and for strangers."""

import pytest
from django.urls import reverse

from apps.ledger.commands import SYSTEM
from apps.records import commands, pdf
from apps.records.models import Record
from tests.records import making

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def staged(stage):
    return stage


@pytest.fixture
def filed(staged):
    record = making.claimed(staged)
    return commands.file_record(record.pk, record.attempt, making.SMALL, by=SYSTEM)


def address(staged, name, *more):
    return reverse(f"records:{name}", args=[staged.team.slug, staged.deployment.number, *more])


def test_the_empty_page_teaches_the_next_step(client, staged):
    client.force_login(staged.auditor)
    page = client.get(address(staged, "records")).content.decode()
    assert "No record yet." in page
    assert "Make a record" in page


def test_asking_without_javascript_comes_back_to_the_list(client, staged):
    client.force_login(staged.auditor)
    answer = client.post(address(staged, "request_record"))
    assert (answer.status_code, answer.url) == (302, address(staged, "records"))
    page = client.get(address(staged, "records")).content.decode()
    assert "PAY-1-R1" in page
    assert "<noscript><a" in page


def test_asking_with_htmx_brings_the_list_back(client, staged):
    client.force_login(staged.lead)
    page = client.post(address(staged, "request_record"), headers=HTMX, follow=True).content.decode()
    assert "Record 1 is being made" in page
    assert page.lstrip().startswith('<section id="records"')
    assert 'hx-trigger="every 1s"' in page
    assert "<html" not in page


def test_an_unfinished_record_is_asked_after_every_second_and_says_how_far_it_is(client, staged):
    record = making.claimed(staged)
    commands.note_progress(record, step="page 12", pages=12, by=SYSTEM)
    client.force_login(staged.lead)
    row = client.get(address(staged, "record", 1), headers=HTMX).content.decode()
    assert "Laying out, 12 pages so far" in row
    assert 'hx-trigger="every 1s"' in row


def test_a_filed_record_is_no_longer_asked_after_and_offers_its_file(client, staged, filed):
    client.force_login(staged.lead)
    row = client.get(address(staged, "record", 1), headers=HTMX).content.decode()
    assert "hx-trigger" not in row
    assert address(staged, "download_pdf", 1) in row
    assert f"verify_ledger --head {staged.deployment.stream}:{filed.head_sequence}:{filed.head_digest}" in row


def test_a_failed_record_says_why(client, staged, monkeypatch):
    monkeypatch.setattr(commands, "LARGEST", 1)  # its data cannot be filed either
    record = making.claimed(staged)
    commands.fail_record(record.pk, 1, why="Install <the> engine.", by=SYSTEM)
    client.force_login(staged.lead)
    row = client.get(address(staged, "record", 1), headers=HTMX).content.decode()
    assert "Install &lt;the&gt; engine." in row
    assert "Not made." in row


def test_a_record_without_a_pdf_says_why_and_offers_its_data(client, staged):
    record = making.claimed(staged)
    commands.fail_record(record.pk, 1, why="Install <the> engine.", by=SYSTEM)
    client.force_login(staged.lead)
    row = client.get(address(staged, "record", 1), headers=HTMX).content.decode()
    assert "Filed as data" in row
    assert "No PDF." in row
    assert "Install &lt;the&gt; engine." in row
    assert address(staged, "download_json", 1) in row
    assert address(staged, "download_pdf", 1) not in row
    assert client.get(address(staged, "download_json", 1)).status_code == 200
    answer = client.get(address(staged, "download_pdf", 1))
    assert answer.status_code == 409
    assert "has no PDF. Install &lt;the&gt; engine." in answer.content.decode()


def test_a_row_visited_as_a_page_leads_to_the_list(client, staged, filed):
    client.force_login(staged.lead)
    assert client.get(address(staged, "record", 1)).url == address(staged, "records")


@pytest.mark.parametrize(
    ("name", "kind", "data", "file"),
    [
        ("download_pdf", "application/pdf", making.SMALL.pdf, "PAY-1-R1.pdf"),
        ("download_json", "application/json", making.SMALL.json, "PAY-1-R1.json"),
    ],
)
def test_a_download_is_the_filed_bytes_and_never_opens_in_our_name(client, staged, filed, name, kind, data, file):
    client.force_login(staged.auditor)
    answer = client.get(address(staged, name, 1))
    assert answer.getvalue() == data
    assert answer["Content-Type"] == kind
    assert answer["Content-Disposition"] == f'attachment; filename="{file}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_record_in_the_making_has_no_file_yet(client, staged):
    making.claimed(staged)
    client.force_login(staged.lead)
    answer = client.get(address(staged, "download_pdf", 1))
    assert answer.status_code == 409
    assert "not filed yet" in answer.content.decode()


def test_without_the_engine_only_this_page_says_so(client, staged, monkeypatch):
    monkeypatch.setattr(pdf, "engine_problem", lambda: f"Install it with: {pdf.APT_LINE}")
    client.force_login(staged.lead)
    page = client.get(address(staged, "records"))
    assert page.status_code == 200
    assert "apt-get install" in page.content.decode()


@pytest.mark.parametrize("name", ["records", "record", "download_pdf", "download_json"])
def test_to_a_stranger_nothing_is_there(client, staged, filed, name):
    url = address(staged, name, *([] if name == "records" else [1]))
    client.force_login(staged.stranger)
    assert client.get(url, headers=HTMX).status_code == 404
    client.force_login(staged.auditor)
    assert client.get(url, headers=HTMX).status_code == 200


def test_a_stranger_asks_for_nothing(client, staged):
    client.force_login(staged.stranger)
    assert client.post(address(staged, "request_record")).status_code == 404
    assert not Record.objects.exists()


def test_asking_is_a_post(client, staged):
    client.force_login(staged.lead)
    assert client.get(address(staged, "request_record")).status_code == 405


def test_a_record_of_another_deployment_is_not_found_here(client, staged, filed):
    client.force_login(staged.lead)
    assert client.get(address(staged, "download_pdf", 2)).status_code == 404


def test_the_list_takes_a_fixed_number_of_queries(client, staged, filed, django_assert_max_num_queries):
    client.force_login(staged.lead)
    with django_assert_max_num_queries(12):
        client.get(address(staged, "records"))


def test_a_search_that_finds_nothing_says_what_can_be_searched(client, staged, filed):
    client.force_login(staged.lead)
    page = client.get(address(staged, "records"), {"q": "<nobody>"}).content.decode()
    assert "Nothing found for “&lt;nobody&gt;”" in page
