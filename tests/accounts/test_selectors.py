import pytest
from django.db import connection
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from apps.accounts import commands, selectors
from apps.accounts.models import Membership, Team, User
from apps.accounts.roles import Role
from tests.cast import again

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(people):
    return people


def names(page):
    return [row.membership.user.full_name for row in page["rows"]]


def queries(act):
    with CaptureQueriesContext(connection) as caught:
        act()
    return len(caught)


def shell_at(path, user):
    request = RequestFactory().get(path)
    request.user = user
    request.resolver_match = resolve(path)
    return selectors.navigation(request)["nav"]


def test_people_are_listed_by_name(cast):
    assert names(selectors.people_page(cast.team, cast.lead)) == [
        "Aude Laurent",
        "Lena Brandt",
        "Ruth Okafor",
        "عمر الحداد",
        "佐藤 Mika",
    ]


def test_people_are_listed_by_role(cast):
    assert names(selectors.people_page(cast.team, cast.lead, sort="role")) == [
        "Lena Brandt",
        "Ruth Okafor",
        "عمر الحداد",
        "佐藤 Mika",
        "Aude Laurent",
    ]


def test_the_newest_come_first_when_asked(cast):
    assert names(selectors.people_page(cast.team, cast.lead, sort="since"))[0] == "Aude Laurent"


@pytest.mark.parametrize(("q", "found"), [("ruth", 1), ("OKAFOR ruth", 1), ("حداد", 1), ("@example.com", 5), ("%", 0)])
def test_people_are_found_by_name_or_mail(cast, q, found):
    assert len(names(selectors.people_page(cast.team, cast.lead, q=q))) == found


def crowd(team, size):
    people = [User(username=f"p{n}", full_name=f"Person {n:03}") for n in range(size)]
    User.objects.bulk_create(people)
    Membership.objects.bulk_create(Membership(team=team, user=person, role=Role.LEAD) for person in people)


@pytest.mark.unrecorded
def test_a_large_team_comes_in_pages_and_costs_the_same(cast):
    small = queries(lambda: selectors.people_page(cast.team, again(cast.lead)))
    crowd(cast.team, 60)
    large = queries(lambda: selectors.people_page(cast.team, again(cast.lead)))
    assert large == small
    page = selectors.people_page(cast.team, cast.lead, page=3)
    assert len(page["rows"]) == 15
    assert page["page"].paginator.count == 65
    assert len(selectors.people_page(cast.team, cast.lead, page=99)["rows"]) == 15


def test_open_invitations_are_for_leads(cast):
    commands.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER, note="Nora")
    assert [i.note for i in selectors.people_page(cast.team, cast.lead)["invitations"]] == ["Nora"]
    assert selectors.people_page(cast.team, cast.auditor)["invitations"] == []


def test_somebody_alone_is_told_so(cast):
    assert selectors.people_page(cast.other_team, cast.stranger)["is_alone"]
    assert not selectors.people_page(cast.team, cast.lead)["is_alone"]


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
    assert selectors.sign_in_page() == {"cast": []}
    with override_settings(KEYTURN_DEMO=True):
        parts = {person.full_name: person.part for person in selectors.sign_in_page()["cast"]}
    assert parts["Aude Laurent"] == "auditor, reads only"
    assert len(parts) == 6
