"""What a browser fetches until a board of 204 items can be used: at most ten requests and 200 KB."""

import pytest
from playwright.sync_api import Browser

from tests import servers
from tests.journeys import staged
from tests.journeys.person import Person

pytestmark = pytest.mark.journey

MOST_REQUESTS = 10
MOST_BYTES = 200_000
SETTLES = 500  # milliseconds for what scripts ask for by themselves, the event stream among it


def test_a_long_board_costs_at_most_ten_requests_and_200_kilobytes(site: servers.Keyturn, browser: Browser) -> None:
    staged_board = staged.ask(site, "stage_long_board")
    person = Person(browser, site, session=staged_board["session"], looks=False)
    asked: dict[str, str] = {}
    sizes: dict[str, int] = {}
    network = person.context.new_cdp_session(person.page)
    network.on("Network.requestWillBeSent", lambda said: asked.update({said["requestId"]: said["request"]["url"]}))
    network.on("Network.dataReceived", lambda said: sizes.update(
        {said["requestId"]: sizes.get(said["requestId"], 0) + said["encodedDataLength"]}
    ))  # fmt: skip
    network.on("Network.loadingFinished", lambda said: sizes.update({said["requestId"]: said["encodedDataLength"]}))
    network.send("Network.enable")
    person.page.goto(site.address + staged_board["board"], wait_until="load")
    person.page.wait_for_timeout(SETTLES)
    assert person.page.locator(".item").count() == staged.LONG
    fetched = {url: sizes.get(request, 0) for request, url in asked.items()}
    assert len(fetched) <= MOST_REQUESTS, fetched
    assert sum(fetched.values()) <= MOST_BYTES, fetched
