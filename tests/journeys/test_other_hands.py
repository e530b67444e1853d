"""The narrowest phone, a wrong clock, no scripts, no mouse: whoever looks so reads and signs as well."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from apps.core import wording
from project import processes
from tests.cast import PASSWORD
from tests.journeys.misusing import BOARD, IMPORT, NEW, RECORDS, item_page, nothing_broke, recorded

pytestmark = pytest.mark.journey


NARROW = """() => {
  for (const part of document.querySelectorAll("details")) part.open = true;
  const fields = document.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio]), textarea, select");
  return {
    sideways: document.documentElement.scrollWidth - innerWidth,
    small: [...fields].filter((field) => parseFloat(getComputedStyle(field).fontSize) < 16).map((field) => field.name),
    low: [...document.querySelectorAll(".crumbs a")].filter((link) => link.getBoundingClientRect().height < 24).length,
  };
}"""


@pytest.mark.browser
def test_nothing_is_too_wide_too_small_or_too_low_on_the_narrowest_phone(sit):
    lead = sit("lead", phone=True, axe=False)
    lead.page.set_viewport_size({"width": 320, "height": 700})
    pages = ["/t/pay/", "/t/pay/deployments/", "/t/pay/people/", "/account/", BOARD, item_page(3), RECORDS, IMPORT, NEW]
    pages += [f"{BOARD}{part}/" for part in ("rollback", "sheet", "history", "edit")]
    seen = {path: lead.open(path).evaluate(NARROW) for path in pages}
    assert seen == {path: {"sideways": 0, "small": [], "low": 0} for path in pages}


@pytest.mark.browser
def test_relative_times_trust_no_browser_clock_and_say_what_the_server_says(sit):
    member = sit("member", axe=False)
    member.page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=3))
    now = datetime.fromisoformat(member.open(BOARD).evaluate("document.body.dataset.now"))
    moments = [now + timedelta(hours=hours) for hours in (0, -0.5, 3, 26, 47, -26, -47, 400, -720, 2000)]
    shown = member.page.evaluate(
        """(moments) => {
          const times = moments.map((moment) => Object.assign(document.createElement("time"), { dateTime: moment }));
          for (const time of times) time.dataset.relative = "";
          document.getElementById("main").append(...times);
          document.body.dispatchEvent(new CustomEvent("keyturn:after-replace", { bubbles: true }));
          return times.map((time) => time.textContent);
        }""",
        [moment.isoformat() for moment in moments],
    )
    assert shown == [wording.relative(moment, now) for moment in moments]


def test_reading_signing_and_exporting_work_without_scripts(team, sit):
    ruth = sit("reviewer", scripts=False, axe=False)
    page = ruth.open(BOARD)
    page.locator("#item-12 > a").click()
    page.wait_for_url(f"**{item_page(12)}")
    expect(page.locator("h1")).to_contain_text("Step 12")
    page.locator("#sign-password").fill(PASSWORD)
    page.get_by_role("button", name="Turn first key").click()
    expect(page.locator("#notices")).to_contain_text("You turned your key of item 12.")
    page.locator("#add-note summary").click()
    page.locator("#note-text").fill("Seen without scripts.")
    page.get_by_role("button", name="Attach note").click()
    expect(page.locator("#evidence")).to_contain_text("Seen without scripts.")
    expect(page.locator("#sign")).to_contain_text("keys fell out")
    ruth.open(RECORDS)
    page.get_by_role("button", name="Make a record").click()
    expect(page.locator("#notices")).to_contain_text("is being made")
    newest = page.locator("#records ol > li").first
    assert processes.wait_until(lambda: "Filed" in reloaded(page, newest), seconds=60)
    with page.expect_download() as download:
        newest.get_by_role("link", name="Download PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")


def reloaded(page: Page, part: Locator) -> str:
    """What a part says after the page is asked for again."""
    page.goto(page.url)
    return part.inner_text()


@pytest.mark.browser
def test_a_key_is_turned_without_a_mouse(stand, team, sit):
    mika = sit("member")
    page = mika.open(BOARD)
    for _ in range(20):
        page.keyboard.press("j")
    expect(page.locator("#item-20 > a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#detail h1, #detail h2").first).to_contain_text("Step 20")
    page.keyboard.press("s")
    expect(page.locator("#sign-password")).to_be_focused()
    assert recorded(stand, "item.signed", team.items["20"]) == 0
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Turn first key")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#notices")).to_contain_text("You turned your key of item 20.")
    expect(page.locator("#item-20")).to_contain_text("first key turned by 佐藤 Mika")
    page.keyboard.press("Escape")
    expect(page.locator("#item-20 > a")).to_be_focused()


def test_after_all_of_it_the_ledger_is_whole_and_nothing_crashed(stand):
    nothing_broke(stand)
