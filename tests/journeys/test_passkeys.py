"""Somebody gets a passkey, signs in by it, and removes it, with the authenticator that Chromium brings for tests."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.journeys.misusing import item_page, nothing_broke, recorded
from tests.journeys.person import Person
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

pytestmark = [pytest.mark.journey, pytest.mark.browser]
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def with_device(person: Person) -> tuple[CDPSession, str]:
    """A device for the page, and its id."""
    devices = person.context.new_cdp_session(person.page)
    devices.send("WebAuthn.enable")
    added = devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return devices, added["authenticatorId"]


def sign_out(page: Page) -> None:
    page.goto(f"{page.url.split('/', 3)[0]}//{page.url.split('/', 3)[2]}/account/")
    page.get_by_role("button", name="Sign out").click()


def test_a_passkey_is_added_signs_in_and_is_removed(stand: Stand, team: SimpleNamespace, browser: Browser) -> None:
    password = ask(stand.site, "set_password")
    site = stand.site.address.replace("127.0.0.1", "localhost")  # a passkey is bound to a name
    person = Person(browser, stand.site)
    devices, device = with_device(person)
    for path in ("sign-in/forgotten/", "sign-in/forgotten/asked/", "sign-in/forgotten/no-link/"):
        person.open(f"{site}/{path}")
        person.check_accessibility()
    page = person.open(f"{site}/sign-in/")
    page.get_by_label("User name").fill("lena")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()

    for path in ("account/factors/address/", "account/address/no-link/"):
        person.open(f"{site}/{path}")
        person.check_accessibility()
    page = person.open(f"{site}/account/factors/")
    page.get_by_role("link", name="Add a passkey…").click()
    person.check_accessibility()
    page.get_by_label("Name").fill("laptop")
    page.get_by_label("Your password").fill(password)
    page.get_by_role("button", name="Add passkey").click()
    expect(page.locator("#notices")).to_contain_text("The passkey “laptop” is added.")
    expect(page.locator("#main")).to_contain_text("signing is suspended for 24 hours")
    person.check_accessibility()
    found = devices.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert [(each["rpId"], each["isResidentCredential"]) for each in found] == [("localhost", True)]

    sign_out(page)
    page.get_by_role("button", name="Sign in by passkey").click()
    expect(page.get_by_role("link", name="your account")).to_be_visible()

    page = person.open(f"{site}{item_page(30)}")
    expect(page.locator("#main")).to_contain_text("signing is suspended for 24 hours")
    ask(stand.site, "let_a_day_pass")
    page = person.open(f"{site}{item_page(30)}")
    person.check_accessibility()
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name="Turn first key with passkey").click()
    expect(page.locator("[data-passkey-status]")).to_contain_text("The browser was not allowed to")
    assert recorded(stand, "item.signed", team.items["30"]) == 0
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.get_by_role("button", name="Turn first key with passkey").click()
    expect(page.locator("#notices")).to_contain_text("You turned your key of item 30.")
    assert recorded(stand, "item.signed", team.items["30"]) == 1
    expect(page.locator(".next-item")).to_contain_text("waits for you")

    page = person.open(f"{site}{item_page(30).replace('items/30/', 'series/')}?item=28&item=29")
    person.check_accessibility()
    for key in ("k", "Space", "Space"):  # to the one that is open, read and ticked, and the next one
        page.keyboard.press(key)
    expect(page.locator("[data-series-count]")).to_have_text("2 keys are ticked.")
    page.keyboard.press("Enter")  # on the button that the second one led to
    expect(page.locator("#notices")).to_contain_text("You turned 2 keys in one series: items 28, 29.")
    assert [recorded(stand, "item.signed", team.items[each]) for each in ("28", "29")] == [1, 1]

    sign_out(page)
    page.get_by_label("User name").fill("lena")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    person.check_accessibility()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("link", name="your account")).to_be_visible()

    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page = person.open(f"{site}/account/factors/")
    page.get_by_role("link", name="Rename… laptop").click()
    person.check_accessibility()
    page.get_by_label("Name").fill("old laptop")
    page.get_by_role("button", name="Save name").click()
    expect(page.locator("#notices")).to_contain_text("Its name is saved.")
    page.get_by_role("link", name="Remove… old laptop").click()
    page.get_by_role("button", name="Remove passkey, confirmed by passkey").click()
    expect(page.get_by_role("alert").filter(has_text="✕")).to_contain_text("The browser was not allowed to")
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.get_by_role("button", name="Remove passkey, confirmed by passkey").click()
    expect(page.locator("#notices")).to_contain_text("What it signed stays valid.")
    expect(page.locator("#main")).to_contain_text("None yet.")

    sign_out(page)
    page.get_by_role("button", name="Sign in by passkey").click()
    expect(page.get_by_role("alert").filter(has_text="Not signed in")).to_contain_text("not known here")
    assert person.errors == []
    nothing_broke(stand, but="whose way in had changed was let sign before the day was over")  # let_a_day_pass
