"""The page of an inbox: what waits, what there is to know, what is done; kept in its address."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts import commands as accounts
from apps.accounts.models import User
from apps.deployments import commands as deployments
from apps.ledger.commands import SYSTEM
from apps.notices.models import Notice
from apps.notices.selectors import InboxListener
from tests import cast
from tests.cast import again, signed_in
from tests.notices.heard import derived, kinds

pytestmark = pytest.mark.django_db
INBOX = "/inbox/"


@pytest.fixture
def staged(stage):
    """A key that waits for the lead, and an item that was assigned to them."""
    derived()
    Notice.objects.all().delete()
    cast.sign(stage.items[3], stage.member)
    deployments.assign_items(stage.deployment, by=again(stage.member), owner=stage.lead, numbers=[5])
    derived()
    stage.browser = signed_in(stage.lead)
    return stage


def shown(browser, query: str = "") -> str:
    response = browser.get(f"{INBOX}{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_it_says_what_waits_and_what_there_is_to_know_each_a_link_to_one_item(staged):
    page = shown(staged.browser)
    assert "1 notice waits for you" in page
    assert "1 more is to know" in page
    links = re.findall(r'<a href="(/t/pay/[^"]*)"', page)
    assert "/t/pay/deployments/1/items/4/#sign" in links
    assert "/t/pay/deployments/1/items/5/" in links
    assert re.search(r'id="inbox-link".*?<b>2</b>', page, re.DOTALL)


def test_what_waits_leaves_only_by_being_done(staged):
    waiting = Notice.objects.get(person=staged.lead, kind="verify")
    assert f"{waiting.pk}/done/" not in shown(staged.browser)
    response = staged.browser.post(reverse("notices:finish_notice", args=[waiting.pk]))
    assert response.status_code == 409
    assert "leaves by being done" in response.content.decode()
    assert sorted(kinds(staged.lead)) == ["assigned", "verify"]


def test_done_and_undo(staged):
    notice = Notice.objects.get(person=staged.lead, kind="assigned")
    staged.browser.post(reverse("notices:finish_notice", args=[notice.pk]))
    assert kinds(staged.lead) == ["verify"]
    assert User.objects.get(pk=staged.lead.pk).news == 1
    assert f"{notice.pk}/undo/" in shown(staged.browser, "?show=done")
    staged.browser.post(reverse("notices:reopen_notice", args=[notice.pk]))
    assert "assigned" in kinds(staged.lead)
    assert User.objects.get(pk=staged.lead.pk).news == 2


def test_what_was_settled_by_itself_does_not_come_back(staged):
    cast.sign(staged.items[3], staged.lead)
    derived()
    notice = Notice.objects.get(person=staged.lead, kind="verify")
    page = shown(staged.browser, "?show=done")
    assert "you did it" in page
    assert f"{notice.pk}/undo/" not in page
    assert staged.browser.post(reverse("notices:reopen_notice", args=[notice.pk])).status_code == 409


def test_all_to_know_is_done_with_but_for_what_came_after_the_page(staged):
    until = re.search(r'name="until" value="([^"]*)"', shown(staged.browser))[1]
    deployments.assign_items(staged.deployment, by=again(staged.member), owner=staged.lead, numbers=[2])
    derived()
    staged.browser.post(reverse("notices:finish_all"), {"until": until})
    assert sorted(kinds(staged.lead)) == ["assigned", "verify"]
    assert staged.browser.post(reverse("notices:finish_all")).status_code == 409


def test_nobody_sees_or_settles_what_is_for_somebody_else(staged):
    notice = Notice.objects.get(person=staged.lead, kind="assigned")
    for other in (staged.reviewer, staged.stranger):
        browser = signed_in(other)
        assert str(notice.pk) not in shown(browser, "?show=all")
        assert browser.post(reverse("notices:finish_notice", args=[notice.pk])).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [("?q=stays+low", 1), ("?q=mika", 2), ("?q=nothing+at+all", 0), ("?show=waiting", 1), ("?show=know&sort=old", 1),
     ("?show=done", 0), ("?show=all&sort=where", 2), ("?show=sideways&sort=up&page=x", 2)],
)  # fmt: skip
def test_search_filters_and_order_are_kept_in_the_address(staged, query, found):
    page = shown(staged.browser, query)
    assert page.count('class="notice-row') == found
    assert (found == 0) == ('class="empty"' in page)


def test_what_is_of_no_item_no_deployment_and_no_team_is_searched_too(staged):
    accounts.change_password(again(staged.lead), by=SYSTEM, password="another good long one")
    derived()
    browser = signed_in(again(staged.lead))
    assert shown(browser, "?q=nothing+at+all").count('class="notice-row') == 0
    assert shown(browser, "?q=the+password").count('class="notice-row') == 1


def test_an_inbox_without_anything_says_what_comes_there(staged):
    assert "comes here by itself" in shown(signed_in(staged.auditor))


def test_a_long_inbox_has_pages_and_takes_as_many_queries(staged):
    with CaptureQueriesContext(connection) as few:
        shown(staged.browser)
    one = Notice.objects.get(person=staged.lead, kind="assigned")
    for number in range(150):
        one.pk, one.occasion, one._state.adding = None, f"test:{number}", True
        one.id = uuid.uuid4()
        one.save(force_insert=True)
    with CaptureQueriesContext(connection) as many:
        page = shown(staged.browser)
    assert len(many) == len(few)
    assert page.count('class="notice-row') == 100
    assert "1 to 100 of 152" in page


def test_an_open_page_hears_that_something_changed_once(staged):
    listener = InboxListener(staged.lead.pk, str(staged.browser.session.session_key), "")
    assert listener.may_listen()
    assert listener.missed(-1) == (None, [])
    assert listener.missed(-1) == (-1, [])
    deployments.assign_items(staged.deployment, by=again(staged.member), owner=staged.lead, numbers=[2])
    derived()
    assert listener.missed(-1) == (None, [])
    staged.browser.logout()
    assert not listener.may_listen()
