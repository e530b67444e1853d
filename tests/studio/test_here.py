"""Who else is in a draft now, and where, for those who may look."""

import uuid

import pytest
from django.urls import reverse

from apps.accounts.models import Membership
from apps.live import presence
from apps.teams import commands as teams
from tests.cast import again, signed_in
from tests.studio.drafts import draft

pytestmark = pytest.mark.django_db
PAGE = str(uuid.UUID(int=1))


@pytest.fixture
def noted(monkeypatch):
    """What pages noted, in place of a broker."""
    rows = {}

    def enter(topic, person, *, page, place="", edits=False):
        rows[person] = presence.Presence(str(person), str(page), place, edits, 0)
        return list(rows.values())

    monkeypatch.setattr(presence, "enter", enter)
    monkeypatch.setattr(presence, "leave", lambda topic, person, *, page: rows.pop(person, None))
    return rows


@pytest.fixture
def ask(people):
    version = draft(people)

    def post(person, **values):
        client = signed_in(again(person))
        return client.post(reverse("studio:here", args=["pay", version.template_id]), {"page": PAGE, **values})

    return post


def test_it_names_the_others_and_where_they_are(ask, people, noted):
    assert ask(people.member, place="items/tell-support", edits="1").json() == {"here": []}
    assert ask(people.lead, place="").json() == {
        "here": [{"name": people.member.full_name, "initials": "佐M", "place": "items/tell-support", "edits": True}]
    }


def test_whoever_left_is_gone(ask, people, noted):
    ask(people.member)
    ask(people.member, gone="1")
    assert ask(people.lead).json() == {"here": []}


def test_whoever_is_no_longer_of_the_team_is_not_named(ask, people, noted):
    ask(people.member)
    teams.remove_member(Membership.objects.get(user=people.member, team=people.team), by=again(people.lead))
    assert ask(people.lead).json() == {"here": []}


def test_strangers_and_made_up_places_are_turned_away(ask, people, noted):
    assert ask(people.stranger).status_code == 404
    assert ask(people.member, place="items/../people").status_code == 422
    assert ask(people.member, page="mine").status_code == 422
    assert noted == {}


def test_where_the_broker_is_away_nobody_is_named(ask, people):
    assert ask(people.member).json() == {"here": []}
