"""A board of 204 items: what a browser fetches until it can be used, and choosing among so many rows."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys import staged
from tests.journeys.person import Person
from tests.journeys.standing import Stand

pytestmark = [pytest.mark.journey, pytest.mark.browser]

MOST_REQUESTS = 10
MOST_BYTES = 200_000
SETTLES = 500  # milliseconds for what scripts ask for by themselves, the event stream among it


@pytest.fixture(scope="module")
def long(stand: Stand) -> SimpleNamespace:
    """The address of the board, and the session of its lead."""
    made = staged.ask(stand.site, "stage_long_board")
    return SimpleNamespace(session=made["session"], board=stand.site.address + made["board"])


def test_a_long_board_costs_at_most_ten_requests_and_200_kilobytes(
    stand: Stand, long: SimpleNamespace, browser: Browser
) -> None:
    person = Person(browser, stand.site, session=long.session, axe=False)
    asked: dict[str, str] = {}
    sizes: dict[str, int] = {}
    network = person.context.new_cdp_session(person.page)
    network.on("Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["request"]["url"]}))
    network.on("Network.dataReceived", lambda event: sizes.update(
        {event["requestId"]: sizes.get(event["requestId"], 0) + event["encodedDataLength"]}
    ))  # fmt: skip
    network.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    network.send("Network.enable")
    person.page.goto(long.board, wait_until="load")
    person.page.wait_for_timeout(SETTLES)
    assert person.page.locator(".item").count() == staged.LONG
    fetched = {url: sizes.get(request, 0) for request, url in asked.items()}
    assert len(fetched) <= MOST_REQUESTS, fetched
    assert sum(fetched.values()) <= MOST_BYTES, fetched


def test_rows_out_of_sight_cost_nothing_until_a_link_or_paper_needs_them(
    stand: Stand, long: SimpleNamespace, browser: Browser
) -> None:
    page = Person(browser, stand.site, session=long.session, axe=False).page
    is_laid_out = (
        "number => document.querySelector(`#item-${number} > a`).checkVisibility({contentVisibilityAuto: true})"
    )
    page.goto(long.board, wait_until="load")
    page.wait_for_timeout(SETTLES)
    assert page.evaluate(is_laid_out, 1)
    assert not page.evaluate(is_laid_out, 150)
    page.goto(f"{long.board}#item-150")
    expect(page.locator("#item-150")).to_be_in_viewport()
    assert page.evaluate(is_laid_out, 150)
    assert page.evaluate("document.scrollingElement.scrollHeight") == page.viewport_size["height"]
    page.emulate_media(media="print")
    page.wait_for_timeout(SETTLES)
    assert page.evaluate(is_laid_out, staged.LONG)


def test_the_box_of_a_section_stands_for_the_rows_in_sight(
    stand: Stand, long: SimpleNamespace, browser: Browser
) -> None:
    person = Person(browser, stand.site, session=long.session, axe=False)
    page = person.page
    page.goto(long.board, wait_until="load")
    page.locator("#find").fill("204:")
    expect(page.locator(".item:visible")).to_have_count(1)
    page.locator(".group:visible .pick-all").check(force=True)
    expect(page.locator("[data-chosen]")).to_have_text("1 item chosen")
    page.locator("#bulk-owner").select_option(index=1)
    page.locator("#bulk").get_by_role("button", name="Assign").click()
    expect(page.get_by_text("1 item assigned to")).to_be_visible()
    expect(page.locator(".item .avatar")).to_have_count(1)
