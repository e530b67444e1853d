"""A board says that its checklist has a newer version, for as long as there is something to take over."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.checklists import commands as checklists
from apps.deployments import commands
from apps.deployments.models import Deployment
from tests.cast import again, signed_in, words
from tests.deployments.templates import line, review
from tests.deployments.test_upgrades import following, upgrade

pytestmark = pytest.mark.django_db

SAYS = "Runs on version 1 of its checklist; version 2 is published."
LEADS = "See what it changes"
ASKED = "checklists_templateversion"


@pytest.fixture
def cast(people):
    people.deployment = review(people, line("one"), line("two"))
    return people


def board(cast, viewer="lead"):
    return words(signed_in(getattr(cast, viewer)).get(at(cast.deployment)))


def at(deployment):
    return reverse("deployments:board", args=["pay", deployment.number])


def asked(cast):
    """How many queries of a board are about versions of checklists."""
    browser = signed_in(cast.lead)
    with CaptureQueriesContext(connection) as captured:
        browser.get(at(cast.deployment))
    return sum(ASKED in query["sql"] for query in captured)


def cancelled(cast):
    deployment = Deployment.objects.get(pk=cast.deployment.pk)
    commands.cancel_deployment(deployment, by=again(cast.lead), reason="Superseded")


def test_a_board_on_the_newest_version_says_nothing_of_it(cast):
    assert "is published" not in board(cast)


def test_a_draft_of_the_next_version_is_not_published(cast):
    checklists.start_draft(cast.deployment.template_version.template, by=again(cast.lead))
    assert "is published" not in board(cast)


def test_a_newer_version_is_named_with_the_way_to_take_it_over(cast):
    following(cast, cast.deployment, add=["Three"])
    page = board(cast)
    assert SAYS in page
    assert f'<a href="upgrade/">{LEADS}</a>' in page
    assert signed_in(cast.lead).get(f"{at(cast.deployment)}upgrade/").status_code == 200


def test_who_may_not_upgrade_is_told_and_led_nowhere(cast):
    following(cast, cast.deployment, add=["Three"])
    page = board(cast, "auditor")
    assert SAYS in page
    assert LEADS not in page


def test_of_several_newer_versions_the_newest_is_named(cast):
    following(cast, cast.deployment, add=["Three"])
    following(cast, cast.deployment, add=["Four"])
    assert "version 3 is published" in board(cast)


def test_it_goes_with_the_upgrade(cast):
    upgrade(cast, cast.deployment, following(cast, cast.deployment, add=["Three"]))
    assert "is published" not in board(cast)


def test_what_has_ended_takes_nothing_over_and_asks_nothing(cast):
    following(cast, cast.deployment, add=["Three"])
    cancelled(cast)
    assert "is published" not in board(cast)
    assert asked(cast) == 0


def test_one_query_whether_there_is_a_newer_version_or_not(cast):
    assert asked(cast) == 1
    following(cast, cast.deployment, add=["Three"])
    following(cast, cast.deployment, add=["Four"])
    assert asked(cast) == 1
