"""The pages of checklists, as a browser meets them: right and wrong, with htmx and without, and by strangers."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.checklists.markdown.document import Correction, LineType
from apps.checklists.models import ChecklistTemplate, TemplateItem
from apps.imports import commands as imports
from apps.imports.models import ChecklistImport
from tests.cast import again, basis, signed_in, words
from tests.checklists.texts import COLLECTION, COMMANDS

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(people):
    return people


def url(name, *args):
    room = "templates" if name in ("list", "template", "archive_template") else "imports"
    return reverse(f"{room}:{name}", args=["pay", *args])


def of_draft(client, imported):
    """What publishing brings along of what the preview showed."""
    return basis(client, url("preview", imported.pk), url("draft_import", imported.pk))


def of_line(client, imported, line):
    """What the form of a line brings along of what it showed."""
    return basis(client, f"{url('preview', imported.pk)}?change={line}", url("correct_import", imported.pk))


def start(cast, text=COMMANDS):
    return imports.start_import(cast.team, by=again(cast.member), source=text, file_name="ferry.md")


def publish(cast, text=COMMANDS):
    return imports.draft_import(start(cast, text), by=again(cast.member))


def test_an_empty_list_teaches_the_next_step(cast):
    page = signed_in(cast.member).get(url("list"))
    assert "No template of yours yet" in page.content.decode()
    assert url("start_import") in page.content.decode()


def test_templates_are_found_sorted_and_counted(cast, django_assert_max_num_queries):
    publish(cast, COLLECTION)
    publish(cast)
    client = signed_in(cast.auditor)
    with django_assert_max_num_queries(16):
        page = words(client.get(url("list")))
    assert page.index("Engine Checklist") < page.index("Galley Checklist") < page.index("Ship the ferry planner")
    assert "Import checklist" not in page
    assert "Galley" not in client.get(url("list"), {"q": "ferry"}).content.decode()
    assert "No template of yours with" in client.get(url("list"), {"q": "zebra", "sort": "new"}).content.decode()


def test_a_pasted_text_leads_to_its_preview(cast):
    client = signed_in(cast.member)
    answer = client.post(url("start_import"), {"text": COMMANDS.replace("\n", "\r\n")})
    imported = ChecklistImport.objects.get()
    assert answer.headers["Location"] == url("preview", imported.pk)
    assert imported.source == COMMANDS
    page = words(client.get(answer.headers["Location"]))
    assert "They become 4 items in 6 sections" in page
    assert "Timetable parses without a complaint" in page


def test_drafts_are_listed_by_the_titles_in_them(cast, django_assert_max_num_queries):
    for text in (COMMANDS, COLLECTION, "- [ ] one\n"):
        imports.start_import(cast.team, by=again(cast.member), source=text)
    client = signed_in(cast.auditor)
    with django_assert_max_num_queries(16):
        page = words(client.get(url("list")))
    for name in ("Ship the ferry planner", "Engine Checklist", "pasted text"):
        assert f"<bdi>{name}</bdi></a>" in page


def test_a_file_leads_to_its_preview_with_htmx_too(cast):
    file = SimpleUploadedFile("ferry.md", COMMANDS.encode())
    answer = signed_in(cast.member).post(url("start_import"), {"file": file}, headers={"HX-Request": "true"})
    imported = ChecklistImport.objects.get()
    assert answer["Location"] == url("preview", imported.pk)
    assert imported.file_name == "ferry.md"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Paste a checklist, or choose a file."),
        ({"text": "  \n "}, "Paste a checklist, or choose a file."),
        ({"text": "- a\x00b"}, "This file is not text."),
        (
            {"file": SimpleUploadedFile("a.md", b"\x89PNG\r\n\x1a\n\x00\x00")},
            "This is a picture (PNG), which Keyturn does not",
        ),
        ({"file": SimpleUploadedFile("a.md", b"")}, "empty"),
        ({"text": "- a", "file": SimpleUploadedFile("a.md", b"- b")}, "keep one of them"),
        ({"file": SimpleUploadedFile("a.md", b"- [ ] much\n" * 600_000)}, "larger than 5 MB"),
    ],
)
def test_what_cannot_be_imported_is_said_and_nothing_is_kept(cast, data, message):
    for value in data.values():
        if hasattr(value, "seek"):
            value.seek(0)
    answer = signed_in(cast.member).post(url("start_import"), data)
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not ChecklistImport.objects.exists()


def test_a_text_without_items_says_so_and_keeps_the_text(cast):
    client = signed_in(cast.member)
    answer = client.post(url("start_import"), {"text": "Just words, and more words.\n"}, follow=True)
    assert "No items in this text." in answer.content.decode()
    imported = ChecklistImport.objects.get()
    refused = client.post(url("draft_import", imported.pk), of_draft(client, imported))
    assert refused.status_code == 409
    assert not ChecklistTemplate.objects.exists()
    client.post(url("correct_import", imported.pk), {"f1": "item", **of_line(client, imported, 1)})
    assert client.post(url("draft_import", imported.pk), of_draft(client, imported)).status_code == 302
    assert TemplateItem.objects.get().title == "Just words, and more words."


def test_corrections_are_applied_and_come_back_in_the_preview(cast):
    imported = start(cast)
    client = signed_in(cast.member)
    chosen = {"f9": "item", "item-9": "1", "critical-9": "on", "keys-9": "2", "t9": "- [ ] Timetable parses"}
    chosen |= of_line(client, imported, 9)
    answer = client.post(url("correct_import", imported.pk), chosen)
    assert answer.headers["Location"] == url("preview", imported.pk) + "?line=9#L9"
    client.post(url("correct_import", imported.pk), {"f3": "item", **of_line(client, imported, 3)})
    imported.refresh_from_db()
    assert imported.corrections == {"3": {"line_type": "item"}, "9": {"critical": True}}
    assert imported.source == COMMANDS.replace(COMMANDS.splitlines()[8], "- [ ] Timetable parses")
    page = words(client.get(url("preview", imported.pk), {"show": "item", "change": "9"}))
    assert 'name="critical-9" checked' in page
    assert "They become 5 items" in page


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"f3": "nonsense"}, "choose one of the answers offered"),
        ({"f3": "item", "item-3": "1", "keys-3": "9"}, "choose one of the answers offered"),
        ({"f3": "item", "t3": "one\ntwo"}, "keep it one line"),
        ({"f3": "item", "t3": "\0"}, "not text"),
    ],
)
def test_a_choice_that_was_not_offered_is_refused(cast, data, why):
    imported = start(cast)
    answer = signed_in(cast.member).post(url("correct_import", imported.pk), data)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert ChecklistImport.objects.get().source == COMMANDS


def test_the_text_is_edited_in_place(cast):
    imported = start(cast)
    client = signed_in(cast.member)
    assert "Timetable parses" in client.get(url("edit_text", imported.pk)).content.decode()
    assert client.post(url("edit_text", imported.pk), {"source": ""}).status_code == 422
    typed = {"source": "# New\n- [ ] one\n", **basis(client, url("edit_text", imported.pk))}
    assert client.post(url("edit_text", imported.pk), typed).status_code == 302
    imported.refresh_from_db()
    assert imported.source == "# New\n- [ ] one\n"


def test_what_is_drafted_has_what_was_corrected(cast):
    imported = start(cast)
    client = signed_in(cast.member)
    client.post(url("correct_import", imported.pk), {"f9": "left_out", **of_line(client, imported, 9)})
    answer = client.post(url("draft_import", imported.pk), of_draft(client, imported))
    template = ChecklistTemplate.objects.get()
    assert answer.headers["Location"] == f"{url('template', template.pk)}changes/"
    assert TemplateItem.objects.count() == 3


def test_a_second_click_publishes_nothing_more(cast):
    imported = start(cast, COLLECTION)
    client = signed_in(cast.member)
    draft = of_draft(client, imported)
    assert client.post(url("draft_import", imported.pk), draft).headers["Location"] == url("list")
    again_answer = client.post(url("draft_import", imported.pk), draft)
    assert again_answer.status_code == 409
    assert "made of this import already" in again_answer.content.decode()
    assert ChecklistTemplate.objects.count() == 2
    assert "made of this import already" in client.get(url("preview", imported.pk)).content.decode()


def test_a_template_shows_all_it_asks(cast, django_assert_max_num_queries):
    template = publish(cast)[0].template
    client = signed_in(cast.auditor)
    with django_assert_max_num_queries(13):
        page = words(client.get(url("template", template.pk)))
    for text in (
        "Ports agree with the map",
        "./bin/parse timetable.csv",
        "Open the chart room",
        "Copy lies in",
        "Date",
    ):
        assert text in page
    assert "Archive this template" not in page


def test_html_in_a_checklist_stays_text(cast):
    template = publish(cast, "# T\n<b>bold</b> words\n- [ ] **x** - <script>alert(1)</script>\n")[0].template
    page = signed_in(cast.member).get(url("template", template.pk)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_an_archived_template_leaves_the_list(cast):
    template = publish(cast)[0].template
    client = signed_in(cast.member)
    sent = basis(client, url("template", template.pk))
    assert client.post(url("archive_template", template.pk), sent).headers["Location"] == url("list")
    client.get(url("list"))  # says once that it is archived
    assert template.title not in client.get(url("list")).content.decode()
    assert not ChecklistTemplate.objects.filter(archived_at=None).exists()
    assert client.post(url("archive_template", template.pk)).status_code == 409


def test_an_import_is_discarded(cast):
    imported = start(cast)
    client, act = signed_in(cast.member), url("discard_import", imported.pk)
    assert client.post(act, basis(client, url("preview", imported.pk), act)).status_code == 302
    assert not ChecklistImport.objects.exists()


def test_a_long_text_is_shown_in_parts(cast):
    imported = start(cast, "# Long\n" + "".join(f"- [ ] item number {n}\n" for n in range(5_000)))
    page = signed_in(cast.member).get(url("preview", imported.pk), {"page": "3"}).content.decode()
    assert "item number 300" in page
    assert "item number 3000" not in page
    assert len(page) < 500_000


def test_long_code_is_folded(cast):
    imported = start(cast, "# T\n- [ ] a\n```\n" + "\n".join(f"line {n}" for n in range(40)) + "\n```\n")
    page = signed_in(cast.member).get(url("preview", imported.pk)).content.decode()
    assert "30 more lines" in page


def test_an_auditor_reads_but_does_not_import(cast):
    imported = start(cast)
    client = signed_in(cast.auditor)
    assert client.get(url("start_import")).status_code == 200
    assert client.get(url("preview", imported.pk)).status_code == 200
    for name, args in (("start_import", ()), ("correct_import", (imported.pk,)), ("draft_import", (imported.pk,))):
        assert client.post(url(name, *args), {"text": "- a", "f3": "item"}).status_code == 403


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("list", "get"), ("start_import", "get"), ("start_import", "post"), ("preview", "get"), ("edit_text", "get"),
        ("edit_text", "post"), ("correct_import", "post"), ("draft_import", "post"), ("discard_import", "post"),
        ("template", "get"), ("archive_template", "post"),
    ],
)  # fmt: skip
def test_a_stranger_finds_nothing(cast, name, method):
    imported, template = start(cast), publish(cast)[0].template
    args = {"list": (), "start_import": (), "template": (template.pk,), "archive_template": (template.pk,)}
    address = url(name, *args.get(name, (imported.pk,)))
    shown = {"draft_import": "preview", "discard_import": "preview", "archive_template": "template"}.get(name)
    data = {"text": "- a", "source": imported.source}
    if shown:
        data |= basis(signed_in(cast.lead), url(shown, *args.get(name, (imported.pk,))), address)
    assert getattr(signed_in(cast.stranger), method)(address, data).status_code == 404
    assert getattr(signed_in(cast.lead), method)(address, data).status_code in (200, 302)
    assert getattr(Client(), method)(address, data).status_code == (302 if method == "get" else 401)


def test_another_teams_address_finds_nothing(cast):
    imported = start(cast)
    address = reverse("imports:preview", args=["stores", imported.pk])
    assert signed_in(cast.stranger).get(address).status_code == 404
    assert signed_in(cast.lead).get(url("preview", uuid.uuid4())).status_code == 404


def test_choices_are_kept_as_said(cast):
    imported = imports.correct_import(start(cast), by=again(cast.member), chosen={3: Correction(LineType.ITEM)})
    assert imported.corrections == {"3": {"line_type": "item"}}


MANY_LINED = """\
# Sailing

## Before
- [ ] Water is taken from <X% of the tanks
- [ ] Ship goes to the yard

```bash
./bin/tow --to <yard> --by <tug>
./bin/moor --at <berth>
```

Log in as admin/admin, once.
"""


def test_the_preview_counts_lines_and_every_number_agrees(cast):
    imported = start(cast, MANY_LINED)
    page = " ".join(signed_in(cast.member).get(url("preview", imported.pk)).content.decode().split())
    assert "9 of 9 lines with text are understood." in page
    for chip in ("Needs you <b>4</b>", "All <b>9</b>", "Items <b>2</b>", "Commands <b>4</b>"):
        assert chip in page
    assert "<strong>5 places</strong> <span> need you" in page
    assert page.count('<li class="need"') == 5
    assert "Page 1 of 1" not in page


def test_a_filter_shows_every_block_with_a_line_it_counts(cast):
    imported = start(cast, MANY_LINED)
    page = signed_in(cast.member).get(url("preview", imported.pk), {"show": "command"}).content.decode()
    assert '<li id="L4"' not in page
    assert "./bin/moor --at" in page
    page = signed_in(cast.member).get(url("preview", imported.pk), {"show": "needs"}).content.decode()
    assert "./bin/moor --at" in page
    assert "Log in as admin/admin" in page
    assert '<li id="L1"' not in page


def test_what_needs_somebody_beyond_the_first_is_counted_and_listed_on_demand(cast):
    placeholders = "".join(f"./bin/moor --at <berth{n}> --by <tug{n}>\n" for n in range(10))
    imported = start(cast, f"# Mooring\n- [ ] Moor\n```bash\n{placeholders}```\n")
    client = signed_in(cast.member)
    page = words(client.get(url("preview", imported.pk)))
    assert "<strong>20 places</strong>" in page
    assert page.count('<li class="need"') == 12
    assert '8 more<span class="visually-hidden"> of Needs you' in page
    assert words(client.get(url("preview", imported.pk), {"more": "needs"})).count('<li class="need"') == 20
