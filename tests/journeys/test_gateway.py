"""The built-in template of an AI gateway: its probes are attached by one press, go green, and red when one is gone."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.cast import PASSWORD
from tests.journeys.gateway import Gateway, standing_in
from tests.journeys.person import Person
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

pytestmark = pytest.mark.journey
TEMPLATE = "/t/pay/templates/built-in/ai-gateway-rollout/"
PROBES = "/t/pay/deployments/2/probes/"  # staged is PAY-1
COUNT = 13
OF_PROMETHEUS = 7  # of these ask Prometheus


def test_all_that_a_machine_can_check_of_a_gateway(browser: Browser, engine: str, tmp_path: Path) -> None:
    with standing_in() as gateway:
        stand = Stand(tmp_path, engine, KEYTURN_PROBE_ALLOW=",".join(gateway.addresses))
        try:
            site = stand.start().site
            sessions = ask(site, "stage")["sessions"]
            lead, second = (Person(browser, site, session=sessions[name]) for name in ("lead", "reviewer"))
            published(lead, second)
            started(lead, gateway)
            attached(lead)
            green(lead)
            gateway.stop_prometheus()
            red(lead)
            assert lead.errors == second.errors == []
            lead.context.close()
            second.context.close()
        finally:
            stand.stop()


def published(lead: Person, second: Person) -> None:
    """The template is installed, and two people make it the version that deployments start from."""
    page = lead.open(TEMPLATE)
    lead.send("/install/")
    page.wait_for_url(re.compile(r"/templates/[0-9a-f-]{36}/changes/"))
    changes = urlsplit(page.url).path
    lead.send("/submit/", "Ask for a second person", note="From the library", password=PASSWORD)
    second.open(changes)
    second.send("/publish/", "Publish version 1", password=PASSWORD)
    lead.open(changes.removesuffix("changes/"))


def started(lead: Person, gateway: Gateway) -> None:
    """A deployment of it is in review."""
    page = lead.page
    page.locator("a[href*='/deployments/new/']").first.click()
    page.wait_for_url(re.compile(r"/deployments/new/\?template="))
    form = page.locator("main form")
    form.locator("[name='service']").fill("AI gateway")
    form.locator("[name='version']").fill("1.4.0")
    for label, value in {
        "Address of the gateway": f"http://{gateway.gateway}",
        "Address of Prometheus": f"http://{gateway.prometheus}",
        "Host and port of Redis": gateway.redis,
    }.items():
        form.get_by_label(label).fill(value)
    for choice in form.locator("select[name^='variable_']").all():
        choice.select_option("yes")
    lead.check_accessibility()
    form.locator("button.primary").click()
    page.wait_for_url(re.compile(r"/deployments/2/$"))
    lead.send("open-review/")


def attached(lead: Person) -> None:
    """One press attaches what the checklist asks for, with its addresses and limits."""
    page = lead.open(PROBES)
    boxes = page.locator("input[name='probe']:checked")
    expect(boxes).to_have_count(COUNT)
    lead.send("probes/attach/", "Attach those chosen")
    expect(rows(page)).to_have_count(COUNT)


def green(lead: Person) -> None:
    """All are asked by one press, and all of them pass by the limits of the template."""
    page = lead.open(PROBES)
    lead.send("back=probes", "Run all probes")
    expect(page.locator("#answer")).to_contain_text(f"{COUNT} of {COUNT} probes pass")
    lead.check_accessibility()
    for name, words in {
        "P95 is below": "0.84 s, limit 2 s",
        "cache hit rate": "71 %, limit 50 %",
        "error rate": "0.4 %, limit 1 %",
        "CPU": "limit",
    }.items():
        expect(rows(page).filter(has_text=name)).to_contain_text(words)


def red(lead: Person) -> None:
    """Prometheus is gone: what asks it fails, the rest does not, and the deployment is not ready."""
    page = lead.open(PROBES)
    lead.send("back=probes", "Run all probes")
    expect(page.locator("#answer")).to_contain_text(f"{COUNT - OF_PROMETHEUS} of {COUNT} probes pass")
    page.reload()
    expect(page.locator(".probes[data-group='failing'] li")).to_have_count(OF_PROMETHEUS)
    lead.check_accessibility()
    board = lead.open(PROBES.removesuffix("probes/"))
    expect(board.locator("#blocks li").filter(has_text="Measure latency")).to_contain_text("Its probe failed")


def rows(page: Page) -> Locator:
    """The rows of the page of all probes."""
    return page.locator(".probe-row")
