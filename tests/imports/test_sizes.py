"""How long the texts of a checklist may be: what is too long is said where people look, and nothing of it is lost."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.template import Context, Template

from apps.checklists import rules
from apps.checklists.markdown.document import Correction, LineType
from apps.checklists.models import ChecklistTemplate, TemplateItem
from apps.core.errors import WrongState
from apps.imports import commands as imports
from apps.imports.models import ChecklistImport
from tests.cast import again, basis, signed_in
from tests.imports.test_views import of_draft, url

pytestmark = pytest.mark.django_db
MOST = rules.LONGEST_TEXT


@pytest.fixture
def cast(people):
    return people


def start(cast, text):
    return imports.start_import(cast.team, by=again(cast.member), source=text)


def item_of(length):
    return "# T\n\n- [ ] one\n- [ ] two\n\n  " + "w" * length + "\n"


# One per place that a text can be stored in, with the line its sentence names and what it calls it.
TOO_LONG = {
    "item": (item_of(MOST + 1), 4, "the text of this item"),
    "command": ("# T\n\n- [ ] one\n\n  ```bash\n  " + "w" * (MOST + 1) + "\n  ```\n", 5, "this block of commands"),
    "section": ("# T\n\n## S\n\n" + "w" * (MOST + 1) + "\n\n- [ ] one\n", 3, "the guidance that begins here"),
    "checklist": ("# T\n\n" + "w" * (MOST + 1) + "\n\n## S\n\n- [ ] one\n", 1, "the guidance that begins here"),
}


@pytest.mark.parametrize(("text", "line", "what"), TOO_LONG.values(), ids=TOO_LONG)
def test_a_text_that_is_too_long_is_not_published_and_the_preview_says_which(cast, text, line, what):
    imported = start(cast, text)
    sentence = f"Line {line}: {what} has 20,0"
    client = signed_in(cast.member)
    page = client.get(url("preview", imported.pk)).content.decode()
    assert sentence in page
    assert "Shorten it, or split it" in page
    assert "Edit the text" in page
    refused = client.post(url("draft_import", imported.pk), of_draft(client, imported))
    assert refused.status_code == 409
    assert sentence in refused.content.decode()
    assert not ChecklistTemplate.objects.exists()
    assert ChecklistImport.objects.get().source == text


def test_a_text_as_long_as_the_form_for_items_takes_is_published(cast):
    imported = start(cast, item_of(MOST))
    assert imported.document().problem == ""
    imports.draft_import(imported, by=again(cast.member))
    assert max(len(item.text) for item in TemplateItem.objects.all()) == MOST


def test_a_text_that_was_shortened_is_published(cast):
    imported = start(cast, item_of(MOST + 1))
    imports.correct_import(imported, by=again(cast.member), source=item_of(5))
    assert imports.draft_import(imported, by=again(cast.member))


def test_several_texts_are_named_by_their_lines(cast):
    text = "# T\n" + "".join(f"- [ ] step {n}\n\n  {'w' * (MOST + n)}\n" for n in range(1, 9))
    problem = start(cast, text).document().problem
    assert problem.startswith("Line 2: the text of this item has 20,001 characters;")
    assert "Too long as well: line 5 (20,002), line 8 (20,003)" in problem
    assert problem.endswith(", 2 more.")


def test_with_a_correction_that_makes_a_text_too_long_no_draft_is_made_and_it_can_be_undone(cast):
    half = "w" * (MOST // 2) + "\n"
    imported = start(cast, f"# T\n\n## S\n\n{half}\n- [ ] one\n- [ ] {half}- [ ] three\n")
    imports.correct_import(imported, by=again(cast.member), chosen={9: Correction(LineType.GUIDANCE)})
    imports.correct_import(imported, by=again(cast.member), chosen={8: Correction(LineType.GUIDANCE)})
    with pytest.raises(WrongState, match="Line 3: the guidance"):
        imports.draft_import(imported, by=again(cast.member))
    imports.undo_import_step(imported, by=again(cast.member))
    imported.refresh_from_db()
    assert imported.corrections == {"9": {"line_type": "guidance"}}
    assert imported.published_at is None


def test_a_checklist_with_too_many_items_says_so_before_anybody_publishes(cast):
    imported = start(cast, "# Long\n" + "- [ ] again\n" * 10_001)
    client = signed_in(cast.member)
    page = client.get(url("preview", imported.pk)).content.decode()
    assert "at most 10000 items in 500 sections" in page
    refused = client.post(url("draft_import", imported.pk), of_draft(client, imported))
    assert refused.status_code == 409
    assert "at most 10000 items" in refused.content.decode()
    assert not ChecklistTemplate.objects.exists()


def test_more_guidance_than_a_board_shows_is_not_published(cast):
    section = "\n## S\n\n" + "w" * (MOST - 10) + "\n\n- [ ] one\n"
    assert start(cast, "# Much\n" + section * 10).document().problem == ""
    imported = start(cast, "# Much\n" + section * 11)
    with pytest.raises(WrongState, match=r"guidance of “Much” has 219,890 characters .* at most 200,000\. Shorten it"):
        imports.draft_import(imported, by=again(cast.member))


LINES = "a\n" * 20_001
TOO_MANY = "This text has 20,001 lines; a checklist has at most 20,000. Split it"


@pytest.mark.parametrize("text", [LINES, LINES.replace("\n", "\r\n"), LINES.replace("\n", "\r"), LINES[:-1]])
def test_more_lines_than_people_have_are_not_taken_in(cast, text):
    for sent in ({"text": text}, {"file": SimpleUploadedFile("a.md", text.encode())}):
        answer = signed_in(cast.member).post(url("start_import"), sent)
        assert answer.status_code == 422
        assert TOO_MANY in answer.content.decode()
    assert not ChecklistImport.objects.exists()


@pytest.mark.parametrize("text", ["", "a", "a\n" * 20_000, "a\r\n" * 20_000, "a\n" * 19_999 + "a"])
def test_as_many_lines_as_people_have_are_read(text):
    assert rules.too_many_lines(text) == ""


def test_an_edited_text_with_too_many_lines_stays_in_its_field(cast):
    imported = start(cast, "- [ ] one\n")
    answer = signed_in(cast.member).post(url("edit_text", imported.pk), {"source": LINES})
    assert answer.status_code == 422
    assert TOO_MANY in answer.content.decode()
    assert answer.context["form"]["source"].value() == LINES


def test_a_draft_that_was_taken_in_with_more_lines_says_so_unread_and_can_be_shortened(cast):
    imported = start(cast, LINES)
    client = signed_in(cast.member)
    page = client.get(url("preview", imported.pk)).content.decode()
    assert TOO_MANY in page
    assert imported.document().lines == ()
    assert client.post(url("correct_import", imported.pk), {"f1": "item"}).status_code == 302
    assert (
        client.post(url("draft_import", imported.pk), {"f1": "item", **of_draft(client, imported)}).status_code == 409
    )
    text = url("edit_text", imported.pk)
    assert client.post(text, {"source": "- [ ] one\n"} | basis(client, text)).status_code == 302
    assert client.post(url("draft_import", imported.pk), of_draft(client, imported)).status_code == 302


def test_the_command_line_says_the_same(cast, tmp_path, capsys):
    path = tmp_path / "long.md"
    path.write_text(item_of(MOST + 1))
    call_command("import_checklist", str(path), "--dry-run")
    printed = capsys.readouterr()
    assert json.loads(printed.out)["problem"].startswith("Line 4: the text of this item has 20,001 characters")
    assert "Line 4" in printed.err
    with pytest.raises(CommandError, match="Line 4"):
        call_command("import_checklist", str(path), "--team", "pay", "--by", cast.member.username)
    path.write_text(LINES)
    call_command("import_checklist", str(path), "--dry-run")
    assert TOO_MANY in capsys.readouterr().err
    assert not ChecklistTemplate.objects.exists()


def test_a_text_from_before_the_limit_is_shown_as_it_stands():
    shown = Template("{% load ui %}{{ text|markdown }}")
    assert "<strong>a</strong>" in shown.render(Context({"text": "**a** " + "w" * (MOST - 6)}))
    long = shown.render(Context({"text": "**a** <b>&\n\n" + "w" * MOST}))
    assert long.startswith("<p>**a** &lt;b&gt;&amp;</p>\n\n<p>www")
    assert len(long) < MOST + 100


@pytest.mark.parametrize("hostile", ["![", "[", "*a ", "**a*", "> ", "- ", "\\[\\]("])
def test_a_hostile_text_at_the_limit_is_still_read_and_whole(hostile):
    text = (hostile * MOST)[: MOST - 5] + "\nend"
    assert "end" in Template("{% load ui %}{{ text|markdown }}").render(Context({"text": text}))


@pytest.mark.parametrize("mark", ["> ", "- ", "1. ", "> - "])
@pytest.mark.parametrize("depth", [3, 28, 29, 30, 31, 58, 59, 60, 61, 300])
def test_words_nested_deeper_than_markdown_is_read_are_shown_all_the_same(mark, depth):
    shown = Template("{% load ui %}{{ text|markdown }}").render(Context({"text": mark * depth + "drop the <tables>"}))
    assert "drop the &lt;tables&gt;" in shown
