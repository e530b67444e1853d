"""An import of another format: what it was taken for is shown, and the original is kept whole and counts."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from apps.checklists.models import TemplateItem
from apps.imports import commands as imports
from apps.imports.models import ChecklistImport
from tests.cast import again, signed_in
from tests.imports.formats import samples
from tests.imports.test_views import of_draft, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(people):
    return people


def start(cast, **sent):
    return signed_in(cast.member).post(url("start_import"), sent)


def test_a_pasted_text_says_first_what_it_was_taken_for(cast):
    assert start(cast, text=samples.JIRA).status_code == 302
    imported = ChecklistImport.objects.get()
    assert imported.source == samples.JIRA_MARKDOWN
    assert (imported.format, imported.original) == ("jira", samples.JIRA)
    page = signed_in(cast.member).get(url("preview", imported.pk)).content.decode()
    assert "Read as Jira markup, because it has “h1. Go live”." in page
    assert page.index("Read as") < page.index("lines with text are understood")


def test_a_file_is_read_by_its_name_and_published(cast):
    file = SimpleUploadedFile("checks.csv", samples.CSV.encode("utf-16"))
    assert start(cast, file=file).status_code == 302
    imported = ChecklistImport.objects.get()
    assert (imported.format, imported.source) == ("csv", samples.CSV_MARKDOWN)
    client = signed_in(cast.member)
    assert client.post(url("draft_import", imported.pk), of_draft(client, imported)).status_code == 302
    titles = TemplateItem.objects.values_list("title", flat=True)
    assert list(titles.order_by("pk")) == ["a b", "see *x*"]


def test_the_original_can_be_taken_along_and_counts(cast):
    start(cast, text=samples.HTML)
    imported = ChecklistImport.objects.get()
    answer = signed_in(cast.member).get(url("original", imported.pk))
    assert answer.content.decode() == samples.HTML
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert imported.size == len(samples.HTML.encode()) + len(samples.HTML_MARKDOWN.encode())
    imports.correct_import(imported, by=again(cast.member), source="- [ ] one\n")
    imported.refresh_from_db()
    assert imported.size == len(samples.HTML.encode()) + 10


def test_markdown_is_kept_once(cast):
    start(cast, text="- [ ] one\n")
    imported = ChecklistImport.objects.get()
    assert (imported.format, imported.original, imported.size) == ("markdown", "", 10)
    client = signed_in(cast.member)
    assert client.get(url("original", imported.pk)).status_code == 404
    assert "Read as Markdown or plain text" in client.get(url("preview", imported.pk)).content.decode()


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"text": '{"a": 1}'}, "This is JSON, which Keyturn does not read."),
        ({"file": SimpleUploadedFile("a.docx", b"PK\x03\x04 word/document.xml")}, "This is a Word document (.docx)"),
        ({"file": SimpleUploadedFile("a.csv", b"a," * 300 + b"a")}, "301 columns"),
        ({"file": SimpleUploadedFile("a.html", b"<p>x" * 11_000)}, "a checklist has at most 20,000"),
    ],
)
def test_what_is_not_read_is_refused_with_its_name_and_nothing_is_stored(cast, sent, sentence):
    answer = start(cast, **sent)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not ChecklistImport.objects.exists()


def test_the_command_line_says_and_does_the_same(cast, tmp_path, capsys):
    path = tmp_path / "checks.rst"
    path.write_text(samples.RESTRUCTURED)
    call_command("import_checklist", str(path), "--dry-run")
    printed = json.loads(capsys.readouterr().out)
    assert printed["format"] == "restructuredtext"
    assert printed["read_as"] == "Read as reStructuredText, because its name ends in .rst."
    call_command("import_checklist", str(path), "--team", "pay", "--by", cast.member.username)
    assert ChecklistImport.objects.get().original == samples.RESTRUCTURED
    path.with_suffix(".json").write_text('{"a": 1}')
    with pytest.raises(CommandError, match="This is JSON"):
        call_command("import_checklist", str(path.with_suffix(".json")), "--dry-run")
