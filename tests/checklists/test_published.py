"""One person publishes where nobody else may; what is published never changes, and a draft can."""

import json

import pytest
from django.db import transaction

from apps.accounts.models import Team
from apps.accounts.roles import Role
from apps.checklists import commands, permissions
from apps.checklists.models import TemplateItem, TemplateSection, TemplateVersion
from apps.core.errors import WrongState
from apps.ledger.models import Entry
from apps.signoff.rules import Meaning
from apps.teams import commands as teams
from project import verification
from tests import cast as casting
from tests.cast import again
from tests.checklists.publishing import force, now, publish, refused, submit
from tests.studio.drafts import draft

pytestmark = pytest.mark.django_db
TWO_PERSONS = ("checklists_templateversion_changes", "signoff_two_person_rule")


# One person


def test_who_alone_may_publishes_alone(alone):
    version = draft(alone)
    published = publish(version, alone.lead, note="Nobody else may")
    assert (published.state, published.note) == ("published", "Nobody else may")
    assert [key.meaning for key in now(version).sign_off.turned] == [Meaning.AUTHORED]
    entry = json.loads(Entry.objects.get(kind="version.published").body)
    assert entry["data"]["alone"] is True
    assert verification.verify().faults == []


def test_an_import_by_who_alone_may_is_a_draft_until_they_sign_it(alone):
    version = draft(alone, by=alone.lead)
    assert not version.is_published
    assert publish(version, alone.lead, note="").is_published


def test_a_team_may_let_one_person_publish_and_the_entry_says_so(cast):
    teams.edit_team(cast.team, by=again(cast.lead), two_publish=False)
    version = draft(cast)
    assert publish(version, cast.reviewer, note="").is_published
    assert json.loads(Entry.objects.get(kind="version.published").body)["data"]["alone"] is True
    assert verification.verify().faults == []


def ended_all_others(cast):
    """The lead, who is an admin, is the only template author left, by their own doing."""
    for person in (cast.reviewer, cast.other_reviewer):
        casting.take(cast.team, person, Role.AUTHOR, by=cast.lead)


@pytest.mark.unrecorded
def test_who_ends_the_roles_of_all_others_does_not_publish_alone_by_that(cast, monkeypatch):
    version = draft(cast, by=cast.lead)
    ended_all_others(cast)
    with pytest.raises(WrongState, match="A second person publishes it"):
        publish(version, cast.lead, note="")
    monkeypatch.setattr(permissions, "publishers_needed", lambda team, by: 1)
    refused(lambda: publish(version, cast.lead, note=""), "a second person publishes")


@pytest.mark.unrecorded
def test_who_lets_one_person_publish_does_not_publish_alone_by_that(cast, monkeypatch):
    teams.edit_team(cast.team, by=again(cast.lead), two_publish=False)
    version = draft(cast, by=cast.lead)
    assert not version.is_published
    with pytest.raises(WrongState, match="A second person publishes it"):
        publish(version, cast.lead, note="")
    assert Team.objects.get(pk=cast.team.pk).one_publishes_by_name == "Lena Brandt"
    monkeypatch.setattr(permissions, "publishers_needed", lambda team, by: 1)
    refused(lambda: publish(version, cast.lead, note=""), "a second person publishes")
    assert publish(version, cast.other_reviewer, note="").is_published


@pytest.mark.unrecorded
def test_who_let_one_person_publish_is_named_until_two_do_again(cast):
    teams.edit_team(cast.team, by=again(cast.lead), two_publish=False)
    mine = Team.objects.filter(pk=cast.team.pk)
    refused(lambda: mine.update(one_publishes_by=cast.reviewer), "who let one person publish is named")
    refused(lambda: mine.update(one_publishes_by=None))
    teams.edit_team(cast.team, by=again(cast.lead), two_publish=True)
    refused(lambda: mine.update(two_publish=False))
    assert mine.get().one_publishes_by is None


def test_what_was_asked_of_a_second_person_stays_theirs_when_others_left(cast):
    version = submit(draft(cast, by=cast.member), cast.member)
    ended_all_others(cast)
    assert publish(version, cast.lead).is_published
    assert now(version).sign_off.required == 2


def test_who_left_and_who_came_since_change_nothing_of_what_was_published(alone):
    publish(draft(alone), alone.lead, note="")
    casting.join(alone.team, by=alone.lead, username="ida", full_name="Ida Berg", role=Role.ADMIN)
    assert verification.verify().faults == []


# What is published never changes; a draft can


def test_rows_of_a_draft_change_and_those_of_a_published_version_do_not(cast):
    version = draft(cast)
    section = version.sections.order_by("position")[0]

    def add():
        return TemplateItem.objects.create(version=version, section=section, key="new", position=7, title="New")

    changes = {
        "added": add,
        "changed": lambda: version.items.update(title="other"),
        "removed": lambda: version.items.order_by("-pk")[0].delete(),
        "section": lambda: TemplateSection.objects.filter(pk=section.pk).update(guidance="other"),
        "version": lambda: TemplateVersion.objects.filter(pk=version.pk).update(guidance="other"),
    }
    for change in changes.values():
        with transaction.atomic():
            change()
            transaction.set_rollback(True)
    casting.published(version, by=cast.member)
    for change in changes.values():
        refused(change)


def test_a_part_keeps_its_key_and_its_version_while_it_is_a_draft(cast):
    version, other = draft(cast), draft(cast)
    refused(lambda: version.items.filter(key="tell-support").update(key="other"), "keeps its key")
    refused(lambda: version.items.filter(key="tell-support").update(version=other), "keeps its key")


def test_rows_do_not_change_while_somebody_is_asked(cast, asked):
    refused(lambda: asked.items.update(title="other"), "only while it is a draft")
    refused(lambda: TemplateVersion.objects.filter(pk=asked.pk).update(title="other"), "only while it is a draft")


def test_the_database_publishes_nothing_without_its_keys(cast, asked):
    refused(lambda: force(draft(cast), cast.lead), "whoever signs for it")
    refused(lambda: force(asked, cast.reviewer), "whoever signs for it")


@pytest.mark.unrecorded
def test_the_database_lets_nobody_publish_alone_where_two_could(cast, monkeypatch):
    version = draft(cast)
    monkeypatch.setattr(permissions, "publishers_needed", lambda team, by: 1)
    refused(lambda: publish(version, cast.lead, note=""), "a second person publishes")


def test_a_version_moves_as_its_table_of_states_says(cast):
    version = draft(cast)
    commands.discard_draft(version, by=again(cast.member))
    refused(lambda: TemplateVersion.objects.filter(pk=version.pk).update(state="draft"))
    with pytest.raises(WrongState, match="was discarded"):
        submit(version, cast.member)
