"""A changed document is brought into the template it belongs to: what it changes is shown first, then made once."""

from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from apps.checklists import commands as checklists
from apps.checklists.exports import markdown
from apps.checklists.markdown.document import Correction, LineType
from apps.checklists.models import TemplateVersion
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.imports import commands, selectors
from apps.imports.models import ChecklistImport
from apps.imports.rules import Decision
from apps.ledger.models import Entry
from apps.studio import commands as studio
from tests import cast as casting
from tests.cast import again, basis, signed_in, words
from tests.checklists.texts import COLLECTION
from tests.stages import fixtures_on_top

pytestmark = pytest.mark.django_db
CHANGED = """# Release

## Before

- [ ] **Critical:** Take a fresh backup of {{ service }}
- [ ] Ask the owner of the database
- [ ] Migrate the database. How long it took: ______

  ```bash
  ./manage.py migrate
  ```

## After

- [ ] Les tableaux de bord sont verts · 監視
- [ ] Error rate stays low
"""
BACKUP = "take-a-backup-of-service"


def add_template(cast):
    """Their team has a template."""
    cast.version = casting.publish(cast.team, by=cast.lead)
    cast.template = cast.version.template


made_of_file, cast = fixtures_on_top("people", add_template)


def start(cast, text=CHANGED, **more):
    into = more.pop("into", cast.template)
    return commands.start_import(cast.team, by=again(cast.member), source=text, into=into, file_name="wiki.md", **more)


def merge(cast, imported, by=None):
    return commands.merge_import(imported, by=again(by or cast.member))


def keys(version):
    rows = TemplateVersion.objects.get(pk=version.pk).items.order_by("section__position", "position")
    return list(rows.values_list("key", flat=True))


def url(name, imported):
    return reverse(f"imports:{name}", args=["pay", imported.pk])


def test_a_draft_begins_with_it_and_items_keep_their_keys(cast):
    before = keys(cast.version)
    draft = merge(cast, start(cast))
    assert (draft.number, draft.state) == (2, "draft")
    assert keys(cast.version) == before
    assert keys(draft) == [
        BACKUP,
        "ask-the-owner-of-the-database",
        *(key for key in before[1:] if key != "tell-support"),
    ]
    imported = ChecklistImport.objects.exclude(into=None).get()
    assert imported.published_at
    last = Entry.objects.filter(stream__name="instance").latest("sequence")
    assert "import.merged" in last.body


def test_one_undo_takes_all_of_it_back(cast):
    draft = merge(cast, start(cast))
    studio.undo_step(draft, by=again(cast.member))
    assert TemplateVersion.objects.get(pk=draft.pk).content() == cast.version.content()


def test_what_was_set_by_hand_and_what_was_edited_meanwhile_stays(cast):
    draft = checklists.start_draft(cast.template, by=again(cast.lead))
    studio.edit_draft_item(draft, by=again(cast.lead), key=BACKUP, values={"owner_role": "dba", "minutes": 20})
    merge(cast, start(cast))
    item = TemplateVersion.objects.get(pk=draft.pk).items.get(key=BACKUP)
    assert (item.owner_role, item.minutes, item.title) == ("dba", 20, "Take a fresh backup of {{ service }}")


def test_an_export_edited_by_hand_is_brought_in_as_it_stands(cast):
    text = markdown.exported(cast.version.content()).replace("Tell support", "Call everybody")
    draft = merge(cast, start(cast, text))
    assert keys(draft) == keys(cast.version)
    assert draft.items.get(key="tell-support").title == "Call everybody"


def test_the_page_shows_what_changes_before_anything_does(cast, django_assert_max_num_queries):
    imported = start(cast)
    client = signed_in(cast.member)
    with django_assert_max_num_queries(24):
        page = words(client.get(url("merge_import", imported)))
    assert "1 new item, 1 removed, 1 changed" in page
    assert "Taken for the same item, since its words are alike." in page
    assert keys(cast.version) == keys(cast.template.versions.get())
    body = basis(client, url("merge_import", imported), url("merge_import", imported))
    answer = client.post(url("merge_import", imported), body)
    assert answer["Location"].startswith(reverse("templates:changes", args=["pay", cast.template.pk]))
    assert "Call" not in words(client.get(answer["Location"]))
    again_sent = client.post(url("merge_import", imported), body)
    assert again_sent.status_code == 409
    assert cast.template.versions.count() == 2


def test_a_draft_that_changed_after_it_was_shown_is_not_overwritten(cast):
    imported = start(cast)
    shown = selectors.merge_of(imported).basis
    draft = checklists.start_draft(cast.template, by=again(cast.lead))
    studio.edit_draft_item(draft, by=again(cast.lead), key=BACKUP, values={"title": "Mine"})
    with pytest.raises(Stale):
        commands.merge_import(imported, by=again(cast.member), shown=shown)
    assert draft.items.get(key=BACKUP).title == "Mine"
    assert ChecklistImport.objects.exclude(into=None).get().published_at is None


def test_somebody_says_that_it_is_another_item_and_takes_that_back(cast):
    imported = start(cast)
    client = signed_in(cast.member)
    body = {**basis(client, url("merge_import", imported), url("judge_match", imported)), "key": BACKUP, "same": "no"}
    page = words(client.post(url("judge_match", imported), body, follow=True))
    assert "2 new items, 2 removed" in page
    assert "You said that it is none of the items of the text." in page
    assert client.post(url("judge_match", imported), {**body, "same": "yes"}).status_code == 409
    commands.judge_match(ChecklistImport.objects.exclude(into=None).get(), by=again(cast.lead), key=BACKUP, same=True)
    assert ChecklistImport.objects.exclude(into=None).get().apart == []


def test_only_items_of_the_template_are_judged(cast):
    with pytest.raises(WrongState):
        commands.judge_match(start(cast), by=again(cast.member), key="of-nothing", same=False)


def test_corrections_and_what_was_taken_are_part_of_what_changes(cast):
    imported = start(cast, CHANGED.replace("stays low", "must stay low"))
    commands.correct_import(imported, by=again(cast.member), chosen={6: Correction(LineType.GUIDANCE)})
    critical = next(one for one in imported.result().findings if one.can_be_taken)
    commands.decide_findings(imported, by=again(cast.member), which=[critical.id], decision=Decision.TAKEN)
    client = signed_in(cast.member)
    assert url("merge_import", imported) in client.get(url("preview", imported)).content.decode()
    assert critical.kind == "critical"
    content = selectors.merge_of(ChecklistImport.objects.exclude(into=None).get()).content
    items = {item["title"]: item for section in content["sections"] for item in section["items"]}
    assert "Ask the owner of the database" not in items
    assert items["Error rate must stay low"]["critical"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (COLLECTION, "This text has 2 checklists"),
        (casting.CHECKLIST, "says already"),
        ("Only words.\n", "no items|item"),
    ],
)
def test_what_cannot_be_brought_in_says_why_and_changes_nothing(cast, text, why):
    imported = start(cast, text)
    with pytest.raises(WrongState, match=why):
        merge(cast, imported)
    assert cast.template.versions.count() == 1
    assert signed_in(cast.member).get(url("merge_import", imported)).status_code == 200


def test_it_is_brought_in_once_and_becomes_no_template_of_its_own(cast):
    imported = start(cast)
    with pytest.raises(WrongState, match="changes Release"):
        commands.draft_import(imported, by=again(cast.member))
    merge(cast, imported)
    with pytest.raises(WrongState, match="already"):
        merge(cast, imported)
    alone = start(cast, into=None)
    with pytest.raises(WrongState, match="of its own"):
        merge(cast, alone)
    assert signed_in(cast.member).get(url("merge_import", alone)).status_code == 404


def test_auditors_archived_templates_and_other_teams(cast):
    with pytest.raises(NotAllowed):
        commands.start_import(cast.team, by=again(cast.auditor), source=CHANGED, into=cast.template)
    imported = start(cast)
    with pytest.raises(NotAllowed):
        merge(cast, imported, by=cast.auditor)
    checklists.archive_template(cast.template, by=again(cast.lead))
    with pytest.raises(WrongState, match="Restore"):
        merge(cast, imported)
    client = signed_in(cast.stranger)
    assert client.get(url("merge_import", imported)).status_code == 404
    import_page = reverse("imports:start_import", args=["pay"])
    for into, status in ((cast.template.pk, 200), (imported.pk, 404), ("x", 404), ("\x00", 404)):
        assert signed_in(cast.member).get(import_page, {"into": into}).status_code in (status, 400)


def test_the_database_keeps_a_text_with_templates_of_its_team(cast):
    other = casting.publish(cast.other_team, by=cast.stranger).template
    with pytest.raises(IntegrityError), transaction.atomic():
        ChecklistImport.objects.create(
            team=cast.team, into=other, source="x", size=1, created_by=cast.member, created_by_name="x"
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        ChecklistImport.objects.filter(pk=start(cast).pk).update(into=other)


@pytest.mark.django_db(transaction=True)
def test_two_people_bring_it_in_at_once_and_it_is_one_step():
    cast = casting.people()
    add_template(cast)
    imported = start(cast)
    gate, refused = Barrier(2), []

    def bring():
        gate.wait()
        try:
            merge(cast, imported)
        except WrongState:
            refused.append(True)
        finally:
            connection.close()

    threads = [Thread(target=bring) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == [True]
    assert cast.template.versions.get(number=2).steps.count() == 1
