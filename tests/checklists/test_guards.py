"""The database itself keeps a published checklist as it is, and whose keys published it, whoever asks."""

import pytest
from django.db import IntegrityError, connection, transaction

from apps.checklists import commands, guards
from apps.checklists.models import ChecklistTemplate, TemplateItem, TemplateSection, TemplateVersion
from apps.core import guards as core
from apps.imports import commands as imports
from apps.imports.models import ChecklistImport
from tests import cast as casting
from tests.cast import again
from tests.checklists.texts import COMMANDS
from tests.stages import fixtures_on_top

pytestmark = pytest.mark.django_db


def publish(cast):
    casting.published(draft(cast), by=cast.member)


made_of_file, published = fixtures_on_top("people", publish)


def draft(cast):
    """The draft that a text of the member's becomes."""
    imported = imports.start_import(cast.team, by=again(cast.member), source=COMMANDS)
    return imports.draft_import(imported, by=again(cast.member))[0]


def refused(change):
    with pytest.raises(IntegrityError), transaction.atomic():
        change()


def test_every_guard_is_in_place():
    assert core.missing(connection, guards.GUARDS) == []


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (TemplateVersion, {"guidance": "other"}),
        (TemplateVersion, {"sha256": "0" * 64}),
        (TemplateVersion, {"note": "other"}),
        (TemplateVersion, {"state": "draft", "sha256": "", "published_at": None, "published_by": None}),
        (TemplateSection, {"title": "other"}),
        (TemplateItem, {"title": "other"}),
        (TemplateItem, {"keys": 4}),
        (ChecklistImport, {"published_at": None}),
        (ChecklistImport, {"source": "other"}),
    ],
)
def test_nothing_published_can_be_changed(published, model, values):
    refused(lambda: model.objects.update(**values))


@pytest.mark.parametrize("model", [TemplateItem, TemplateSection, TemplateVersion])
def test_nothing_published_can_be_deleted(published, model):
    refused(lambda: model.objects.all()._raw_delete("default"))


def test_nothing_moves_to_another_team(published):
    refused(lambda: ChecklistTemplate.objects.update(team=published.other_team))
    refused(lambda: ChecklistImport.objects.update(team=published.other_team))


@pytest.mark.parametrize("values", [{"keys": 0}, {"keys": 5}, {"critical": True, "keys": 1}])
def test_no_item_has_fewer_keys_than_it_needs(people, values):
    version = draft(people)
    section, where = version.sections.all()[0], {"key": "x", "position": 99}
    TemplateItem.objects.create(version=version, section=section, title="x", **where).delete()
    with pytest.raises(IntegrityError, match=r"one_to_four_keys|critical_needs_two"), transaction.atomic():
        TemplateItem.objects.create(version=version, section=section, title="x", **where, **values)


def test_an_archived_template_still_can_be_marked(published):
    template = ChecklistTemplate.objects.get()
    assert commands.archive_template(template, by=again(published.lead)).archived_at
