"""Word comes to an open inbox by itself, leads to the one item, and leaves by itself once that is done."""

import pytest
from playwright.sync_api import expect

from tests.journeys.misusing import item_page, nothing_broke, offered

pytestmark = pytest.mark.journey


@pytest.mark.browser
def test_a_key_that_waits_comes_to_the_inbox_and_leaves_it_by_being_turned(sit, stand, team):
    ruth = sit("reviewer")
    page = ruth.open("/inbox/")
    assert team.member.post(f"{item_page(7)}sign/", offered(team.member, 7)).status == 302
    row = page.locator(".notice-row", has_text="Your key: 7.")
    expect(row).to_be_visible(timeout=60_000)
    ruth.check_accessibility()
    ruth.follow(row.get_by_role("link"))
    assert page.url.endswith(f"{item_page(7)}#sign")
    page = ruth.open("/inbox/")
    assert team.reviewer.post(f"{item_page(7)}sign/", offered(team.reviewer, 7)).status == 302
    expect(page.locator(".notice-row", has_text="Your key: 7.")).to_have_count(0, timeout=60_000)
    page = ruth.open("/inbox/?show=done")
    expect(page.locator(".notice-row", has_text="Your key: 7.")).to_contain_text("you did it")
    nothing_broke(stand)


@pytest.mark.browser
@pytest.mark.parametrize("how", [{"phone": True, "dark": True}, {"dark": True}, {}], ids=["phone", "dark", "light"])
def test_every_page_of_notices_can_be_used_by_everybody(sit, how):
    lena = sit("lead", **how)
    for path in ("/inbox/", "/inbox/?show=all&sort=where", "/inbox/?q=nothing", "/inbox/reach/", "/inbox/sent/"):
        lena.open(path)
    page = lena.open("/t/pay/webhooks/")
    if not how:
        values = {"name": "Channel", "secret_value": "https://example.com/hook"}
        lena.send("/t/pay/webhooks/make/", "Make webhook", **values)
        expect(page.get_by_role("heading", level=1)).to_have_text("Channel")
        lena.check_accessibility()
        lena.open("/t/pay/webhooks/")
