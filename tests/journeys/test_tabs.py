"""Many tabs of one browser, which opens six connections to a server: each loads, acts, and hears of what others do."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.person import Person, Wire
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

BOARD = "/t/pay/deployments/1/"
TABS = [BOARD, *(f"{BOARD}items/{number}/" for number in range(1, 7))]
# What a browser says of a tab that was opened in the background and not looked at yet.
IN_THE_BACKGROUND = """
    window.hiddenNow = true;
    Object.defineProperty(document, "hidden", { get: () => window.hiddenNow });
"""
SEEN = "hiddenNow = false; document.dispatchEvent(new Event('visibilitychange'))"

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def mika(stand: Stand, browser: Browser) -> Iterator[Person]:
    """A member at a browser."""
    staged = ask(stand.site, "stage")
    person = Person(browser, stand.site, session=staged["sessions"]["member"], axe=False)
    person.wire = Wire(stand.site, staged["sessions"]["reviewer"])  # type: ignore[attr-defined]
    yield person
    person.context.close()


def opened(mika: Person, path: str) -> Page:
    page = mika.context.new_page()
    page.set_default_timeout(15_000)
    page.goto(mika.site.address + path, wait_until="domcontentloaded")
    return page


def note(mika: Person, item: int) -> None:
    """A colleague attaches something."""
    values = {"kind": "note", "text": "Seen."}
    assert mika.wire.post(f"{BOARD}items/{item}/evidence/attach/", values).status == 302  # type: ignore[attr-defined]


def test_seven_tabs_in_sight_load_sign_and_hear_of_everything(mika: Person) -> None:
    pages = [opened(mika, path) for path in TABS]
    for page in pages[1:]:
        expect(page.locator("#sign")).to_be_visible()
    last = pages[-1]
    last.locator("#sign-confirm").check()
    last.get_by_role("button", name="Turn first key").click()
    expect(last.locator("#item-detail")).to_contain_text("佐藤 Mika")
    expect(pages[0].locator("#item-6")).to_contain_text("first key turned by 佐藤 Mika")
    for item in range(1, 6):
        note(mika, item)
    for page in pages[1:6]:
        expect(page.locator("#item-detail")).to_contain_text("Seen.")
    for page in pages:
        page.close()


def test_a_tab_opened_in_the_background_has_no_stream_until_it_is_seen_and_then_shows_what_it_missed(
    mika: Person,
) -> None:
    mika.context.add_init_script(IN_THE_BACKGROUND)
    streams: list[str] = []
    mika.context.on("request", lambda request: streams.append(request.url) if "/live/" in request.url else None)
    pages = [opened(mika, path) for path in TABS]
    note(mika, 6)
    pages[0].wait_for_timeout(1_000)
    assert streams == []
    pages[-1].evaluate(SEEN)
    expect(pages[-1].locator("#item-detail")).to_contain_text("Seen.")
    assert len(streams) == 1
