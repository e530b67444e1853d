"""Two people in two zones plan one window; whatever they read and type, it is one instant."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from apps.core.clock import readings
from apps.core.wording import exact
from tests.journeys.misusing import BOARD, item_page, nothing_broke

pytestmark = pytest.mark.journey
PREFERENCES, EDIT = "/account/preferences/", f"{BOARD}edit/"
PARIS, LOS_ANGELES = "Europe/Paris", "America/Los_Angeles"
GAP, TWICE = "2026-03-29T02:30", "2026-10-25T02:30"
NOTE = "#id_window_start_helptext"
# Usual ones, halves and quarters of an hour, both hemispheres, a change at midnight, one at which a day was left out.
ZONES = (
    PARIS, LOS_ANGELES, "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "America/Havana", "Africa/Cairo",
    "Pacific/Apia", "Pacific/Kiritimati", "Asia/Tehran", "America/Santiago", "Antarctica/Troll",
)  # fmt: skip
DAYS = (
    "2026-03-29", "2026-10-25", "2026-04-05", "2026-10-04", "2026-03-08", "2026-11-01", "2011-12-30", "2026-04-24",
    "2026-10-29", "2026-09-06",
)  # fmt: skip
TYPED = [f"{day}T{hour:02}:{minute:02}" for day in DAYS for hour in (0, 1, 2, 3, 12) for minute in (0, 30)]


@pytest.mark.browser
def test_two_people_in_two_zones_set_and_read_one_window(sit):
    lena, omar = sit("lead", zone=PARIS, language="fr-FR"), sit("other_reviewer", zone=LOS_ANGELES, language="en-US")
    for person, zone in ((lena, PARIS), (omar, LOS_ANGELES)):
        page = person.open(PREFERENCES)
        expect(page.locator("[data-proposed-zone]")).to_contain_text(f"This browser is in {zone}.")
        page.get_by_role("button", name="Choose it").click()
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#notices")).to_contain_text("Your preferences are saved.")
    board = omar.open(BOARD)
    page = lena.open(EDIT)
    page.get_by_label("Window opens, Europe/Paris").fill(GAP)
    expect(page.locator(NOTE)).to_have_text("Clocks go forward over this time: it does not exist.")
    page.get_by_role("button", name="Set the window").click()
    expect(page.locator("form.form")).to_contain_text("Write dim 29 mars 2026, 01:30 or dim 29 mars 2026, 03:30.")
    page.get_by_label("Window opens").fill(TWICE)
    expect(page.locator(NOTE)).to_contain_text("it comes twice")
    page.get_by_label("Window closes").fill("2026-10-25T04:00")
    page.get_by_role("button", name="Set the window").click()
    lena.check_accessibility()
    page.get_by_label("2026-10-25 01:30 UTC, after clocks go back").check()
    page.get_by_role("button", name="Set the window").click()
    expect(page.locator("#head .own-time")).to_have_text(", 02:30 – 04:00 for you")
    expect(page.locator("#head [data-interval]")).to_contain_text("dim. 25 oct. 2026, 01:30 – 03:00 UTC")
    # the other has the board open, and then the form
    expect(board.locator("#head [data-interval]")).to_have_text("25 Oct 2026, 01:30–03:00 UTC")
    expect(board.locator("#head .own-time")).to_have_text(
        ", Sat, Oct 24, 2026, 6:30 – 8:00 PM for you", use_inner_text=True
    )
    page = omar.open(EDIT)
    expect(page.get_by_label("Window opens, America/Los Angeles")).to_have_value("2026-10-24T18:30")
    expect(page.locator(NOTE)).to_have_text("That is 2026-10-25 01:30 UTC.")
    page.get_by_label("Window closes").fill("2026-10-24T21:00")
    page.get_by_role("button", name="Set the window").click()
    expect(page.locator("#head [data-interval]")).to_have_text("25 Oct 2026, 01:30–04:00 UTC")
    page = lena.open(EDIT)
    expect(page.get_by_label("Window opens, Europe/Paris").first).to_have_value(TWICE)
    expect(page.get_by_label("2026-10-25 01:30 UTC, after clocks go back")).to_be_checked()
    expect(page.get_by_label("Window closes")).to_have_value("2026-10-25T05:00")


@pytest.mark.browser
def test_scripts_read_typed_times_as_the_server_does(sit):
    page = sit("member", axe=False).open(EDIT)
    shown = page.evaluate(
        """([zones, typed]) => {
          const note = document.createElement("small");
          note.id = "x_helptext";
          note.append(document.createElement("span"));
          note.firstChild.dataset.inUtc = "";
          const input = Object.assign(document.createElement("input"), { id: "x" });
          document.getElementById("main").append(input, note);
          return zones.map((zone) => typed.map((value) => {
            input.dataset.timeZone = zone;
            input.value = value;
            input.dispatchEvent(new Event("input", { bubbles: true }));
            return note.textContent;
          }));
        }""",
        [ZONES, TYPED],
    )
    kinds = {0: "it does not exist", 2: "it comes twice"}
    seen = set()
    for zone, notes in zip(ZONES, shown, strict=True):
        for typed, note in zip(TYPED, notes, strict=True):
            found = readings(datetime.fromisoformat(typed), ZoneInfo(zone))
            seen.add(len(found))
            expected = kinds.get(len(found)) or f"That is {exact(found[0], 'minutes')}."
            assert expected in note, (zone, typed)
    assert seen == {0, 1, 2}


@pytest.mark.browser
def test_days_are_those_of_ones_own_zone_and_language(sit):
    mika = sit("member", axe=False, language="de-DE")
    page = mika.open(PREFERENCES)
    page.get_by_label("Time zone").select_option("Pacific/Kiritimati")
    page.get_by_role("button", name="Save").click()
    mika.page.clock.set_fixed_time(datetime(2026, 11, 28, 20, 0, tzinfo=UTC))
    mika.open(BOARD)
    words = page.evaluate(
        """() => {
          document.getElementById("main").dataset.beside = "";
          document.body.dataset.now = "2026-11-28T20:00:00Z";
          const make = (dateTime, name) => {
            const time = Object.assign(document.createElement("time"), { dateTime });
            if (name) time.dataset[name] = name === "day" ? "medium" : "";
            document.getElementById("main").append(time);
            return time;
          };
          const exact = make("2026-11-28T20:36:12Z");
          exact.textContent = "2026-11-28 20:36:12 UTC";
          const day = make("2026-11-28", "day");
          document.body.dispatchEvent(new CustomEvent("keyturn:after-replace", { bubbles: true }));
          return [exact.textContent, exact.nextElementSibling.textContent, exact.title, day.textContent, day.lang];
        }"""
    )
    assert words == [
        "2026-11-28 20:36:12 UTC",
        ", So., 29. Nov. 2026, 10:36 for you",
        "2026-11-28 20:36:12 UTC · So., 29. Nov. 2026, 10:36:12 GMT+14, Pacific/Kiritimati",
        "28.11.2026",
        "de-DE",
    ]


@pytest.mark.browser
def test_an_open_board_of_somebody_in_a_zone_stays_as_a_fresh_one(team: SimpleNamespace, sit):
    ruth = sit("reviewer", axe=False)
    page = ruth.open(PREFERENCES)
    page.get_by_label("Time zone").select_option("Asia/Kathmandu")
    page.get_by_role("button", name="Save").click()
    page = ruth.open(BOARD)
    head = page.locator("#head").element_handle()
    moved = {"time_zone": "", "window_start": "2031-01-02T03:04", "window_end": ""}
    basis = team.lead.get(EDIT).text.partition('name="basis" value="')[2].partition('"')[0]
    assert team.lead.post(EDIT, moved | {"basis": basis}).status == 302
    expect(page.locator("#head [data-interval]")).to_have_text("from 2 Jan 2031, 03:04 UTC")
    expect(page.locator("#head .own-time")).to_have_count(1)
    assert head.evaluate("head => head.isConnected") is False
    fresh = page.locator("#head").element_handle()
    assert team.lead.post(f"{item_page(5)}evidence/", {"kind": "note", "text": "A note"}).status in (302, 404)
    page.evaluate("document.dispatchEvent(new CustomEvent('keyturn:after-replace', { bubbles: true }))")
    expect(page.locator("#head .own-time")).to_have_count(1)
    assert fresh.evaluate("head => head.isConnected")


def test_without_scripts_utc_is_there_and_windows_are_typed_in_ones_zone(team: SimpleNamespace, sit):
    aude = sit("member", scripts=False, axe=False)
    page = aude.open(PREFERENCES)
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    page.get_by_label("Single letters act on pages").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("with Asia/Tokyo beside it")
    page = aude.open(EDIT)
    page.get_by_label("Window opens, Asia/Tokyo").fill("2031-01-02T03:04")
    page.get_by_label("Window closes").fill("")
    page.get_by_role("button", name="Set the window").click()
    expect(page.locator("#head")).to_contain_text("Window from 1 Jan 2031, 18:04 UTC")
    expect(aude.open(EDIT).locator(NOTE)).to_have_text("That is 2031-01-01 18:04 UTC.")


def test_after_all_of_it_the_ledger_is_whole_and_nothing_crashed(stand):
    nothing_broke(stand)


@pytest.mark.browser
def test_what_comes_within_seconds_is_counted_down_beside_its_time(sit):
    page = sit("member", axe=False).open(EDIT)
    page.evaluate(
        """() => {
          const main = document.getElementById("main");
          for (const [id, ahead] of [["soon", 40_000], ["over", -5_000]]) {
            const time = Object.assign(document.createElement("time"), { id, textContent: "as it was written" });
            time.dateTime = new Date(Date.parse(document.body.dataset.now) + ahead).toISOString();
            time.dataset.countdown = "";
            main.append(time);
          }
        }"""
    )
    for seconds in (37, 35):
        expect(page.locator("#soon")).to_have_text(re.compile(rf"\d\d:\d\d:\d\d UTC, in {seconds} s"))
    expect(page.locator("#over")).to_have_text(re.compile(r"\d\d:\d\d:\d\d UTC, now"))
