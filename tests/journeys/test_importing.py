"""A preview is worked through by keys alone, and on a phone by touch: decided, undone, corrected, drafted."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.imports.test_deciding import TEXT
from tests.journeys.person import Person
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def staged(stand: Stand) -> dict[str, Any]:
    return dict(ask(stand.site, "stage_versions"))


def previewed(person: Person) -> Page:
    person.open("/t/pay/templates/import/")
    person.send("templates/import/", "Show what it becomes", text=TEXT)
    person.page.wait_for_url(re.compile(r"/import/[0-9a-f-]{36}/"))
    return person.page


def test_a_preview_is_worked_through_by_keys_alone(stand: Stand, staged: dict[str, Any], browser: Browser) -> None:
    person = Person(browser, stand.site, session=staged["sessions"]["member"])
    page = previewed(person)
    verdict, keys = page.locator("#verdict"), page.keyboard
    expect(verdict).to_contain_text("2 places")
    keys.press("j")
    expect(page.locator("#queue .selected")).to_contain_text("Line 6")
    expect(page.locator("#L6.selected, #i6.selected")).to_have_count(2)
    keys.press("y")  # a number is asked for
    keys.type("5")
    keys.press("Enter")
    expect(verdict).to_contain_text("1 place")
    expect(page.locator("#queue .selected")).to_contain_text("Line 7")
    keys.press("n")
    expect(verdict).to_contain_text("All clear")
    expect(page.locator("#queue .selected")).to_have_count(1)
    keys.press("y")
    expect(verdict).to_contain_text("3 suggestions")
    keys.press("Control+z")
    expect(verdict).to_contain_text("4 suggestions")
    expect(page.locator("#queue .selected")).to_have_count(1)
    keys.press("Enter")
    expect(page.locator(".lines :focus")).to_be_visible()
    keys.press("f")
    expect(page.locator("#line-text")).to_be_focused()
    keys.press("Escape")
    expect(page.locator("#line-form")).to_have_count(0)
    person.check_accessibility()
    page.get_by_role("button", name="Take all 4").click()
    expect(page.locator("#board .tag.critical")).to_be_visible()
    page.get_by_role("button", name="Make template").click()
    page.wait_for_url(lambda url: "/import/" not in url)
    expect(page.locator("main")).to_contain_text("Gateway")
    assert person.errors == []
    person.context.close()


def test_on_a_phone_the_queue_comes_first_and_a_line_opens_the_source(
    stand: Stand, staged: dict[str, Any], browser: Browser
) -> None:
    person = Person(browser, stand.site, phone=True, dark=True, session=staged["sessions"]["member"])
    page = previewed(person)
    assert page.locator("#queue").bounding_box()["y"] < page.locator("#board").bounding_box()["y"]
    expect(page.locator("#source")).not_to_be_visible()
    page.get_by_role("link", name="Line 7", exact=True).first.click()
    expect(page.locator("#L7")).to_be_visible()
    page.locator("#L7 .line-type").click()
    page.locator("#line-text").fill("- [ ] Login by default must never work")
    page.get_by_role("button", name="Set line 7").click()
    expect(page.locator("#verdict")).to_contain_text("1 place")
    page.get_by_role("link", name="Back to the board").click()
    expect(page.locator("#board")).to_contain_text("Login by default must never work")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert person.errors == []
    person.context.close()
