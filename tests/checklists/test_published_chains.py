"""A version that was published against the rules is found by the chains of the ledger alone."""

import pytest
from django.db import transaction

from apps.accounts import events as accounts
from apps.accounts.models import Team
from apps.accounts.roles import Role
from apps.checklists import commands, library, permissions
from apps.checklists.commands import publishing
from apps.checklists.models import TemplateVersion
from apps.ledger import commands as ledger
from apps.ledger.commands import INSTANCE
from apps.studio import commands as studio
from apps.teams import commands as teams
from tests import cast as casting
from tests.cast import again
from tests.checklists.publishing import edit, found, now, publish, refused
from tests.studio.drafts import draft
from tests.tampering import lifted

pytestmark = pytest.mark.django_db
TWO_PERSONS = ("checklists_templateversion_changes", "signoff_two_person_rule")


@pytest.mark.unrecorded
def test_a_version_that_was_published_without_its_keys_is_found(cast):
    version = draft(cast, by=cast.lead)
    with lifted(*TWO_PERSONS), transaction.atomic():
        publishing.record_publishing(now(version), by=again(cast.lead))
    assert found() == [f"checklists.templateversion/{version.pk} was published without the keys it takes"]


@pytest.mark.unrecorded
def test_a_version_that_the_first_key_alone_published_is_found(cast, asked):
    with lifted(*TWO_PERSONS), transaction.atomic():
        publishing.record_publishing(now(asked), by=again(cast.reviewer))
    assert found() == [f"checklists.templateversion/{asked.pk} was published without the keys it takes"]


@pytest.mark.unrecorded
def test_a_version_that_one_person_published_where_two_could_is_found(cast, monkeypatch):
    version = draft(cast)
    monkeypatch.setattr(permissions, "publishers_needed", lambda team, by: 1)
    with lifted(*TWO_PERSONS):
        publish(version, cast.lead, note="")
    assert found() == [f"checklists.templateversion/{version.pk} was published by one person where two could"]


def begun_again(cast):
    """A draft of a built-in template that was edited, discarded and begun again: its words are somebody's own."""
    version = commands.install_template(cast.team, by=again(cast.lead), built_in=library.built_in("agent"))
    template = version.template
    studio.edit_draft(version, by=again(cast.lead), values={"guidance": "Mine."})
    commands.discard_draft(now(version), by=again(cast.lead))
    return commands.start_draft(template, by=again(cast.lead))


@pytest.mark.unrecorded
def test_only_what_is_built_in_as_it_was_installed_is_published_alone(cast, monkeypatch):
    version = begun_again(cast)
    assert (version.number, version.edited_at, version.guidance) == (1, None, "Mine.")
    monkeypatch.setattr(permissions, "publishers_needed", lambda team, by: 1)
    monkeypatch.setattr(publishing.selectors, "problem_to_publish", lambda content: "")
    refused(lambda: publish(version, cast.lead, note=""), "a second person publishes")
    with lifted(*TWO_PERSONS):
        publish(version, cast.lead, note="")
    assert found() == [f"checklists.templateversion/{version.pk} was published by one person where two could"]


@pytest.mark.unrecorded
def test_that_a_team_let_one_person_publish_counts_from_then_on_only(cast, monkeypatch):
    version = draft(cast)
    monkeypatch.setattr(permissions, "publishers_needed", lambda team, by: 1)
    with lifted(*TWO_PERSONS):
        publish(version, cast.lead, note="")
    teams.edit_team(cast.team, by=again(cast.lead), two_publish=False)
    assert found() == [f"checklists.templateversion/{version.pk} was published by one person where two could"]


@pytest.mark.unrecorded
def test_who_ended_the_roles_of_all_others_and_published_alone_is_found(cast, monkeypatch):
    version = draft(cast, by=cast.lead)
    for person in (cast.reviewer, cast.other_reviewer):
        casting.take(cast.team, person, Role.AUTHOR, by=cast.lead)
    monkeypatch.setattr(permissions, "publishers_needed", lambda team, by: 1)
    with lifted(*TWO_PERSONS):
        publish(version, cast.lead, note="")
    assert found() == [f"checklists.templateversion/{version.pk} was published by one person where two could"]


@pytest.mark.unrecorded
def test_who_let_one_person_publish_and_was_that_person_is_found(cast, monkeypatch):
    teams.edit_team(cast.team, by=again(cast.lead), two_publish=False)
    version = draft(cast)
    monkeypatch.setattr(permissions, "publishers_needed", lambda team, by: 1)
    with lifted(*TWO_PERSONS):
        publish(version, cast.lead, note="")
    assert found() == [f"checklists.templateversion/{version.pk} was published by one person where two could"]


@pytest.mark.unrecorded
def test_that_one_person_may_publish_is_said_in_ones_own_name(cast):
    team = Team.objects.get(pk=cast.team.pk)
    team.two_publish, team.one_publishes_by, team.one_publishes_by_name = False, cast.reviewer, "Ruth Okafor"
    team.save()
    with transaction.atomic():
        ledger.record(INSTANCE, accounts.SignedOut(), by=again(cast.lead), rows=[team])
    assert found() == [f"accounts.team/{team.pk} lets one person publish in another’s name"]


@pytest.mark.unrecorded
def test_a_published_item_that_an_entry_rewrites_is_found(cast):
    version = casting.published(draft(cast), by=cast.member)
    with lifted():
        TemplateVersion.objects.filter(pk=version.pk).update(
            state="draft", published_by=None, published_at=None, sha256=""
        )
        edit(version, cast.lead)
    assert "the content of version 1 of “Release” is not the one its keys cover" in found()
