"""What whoever opens pages in the stories would notice about them."""

import pytest
from playwright.sync_api import Browser

from tests.journeys.person import Person
from tests.journeys.standing import Stand

PAGE = """<!doctype html><html lang="en"><title>A page</title><main style="background: {behind}"><h1>A page</h1>
<p>Read before</p><p style="color: {colour}">Read now</p></main></html>"""

pytestmark = [pytest.mark.journey, pytest.mark.browser]


def test_a_text_is_measured_again_where_it_stands_otherwise(standing: Stand, browser: Browser) -> None:
    person = Person(browser, standing.site, axe=False)
    for colour, behind in (("#000", "#fff"), ("#111", "#fff"), ("#000", "#eee")):
        person.page.set_content(PAGE.format(colour=colour, behind=behind))
        person.check_accessibility()
    for colour, behind in (("#ccc", "#fff"), ("#000", "#222")):
        for _ in range(2):  # what was found bad is not remembered as good
            person.page.set_content(PAGE.format(colour=colour, behind=behind))
            with pytest.raises(AssertionError, match="color-contrast"):
                person.check_accessibility()
