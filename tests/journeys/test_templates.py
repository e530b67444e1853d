"""What stands around a template, page by page: nothing on it is hard to reach, too wide, or left behind."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.person import Person
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

pytestmark = pytest.mark.journey
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(scope="module")
def staged(stand: Stand) -> dict[str, Any]:
    return dict(ask(stand.site, "stage_versions"))


def pages(staged: dict[str, Any]) -> list[str]:
    """Every page of templates that shows something here, and those of deployments that follow their templates."""
    template, (first, _) = staged["template"], staged["boards"]
    one, other = staged["numbers"]
    return [
        "/t/pay/templates/", "/t/pay/templates/?q=nothing+has+this", "/t/pay/templates/built-in/agent/",
        "/t/pay/templates/new/", template, f"{template}?version=1", f"{template}changes/",
        f"{template}changes/?show=all", f"/t/pay/templates/import/?into={template.split('/')[-2]}",
        f"{first}upgrade/", f"{first}items/2/", f"{first}items/add/",
        f"/t/pay/deployments/compare/?from={one}&to={other}", f"/t/pay/deployments/compare/?from={one}",
    ]  # fmt: skip


@pytest.mark.parametrize("phone", [False, True], ids=["a wide screen, light", "a phone, dark"])
def test_every_page_of_templates_can_be_read_by_everybody(
    stand: Stand, staged: dict[str, Any], browser: Browser, phone: bool
) -> None:
    person = Person(browser, stand.site, phone=phone, dark=phone, session=staged["sessions"]["lead"])
    for path in pages(staged):
        page = person.open(path)
        expect(page.locator("main h1").first).to_be_visible()
        assert not page.evaluate(TOO_WIDE), f"{path} is too wide"
        page.keyboard.press("Escape")  # closes nothing on a page of its own
    assert person.errors == []
    person.context.close()


def test_a_changed_document_is_brought_into_its_template(
    stand: Stand, staged: dict[str, Any], browser: Browser
) -> None:
    """From the template to its draft, by what the pages offer."""
    person = Person(browser, stand.site, session=staged["sessions"]["member"])
    page = person.open(staged["template"])
    page.get_by_role("link", name="Import a changed document").click()
    person.send("templates/import/", "Show what it becomes", text=staged["changed"])
    page.get_by_role("link", name="See what it changes").click()
    page.wait_for_url("**/merge/")
    person.check_accessibility()
    expect(page.locator(".answer")).to_contain_text("1 removed, 1 changed")
    page.get_by_role("button", name="It is another item").click()
    expect(page.locator(".answer")).to_contain_text("1 new item, 2 removed")
    page.get_by_role("button", name="Look for it again").click()
    page.get_by_role("button", name="Bring it into the draft").click()
    page.wait_for_url(re.compile("/changes/"))
    expect(page.locator("main")).to_contain_text("Tell all of support")
    assert person.errors == []
    person.context.close()
