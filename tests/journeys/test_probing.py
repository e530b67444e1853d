"""Proof that no worker gathers, and what stands around it: secrets, tokens of jobs, measurements, schedules, zones."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.canaries import PLANTED
from tests.journeys.person import Person
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

pytestmark = pytest.mark.journey
BOARD = "/t/pay/deployments/1/"
VALUE = PLANTED[39]


@pytest.fixture
def lead(browser: Browser, stand: Stand, team: SimpleNamespace) -> Iterator[Person]:
    person = Person(browser, stand.site, session=team.sessions["lead"])
    yield person
    assert person.errors == []
    person.context.close()


def attach(lead: Person, item: int, kind: str, **settings: str) -> Page:
    """A probe of this kind for an item, by the page that attaches one; leads to the probe's own page."""
    page = lead.open(f"{BOARD}items/{item}/probe/attach/?kind={kind}")
    form = page.locator("form#attach")
    if "conditions" in settings:
        form.get_by_role("button", name="Show as text").click()
    for name, value in settings.items():
        form.locator(f"[name='{name}']").fill(value)
    form.get_by_role("button", name="Attach probe").click()
    page.wait_for_url(re.compile(rf"/items/{item}/(?!probe/attach)"))
    return lead.open(f"{BOARD}items/{item}/probe/")


def report(page: Page, token: str, values: dict[str, object], key: str = "") -> tuple[int, dict[str, object]]:
    """What a job sends, and what it is answered."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
    address = re.match(r"https?://[^/]+", page.url)
    assert address
    sent = urllib.request.Request(f"{address[0]}/report/", json.dumps(values).encode(), headers)
    try:
        with urllib.request.urlopen(sent, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def test_a_secret_is_set_and_never_shown_again(lead: Person) -> None:
    page = lead.open("/t/pay/secrets/")
    lead.send("secrets/set/", "Set secret", name="metrics", secret_value=VALUE, bindings="https://metrics.example.com")
    page.wait_for_url(re.compile(r"/secrets/[0-9a-f-]{36}/"))
    lead.check_accessibility()
    assert VALUE not in page.content()
    lead.open("/t/pay/secrets/?q=metrics")
    expect(page.locator("main")).to_contain_text("never used")
    assert VALUE not in page.content()


def test_a_job_reports_by_a_token_until_it_is_revoked(lead: Person) -> None:
    page = attach(lead, 2, "push", names="coverage [%]", conditions="coverage >= 90 %\nfailures == 0")
    lead.send("probe/tokens/issue/", "Make token", name="Nightly build")
    token = page.locator("#token").inner_text()
    lead.check_accessibility()
    assert report(page, token, {"values": {"coverage": "93 %", "failures": 0}}, key="build-7")[0] == 201
    expect(page.locator("#verdict")).to_contain_text("PASSES")
    assert report(page, token, {"values": {"coverage": "93 %", "failures": 0}}, key="build-7")[0] == 200
    assert report(page, token, {"values": {"coverage": "71 %", "failures": 3}}, key="build-8")[0] == 201
    expect(page.locator("#verdict")).to_contain_text("FAILS")
    page.reload()
    assert token not in page.content()
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("#reporting")).to_contain_text("revoked")
    assert report(page, token, {"values": {"coverage": "99 %", "failures": 0}}, key="build-9")[0] == 403


def test_rows_that_move_on_stay_where_they_are_read_and_the_filters_count_them(lead: Person) -> None:
    page = attach(lead, 7, "push")
    lead.send("probe/tokens/issue/", "Make token", name="Nightly build")
    token = page.locator("#token").inner_text()
    assert report(page, token, {"values": {"ok": False}}, key="build-1")[0] == 201
    page = lead.open(f"{BOARD}probes/?show=failing")
    row, count, moved = page.locator("#probe-7"), page.locator("#shows [aria-current] b"), page.locator("#moved")
    expect(row).to_contain_text("failed")
    failing = int(count.inner_text())
    assert report(page, token, {"values": {"ok": True}}, key="build-2")[0] == 201
    expect(moved).to_contain_text("1 row moved on. Nothing leaves the place where you read it.")
    expect(row).to_contain_text("passed")
    expect(count).to_have_text(str(failing - 1))
    lead.check_accessibility()
    moved.get_by_role("link", name="Group anew").click()
    expect(row).to_have_count(0)
    expect(moved).to_be_hidden()
    assert report(page, token, {"values": {"ok": False}}, key="build-3")[0] == 201
    expect(moved).to_contain_text("1 more fits.")
    expect(count).to_have_text(str(failing))


def test_a_person_measures_and_somebody_else_verifies(lead: Person) -> None:
    limit = {"what": "Time to restore the backup", "conditions": "value < 30"}
    page = attach(lead, 3, "manual", **limit)
    lead.send("probe/measure/?back=probe", value="12,5", how="Restored the backup of tonight on the spare machine.")
    expect(page.locator("#verdict")).to_contain_text("PASSES")
    lead.check_accessibility()
    lead.open(f"{BOARD}items/3/")
    expect(page.locator("main")).to_contain_text("who worked on it cannot verify it")


def test_a_probe_is_run_by_the_clock_and_no_longer(lead: Person) -> None:
    page = attach(lead, 4, "http", url="https://gateway.example.com/health")
    for place, words in ((2, "every 5 min"), (0, "when asked")):
        page.locator("#schedule summary").click()
        page.locator("#schedule [name='every']").select_option(index=place)
        lead.send("probe/schedule/", "Save schedule")
        expect(page.locator("#beside dd", has_text=words)).to_have_count(1)  # the form names every choice as well
        lead.check_accessibility()


def test_a_page_that_answers_a_refused_form_stays_live(lead: Person) -> None:
    """It stands at the address of that form, which answers no GET: what changed comes from the page's own."""
    page = attach(lead, 6, "push")
    lead.send("probe/tokens/issue/", "Make token", name="Nightly build")
    token = page.locator("#token").inner_text()
    page.locator("form[action*='tokens/issue/']").evaluate("(form) => { form.noValidate = true; form.submit(); }")
    page.wait_for_url(re.compile(r"/tokens/issue/"))
    assert report(page, token, {"values": {"ok": True}}, key="build-9")[0] == 201
    expect(page.locator("#verdict")).to_contain_text("PASSES")
    expect(page.locator("body")).not_to_have_class(re.compile("stale"))


def test_a_zone_is_opened_by_two_administrators(browser: Browser, stand: Stand, team: SimpleNamespace) -> None:
    assert ask(stand.site, "make_administrators") == ["lena", "ruth"]
    first, second = (Person(browser, stand.site, session=team.sessions[name]) for name in ("lead", "reviewer"))
    page = first.open("/zones/")
    first.send("zones/create/", "Make zone", name="Factory north", queue="factory-north")
    page.wait_for_url("**/zones/of/factory-north/")
    first.send("/widen/", "Propose networks", allow="10.20.0.0/16:443")
    expect(page.locator("main")).to_contain_text("another administrator confirms it")
    first.check_accessibility()
    page = second.open("/zones/of/factory-north/")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("region", name="Where its probes may go")).to_contain_text("10.20.0.0/16")
    for person in (first, second):
        assert person.errors == []
        person.context.close()


def test_conditions_are_rows_that_the_keyboard_adds_fills_and_takes_away(lead: Person) -> None:
    page = lead.open(f"{BOARD}items/5/probe/attach/?kind=http")
    page.locator("[name=url]").fill("https://gateway.example.com/health")
    rows = page.locator("#condition-rows > li")
    page.locator("[name=condition_limit]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name=condition_value]").nth(1)).to_be_focused()
    for words in ("latency", "is under", "300"):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    page.get_by_role("button", name="Add an expression").press("Enter")
    page.keyboard.type("size < 1 MB && json.ok")
    page.get_by_role("button", name="Add a condition").press("Enter")
    expect(rows).to_have_count(4)
    page.get_by_role("button", name="Remove condition 4").press("Enter")
    expect(page.get_by_role("button", name="Remove condition 3")).to_be_focused()
    lead.check_accessibility()
    page.locator("form#attach").get_by_role("button", name="Attach probe").click()
    expect(rows.nth(1)).to_contain_text("needs a unit: write 300 ms or 300 s")
    lead.check_accessibility()
    page.locator("[name=condition_limit]").nth(1).fill("300 ms")
    page.get_by_role("button", name="Remove condition 1").press("Enter")
    page.locator("form#attach").get_by_role("button", name="Attach probe").click()
    page.wait_for_url(re.compile(r"/items/5/(?!probe/attach)"))
    page = lead.open(f"{BOARD}items/5/probe/")
    expect(page.locator("main")).to_contain_text("latency < 300 ms")
    expect(page.locator("main")).to_contain_text("size < 1 MB && json.ok")
