"""People write a draft together: by keyboard, by mouse, without scripts, over a line that breaks; nothing is lost."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Locator, expect

from tests.journeys.person import CSRF, SESSION, Person
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

pytestmark = pytest.mark.journey
SAVED = "All saved"


@pytest.fixture
def staged(stand: Stand) -> dict[str, Any]:
    """A draft of six items, and a session of everybody."""
    ask(stand.site, "start_over")
    return dict(ask(stand.site, "stage_draft"))


def row(person: Person, title: str) -> Locator:
    return person.page.locator(".item").filter(has_text=title)


def titles(person: Person) -> list[str]:
    texts = person.page.locator(".item > a").evaluate_all("links => links.map(link => link.firstChild.textContent)")
    return [text.strip() for text in texts]


def saved(person: Person) -> None:
    expect(person.page.locator("#saving")).to_contain_text(SAVED)


def edit(person: Person, title: str) -> Locator:
    """The title as a field in its row."""
    row(person, title).locator("a").click()
    field = person.page.locator(".item > textarea")
    expect(field).to_have_value(title)
    return field


def test_two_people_write_a_draft(stand: Stand, staged: dict[str, Any], browser: Browser) -> None:
    """Mika has only a keyboard, Ruth a mouse and dark colours; each sees what the other does, and can undo it."""
    mika = Person(browser, stand.site, session=staged["sessions"]["member"])
    ruth = Person(browser, stand.site, session=staged["sessions"]["reviewer"], dark=True)
    for person in (mika, ruth):
        person.open(staged["draft"])
    each_sees_where_the_other_is(mika, ruth)
    by_keyboard_alone(mika)
    expect(row(ruth, "Restore it elsewhere")).to_be_visible()
    the_panel_saves_field_by_field(ruth)
    a_problem_leads_to_its_place(ruth, mika)
    a_warning_is_accepted_with_a_reason(ruth, mika)
    two_texts_of_one_title_become_one(mika, ruth)
    another_one_undoes_it_after_a_reload(mika, ruth)
    a_mouse_drags_and_sets_several(ruth)
    for person in (mika, ruth):
        saved(person)
        assert person.errors == []
    expect(row(mika, "Step 3")).to_be_visible()
    ruth.page.goto("about:blank")
    expect(mika.page.locator("#here")).to_be_empty()
    ruth.open(staged["draft"])
    stored = [title for each in ask(stand.site, "draft")["titles"].values() for title in each]
    assert titles(mika) == titles(ruth) == stored
    for person in (mika, ruth):
        person.page.on("dialog", lambda dialog: dialog.accept())
        person.context.close()


def each_sees_where_the_other_is(mika: Person, ruth: Person) -> None:
    """Who is here too, in words, and at which item, also beside it; gone when that is left."""
    expect(ruth.page.locator("#here")).to_contain_text("Mika is here too")
    row(mika, "Step 2").locator("a").click()
    expect(ruth.page.locator("#here")).to_contain_text("Mika edits item 2")
    expect(row(ruth, "Step 2").locator("[data-here]")).to_have_attribute("title", re.compile("Mika edits this item"))
    ruth.check_accessibility()
    mika.page.keyboard.press("Escape")
    expect(ruth.page.locator("#here")).to_contain_text("Mika is here too, at item 2")
    mika.page.reload()


def by_keyboard_alone(mika: Person) -> None:
    """From the top of the page to a new sub-item in its place, without a mouse."""
    keys = mika.page.keyboard
    keys.press("j")
    keys.press("Enter")
    expect(mika.page.locator(".item > textarea")).to_be_focused()
    keys.press("Control+a")
    keys.type("Take a backup")
    keys.press("Enter")
    keys.type("Restore it elsewhere")
    keys.press("Enter")
    keys.press("Escape")
    expect(row(mika, "Restore it elsewhere").locator("a")).to_be_focused()
    saved(mika)
    keys.press(">")
    expect(row(mika, "Restore it elsewhere")).to_contain_class("sub")
    keys.press("3")
    expect(row(mika, "Restore it elsewhere").locator(".key")).to_have_count(3)
    keys.press("c")
    expect(row(mika, "Restore it elsewhere")).to_contain_text("Critical")
    keys.press("Alt+ArrowDown")
    saved(mika)
    keys.press("Alt+ArrowUp")
    saved(mika)
    assert titles(mika)[:3] == ["Take a backup", "Restore it elsewhere", "Step 2"]
    keys.press("e")
    expect(mika.page.locator("#f-title")).to_be_focused()
    keys.press("Escape")
    expect(row(mika, "Restore it elsewhere").locator("a")).to_be_focused()
    mika.check_accessibility()


def the_panel_saves_field_by_field(ruth: Person) -> None:
    """Role, evidence and a fill-in, each saved when it is left; the line of each says so."""
    edit(ruth, "Step 3").press("Escape")
    panel = ruth.page.locator("#detail")
    expect(panel.locator("#f-title")).to_have_value("Step 3")
    for name in ("owner_role", "evidence", "fill_ins"):
        panel.locator(f"#p-{name} > summary").click()
    panel.locator("#f-owner_role").fill("on-call")
    panel.get_by_label("A link").check()
    panel.get_by_label("Label 1").fill("Oldest key")
    panel.get_by_label("Kind 1").select_option("number")
    panel.get_by_label("Unit 1").fill("days")
    panel.get_by_label("Unit 1").press("Tab")
    saved(ruth)
    expect(row(ruth, "Step 3")).to_contain_text("on-call")
    expect(row(ruth, "Step 3")).to_contain_text("link")
    expect(row(ruth, "Step 3")).to_contain_text("fill-in")
    ruth.check_accessibility()


def a_problem_leads_to_its_place(ruth: Person, mika: Person) -> None:
    """A placeholder stands in the way of publishing, in both windows, until it is a number."""
    field = edit(ruth, "Step 4")
    field.fill("Every key is younger than X days")
    field.press("Escape")
    verdict = mika.page.locator("#verdict")
    expect(verdict).to_contain_text("1 must be solved before publishing")
    verdict.click()
    mika.check_accessibility()
    mika.page.locator("#problems a", has_text="younger than X days").click()
    title = mika.page.locator("#f-title")
    expect(title).to_be_focused()
    title.fill("Every key is younger than 90 days")
    title.press("Tab")
    saved(mika)
    expect(ruth.page.locator("#verdict")).to_contain_text("No problems")


def a_warning_is_accepted_with_a_reason(ruth: Person, mika: Person) -> None:
    """By keyboard: it counts no more, both see who kept it and why, and undo opens it again."""
    edit(ruth, "Step 3").press("Escape")
    panel = ruth.page.locator("#detail")
    expect(panel.locator("#f-title")).to_have_value("Step 3")
    panel.locator("#f-text").fill("Ask {{whoever}} is there.")
    panel.locator("#f-text").press("Tab")
    expect(mika.page.locator("#verdict")).to_contain_text("1 problem")
    panel.locator("summary", has_text="Keep, say why").press("Enter")
    ruth.check_accessibility()
    the_panel_is_fetched_anew(ruth, mika, "Every key is younger than 90 days", "Keys are young")
    ruth.page.keyboard.press("Tab")
    ruth.page.keyboard.type("It is the name of ")
    the_panel_is_fetched_anew(ruth, mika, "Keys are young", "Every key is young")
    ruth.page.keyboard.type("a person.")
    ruth.page.keyboard.press("Enter")
    for person in (ruth, mika):
        expect(person.page.locator("#verdict")).to_contain_text("1 kept, with the reasons")
    expect(panel.locator("#detail-problems")).to_contain_text("Kept: “It is the name of a person.”")
    expect(panel.get_by_role("button", name="Open it again")).to_be_focused()
    expect(row(mika, "Step 3").locator(".why")).to_have_count(0)
    ruth.page.locator("#undo").click()
    expect(mika.page.locator("#verdict")).to_contain_text("1 problem")
    for title in ("Keys are young", "Every key is younger than 90 days"):
        ruth.page.locator("#undo").click()
        expect(row(mika, title)).to_be_visible()
    ruth.page.locator("#undo").click()
    expect(mika.page.locator("#verdict")).to_contain_text("No problems")


def the_panel_is_fetched_anew(ruth: Person, mika: Person, title: str, newer: str) -> None:
    """Because somebody else edits another item: what is open, typed and focused in it stays."""
    with ruth.page.expect_response(lambda answer: "/panel/" in answer.url):
        edit(mika, title).fill(newer)
        mika.page.locator(".item > textarea").press("Escape")


def two_texts_of_one_title_become_one(mika: Person, ruth: Person) -> None:
    """Both edit the same title at once: the second sees both texts and one made of them."""
    title = "Dashboards are green"
    fields = [edit(person, title) for person in (mika, ruth)]
    mika.page.route("**/rows/**", lambda route: route.abort())
    fields[1].fill("Dashboards are green and quiet")
    fields[1].press("Escape")
    saved(ruth)
    fields[0].fill("All dashboards are green")
    merge = mika.page.locator(".merge")
    expect(merge).to_contain_text("Both texts are here")
    expect(merge.get_by_label("What it shall be")).to_have_value("All dashboards are green and quiet")
    mika.check_accessibility()
    merge.get_by_role("button", name="Save this").click()
    saved(mika)
    mika.page.unroute("**/rows/**")
    expect(row(ruth, "All dashboards are green and quiet")).to_be_visible()


def another_one_undoes_it_after_a_reload(mika: Person, ruth: Person) -> None:
    """Undo is everybody's and outlives the page."""
    ruth.page.reload()
    ruth.page.locator("#undo").click()
    expect(row(mika, "Dashboards are green and quiet")).to_be_visible()
    ruth.page.locator("#redo").click()
    expect(row(mika, "All dashboards are green and quiet")).to_be_visible()


def a_mouse_drags_and_sets_several(ruth: Person) -> None:
    """Into another section, then two at once, then gone and back."""
    ruth.page.reload()
    row(ruth, "Support is told").hover()
    row(ruth, "Support is told").locator(".grip").drag_to(row(ruth, "Step 2"))
    expect(ruth.page.locator(".group").first).to_contain_text("Support is told")
    for title in ("Step 2", "Step 3"):
        row(ruth, title).hover()
        row(ruth, title).locator(".pick").check()
    ruth.page.locator("#bulk-what").select_option("keys 4")
    ruth.page.get_by_role("button", name="Set", exact=True).click()
    expect(row(ruth, "Step 3").locator(".key")).to_have_count(4)
    ruth.page.get_by_role("button", name="Delete", exact=True).last.click()
    expect(row(ruth, "Step 3")).to_have_count(0)
    ruth.page.locator("#undo").click()
    expect(row(ruth, "Step 3")).to_be_visible()


def test_nothing_typed_into_a_draft_is_lost(stand: Stand, staged: dict[str, Any], browser: Browser) -> None:
    """The line breaks, the page is reloaded, the server is killed, the session ends: all of it is saved, and once."""
    mika = Person(browser, stand.site, session=staged["sessions"]["member"], axe=False)
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    mika.page.on("dialog", leave)
    mika.open(staged["draft"])
    before = ask(stand.site, "draft")["edits"]
    the_line_breaks(mika)
    the_page_is_reloaded_within_a_second(mika)
    the_server_is_killed_while_somebody_types(mika, stand)
    the_session_ends(mika, staged)
    a_button_is_pressed_twice(mika)
    now = ask(stand.site, "draft")
    assert now["titles"] == {
        "Before": ["Typed while the line was down", "Added while the line was down", "Typed and reloaded",
                   "Typed while the server was away", "Typed after the session ended"],
        "After": ["Dashboards are green", "Support is told"],
        "Rollback": [],
    }  # fmt: skip
    assert now["edits"] - before == 6
    assert asked == ["beforeunload"]
    mika.context.close()


def the_line_breaks(mika: Person) -> None:
    """What is typed waits in the page, in words, and is sent in order when the line is back."""
    field = edit(mika, "Step 1")
    mika.context.set_offline(True)
    field.fill("Typed while the line was down")
    field.press("Enter")
    mika.page.keyboard.type("Added while the line was down")
    mika.page.keyboard.press("Enter")
    mika.page.keyboard.press("Escape")
    expect(mika.page.locator("#saving")).to_contain_text("Not connected: 2 changes wait in this page")
    mika.context.set_offline(False)
    saved(mika)


def the_page_is_reloaded_within_a_second(mika: Person) -> None:
    """Before the pause after a key is over: it asks, and the next page sends what it held."""
    edit(mika, "Step 2").fill("Typed and reloaded")
    mika.page.reload()
    expect(row(mika, "Typed and reloaded")).to_be_visible()
    saved(mika)


def the_server_is_killed_while_somebody_types(mika: Person, stand: Stand) -> None:
    """kill -9 of the web process: the edit is sent until one is there that answers."""
    field = edit(mika, "Step 3")
    with stand.without("uvicorn"):
        field.fill("Typed while the server was away")
        field.press("Escape")
        expect(mika.page.locator("#saving")).to_contain_text("1 change waits in this page")
    expect(mika.page.locator("#saving")).to_contain_text(SAVED, timeout=30_000)  # it starts anew


def the_session_ends(mika: Person, staged: dict[str, Any]) -> None:
    """The page says so and keeps what was typed until somebody signed in again, in another tab."""
    field = edit(mika, "Step 4")
    cookies = mika.context.cookies()
    mika.context.clear_cookies(name=SESSION)
    field.fill("Typed after the session ended")
    field.press("Escape")
    expect(mika.page.locator("#saving")).to_contain_text("You are signed out here: 1 change waits in this page")
    mika.context.add_cookies([each for each in cookies if each["name"] in (SESSION, CSRF)])  # type: ignore[misc]
    mika.page.locator("#saving").get_by_role("button", name="Try now").click()
    saved(mika)


def a_button_is_pressed_twice(mika: Person) -> None:
    """Two clicks make one section."""
    mika.page.get_by_placeholder("New section").fill("Rollback")
    mika.page.get_by_role("button", name="Add section").dblclick()
    expect(mika.page.locator(".group h2", has_text="Rollback")).to_have_count(1)
    saved(mika)


def test_a_draft_is_edited_without_scripts(stand: Stand, staged: dict[str, Any], browser: Browser) -> None:
    """On a phone: an item is edited, one is added below, moved and taken away by plain forms."""
    aude = Person(browser, stand.site, session=staged["sessions"]["member"], phone=True, scripts=False, axe=False)
    aude.open(staged["draft"])
    aude.follow(aude.page.get_by_role("link", name="Step 2"))
    aude.page.get_by_label("Title").fill("Take a backup")
    aude.page.get_by_label("Owner role").fill("on-call")
    aude.follow(aude.page.get_by_role("button", name="Save"))
    expect(aude.page.locator("#notices")).to_contain_text("Saved.")
    aude.page.get_by_label("New items").fill("Restore it\nTell support")
    aude.follow(aude.page.get_by_role("button", name="Add", exact=True))
    assert titles(aude)[:4] == ["Step 1", "Take a backup", "Restore it", "Tell support"]
    aude.follow(aude.page.get_by_role("link", name="Restore it"))
    aude.follow(aude.page.get_by_role("button", name="Up"))
    assert titles(aude)[:3] == ["Step 1", "Restore it", "Take a backup"]
    aude.follow(aude.page.get_by_role("link", name="Restore it"))
    aude.follow(aude.page.get_by_role("button", name="Delete"))
    aude.follow(aude.page.get_by_role("button", name="Undo"))
    assert titles(aude)[:3] == ["Step 1", "Restore it", "Take a backup"]
    aude.context.close()
