"""The database goes away for ten seconds under who writes, imports, decides and upgrades: nothing is lost or twice.

PostgreSQL is stopped and started again, and every page says so at once; SQLite is locked, and what is sent waits.
"""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.imports.test_deciding import TEXT
from tests.journeys.person import Person
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

pytestmark = pytest.mark.journey
AWAY = "The database is busy or away"
TYPED = "Typed while the database was away"
PREVIEW = re.compile(r"/import/[0-9a-f-]{36}/")


@pytest.fixture
def staged(stand: Stand) -> dict[str, Any]:
    """A template with two versions, and deployments of the first."""
    return dict(ask(stand.site, "stage_versions"))


@pytest.fixture
def people(stand: Stand, staged: dict[str, Any], browser: Browser) -> Any:
    """Four people, each at a page of their own."""
    names = {"writes": "member", "imports": "reviewer", "decides": "other_reviewer", "upgrades": "lead"}
    people = {does: Person(browser, stand.site, session=staged["sessions"][name]) for does, name in names.items()}
    yield SimpleNamespace(**people)
    for person in people.values():
        person.context.close()


def test_who_waits_for_the_database_loses_nothing_and_does_nothing_twice(
    stand: Stand, staged: dict[str, Any], people: SimpleNamespace
) -> None:
    are_at_their_pages(people, staged)
    before = ask(stand.site, "draft")["edits"]
    upgrades = ask(stand.site, "entries").count(["deployment.upgraded", ""])
    with stand.without_database():
        each_sends_something(people)
        if stand.database:
            each_page_says_why_it_is_not_done(people)
    if stand.database:
        each_sends_it_again(people)
    who_was_refused_upgrades_again(people.upgrades)
    each_sees_it_done(people, staged)
    now = ask(stand.site, "draft")
    assert (now["edits"] - before, str(now["titles"]).count(TYPED)) == (1, 1)
    assert ask(stand.site, "imported") == [0, 1, 1]  # of now, with one decision, and the staged one with one
    assert ask(stand.site, "entries").count(["deployment.upgraded", ""]) - upgrades == 1
    assert [person.errors for person in vars(people).values()] == [[]] * 4


def are_at_their_pages(people: SimpleNamespace, staged: dict[str, Any]) -> None:
    """The draft, the form of an import with a text in it, a preview, and the question of an upgrade."""
    people.writes.open(staged["template"])
    people.writes.page.get_by_role("button", name="Edit").click()
    people.writes.page.wait_for_url("**/draft/")
    people.writes.page.locator(".item > a", has_text="Tell support").click()
    for person in (people.decides, people.imports):
        person.open("/t/pay/templates/import/")
        person.page.get_by_label("Paste the text").fill(TEXT)
    people.decides.page.get_by_role("button", name="Show what it becomes").click()
    people.decides.page.wait_for_url(PREVIEW)
    expect(people.decides.page.locator("#verdict")).to_contain_text("2 places")
    people.upgrades.open(f"{staged['boards'][0]}upgrade/")


def each_sends_something(people: SimpleNamespace) -> None:
    """A title, a document, a decision, an upgrade; whoever writes loads the page again while it is not saved."""
    page = people.writes.page
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator(".item > textarea").fill(TYPED)
    page.locator(".item > textarea").press("Escape")
    expect(page.locator("#saving")).to_contain_text(re.compile(f"{AWAY}: 1 change waits in this page|Saving Item 3"))
    page.reload()
    people.imports.page.get_by_role("button", name="Show what it becomes").click(no_wait_after=True)
    people.decides.page.locator(".need[data-finding='7'] [data-key=n]").click()
    for box in people.upgrades.page.get_by_label("Let these keys fall out").all():
        box.check()
    people.upgrades.page.get_by_role("button", name="Upgrade to version 2").click(no_wait_after=True)


def each_page_says_why_it_is_not_done(people: SimpleNamespace) -> None:
    """What was typed is still there: in the page that wrote it, or in the one that says so."""
    for person in (people.writes, people.imports, people.upgrades):
        expect(person.page.get_by_role("heading", level=1)).to_have_text(AWAY)
        person.check_accessibility()
    expect(people.imports.page.get_by_role("textbox", name="Text")).to_have_value(TEXT)
    expect(people.decides.page.locator("#notices")).to_contain_text(f"{AWAY}. Nothing was changed")
    expect(people.decides.page.locator("#verdict")).to_contain_text("2 places")
    people.decides.check_accessibility()


def each_sends_it_again(people: SimpleNamespace) -> None:
    """By the button that is there; the draft sends by itself what its page still had."""
    people.writes.page.reload()
    people.imports.page.get_by_role("button", name="Send it again").click()
    people.decides.page.locator(".need[data-finding='7'] [data-key=n]").click()


def who_was_refused_upgrades_again(person: Person) -> None:
    """On SQLite the two who wait take the slots for what is heavy, and a third is told to come back."""
    heading = person.page.get_by_role("heading", level=1)
    expect(heading).not_to_have_text(re.compile("^Move"))
    if heading.inner_text() not in (AWAY, "Not done"):
        return
    person.page.go_back()
    for box in person.page.get_by_label("Let these keys fall out").all():
        box.check()
    person.page.get_by_role("button", name="Upgrade to version 2").click()


def each_sees_it_done(people: SimpleNamespace, staged: dict[str, Any]) -> None:
    """Each is where they would have been."""
    expect(people.writes.page.locator(".item", has_text=TYPED)).to_have_count(1)
    expect(people.writes.page.locator("#saving")).to_contain_text("All saved")
    people.imports.page.wait_for_url(PREVIEW)
    expect(people.imports.page.locator("#verdict")).to_contain_text("2 places")
    expect(people.decides.page.locator("#verdict")).to_contain_text("1 place")
    people.upgrades.page.wait_for_url(f"**{staged['boards'][0]}")
    expect(people.upgrades.page.locator("#notices")).to_contain_text("It runs on the newest version now.")
