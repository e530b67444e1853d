"""Templates and their drafts: made, begun, discarded, archived, put back."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from apps.checklists import commands
from apps.checklists.models import ChecklistTemplate, TemplateVersion
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.core.shown import fingerprint
from apps.ledger.models import Entry
from apps.studio import commands as studio
from tests import cast as casting
from tests.cast import again
from tests.studio.drafts import content, draft, outline

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(people):
    return people


@pytest.fixture
def version(cast):
    """A published version."""
    return casting.published(draft(cast), by=cast.member)


def kinds(template):
    return list(Entry.objects.filter(stream__name=template.stream).order_by("sequence").values_list("kind", flat=True))


def test_a_template_begins_with_a_draft_of_one_empty_section(cast):
    made = commands.create_template(cast.team, by=again(cast.member), title="Failover")
    assert (made.number, made.state, made.template.title) == (1, "draft", "Failover")
    assert outline(made) == [("Items", [])]
    assert kinds(made.template) == ["template.created"]


def test_the_same_form_sent_twice_makes_one_template(cast):
    intent = uuid.uuid4()
    first, second = (
        commands.create_template(cast.team, by=again(cast.member), title="Failover", intent=intent) for _ in range(2)
    )
    assert first == second
    assert ChecklistTemplate.objects.filter(title="Failover").count() == 1


def test_a_draft_begins_as_what_is_published_says_with_its_keys(cast, version):
    begun = commands.start_draft(version.template, by=again(cast.reviewer))
    assert (begun.number, begun.state) == (2, "draft")
    assert content(begun) == content(version)
    assert begun.sign_off != version.sign_off


def test_beginning_twice_is_one_draft(cast, version):
    first = commands.start_draft(version.template, by=again(cast.member))
    assert commands.start_draft(version.template, by=again(cast.lead)) == first
    assert kinds(version.template).count("draft.started") == 1


def test_the_database_keeps_one_draft_at_a_time(cast, version):
    begun = commands.start_draft(version.template, by=again(cast.member))
    begun.pk = uuid.uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        begun.save(force_insert=True)


def test_editing_a_draft_changes_nothing_of_what_is_published(cast, version):
    before, sha256 = content(version), version.sha256
    begun = commands.start_draft(version.template, by=again(cast.member))
    studio.edit_draft_item(begun, by=again(cast.member), key="tell-support", values={"title": "Tell everybody"})
    assert content(version) == before
    assert TemplateVersion.objects.get(pk=version.pk).sha256 == sha256
    assert content(begun) != before


def test_a_discarded_draft_is_kept_never_edited_and_its_number_is_free(cast, version):
    begun = commands.start_draft(version.template, by=again(cast.member))
    commands.discard_draft(begun, by=again(cast.lead))
    assert TemplateVersion.objects.get(pk=begun.pk).state == "discarded"
    with pytest.raises(WrongState, match="was discarded"):
        studio.edit_draft_item(begun, by=again(cast.member), key="tell-support", values={"title": "x"})
    assert commands.start_draft(version.template, by=again(cast.member)).number == 2
    assert kinds(version.template)[-2:] == ["draft.discarded", "draft.started"]


def test_a_draft_is_discarded_as_it_was_shown(cast, version):
    begun = commands.start_draft(version.template, by=again(cast.member))
    shown = fingerprint(begun.draft)
    studio.edit_draft_item(begun, by=again(cast.reviewer), key="tell-support", values={"title": "x"})
    with pytest.raises(Stale, match="changed after you opened it"):
        commands.discard_draft(begun, by=again(cast.lead), shown=shown)
    now = TemplateVersion.objects.get(pk=begun.pk)
    assert commands.discard_draft(now, by=again(cast.lead), shown=fingerprint(now.draft)).state == "discarded"


def test_what_is_published_is_not_discarded(cast, version):
    with pytest.raises(WrongState, match="stays as it is"):
        commands.discard_draft(version, by=again(cast.lead))


def test_a_template_whose_only_draft_was_discarded_begins_again_with_what_it_said(cast):
    first = draft(cast)
    commands.discard_draft(first, by=again(cast.member))
    begun = commands.start_draft(first.template, by=again(cast.member))
    assert (begun.number, begun.state) == (1, "draft")
    assert content(begun) == content(first)


def test_an_archived_template_begins_no_draft_until_it_is_restored(cast, version):
    template = commands.archive_template(version.template, by=again(cast.member))
    assert not ChecklistTemplate.objects.filter(pk=template.pk, archived_at=None).exists()
    with pytest.raises(WrongState, match="Restore it first"):
        commands.start_draft(template, by=again(cast.member))
    with pytest.raises(WrongState, match="archived already"):
        commands.archive_template(template, by=again(cast.member))
    commands.restore_template(template, by=again(cast.lead))
    with pytest.raises(WrongState, match="in use already"):
        commands.restore_template(template, by=again(cast.lead))
    assert ChecklistTemplate.objects.filter(pk=template.pk, archived_at=None).exists()
    assert kinds(template)[-2:] == ["template.archived", "template.restored"]
    assert commands.start_draft(template, by=again(cast.member)).number == 2


@pytest.mark.parametrize("name", ["auditor", "stranger"])
def test_who_only_reads_makes_and_changes_nothing(cast, version, name):
    by = getattr(cast, name)
    begun = commands.start_draft(version.template, by=again(cast.member))
    acts = {
        "create": lambda: commands.create_template(cast.team, by=again(by), title="x"),
        "start": lambda: commands.start_draft(version.template, by=again(by)),
        "discard": lambda: commands.discard_draft(begun, by=again(by)),
        "archive": lambda: commands.archive_template(version.template, by=again(by)),
        "restore": lambda: commands.restore_template(version.template, by=again(by)),
    }
    for act in acts.values():
        with pytest.raises(NotAllowed):
            act()
