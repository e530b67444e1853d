"""Two deployments are compared: by keyboard alone, and on a phone without scripts."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.person import Person

pytestmark = pytest.mark.journey
NEW = {"service": "Gateway", "version": "2.9.0", "environment": "production"}
SWITCH = {"service": "Switch", "version": "1.0.0", "environment": "production"}


@pytest.fixture(scope="module")
def three(team: SimpleNamespace) -> SimpleNamespace:
    """PAY-1 and two more of its checklist."""
    for values in (NEW, SWITCH):
        assert team.lead.post(f"/t/pay/deployments/new/?template={team.staged['template']}", values).status == 302
    return team


def press(person: Person, name: str) -> None:
    """Go to a link or button by Tab, and press Enter."""
    wanted = (
        person.page.locator("a, button, input", has_text=name).or_(person.page.get_by_label(name, exact=True)).first
    )
    for _ in range(60):
        person.page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            break
    expect(wanted).to_be_focused()
    person.page.keyboard.press("Enter")


def test_by_keyboard_alone(three: SimpleNamespace, browser: Browser) -> None:
    """From the board to what differs, to all of it, and to the other order."""
    lena = Person(browser, three.lead.site, session=three.sessions["lead"])
    lena.open("/t/pay/deployments/3/")
    press(lena, "More")
    press(lena, "Compare with another")
    expect(lena.page.get_by_role("heading", level=1)).to_have_text("Compare PAY-3 with which?")
    lena.check_accessibility()
    lena.page.get_by_label("Find a deployment").focus()
    lena.page.keyboard.type("gateway 2.9")
    lena.page.keyboard.press("Enter")
    expect(lena.page.locator("main .lined > li")).to_have_count(1)
    press(lena, "Compare: PAY-2")
    expect(lena.page.get_by_role("heading", level=1)).to_have_text("Where PAY-3 differs from PAY-2")
    lena.check_accessibility()
    press(lena, "All 30")
    expect(lena.page.locator(".versus > li[id]")).to_have_count(30)
    lena.check_accessibility()
    press(lena, "Swap the two")
    expect(lena.page.get_by_role("heading", level=1)).to_have_text("Where PAY-2 differs from PAY-3")
    assert not lena.errors
    lena.context.close()


def test_on_a_phone_without_scripts(three: SimpleNamespace, browser: Browser) -> None:
    """Found from the list; nothing is wider than the screen, and each side says which it is."""
    aude = Person(
        browser, three.lead.site, session=three.sessions["auditor"], phone=True, dark=True, scripts=False, axe=False
    )
    page = aude.open("/t/pay/deployments/")
    aude.follow(page.get_by_role("link", name="Compare two"))
    for code in ("PAY-3", "PAY-1"):
        aude.follow(page.locator("main .lined > li", has_text=code).get_by_role("link"))
    aude.follow(page.get_by_role("link", name="All 30"))
    sides = page.locator("#c-1 .which")
    expect(sides).to_have_text(["PAY-1", "PAY-3"])
    expect(sides.first).to_be_visible()
    page.get_by_label("Find an item of both").fill("Step 17")
    aude.follow(page.get_by_role("button", name="Find"))
    expect(page.locator(".versus > li[id]")).to_have_count(1)
    assert page.locator("main").evaluate("element => element.scrollWidth <= 390")
    aude.context.close()
