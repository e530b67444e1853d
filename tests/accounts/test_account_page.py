"""The page about oneself: a name, a password, one's teams."""

import pytest
from django.urls import reverse

from apps.accounts.models import Membership
from tests.cast import PASSWORD, again, basis, signed_in, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(people):
    return people


def url(name, **kwargs):
    return reverse(f"accounts:{name}", kwargs=kwargs)


def test_a_new_name_is_shown_at_once(cast):
    client = signed_in(cast.member)
    typed = {"full_name": "Mika Sato", **basis(client, url("account"))}
    response = client.post(url("rename_person"), typed, follow=True)
    assert "Your name is saved." in words(response)
    assert "Mika Sato" in words(response)


def test_a_new_password_keeps_this_session_and_ends_the_others(cast):
    here, elsewhere = signed_in(cast.member), signed_in(cast.member)
    data = {"old": PASSWORD, "new": "another good long one"}
    assert "Everywhere else you are signed out." in words(here.post(url("change_password"), data, follow=True))
    assert here.get(url("account")).status_code == 200
    assert elsewhere.get(url("account")).status_code == 302


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"old": "wrong", "new": "another good long one"}, "not your password"),
        ({"old": PASSWORD, "new": "short"}, "at least 12 characters"),
    ],
)
def test_a_password_is_not_changed_by_mistake(cast, data, message):
    response = signed_in(cast.member).post(url("change_password"), data)
    assert response.status_code == 422
    assert message in words(response)
    assert again(cast.member).check_password(PASSWORD)


def test_an_administrator_makes_another_team(cast):
    client = signed_in(cast.stranger)
    assert "New team" in words(client.get(url("account")))
    response = client.post(url("create_team"), {"name": "Search", "slug": "SEA"}, follow=True)
    assert "Search is ready." in words(response)
    assert response.request["PATH_INFO"] == reverse("teams:people", kwargs={"team": "sea"})
    assert "another team uses the code" in words(client.post(url("create_team"), {"name": "S", "slug": "sea"})).lower()


def test_others_are_not_offered_teams(cast):
    client = signed_in(cast.lead)
    assert "New team" not in words(client.get(url("account")))
    assert client.post(url("create_team"), {"name": "Search", "slug": "sea"}).status_code == 403


@pytest.mark.unrecorded
def test_somebody_in_no_team_is_told_what_to_do(cast):
    Membership.objects.filter(user=cast.auditor).delete()
    assert "You are in no team." in words(signed_in(cast.auditor).get(url("account")))
