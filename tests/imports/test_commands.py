"""From a text to templates: each act, its refusals, what the ledger remembers, and nothing half done."""

import json
from threading import Barrier, Thread

import pytest
from django.db import connection

from apps.checklists import commands
from apps.checklists.markdown import content, read
from apps.checklists.markdown.document import Correction, LineType
from apps.checklists.models import ChecklistTemplate, TemplateItem, TemplateSection, TemplateVersion
from apps.checklists.selectors import problem_to_publish
from apps.core.errors import NotAllowed, WrongState
from apps.imports import commands as imports
from apps.imports.models import ChecklistImport
from apps.ledger import commands as ledger
from apps.ledger.events import sentence
from apps.ledger.models import Entry
from apps.signoff.rules import content_digest
from tests import cast as casting
from tests.cast import again, people
from tests.checklists.texts import COLLECTION, COMMANDS, FLATTENED, PASTED

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(people):
    return people


def start(cast, text=COMMANDS, **more):
    return imports.start_import(cast.team, by=again(cast.member), source=text, **more)


def last_entry(stream="instance"):
    return Entry.objects.filter(stream__name=stream).order_by("-sequence")[0]


def text_of(entry):
    return sentence(json.loads(entry.body), {opening.path: opening.value for opening in entry.openings.all()})


@pytest.mark.parametrize("text", [COMMANDS, COLLECTION, PASTED, FLATTENED])
def test_what_is_published_is_what_was_read(cast, text):
    versions = imports.draft_import(start(cast, text), by=again(cast.member))
    document = read(text)
    assert ChecklistImport.objects.get().source == text
    assert [version.template.title for version in versions] == [template.title for template in document.templates]
    for version, template in zip(versions, document.templates, strict=True):
        sections = version.sections.order_by("position")
        assert [section.title for section in sections] == [section.title for section in template.sections]
        assert [item.title for section in sections for item in section.items.order_by("position")] == [
            i.title for i in template.items
        ]
        assert version.guidance == template.guidance
        assert version.content() == content.content(template)
        if not problem_to_publish(version.content()):
            published = casting.published(version, by=cast.member)
            assert published.sha256 == content_digest(content.content(template))


def test_items_keep_their_commands_blanks_and_order(cast):
    imports.draft_import(start(cast), by=again(cast.member))
    first, _second, third, _fourth = TemplateItem.objects.order_by("section__position", "position")
    assert (first.commands, first.key) == (["./bin/parse timetable.csv"], "timetable-parses-without-a-complaint")
    assert (third.keys, third.critical) == (2, False)
    assert third.fill_ins == [{"label": "Copy lies in", "kind": "text", "options": [], "unit": ""}]
    [variable] = TemplateVersion.objects.get().variables
    assert variable == {"name": "version", "label": "", "kind": "text", "options": []}
    assert [field["kind"] for field in TemplateVersion.objects.get().sign_off_fields] == ["text", "date", "choice"]


def test_the_ledger_remembers_each_act(cast):
    imported = start(cast, COLLECTION, file_name="boats.md")
    assert text_of(last_entry()) == "began to import boats.md"
    imports.correct_import(imported, by=again(cast.lead), chosen={8: Correction(LineType.GUIDANCE)})
    assert text_of(last_entry()) == "corrected the import of boats.md"
    versions = imports.draft_import(imported, by=again(cast.lead))
    assert text_of(last_entry()) == "made drafts of Engine Checklist, Galley Checklist"
    stream = versions[0].template.stream
    assert text_of(last_entry(stream)) == "made the template Engine Checklist"
    commands.archive_template(versions[0].template, by=again(cast.lead))
    assert text_of(last_entry(stream)) == "archived the template Engine Checklist"
    imports.discard_import(start(cast), by=again(cast.lead))
    assert text_of(last_entry()) == "discarded the import of a pasted text"


@pytest.mark.parametrize(
    ("text", "file_name", "called"),
    [
        (COMMANDS, "", "Ship the ferry planner"),
        (COLLECTION, "", "Engine Checklist"),
        (COMMANDS, "ferry.md", "ferry.md"),
        ("- [ ] one\n", "", "pasted text"),
        ("## Before\n- [ ] one\n## After\n- [ ] two\n", "", "pasted text"),
        ("# Only words\n", "", "Only words"),
        (f"# {'Long ' * 100}\n- [ ] one\n", "", "Long " * 40),
    ],
)
def test_an_import_is_called_after_its_file_or_the_title_in_it(cast, text, file_name, called):
    start(cast, text, file_name=file_name)
    assert str(ChecklistImport.objects.get()) == called


def test_the_title_of_an_import_follows_its_text_and_its_corrections(cast):
    imported = start(cast, "- [ ] one\n")
    imports.correct_import(imported, by=again(cast.member), source="# Harbour\nQuay\n- [ ] one\n")
    assert str(ChecklistImport.objects.get()) == "Harbour"
    chosen = {1: Correction(LineType.GUIDANCE), 2: Correction(LineType.TITLE)}
    imports.correct_import(imported, by=again(cast.member), chosen=chosen)
    assert str(ChecklistImport.objects.get()) == "Quay"
    chosen = {1: Correction(LineType.TITLE), 2: Correction(LineType.GUIDANCE)}
    imports.correct_import(imported, by=again(cast.member), chosen=chosen)
    assert str(ChecklistImport.objects.get()) == "Harbour"


def test_corrections_that_change_nothing_leave_no_trace(cast):
    imported = start(cast)
    before = last_entry().sequence
    imports.correct_import(imported, by=again(cast.member), chosen={9: Correction(LineType.ITEM, False, 2)})
    imports.correct_import(imported, by=again(cast.member), source=COMMANDS)
    assert last_entry().sequence == before
    assert ChecklistImport.objects.get().corrections == {}


def test_a_line_put_back_has_no_correction_any_more(cast):
    imported = start(cast)
    imported = imports.correct_import(imported, by=again(cast.member), chosen={9: Correction(LineType.GUIDANCE)})
    assert imported.corrections == {"9": {"line_type": "guidance"}}
    imported = imports.correct_import(imported, by=again(cast.member), chosen={9: Correction(LineType.ITEM)})
    assert imported.corrections == {}


def test_a_line_that_is_not_there_cannot_be_corrected(cast):
    imported = imports.correct_import(start(cast), by=again(cast.member), chosen={9_999: Correction(LineType.ITEM)})
    assert imported.corrections == {}


def test_corrections_move_with_their_lines_when_the_text_is_edited(cast):
    imported = start(cast, "# T\n- [ ] one\n- [ ] two\n- [ ] one\n")
    chosen = {3: Correction(LineType.GUIDANCE), 4: Correction(critical=True)}
    imports.correct_import(imported, by=again(cast.member), chosen=chosen)
    edited = imports.correct_import(imported, by=again(cast.member), source="# T\nNew\n- [ ] one\n- [ ] one\n- [ ] 3\n")
    assert edited.corrections == {"4": {"critical": True}}


def test_critical_items_never_have_one_key(cast):
    imported = start(cast, "# T\n- [ ] one (critical)\n- [ ] two\n")
    imports.correct_import(imported, by=again(cast.member), chosen={2: Correction(keys=1), 3: Correction(keys=1)})
    imports.draft_import(imported, by=again(cast.member))
    assert [item.keys for item in TemplateItem.objects.order_by("section__position", "position")] == [2, 1]


@pytest.mark.parametrize("text", ["nothing to do here.\n", "# Too much\n" + "- [ ] a\n" * 11])
def test_what_cannot_be_a_template_is_not_drafted(cast, text, monkeypatch):
    monkeypatch.setattr(content, "MOST_ITEMS", 10)
    imported = start(cast, text)
    with pytest.raises(WrongState):
        imports.draft_import(imported, by=again(cast.member))
    imported.refresh_from_db()
    assert imported.published_at is None
    assert not ChecklistTemplate.objects.exists()


def test_an_import_that_became_templates_is_closed(cast):
    imported = start(cast)
    imports.draft_import(imported, by=again(cast.member))
    for act in (imports.draft_import, imports.correct_import, imports.discard_import):
        with pytest.raises(WrongState, match="made of this import already"):
            act(imported, by=again(cast.member))
    assert ChecklistTemplate.objects.count() == 1


def test_a_discarded_import_is_gone_for_everybody(cast):
    imported = start(cast)
    imports.discard_import(imported, by=again(cast.member))
    with pytest.raises(WrongState, match="discarded meanwhile"):
        imports.draft_import(imported, by=again(cast.lead))


def test_an_auditor_changes_nothing(cast):
    imported = start(cast)
    with pytest.raises(NotAllowed):
        imports.start_import(cast.team, by=cast.auditor, source="- a")
    for act in (imports.draft_import, imports.correct_import, imports.discard_import):
        with pytest.raises(NotAllowed):
            act(imported, by=cast.auditor)


def test_without_its_entry_nothing_is_drafted(cast, monkeypatch):
    imported = start(cast)

    def fail(*args, **kwargs):
        raise RuntimeError("no ledger")

    monkeypatch.setattr(ledger, "record", fail)
    with pytest.raises(RuntimeError):
        imports.draft_import(imported, by=again(cast.member))
    assert not ChecklistTemplate.objects.exists()
    assert not TemplateSection.objects.exists()
    assert ChecklistImport.objects.get().published_at is None


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_set():
    cast = people()
    imported = start(cast, COLLECTION)
    together, outcomes = Barrier(2), []

    def click():
        try:
            person = again(cast.member)
            together.wait()
            imports.draft_import(imported, by=person)
            outcomes.append("drafted")
        except WrongState:
            outcomes.append("refused")
        finally:
            connection.close()

    clicks = [Thread(target=click) for _ in range(2)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert sorted(outcomes) == ["drafted", "refused"]
    assert ChecklistTemplate.objects.count() == 2
