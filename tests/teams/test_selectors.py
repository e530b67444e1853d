"""What the page of people is made of: who is found, in what order, and at what cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership, User
from apps.accounts.roles import Role
from apps.teams import commands as teams
from apps.teams import selectors
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
    Membership.objects.bulk_create(Membership(team=team, user=person, role=Role.MEMBER) for person in people)


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


def test_open_invitations_are_for_admins(cast):
    teams.invite_person(cast.team, by=again(cast.lead), role=Role.MEMBER, note="Nora")
    assert [each.invitation.note for each in selectors.people_page(cast.team, cast.lead)["invitations"]] == ["Nora"]
    assert selectors.people_page(cast.team, cast.auditor)["invitations"] == []


def test_somebody_alone_is_told_so(cast):
    assert selectors.people_page(cast.other_team, cast.stranger)["is_alone"]
    assert not selectors.people_page(cast.team, cast.lead)["is_alone"]
