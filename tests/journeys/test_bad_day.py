"""A bad day: people do the same things at once, sessions end, tabs pile up, and what everybody sees is still true."""

import re
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page, Route, expect

from tests.cast import PASSWORD
from tests.journeys.acts import (
    BOARD,
    PEOPLE,
    act,
    item_page,
    note,
    what_people_do_around_items,
    what_people_do_with_items,
)
from tests.journeys.person import CSRF, SESSION, Person
from tests.journeys.shown import expect_as_loaded_now
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

TABS = [BOARD, *(f"{BOARD}items/{number}/" for number in range(1, 7))]
# What a browser says of a tab that was opened in the background and not looked at yet.
IN_THE_BACKGROUND = """
    window.hiddenNow = true;
    Object.defineProperty(document, "hidden", { get: () => window.hiddenNow });
"""
SEEN = "hiddenNow = false; document.dispatchEvent(new Event('visibilitychange'))"

pytestmark = pytest.mark.journey


def test_a_bad_day(stand: Stand, team: SimpleNamespace, browser: Browser) -> None:
    """Mika and Ruth get in each other's way, a session ends, seven tabs are open: nothing typed is lost or untrue."""
    mika = Person(browser, stand.site, session=team.sessions["member"])
    ruth = Person(browser, stand.site, session=team.sessions["reviewer"])
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(urlsplit(mika.page.url).path)
        dialog.accept()

    mika.page.on("dialog", leave)
    both_write_the_plan(mika, ruth)
    the_session_ends_under_a_note(mika, team)
    what_is_new_is_shown_around_what_is_typed(mika, team)
    who_leaves_with_unsent_text_is_asked(mika)
    of_text_and_its_picture_a_field_takes_the_text(mika)
    the_focus_goes_on_beside_what_was_done(mika)
    what_was_done_is_shown_although_its_event_came_first(mika)
    what_one_assigns_the_other_sees(mika, ruth)
    nobody_loses_an_item_that_was_shown_as_free(mika, team)
    the_view_stays_through_acting_and_reloading(ruth)
    one_invitation_and_a_name_that_is_taken(browser, stand, team)
    mika.page.goto("about:blank")
    seven_tabs(mika, team)
    tabs_in_the_background(mika, team)
    assert asked == [f"{BOARD}rollback/", item_page(10)]
    for person in (mika, ruth):
        assert person.errors == []
        person.context.close()


def both_write_the_plan(mika: Person, ruth: Person) -> None:
    """Line 1: the second to save is refused with what the first saved, and has what they typed."""
    for person in (mika, ruth):
        person.open(f"{BOARD}rollback/")
    ruth.page.locator("#step-1").fill("Route traffic back")
    ruth.page.get_by_role("button", name="Save the plan").click()
    expect(ruth.page.locator("#notices")).to_contain_text("Saved.")
    mika.page.get_by_label("Last rehearsed").fill("2026-01-15")
    mika.page.get_by_role("button", name="Save the plan").click()
    expect(mika.page.locator("main")).to_contain_text("Steps, as saved now")
    expect(mika.page.locator("main")).to_contain_text("Route traffic back")
    expect(mika.page.get_by_label("Last rehearsed")).to_have_value("2026-01-15")
    mika.check_accessibility()
    ruth.open(f"{BOARD}rollback/")
    expect(ruth.page.locator("#step-1")).to_have_value("Route traffic back")


def the_session_ends_under_a_note(mika: Person, team: SimpleNamespace) -> None:
    """Line 2: Attach says so in place; signed in again in another tab, the same note is sent from here."""
    page = written(mika, 8, "Written before the session ended.")
    mika.context.clear_cookies(name=SESSION)
    page.get_by_role("button", name="Attach note").click()
    notices = page.locator("#notices")
    expect(notices).to_contain_text("you are signed out here")
    expect(page.locator("#item-detail")).to_have_count(1)
    expect(page.get_by_label("Password", exact=True)).to_have_count(0)
    with mika.context.expect_page() as opened:
        notices.get_by_role("link", name="Sign in in a new tab").click()
    expect(opened.value).to_have_url(re.compile(f"next={item_page(8)}$"))
    mika.context.clear_cookies(name=CSRF)  # signing in makes a new one
    mika.context.add_cookies([{"name": SESSION, "value": team.sessions["member"], "url": mika.site.address}])
    opened.value.goto(f"{mika.site.address}{item_page(8)}")
    opened.value.close()
    page.get_by_role("button", name="Attach note").click()
    expect(notices).to_contain_text("this page was too old")
    expect(page.locator("#note-text")).to_have_value("Written before the session ended.")
    page.get_by_role("button", name="Attach note").click()
    expect(page.locator("#evidence")).to_contain_text("Written before the session ended.")


def what_is_new_is_shown_around_what_is_typed(mika: Person, team: SimpleNamespace) -> None:
    """Line 3: the offer keeps its promise."""
    page = written(mika, 9, "Half a note")
    note(team.reviewer, 9, "Meanwhile.")
    expect(page.locator("#item-detail")).to_contain_text("This item changed while you were writing.")
    mika.check_accessibility()
    page.get_by_role("button", name="Show it now").click()
    expect(page.locator("#evidence")).to_contain_text("Meanwhile.")
    expect(page.locator("#note-text")).to_have_value("Half a note")
    expect(page.locator("#item-detail")).not_to_contain_text("changed while you were writing")
    page.get_by_role("button", name="Attach note").click()
    expect(page.locator("#evidence")).to_contain_text("Half a note")


def who_leaves_with_unsent_text_is_asked(mika: Person) -> None:
    """Line 2: a text that is not sent yet: asked, as about the refused plan before. Sent, or a search: not asked."""
    page = written(mika, 10, "Half")
    page.evaluate("location.assign('/t/pay/')")
    page.wait_for_url("**/t/pay/")
    page = mika.open(f"{BOARD}edit/")
    page.get_by_label("Window opens").fill("2031-01-02T03:04")
    page.get_by_role("button", name="Set the window").click()
    expect(page.locator("#notices")).to_contain_text("The window is set.")
    page.evaluate("location.assign('/t/pay/deployments/')")
    page.get_by_role("searchbox").press_sequentially("gateway")
    mika.open(BOARD)


def of_text_and_its_picture_a_field_takes_the_text(mika: Person) -> None:
    """Line 4: Word and Excel put both on the clipboard."""
    page = mika.open(item_page(14))
    page.locator("#add-note summary").click()
    paste = """(element, kinds) => {
        const data = new DataTransfer();
        for (const kind of kinds)
            if (kind.startsWith("text/")) data.setData(kind, "words");
            else data.items.add(new File(["x"], "picture.png", { type: kind }));
        const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
        return element.dispatchEvent(event);
    }"""
    for kinds in (["text/plain", "image/png"], ["text/html", "image/png"]):
        assert page.locator("#note-text").evaluate(paste, kinds), "the browser pastes the text"
        assert page.locator("#file-file").evaluate("element => element.files.length") == 0
    assert not page.locator("#note-text").evaluate(paste, ["image/png"])
    assert page.locator("#file-file").evaluate("element => element.files.length") == 1
    page.locator("#file-title").fill("The graph")
    page.get_by_role("button", name="Attach file").click()
    expect(page.locator("#evidence")).to_contain_text("The graph")


def the_focus_goes_on_beside_what_was_done(mika: Person) -> None:
    """Line 18."""
    page = written(mika, 18, "Seen")
    page.get_by_role("button", name="Attach note").click()
    expect(page.locator("#evidence")).to_contain_text("Seen")
    expect(page.locator("#add-note summary")).to_be_focused()
    page.locator("#sign-password").fill(PASSWORD)
    page.get_by_role("button", name="Turn first key").click()
    expect(page.locator("#sign-h")).to_be_focused()


def what_was_done_is_shown_although_its_event_came_first(mika: Person) -> None:
    """Line 18: the event of one's own act arrives before its answer, whose words are shown all the same."""

    def late(route: Route) -> None:
        answer = route.fetch()
        mika.page.wait_for_timeout(400)
        route.fulfill(response=answer)

    page = written(mika, 16, "Slow")
    page.get_by_role("button", name="Attach note").click()
    page.locator("#evidence li", has_text="Slow").get_by_text("Take away…").click()
    page.route("**/remove/", late)
    page.get_by_role("button", name="Take “Slow” away").click()
    expect(page.locator("#notices")).to_contain_text("“Slow” is taken away from item 16")
    page.unroute("**/remove/")
    expect_as_loaded_now(page, "a late answer")


def what_one_assigns_the_other_sees(mika: Person, ruth: Person) -> None:
    """Lines 16 and 7: on the other's board, in its counts, and in the title of the item's page."""
    board, item = ruth.open(BOARD), ruth.tab(item_page(18))
    page = mika.open(BOARD)
    for number in (17, 19):
        page.locator(f"#item-{number} > .pick").check(force=True)
    page.locator("#bulk-owner").select_option(label="Ruth Okafor")
    page.get_by_role("button", name="Assign", exact=True).click()
    for number in (17, 19):
        expect(board.locator(f"#item-{number} .avatar")).to_have_attribute("title", "Ruth Okafor")
    expect(board.locator(".chip[data-show=mine] b")).to_have_text("2")
    expect(board).to_have_title(re.compile("^NO-GO:"))
    expect(item).to_have_title(re.compile("^Waiting for your key"))
    item.locator("#sign-password").fill(PASSWORD)
    item.get_by_role("button", name="Turn second key").click()
    expect(item).to_have_title(re.compile("^Settled"))
    item.close()


def nobody_loses_an_item_that_was_shown_as_free(mika: Person, team: SimpleNamespace) -> None:
    """Line 1: a row that changed hands behind a page's back is named, the choice stays, and stands when it is seen."""
    page = mika.open(BOARD)
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    act(team.lead, BOARD, "assign/", item=[14], owner=team.ids["reviewer"])
    rows = [page.locator(f"#item-{number} > .pick") for number in (14, 15)]
    for row in rows:
        row.check(force=True)
    page.locator("#bulk-owner").select_option(label="佐藤 Mika")
    assign = page.get_by_role("button", name="Assign", exact=True)
    assign.click()
    expect(page.locator("#notices")).to_contain_text("item 14 belongs to Ruth Okafor now")
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.locator("#item-14 .avatar")).to_have_attribute("title", "Ruth Okafor")
    for row in rows:
        expect(row).to_be_checked()
    assign.click()
    expect(page.locator("#notices")).to_contain_text("2 items assigned to 佐藤 Mika.")


def the_view_stays_through_acting_and_reloading(ruth: Person) -> None:
    """Line 12."""
    page = ruth.open(BOARD)
    page.locator(".chip[data-show=mine]").click()
    page.locator("#find").fill("step 17")
    expect(page.locator(".chip[data-show=mine] b")).to_have_text("1")
    expect(page).to_have_url(re.compile(r"\?show=mine&q=step\+17$"))
    page.locator(".item:visible .pick").first.check()
    page.locator("#bulk-owner").select_option(label="Ruth Okafor")
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.locator("#notices")).to_contain_text("assigned to Ruth Okafor")
    for _ in range(2):
        expect(page).to_have_url(re.compile(r"\?show=mine&q=step\+17$"))
        expect(page.locator(".chip[aria-current]")).to_contain_text("Mine")
        expect(page.locator(".item:visible")).to_have_count(1)
        page.reload()


def one_invitation_and_a_name_that_is_taken(browser: Browser, stand: Stand, team: SimpleNamespace) -> None:
    """Line 6: two clicks make one link, and whoever chooses a taken name still has the form."""
    lena, nora = Person(browser, stand.site, session=team.sessions["lead"], axe=False), Person(browser, stand.site)
    page = lena.open(PEOPLE)
    page.get_by_label("For whom").fill("Nora")
    page.get_by_role("button", name="Make a one-time link").dblclick()
    link = page.locator(".one-time output").inner_text()
    page = lena.open(PEOPLE)
    expect(page.locator("section[aria-labelledby=invite-h] li").filter(has_text="Nora")).to_have_count(1)
    page = nora.open(link)
    for label, value in {"full_name": "佐藤 Mika", "username": "nora", "password": "a long enough password"}.items():
        page.locator(f"[name={label}]").fill(value)
    page.locator("main form button.primary").click()
    expect(page.locator("main")).to_contain_text("is or was called “佐藤 Mika”")
    expect(page.locator("[name=full_name]")).to_have_value("佐藤 Mika")
    nora.check_accessibility()
    for person in (lena, nora):
        assert person.errors == []
        person.context.close()


def seven_tabs(mika: Person, team: SimpleNamespace) -> None:
    """Line 5: each loads, signs, and hears of what others do, over the six connections of a browser."""
    pages = [mika.tab(path) for path in TABS]
    for page in pages[1:]:
        expect(page.locator("#sign")).to_be_visible()
    last = pages[-1]
    last.locator("#sign-password").fill(PASSWORD)
    last.get_by_role("button", name="Turn first key").click()
    expect(last.locator("#item-detail")).to_contain_text("佐藤 Mika")
    expect(pages[0].locator("#item-6")).to_contain_text("first key turned by 佐藤 Mika")
    for item in range(1, 6):
        note(team.reviewer, item, "Seen.")
    for page in pages[1:6]:
        expect(page.locator("#item-detail")).to_contain_text("Seen.")
    for page in pages:
        page.close()


def tabs_in_the_background(mika: Person, team: SimpleNamespace) -> None:
    """Line 5: one has no stream until it is seen, and then shows what it missed."""
    mika.context.add_init_script(IN_THE_BACKGROUND)
    streams: list[str] = []
    mika.context.on("request", lambda request: streams.append(request.url) if "/live/" in request.url else None)
    pages = [mika.tab(path) for path in TABS]
    note(team.reviewer, 6, "Missed.")
    pages[0].wait_for_timeout(1_000)
    assert streams == []
    pages[-1].evaluate(SEEN)
    expect(pages[-1].locator("#item-detail")).to_contain_text("Missed.")
    assert len(streams) == 1


def written(person: Person, item: int, text: str) -> Page:
    """The page of an item with a note that is typed and not sent."""
    page = person.open(item_page(item))
    page.locator("#add-note summary").click()
    page.locator("#note-text").press_sequentially(text)
    return page


def press(page: Page, key: str, code: str, **more: object) -> None:
    """Press a key as a keyboard of another layout does."""
    line = page.context.new_cdp_session(page)
    for kind in ("rawKeyDown", "keyUp"):
        line.send("Input.dispatchKeyEvent", {"type": kind, "key": key, "code": code, **more})
    line.detach()


@pytest.mark.browser
def test_letter_keys_act_on_every_keyboard_confirm_nothing_and_can_be_switched_off(
    stand: Stand, team: SimpleNamespace, browser: Browser
) -> None:
    act(team.other_reviewer, f"{item_page(13)}probe/attach/", "/probe/attach/", name="Health", url="http://localhost/")
    omar = Person(browser, stand.site, session=team.sessions["other_reviewer"])
    page = omar.open(BOARD)
    focused = page.locator(".item > a:focus")
    for number, key in enumerate(("j", "J", "о", "ξ", "ت", "ㅓ", "ห"), 1):
        press(page, key, "KeyJ")
        expect(focused).to_have_attribute("href", f"items/{number}/")
    for modifiers in (1, 2, 4, 8):  # Alt, Ctrl, Meta, Shift
        press(page, "j", "KeyJ", modifiers=modifiers)
    press(page, ",", "KeyW")  # Dvorak
    expect(focused).to_have_attribute("href", "items/7/")
    page.locator("#find").press_sequentially("jx?")
    expect(page.locator("#find")).to_have_value("jx?")
    page = omar.open(item_page(13))
    press(page, "з", "KeyP")
    expect(page.get_by_role("button", name="Run probe now")).to_be_focused()
    assert ask(stand.site, "work")["runs"] == []
    page.get_by_role("button", name="Keys").click()
    expect(page.locator("#keys-help")).to_contain_text("Single letters can be switched off")
    page.get_by_role("link", name="times and keys").click()
    page.get_by_label("Single letters act on pages").uncheck()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/account/")
    page = omar.open(item_page(13))
    press(page, "s", "KeyS")
    expect(page.locator("#sign-password")).not_to_be_focused()
    page.get_by_role("button", name="Keys").click()
    expect(page.locator("#keys-help")).to_contain_text("Single letters are switched off")
    omar.check_accessibility()
    page.keyboard.press("Escape")
    expect(page.locator("#keys-help")).to_be_hidden()
    omar.open("/account/preferences/").get_by_label("Single letters act on pages").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/account/")
    page = omar.open(item_page(13))
    press(page, "s", "KeyS")
    expect(page.locator("#sign-password")).to_be_focused()
    assert omar.errors == []
    omar.context.close()


def test_whatever_others_do_an_open_page_shows_what_a_fresh_one_does(
    stand: Stand, team: SimpleNamespace, browser: Browser
) -> None:
    ruth = Person(browser, stand.site, session=team.sessions["reviewer"], axe=False)
    board, waiting, item = (ruth.tab(path) for path in (BOARD, f"{BOARD}?show=waiting", item_page(11)))
    board.locator("#item-12 > a").click()
    expect(board.locator("#item-detail")).to_be_visible()
    for name, do in (*what_people_do_with_items(team), *what_people_do_around_items(team)):
        do()
        for page in (board, waiting, item):
            expect_as_loaded_now(page, name)
    for page in (waiting, item):
        page.close()
    draft_to_nothing(team, board)
    assert ruth.errors == []
    ruth.context.close()


def draft_to_nothing(team: SimpleNamespace, page: Page) -> None:
    """A draft whose review is opened, whose people change while its board is out of sight, and which is cancelled."""
    values = {"service": "Gateway", "version": "2", "environment": "production"}
    assert team.lead.post(f"/t/pay/deployments/new/?template={team.staged['template']}", values).status == 302
    board = "/t/pay/deployments/2/"
    page.goto(f"{page.url.partition('/t/')[0]}{board}")
    act(team.lead, board, "open-review/")
    expect_as_loaded_now(page, "opening the review")
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    act(team.lead, "/account/", "/name/", full_name="Lena Grande")
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect_as_loaded_now(page, "another name meanwhile")
    act(team.lead, f"{board}cancel/", reason="Superseded by another.", confirmed="on")
    expect_as_loaded_now(page, "the cancellation")
