"""Follow-ups where people see them: the list of a team, one of them, the board, and my work."""

import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.boards.selectors import rendered
from apps.core import lists
from apps.followups import commands
from apps.followups.models import FollowUp, Kind
from tests.cast import again, basis, signed_in, words
from tests.followups.raising import raised
from tests.waivers import asking

pytestmark = pytest.mark.django_db
TEAM = "/t/pay/follow-ups/"


@pytest.fixture
def cast(stage):
    """A waiver's follow-up, one that is overdue, one that is closed, and one of another team."""
    item = stage.items[2]
    waiver = asking.ask(item, by=again(stage.member), justification="The robot tells them")
    owned = {"by": stage.lead, "owner": stage.member}
    subject = f"waiver:{waiver.pk.hex}"
    stage.waived = raised(stage.deployment, **owned, kind=Kind.WAIVER, subject=subject, what="Tell support by phone")
    stage.late = raised(stage.deployment, by=stage.lead, owner=stage.reviewer, days=-1, what="Watch the memory")
    stage.done = raised(stage.deployment, **owned, days=2, what="Close the ticket")
    commands.close_follow_up(stage.done, by=again(stage.lead), outcome="Closed by the robot")
    raised(stage.other_deployment, by=stage.stranger, owner=stage.stranger, what="Count the stock")
    return stage


def read(person, **asked):
    return words(signed_in(person).get(f"{TEAM}?{urlencode(asked)}"))


def texts(page):
    """What the rows of a page say is to be done, in order."""
    return re.findall(r'<a href="/t/pay/follow-ups/[0-9a-f-]{36}/"> <bdi>([^<]*)</bdi>', page)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Watch the memory", "Tell support by phone"]),
        ({"show": "overdue"}, ["Watch the memory"]),
        ({"show": "mine"}, ["Tell support by phone"]),
        ({"show": "closed"}, ["Close the ticket"]),
        ({"sort": "newest"}, ["Watch the memory", "Tell support by phone"]),
        ({"sort": "owner"}, ["Watch the memory", "Tell support by phone"]),
        ({"q": "PHONE tell"}, ["Tell support by phone"]),
        ({"q": "okafor"}, ["Watch the memory"]),
        ({"q": "ticket"}, []),
        ({"show": "nonsense", "sort": "nonsense"}, ["Watch the memory", "Tell support by phone"]),
    ],
)
def test_the_list_is_filtered_sorted_and_searched_by_its_address(cast, asked, found):
    assert texts(read(cast.member, **asked)) == found


def test_filters_count_and_what_is_asked_stays_in_every_address(cast):
    page = read(cast.member, show="overdue", sort="owner", q="memory")
    for name, count in (("Open", 1), ("Overdue", 1), ("Mine", 0), ("Closed", 0)):
        assert f"{name} <b>{count}</b>" in page
    assert '?show=closed&amp;sort=owner&amp;q=memory"' in page
    assert '<input type="hidden" name="show" value="overdue">' in page
    assert 'value="memory"' in page


def test_a_row_leads_to_its_deployment_and_its_item(cast):
    page = read(cast.auditor)
    assert '<a href="/t/pay/deployments/1/">PAY-1</a>' in page
    assert '<a href="/t/pay/deployments/1/items/3/">item 3</a>' in page
    assert '<a href="/t/pay/deployments/1/sheet/">sheet</a>' in page
    assert "overdue</span> until" in page
    assert "Count the stock" not in page


def test_an_empty_list_says_what_would_stand_there_and_one_without_matches_how_to_go_on(stage):
    assert "No follow-ups yet" in read(stage.member)
    raised(stage.deployment, by=stage.lead, owner=stage.member)
    assert "No closed follow-up here" in read(stage.member, show="closed")
    assert "No follow-up matches “<bdi>nothing</bdi>”" in read(stage.member, q="nothing")


def test_pages_go_on_and_a_list_takes_a_fixed_number_of_queries(cast, monkeypatch):
    monkeypatch.setattr(lists, "PER_PAGE", 50)

    def asked():
        browser = signed_in(cast.member)
        browser.get(TEAM)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(TEAM).status_code == 200
        return len(captured)

    few = asked()
    for place in range(60):
        raised(cast.deployment, by=cast.lead, owner=cast.member, days=9, what=f"Number {place}")
    assert asked() == few
    assert len(texts(read(cast.member))) == 50
    assert len(texts(read(cast.member, page="2"))) == 12


def test_it_is_closed_with_what_was_done_and_then_stays_so(cast):
    url = f"{TEAM}{cast.waived.pk}/"
    browser = signed_in(cast.member)
    assert browser.post(f"{url}close/", basis(browser, url, f"{url}close/") | {"outcome": ""}).status_code == 422
    sent = basis(browser, url, f"{url}close/") | {"outcome": "Told them"}
    answer = browser.post(f"{url}close/", sent)
    assert (answer.status_code, answer.headers["Location"]) == (302, url)
    page = words(browser.get(url))
    assert "Told them" in page
    assert 'action="' + url not in page
    answer = browser.post(f"{url}close/", sent | {"outcome": "Told them twice"})
    assert answer.status_code == 409
    assert FollowUp.objects.get(pk=cast.waived.pk).outcome == "Told them"


def test_it_is_given_to_somebody_else_until_another_day(cast):
    url = f"{TEAM}{cast.waived.pk}/"
    browser = signed_in(cast.member)
    shown = basis(browser, url, f"{url}change/")
    sent = shown | {"owner": str(cast.reviewer.pk), "due_on": "2099-01-01"}
    assert browser.post(f"{url}change/", sent).status_code == 302
    day = '<time datetime="2099-01-01" data-day="long">1 January 2099</time>'
    assert f"<bdi>{cast.reviewer.full_name}</bdi>, until {day}" in words(browser.get(url))
    late = browser.post(f"{url}change/", sent | {"owner": str(cast.lead.pk)})
    assert late.status_code == 409
    assert FollowUp.objects.get(pk=cast.waived.pk).owner == cast.reviewer


@pytest.mark.parametrize(
    ("typed", "status", "why"),
    [
        ({"due_on": "2026-01-01"}, 422, "This day has passed"),
        ({"owner": ""}, 422, "Choose one"),
        ({"due_on": "20-01-01"}, 422, "valid date"),
    ],
)
def test_what_cannot_be_is_refused_beside_what_was_typed(cast, typed, status, why):
    url = f"{TEAM}{cast.waived.pk}/"
    browser = signed_in(cast.member)
    sent = basis(browser, url, f"{url}change/") | {"owner": str(cast.member.pk), "due_on": "2099-01-01"} | typed
    answer = browser.post(f"{url}change/", sent)
    assert answer.status_code == status
    assert why in words(answer)


def test_nobody_outside_the_team_is_offered_or_taken(cast):
    url = f"{TEAM}{cast.waived.pk}/"
    browser = signed_in(cast.member)
    assert str(cast.stranger.pk) not in words(browser.get(url))
    sent = basis(browser, url, f"{url}change/") | {"owner": str(cast.stranger.pk), "due_on": "2099-01-01"}
    assert browser.post(f"{url}change/", sent).status_code == 422
    assert signed_in(cast.stranger).get(url).status_code == 404


def test_an_auditor_reads_it_and_is_told_why_that_is_all(cast):
    page = words(signed_in(cast.auditor).get(f"{TEAM}{cast.late.pk}/"))
    assert "It was to be done until" in page
    assert "Ask an admin of your team for another role." in page
    assert "Close the follow-up" not in page


def test_the_board_says_how_many_are_open_and_overdue(cast):
    board = words(signed_in(cast.auditor).get("/t/pay/deployments/1/"))
    assert 'Follow-ups: 2 open, <span class="wrong">1 overdue</span>' in board
    assert texts(board) == ["Watch the memory", "Tell support by phone"]
    commands.close_follow_up(cast.late, by=again(cast.lead), outcome="Done")
    board = words(signed_in(cast.auditor).get("/t/pay/deployments/1/"))
    assert "Follow-ups: 1 open </h2>" in board


def test_a_board_without_any_shows_none_and_open_pages_have_a_place_for_the_first(stage):
    board = words(signed_in(stage.member).get("/t/pay/deployments/1/"))
    assert '<section class="follow-ups" id="follow-ups" aria-labelledby="follow-ups-h" hidden>' in board
    raised(stage.deployment, by=stage.lead, owner=stage.member)
    rows = words(signed_in(stage.member).get("/t/pay/deployments/1/rows/"))
    assert "Follow-ups: 1 open </h2>" in rows


def test_my_work_has_my_own_the_overdue_first(cast):
    url = "/t/pay/"
    commands.change_follow_up(cast.late, by=again(cast.lead), owner=cast.member, due_on=cast.late.due_on)
    page = words(signed_in(cast.member).get(url))
    assert texts(page) == ["Watch the memory", "Tell support by phone"]
    assert "1 is late" in page
    assert texts(words(signed_in(cast.lead).get(url))) == []


def test_my_work_takes_as_many_queries_for_many_as_for_two(cast):
    def asked():
        browser = signed_in(cast.member)
        browser.get("/t/pay/")
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/t/pay/").status_code == 200
        return len(captured)

    few = asked()
    for place in range(30):
        raised(cast.deployment, by=cast.lead, owner=cast.member, days=9, what=f"Number {place}")
    rendered.forget()
    assert asked() == few
    assert "All 31</a>" in words(signed_in(cast.member).get("/t/pay/"))
