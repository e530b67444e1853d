"""One decider goes alone, by keyboard and on a phone; everybody sees it at once, and two people review it."""

import pytest
from playwright.sync_api import Page, expect

from tests.cast import PASSWORD
from tests.journeys.misusing import BOARD
from tests.journeys.person import Person

pytestmark = [pytest.mark.journey, pytest.mark.browser]
LANE = f"{BOARD}emergency/"


def plan_the_way_back(lena: Person) -> None:
    """The rollback plan, complete."""
    plan = {"title": "Turn the traffic back", "command": "./back.sh", "verification": "The old version answers"}
    lena.open(f"{BOARD}rollback/")
    lena.page.get_by_label("Owner").select_option(label="Lena Brandt")
    lena.send("/rollback/", **plan, last_rehearsed_on="2026-01-31")


def press(page: Page, button: str) -> None:
    """Reach a button by keyboard alone, and press it."""
    page.get_by_role("button", name=button).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_one_goes_alone_and_others_sign_afterwards(sit):
    lena, ruth, omar = sit("lead"), sit("reviewer", phone=True, dark=True), sit("other_reviewer")
    plan_the_way_back(lena)
    board = omar.open(BOARD)
    page = ruth.open(LANE)
    expect(page.get_by_role("heading", name="30 items would not be waited for")).to_be_visible()
    page.get_by_label("What is broken now").focus()
    page.keyboard.type("Refunds fail for all merchants of eu-2")
    page.keyboard.press("Tab")
    page.keyboard.type("Lena")
    page.get_by_label("Password").focus()
    page.keyboard.type(PASSWORD)
    press(page, "Open the lane")
    band = board.get_by_role("region", name="Emergency lane")
    expect(band).to_contain_text("went with one key, by Ruth Okafor")
    expect(band).to_contain_text("the keys of 30 items and a review")
    for path in (BOARD, LANE, f"{BOARD}sheet/"):
        ruth.open(path)
        omar.open(path)
    page = lena.open(LANE)
    page.get_by_label("Why the lane was needed").fill("Refunds were down; nobody was awake to verify")
    page.get_by_label("What keeps it from").fill("A second decider is on call")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Turn first key")
    lena.check_accessibility()
    page = omar.open(LANE)
    page.get_by_label("Password").first.fill(PASSWORD)
    press(page, "Turn second key")
    omar.check_accessibility()
    expect(page.get_by_role("region", name="Emergency lane")).not_to_contain_text("a review")
    expect(ruth.open(BOARD).get_by_text("NO-GO").first).to_be_visible()
