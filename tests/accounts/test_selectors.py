import pytest
from django.db import connection
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from apps.accounts import selectors
from apps.accounts.models import Membership, Team
from apps.accounts.roles import Role
from tests.cast import again

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(people):
    return people


def queries(act):
    with CaptureQueriesContext(connection) as caught:
        act()
    return len(caught)


def shell_at(path, user):
    request = RequestFactory().get(path)
    request.user = user
    request.resolver_match = resolve(path)
    return selectors.navigation(request)["nav"]


def test_the_frame_asks_once_and_only_when_drawn(cast):
    user = again(cast.lead)
    assert queries(lambda: shell_at("/t/pay/people/", user)) == 0
    nav = shell_at("/t/pay/people/", user)
    assert queries(lambda: (nav.team, nav.links, nav.other_teams, nav.home, nav.demo)) == 1


def test_the_frame_says_where_one_is(cast):
    nav = shell_at("/t/pay/people/", cast.lead)
    assert nav.team == cast.team
    assert [link.label for link in nav.links if link.current] == ["People"]
    assert nav.other_teams == []


@pytest.mark.unrecorded
def test_the_frame_offers_the_other_teams(cast):
    Membership.objects.create(team=cast.team, user=cast.stranger, role=Role.MEMBER)
    nav = shell_at("/t/stores/people/", cast.stranger)
    assert nav.team == cast.other_team
    assert [link.label for link in nav.other_teams] == ["Payments"]
    assert shell_at("/account/", cast.stranger).team == Team.objects.order_by("name").first()


def test_the_frame_of_a_stranger_names_no_team(cast):
    nav = shell_at("/t/pay/people/", cast.stranger)
    assert nav.team == cast.other_team


def test_the_cast_of_a_demo_is_named_only_in_a_demo(cast):
    assert selectors.sign_in_page() == {"cast": [], "sso": "Example SSO"}
    with override_settings(KEYTURN_DEMO=True):
        parts = {person.full_name: person.part for person in selectors.sign_in_page()["cast"]}
    assert parts["Aude Laurent"] == "auditor"
    assert parts["Lena Brandt"] == "team admin, decider, release manager, template author and reviewer"
    assert parts["佐藤 Mika"] == "member"
    assert len(parts) == 6
