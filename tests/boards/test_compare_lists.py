"""A comparison is filtered, searched, sorted and paged, and who may ask for it, of which two."""

import re
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts import commands as accounts
from apps.deployments import commands
from tests import cast as casting
from tests.boards.comparing import ask, chips, page, pair, sign_twice, start
from tests.cast import again, signed_in, words
from tests.deployments.templates import blank, fill, item, line, publish
from tests.ledger import histories

pytestmark = pytest.mark.django_db
MOST_QUERIES = 14


@pytest.fixture
def cast(people: SimpleNamespace) -> SimpleNamespace:
    return people


def test_names_are_those_of_then(cast):
    before, after = pair(cast, line("one"))
    sign_twice(cast, before, "one")
    accounts.rename_person(again(cast.reviewer), by=again(cast.reviewer), full_name="Ruth Married")
    text = page(cast, before, after, show="all")
    assert "verified by 佐藤 Mika and Ruth Okafor" in text
    assert "Ruth Married" not in text


def test_filters_count_what_they_show_and_searches_find_in_both(cast):
    before, after = pair(cast, line("one", text="Alpha"), line("two"), line("three"),
                         edit={"one": {"text": "Beta"}, "two": {"keys": 3}})  # fmt: skip
    text = page(cast, before, after)
    for show, count in (("", 2), ("text", 1), ("keys", 1), ("all", 3), ("limit", 0), ("no such", 2)):
        assert page(cast, before, after, show=show).count('<li id="c-') == count
    assert chips(text) == {"Different": 2, "Other keys": 1, "Other text": 1, "All": 3}
    for find, anchors in (("alpha", ["1"]), ("BETA", ["1"]), ("three", []), ("alpha beta", ["1"])):
        assert re.findall(r'<li id="c-([^"]+)"', page(cast, before, after, q=find)) == anchors
    assert chips(page(cast, before, after, q="three")) == {"Different": 0, "All": 1}


def test_an_empty_page_says_why_and_where_there_is_more_and_keeps_the_rest_of_the_address(cast):
    before, after = pair(cast, line("one"), line("two"))
    text = page(cast, before, after, q="two", sort="gravest")
    assert "No item matches “<bdi>two</bdi>” under “Different”" in text
    assert "1 other does." in text
    assert f'href="?from={before.number}&amp;to={after.number}&amp;show=all&amp;sort=gravest&amp;q=two"' in text
    nothing = page(cast, before, after, q="zzz", show="text")
    assert "No item matches “<bdi>zzz</bdi>”" in nothing
    assert "Show all" not in nothing
    assert f'href="?from={before.number}&amp;to={after.number}&amp;show=text">Clear the search' in nothing
    assert "No item is here under “Other limit”" in page(cast, before, after, show="limit")


def test_a_search_keeps_which_two_are_compared_and_how(cast):
    before, after = pair(cast, line("one"))
    form = page(cast, before, after, show="all", sort="gravest").partition('role="search"')[2].partition("</form>")[0]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    assert hidden == {"from": str(before.number), "to": str(after.number), "show": "all", "sort": "gravest"}


def test_the_gravest_comes_first_where_that_is_asked(cast):
    before, after = pair(cast, line("one"), line("two"), edit={"one": {"text": "Beta"}})
    sign_twice(cast, before, "two")
    casting.sign(item(after, "two"), cast.member)
    commands.reject_item(item(after, "two"), by=again(cast.reviewer), reason="No.")
    assert re.findall(r'<li id="c-(\d+)"', page(cast, before, after)) == ["1", "2"]
    assert re.findall(r'<li id="c-(\d+)"', page(cast, before, after, sort="gravest")) == ["2", "1"]


def test_long_ones_come_in_pages(cast, monkeypatch):
    monkeypatch.setattr("apps.boards.selectors.compare.PARTS_PER_PAGE", 2)
    before, after = pair(cast, *(line(f"item-{n}") for n in range(5)))
    first = page(cast, before, after, show="all")
    assert re.findall(r'<li id="c-(\d+)"', first) == ["1", "2"]
    assert "Page 1 of 3" in first
    assert f"?from={before.number}&amp;to={after.number}&amp;show=all&amp;page=2" in first
    assert re.findall(r'<li id="c-(\d+)"', page(cast, before, after, show="all", page="99999")) == ["5"]


@pytest.mark.parametrize("who", ["auditor", "member"])
def test_everybody_of_the_team_may_compare(cast, who):
    before, after = pair(cast, line("one"))
    assert ask(cast, before, after, who=getattr(cast, who)).status_code == 200


def test_nobody_compares_with_a_deployment_of_another_team(cast):
    mine, _ = pair(cast, line("one"))
    theirs = casting.publish(cast.other_team, by=cast.stranger)
    for _ in range(4):
        other = casting.deploy(cast.other_team, theirs, by=cast.stranger, service="stock")
    assert other.number == 4
    for numbers in ((mine, other), (other, mine), (0, other), (other, 0), (other, other)):
        assert ask(cast, *numbers).status_code == 404
    assert ask(cast, mine, mine.number + 1, who=cast.stranger).status_code == 404


@pytest.mark.parametrize("number", ["x", "-1", "1e3", "٣", "9" * 10_000, "1 ", "1;"])
def test_what_is_no_number_leads_nowhere(cast, number):
    assert ask(cast, 1, number).status_code == ask(cast, number, 1).status_code == 404


@pytest.mark.parametrize("typed", ["a\0b", "x" * 10_000, "٪%_'\"<script>", " " * 300, "\u202e"])
def test_no_search_and_no_filter_breaks_it(cast, typed):
    before, after = pair(cast, line("one"))
    for name in ("q", "show", "sort", "page"):
        answer = ask(cast, before, after, **{name: typed})
        assert answer.status_code in (200, 400)
        assert b"<script>" not in answer.content.partition(b"</head>")[2]
        assert ask(cast, before, 0, **{name: typed}).status_code in (200, 400)


def test_as_long_as_one_is_missing_the_others_are_offered_those_of_the_same_checklist_first(cast):
    before, after = pair(cast, line("one"))
    other = start(cast, publish(cast.team, line("else"), by=cast.lead), "9.9")
    text = words(ask(cast, 0, before))
    assert f"Compare {before.code} with which?" in text
    assert re.findall(r'href="\?from=(\d+)&amp;to=1"', text) == [str(after.number), str(other.number)]
    assert re.findall(r'href="\?from=1&amp;to=(\d+)"', words(ask(cast, before, 0))) == ["2", "3"]
    assert re.findall(r'href="\?to=(\d+)"', words(ask(cast, 0, 0))) == ["3", "2", "1"]
    assert re.findall(r'href="\?from=(\d+)&amp;to=1"', words(ask(cast, 0, before, q="9.9"))) == ["3"]
    assert "No other deployment matches “<bdi>zzz</bdi>”" in words(ask(cast, 0, before, q="zzz"))
    assert "does not differ from itself" in words(ask(cast, before, before))


def test_a_lone_deployment_has_nothing_to_be_compared_with(cast):
    lone = start(cast, publish(cast.team, line("one"), by=cast.lead))
    assert "There is no other deployment" in words(ask(cast, 0, lone))
    assert "Compare two" not in words(signed_in(again(cast.lead)).get(reverse("deployments:list", args=["pay"])))


def test_other_checklists_are_compared_by_what_both_have_and_the_page_says_so(cast):
    before = start(cast, publish(cast.team, line("one"), by=cast.lead))
    after = start(cast, publish(cast.team, line("one"), line("two"), by=cast.lead))
    text = page(cast, before, after)
    assert "They run different checklists: items with the same key are taken for the same." in text
    assert chips(text) == {"Different": 1, "Only in one": 1, "All": 2}


def test_a_board_and_the_list_lead_to_it(cast):
    before, after = pair(cast, line("one"))
    browser = signed_in(again(cast.lead))
    board = browser.get(reverse("deployments:board", args=["pay", after.number])).content.decode()
    assert f'href="../compare/?to={after.number}"' in board
    assert (
        reverse("deployments:compare", args=["pay"])
        in browser.get(reverse("deployments:list", args=["pay"])).content.decode()
    )
    assert before.code in words(browser.get(f"{reverse('deployments:compare', args=['pay'])}?to={after.number}"))


def test_it_takes_a_fixed_number_of_queries(cast):
    counts = []
    for many in (2, 30):
        before, after = pair(cast, *(line(f"item-{n}", fill_ins=[blank("Where")]) for n in range(many)))
        histories.waive(cast, item(before, "item-0"))
        fill(after, "item-1", "Here", by=cast.member)
        sign_twice(cast, after, "item-1")
        browser, address = signed_in(again(cast.lead)), reverse("deployments:compare", args=["pay"])
        with CaptureQueriesContext(connection) as captured:
            asked = {"from": before.number, "to": after.number, "show": "all"}
            assert browser.get(address, asked).status_code == 200
        counts.append(len([each for each in captured if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))]))
    assert counts[0] == counts[1] <= MOST_QUERIES, "\n".join(each["sql"][:300] for each in captured)
