"""Everybody chooses for themselves which zone stands beside UTC, and whether single letters act."""

import pytest
from django.urls import reverse

from apps.core.errors import Changed, NotAllowed, WrongState
from apps.core.shown import fingerprint
from apps.ledger import selectors as history
from apps.ledger.commands import INSTANCE
from apps.preferences import commands, permissions
from tests.cast import again, basis, signed_in, words

pytestmark = pytest.mark.django_db
PAGE = reverse("preferences:edit_preferences")
PARIS = {"time_zone": "Europe/Paris", "letter_keys": "on"}


@pytest.fixture
def cast(people):
    return people


def chosen(person):
    return again(person).time_zone, again(person).letter_keys


def last():
    return history.lines(history.history(INSTANCE))[-1].text


def test_a_zone_is_chosen_and_stands_in_the_ledger(cast):
    client = signed_in(cast.member)
    response = client.post(PAGE, PARIS | basis(client, PAGE), follow=True)
    assert "Your preferences are saved." in words(response)
    assert "Times are in UTC, with Europe/Paris beside it." in words(response)
    assert chosen(cast.member) == ("Europe/Paris", True)
    assert last() == "chose times in Europe/Paris beside UTC, and that single letters act"
    client.post(PAGE, {"time_zone": "UTC", "letter_keys": ""} | basis(client, PAGE))
    assert chosen(cast.member) == ("", False)
    assert last() == "chose times in UTC only, and that single letters do nothing"


@pytest.mark.parametrize(("keys", "off"), [("on", False), ("", True)])
def test_every_page_says_the_zone_and_whether_letters_act(cast, keys, off):
    commands.edit_preferences(
        cast.lead, by=again(cast.lead), time_zone="America/Argentina/Buenos_Aires", letter_keys=bool(keys)
    )
    for page in (PAGE, reverse("accounts:account"), reverse("deployments:list", args=["pay"])):
        html = signed_in(again(cast.lead)).get(page).content.decode()
        assert 'data-time-zone="America/Argentina/Buenos_Aires"' in html
        assert ("data-keys-off" in html) == off


def test_who_chose_nothing_has_utc_and_letters(cast):
    html = signed_in(cast.lead).get(PAGE).content.decode()
    assert "data-time-zone" not in html
    assert "data-keys-off" not in html
    assert "data-keys-off" not in signed_in(cast.lead).get(reverse("accounts:sign_in")).content.decode()


def test_the_page_says_the_time_in_the_zone_and_the_language_of_the_browser(cast):
    commands.edit_preferences(cast.lead, by=again(cast.lead), time_zone="Asia/Kolkata", letter_keys=True)
    client = signed_in(again(cast.lead))
    shown = words(client.get(PAGE, headers={"Accept-Language": "fr-CH, fr;q=0.9"}))
    assert any(f"{day} " in shown for day in ("lun", "mar", "mer", "jeu", "ven", "sam", "dim"))
    assert "for you" in shown
    for nonsense in ("", "xx", "*", "fr;q=abc", "e" * 9000, "../../x"):
        assert "for you" in words(client.get(PAGE, headers={"Accept-Language": nonsense}))


@pytest.mark.parametrize("zone", ["Etc/GMT+5", "Mars/Olympus", "../../etc/passwd", "Europe/Paris ", "x" * 5000])
def test_what_is_no_zone_is_refused_and_nothing_is_stored(cast, zone):
    client = signed_in(cast.member)
    response = client.post(PAGE, {"time_zone": zone, "letter_keys": "on"} | basis(client, PAGE))
    if zone != "Europe/Paris ":  # a space too many is none
        assert response.status_code == 422
        assert "Choose one of the list." in words(response)
        assert chosen(cast.member) == ("", True)
        with pytest.raises(WrongState, match="no time zone"):
            commands.edit_preferences(cast.member, by=again(cast.member), time_zone=zone, letter_keys=True)


def test_what_was_saved_since_is_not_overwritten(cast):
    client = signed_in(cast.member)
    before = basis(client, PAGE)
    commands.edit_preferences(cast.member, by=again(cast.member), time_zone="Asia/Tokyo", letter_keys=False)
    response = client.post(PAGE, PARIS | before)
    assert response.status_code == 409
    assert "Asia/Tokyo" in words(response)
    assert chosen(cast.member) == ("Asia/Tokyo", False)
    shown = fingerprint(again(cast.lead).preferences)
    commands.edit_preferences(cast.lead, by=again(cast.lead), time_zone="Asia/Tokyo", letter_keys=True, shown=shown)
    with pytest.raises(Changed):
        commands.edit_preferences(cast.lead, by=again(cast.lead), time_zone="", letter_keys=False, shown=shown)


def test_nobody_chooses_for_somebody_else(cast):
    assert permissions.edit_preferences(cast.member, cast.member)
    for other in (cast.lead, cast.stranger):
        assert "own preferences" in permissions.edit_preferences(other, cast.member).reason
        with pytest.raises(NotAllowed):
            commands.edit_preferences(cast.member, by=again(other), time_zone="", letter_keys=False)


def test_a_page_costs_no_query_more_for_a_zone(cast, django_assert_num_queries, django_assert_max_num_queries):
    client = signed_in(cast.lead)
    with django_assert_max_num_queries(10) as plain:
        client.get(PAGE)
    commands.edit_preferences(cast.lead, by=again(cast.lead), time_zone="Asia/Kolkata", letter_keys=False)
    with django_assert_num_queries(len(plain)):
        client.get(PAGE)
