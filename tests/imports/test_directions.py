"""What a checklist says is read in the order it stands: nothing in it turns the reading direction."""

import json

import pytest
from django.core.management import call_command
from django.template import Context, Template
from django.test import Client
from django.urls import reverse

from apps.checklists import rules
from apps.checklists.markdown import content
from apps.checklists.markdown.document import Correction, LineType
from apps.checklists.models import (
    ITEM_FIELDS,
    SECTION_FIELDS,
    VERSION_FIELDS,
    TemplateItem,
    TemplateSection,
    TemplateVersion,
)
from apps.imports import commands as imports
from apps.imports.models import ChecklistImport
from tests.cast import again

pytestmark = pytest.mark.django_db
TURNING = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
TURNED = (
    "# T \u202etitle\n\nguidance \u2066one\u2069\n\n## S \u202dtwo\u202c\n\nwords \u2067three\n\n"
    "- [ ] Restore \u202e7102\u202c backups of {{ \u202ahost }}: ____\n\n  text \u2068four\u2069\n\n"
    "  ```bash\n  run \u202efive\n  ```\n\n\u202e\n- [ ] six\n"
)


@pytest.fixture
def cast(people):
    return people


def start(cast, text, **more):
    return imports.start_import(cast.team, by=again(cast.member), source=text, **more)


def has_turns(value):
    return any(sign in json.dumps(value, ensure_ascii=False) for sign in TURNING)


def test_nothing_of_a_template_turns_the_direction_and_the_source_is_kept(cast):
    assert has_turns(TURNED)
    version = imports.draft_import(start(cast, TURNED), by=again(cast.member))[0]
    assert ChecklistImport.objects.get().source == TURNED
    stored = [
        version.content(),
        *TemplateVersion.objects.values_list("template__title", *VERSION_FIELDS),
        *TemplateSection.objects.values_list(*SECTION_FIELDS),
        *TemplateItem.objects.values_list(*ITEM_FIELDS),
    ]
    assert not has_turns(stored)
    first = TemplateItem.objects.order_by("section__position", "position")[0]
    assert (first.title, first.commands) == ("Restore 7102 backups of {{ host }}", ["run five"])
    assert [variable["name"] for variable in version.variables] == ["host"]
    assert version.content() == content.content(ChecklistImport.objects.get().document().templates[0])


def test_the_preview_and_the_command_line_show_what_will_be_published(cast, tmp_path, capsys):
    imported = start(cast, TURNED)
    client = Client()
    client.force_login(cast.member)
    page = client.get(reverse("imports:preview", args=["pay", imported.pk])).content.decode()
    assert "Restore 7102 backups" in page
    assert not has_turns(page)
    path = tmp_path / "turned \u202e.md"
    path.write_text(TURNED.replace("# T", "T"))
    call_command("import_checklist", str(path), "--dry-run")
    assert not has_turns(json.loads(capsys.readouterr().out))


def test_corrections_stay_on_their_lines(cast):
    imported = start(cast, TURNED)
    line = next(n for n, text in enumerate(TURNED.split("\n"), 1) if "six" in text)
    imported = imports.correct_import(imported, by=again(cast.member), chosen={line: Correction(LineType.LEFT_OUT)})
    blank = TURNED.split("\n").index("\u202e") + 1
    imported = imports.correct_import(imported, by=again(cast.member), chosen={blank: Correction(LineType.GUIDANCE)})
    assert imported.corrections == {str(line): {"line_type": "left_out"}}
    assert [item.title[:7] for item in imported.document().templates[0].items] == ["Restore"]


def test_a_file_name_that_becomes_a_title_turns_nothing(cast):
    imported = start(cast, "- [ ] one\n", file_name="txt.\u202edeploy.md")
    assert imported.document().templates[0].title == "txt.deploy"


@pytest.mark.parametrize(
    "words",
    [
        "نسخة احتياطية للخادم", "גיבוי לפני העלייה", "می‌خواهم", "क्‍ष", "👩‍🚀", "a\u200eb", "ש\u200fb", "ع\u061cb",
    ],
)  # fmt: skip
def test_right_to_left_writing_with_its_marks_and_joiners_stays(words):
    assert rules.without_direction_marks(words) == words


@pytest.mark.parametrize("written", ["&#x202E;", "&#8238;", "\u202e", "&#x2067;"])
def test_a_direction_turned_in_markdown_is_named_instead_of_obeyed(written):
    shown = Template("{% load ui %}{{ text|markdown }}").render(
        Context({"text": f"{written} [{written}](http://a.example '{written}') ![{written}](http://b.example)"})
    )
    assert not has_turns(shown)
    assert shown.count("⟨U+20") == 4
