"""The story that must work: from a Markdown checklist to an audit record that verifies, with real people's clicks."""

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests import servers
from tests.journeys.acts import typed_waiver
from tests.journeys.person import Person, verify

PASSWORD = "correct horse battery staple"
CHECKLIST = """# Gateway release

What has to hold before traffic moves.

## Before

- [ ] **Backup taken** - restore it once
  ```sh
  ./backup.sh --to backups/<release>
  ```
- [ ] **Load test passed** (critical)
- [ ] Backup folder: ____

## After

- [ ] **Health endpoint answers**
- [ ] **Support is told**
"""
BOARD = "/t/pay/deployments/1/"
MEMBER = re.compile(r"/people/[0-9a-f-]{36}/$")

pytestmark = pytest.mark.journey


def test_from_a_checklist_to_an_audit_record(
    site: servers.Keyturn, browser: Browser, tmp_path: Path, target: int
) -> None:
    lena = Person(browser, site)
    found_instance(lena, site)
    import_checklist(lena)
    ruth = invite(browser, lena, site, "ruth", "Ruth Okafor")
    second_admin(lena, "Ruth Okafor")
    mika = invite(browser, lena, site, "mika", "佐藤 Mika", phone=True)
    granted_by_two(lena, ruth, "佐藤 Mika")
    start_deployment(lena)
    assign(lena)
    two_keys_and_a_live_board(mika, ruth)
    keys_fall_out_and_rejection(mika, ruth)
    waiver_of_a_critical_item(lena, mika, ruth)
    probe_on_both_boards(mika, ruth, target)
    sheet_is_refused_while_no_go(mika)
    rollback_plan(lena)
    everything_else(mika, ruth)
    sheet_closes(mika, ruth)
    caveats_are_settled(mika)
    pdf = record(lena, tmp_path)
    run_again(lena)
    verified(site, pdf)
    assert [person.errors for person in (lena, ruth, mika)] == [[], [], []]


def turn_key(person: Person, item: int, which: str) -> None:
    """Turn a key of an item."""
    person.open(f"{BOARD}items/{item}/")
    person.send(f"items/{item}/sign/", f"Turn {which} key", password=PASSWORD)
    expect(person.page.locator(".key-card.half, .key-card .key-card, .key-cards.verified").first).to_be_visible()


def found_instance(lena: Person, site: servers.Keyturn) -> None:
    lena.open(site.first_link())
    form = lena.page.locator("main form").first
    for name, value in {
        "full_name": "Lena Brandt",
        "username": "lena",
        "password": PASSWORD,
        "name": "Payments",
        "slug": "pay",
    }.items():
        form.locator(f"[name='{name}']").fill(value)
    form.locator("button.primary").click()
    lena.page.wait_for_url("**/t/pay/**")
    lena.check_accessibility()


def import_checklist(lena: Person) -> None:
    lena.open("/t/pay/templates/")
    lena.open("/t/pay/templates/import/")
    lena.send("templates/import/", text=CHECKLIST)
    lena.page.wait_for_url(re.compile(r"/import/[0-9a-f-]{36}/"))
    lena.check_accessibility()
    body = lena.page.locator("main")
    for line_type in ("Section", "Item", "Guidance", "Command"):
        expect(body).to_contain_text(line_type)
    lena.page.get_by_role("button", name="Make template").click()
    lena.page.wait_for_url(lambda url: "/import/" not in url)
    lena.check_accessibility()
    expect(lena.page.locator("main")).to_contain_text("Gateway release")
    lena.send("/publish/", "Publish version 1", note="From the wiki", password=PASSWORD)
    expect(lena.page.locator("main")).to_contain_text("Gateway release")


def invite(
    browser: Browser, lena: Person, site: servers.Keyturn, username: str, name: str, *, phone: bool = False
) -> Person:
    lena.open("/t/pay/people/")
    lena.send("people/invite/", note=name, role="member")
    link = lena.page.locator(".one-time output").inner_text()
    person = Person(browser, site, phone=phone, dark=phone)
    person.open(link.strip())
    form = person.page.locator("main form").first
    for field, value in {"full_name": name, "username": username, "password": PASSWORD}.items():
        form.locator(f"[name='{field}']").fill(value)
    form.locator("button.primary").click()
    person.page.wait_for_url("**/t/pay/**")
    person.check_accessibility()
    return person


def second_admin(lena: Person, name: str) -> None:
    """Whoever begins a team names one other admin alone, who holds every role then."""
    lena.open("/t/pay/people/")
    expect(lena.page.locator("main")).to_contain_text("The team has one admin")
    lena.page.get_by_role("link", name=name).click()
    lena.page.wait_for_url(MEMBER)
    lena.check_accessibility()
    lena.send("/roles/", "Ask for it", role="admin", identity="In person", proof_password=PASSWORD)
    expect(lena.page.locator("main")).to_contain_text("holds every role")


def granted_by_two(lena: Person, ruth: Person, name: str) -> None:
    """From then on one admin asks and another one grants."""
    lena.open("/t/pay/people/")
    lena.page.get_by_role("link", name=name).click()
    lena.page.wait_for_url(MEMBER)
    lena.send("/roles/", "Ask for it", role="author", identity="By video", proof_password=PASSWORD)
    expect(lena.page.locator("main")).to_contain_text("Waits for another admin of the team")
    expect(lena.page.locator("form[action$='/grant/']")).to_have_count(0)
    ruth.open("/t/pay/people/")
    expect(ruth.page.locator("main")).to_contain_text("Waits for a second person")
    ruth.check_accessibility()
    ruth.page.get_by_role("link", name="Grant").click()
    ruth.check_accessibility()
    ruth.send("/grant/", "Grant", proof_password=PASSWORD)
    expect(ruth.page.locator("main")).not_to_contain_text("Waits for a second person")


def start_deployment(lena: Person) -> None:
    lena.open("/t/pay/deployments/")
    lena.open("/t/pay/deployments/new/")
    choice = lena.page.get_by_role("link", name=re.compile("Gateway release")).first
    if choice.count():
        choice.click()
        lena.check_accessibility()
    form = lena.page.locator("main form:has([name='service'])")
    form.locator("[name='service']").fill("Gateway")
    form.locator("[name='version']").fill("2.8.0")
    form.locator("[name='environment']").fill("production")
    form.locator("[name='window_start']").fill("2030-01-07T16:00")
    form.locator("[name^='variable_']").first.fill("2.8.0-rc1")
    form.locator("button.primary").click()
    lena.page.wait_for_url(f"**{BOARD}")
    lena.check_accessibility()
    expect(lena.page.locator("#verdict")).to_contain_text("NO-GO")
    lena.send("open-review/")
    expect(lena.page.locator("#blocks")).not_to_contain_text("The review is not open yet")


def assign(lena: Person) -> None:
    page = lena.open(BOARD)
    page.locator("#item-1 .pick").check(force=True)
    page.locator("#bulk-owner").select_option(label="佐藤 Mika")
    page.locator("#bulk").get_by_role("button", name="Assign").click()
    expect(page.locator("#item-1 .avatar")).to_have_attribute("title", "佐藤 Mika")
    page.locator("#s2 .pick-all").check()
    page.locator("#bulk-owner").select_option(label="Ruth Okafor")
    page.locator("#bulk").get_by_role("button", name="Assign").click()
    expect(page.locator("#item-5 .avatar")).to_have_attribute("title", "Ruth Okafor")
    expect(page.locator("#item-1 a")).to_contain_text("Backup taken")


def two_keys_and_a_live_board(mika: Person, ruth: Person) -> None:
    ruth.open(BOARD)
    mika.open(f"{BOARD}items/1/")
    expect(mika.page.locator("main")).to_contain_text("backups/2.8.0-rc1")
    mika.send("evidence/attach/", text="Restored into staging in four minutes.")
    expect(mika.page.locator("main")).to_contain_text("Restored into staging")
    turn_key(mika, 1, "first")
    expect(ruth.page.locator("#item-1")).to_contain_text("first key turned by 佐藤 Mika")
    mika.open(f"{BOARD}items/1/")
    expect(mika.page.locator("#sign")).to_contain_text("another person must turn this one")
    expect(mika.page.locator("#sign form[action$='/sign/']")).to_have_count(0)
    turn_key(ruth, 1, "second")
    expect(ruth.page.locator("#sign")).to_contain_text("All keys are turned")


def keys_fall_out_and_rejection(mika: Person, ruth: Person) -> None:
    turn_key(mika, 5, "first")
    ruth.open(f"{BOARD}items/5/")
    ruth.send("items/5/reject/", reason="The on-call list is last month's.")
    expect(ruth.page.locator("#sign")).to_contain_text("on-call list is last month's")
    mika.open(f"{BOARD}items/5/")
    expect(mika.page.locator("#sign")).to_contain_text("Nothing changed since this was sent back")
    mika.send("evidence/attach/", text="This month's list.")
    turn_key(mika, 5, "first")
    mika.open(f"{BOARD}items/5/")
    mika.send("evidence/attach/", text="The new list is out.")
    expect(mika.page.locator("#sign")).to_contain_text("keys fell out")
    ruth.open(BOARD)
    expect(ruth.page.locator("#item-5")).to_contain_text("keys fell out")


def waiver_of_a_critical_item(lena: Person, mika: Person, ruth: Person) -> None:
    mika.open(f"{BOARD}items/2/waiver/request/")
    typed = typed_waiver(justification="The load test rig is down; traffic starts at one percent.")
    mika.send("waiver/request/", "Ask for waiver", **typed, afterwards_owner="佐藤 Mika")
    expect(mika.page.locator("main")).to_contain_text("load test rig is down")
    expect(mika.page.locator("form[action$='/approve/']")).to_have_count(0)
    for person in (lena, ruth):
        person.open(f"{BOARD}items/2/")
        person.send("/approve/", password=PASSWORD)
        expect(person.page.locator("main")).to_contain_text(re.compile("approved", re.I))
    ruth.open(BOARD)
    expect(ruth.page.locator("#item-2")).to_contain_text("waived")


def probe_on_both_boards(mika: Person, ruth: Person, target: int) -> None:
    mika.open(f"{BOARD}items/4/probe/attach/")
    mika.send("probe/attach/", "Attach probe", name="Health", url="http://169.254.169.254/latest/")
    expect(mika.page.locator(".wrong, #notices")).to_contain_text([re.compile(".")])
    mika.open(f"{BOARD}items/4/probe/attach/")
    health = {"condition_value": "body", "condition_sign": "contains", "condition_limit": '"healthy"'}
    mika.send("probe/attach/", "Attach probe", name="Health", url=f"http://127.0.0.1:{target}/health", **health)
    ruth.open(BOARD)
    mika.open(BOARD)
    mika.page.get_by_role("button", name="Run all probes").click()
    for person in (mika, ruth):
        expect(person.page.locator("#item-4 .probe.verified")).to_be_visible(timeout=20_000)
    ruth.open(f"{BOARD}items/4/")
    expect(ruth.page.locator("main")).to_contain_text("/health")


def sheet_is_refused_while_no_go(mika: Person) -> None:
    mika.open(f"{BOARD}sheet/")
    mika.send("sheet/complete/", answer="yes", password=PASSWORD)
    expect(mika.page.locator("body")).to_contain_text("NO-GO")
    mika.open(f"{BOARD}sheet/")
    expect(mika.page.locator("form[action$='sheet/verify/']")).to_have_count(0)


def rollback_plan(lena: Person) -> None:
    lena.open(f"{BOARD}rollback/")
    form = lena.page.locator("form:has([name='verification'])")
    form.locator("[name='owner']").select_option(label="Lena Brandt")
    form.locator("[name='title']").first.fill("Route traffic back to 2.7.5")
    form.locator("[name='command']").first.fill("./deploy.sh --rollback 2.7.5")
    form.locator("[name='verification']").fill("The health endpoint answers.")
    form.locator("[name='last_rehearsed_on']").fill("2026-01-15")
    form.locator("button[name='save']").click()
    lena.open(BOARD)
    expect(lena.page.locator("#blocks")).not_to_contain_text("Rollback plan")


def everything_else(mika: Person, ruth: Person) -> None:
    mika.open(f"{BOARD}items/3/")
    form = mika.page.locator("form[action$='items/3/fill-in/']")
    form.locator("input[type=text]").first.fill("backups/2.8.0-rc1")
    form.locator("button").last.click()
    expect(mika.page.locator("#sign form[action$='/sign/']")).to_be_visible()
    for item in (3, 4, 5):
        turn_key(mika, item, "first")
        turn_key(ruth, item, "second")
    ruth.open(BOARD)
    expect(ruth.page.locator("#verdict strong")).to_have_text("GO")
    expect(ruth.page.locator("#blocks")).to_contain_text("Nothing blocks")


def sheet_closes(mika: Person, ruth: Person) -> None:
    mika.open(f"{BOARD}sheet/")
    mika.send(
        "sheet/complete/",
        issues="None worth noting.",
        resolution="Nothing to resolve.",
        answer="caveats",
        caveats="The load test follows by Friday.",
        caveats_owner="佐藤 Mika",
        caveats_due_on="2099-12-31",
        password=PASSWORD,
    )
    expect(mika.page.locator("main")).to_contain_text("佐藤 Mika")
    ruth.open(f"{BOARD}sheet/")
    ruth.send("sheet/verify/", password=PASSWORD)
    expect(ruth.page.locator("main")).to_contain_text("Ruth Okafor")
    ruth.open(BOARD)
    expect(ruth.page.locator("#verdict")).to_contain_text("Completed")


def caveats_are_settled(mika: Person) -> None:
    """What the caveats left waits for whoever answers for them, on my work and on the board, until it is closed."""
    mika.open(BOARD)
    expect(mika.page.locator("#follow-ups")).to_contain_text("The load test follows by Friday.")
    mika.check_accessibility()
    mika.open(BOARD.partition("deployments/")[0])
    mika.page.get_by_role("link", name="The load test follows by Friday.").click()
    mika.check_accessibility()
    mika.send("/change/", owner="Ruth Okafor", due_on="2099-12-30")
    expect(mika.page.locator("main")).to_contain_text("Ruth Okafor, until 30 December 2099")
    mika.send("/close/", outcome="The load test passed.")
    expect(mika.page.locator("main")).to_contain_text("The load test passed.")
    mika.page.get_by_role("link", name="Follow-ups", exact=True).click()
    expect(mika.page.locator("main")).not_to_contain_text("The load test follows by Friday.")
    mika.check_accessibility()
    mika.page.get_by_role("link", name="Closed").click()
    expect(mika.page.locator("main")).to_contain_text("The load test follows by Friday.")


def record(lena: Person, folder: Path) -> Path:
    lena.open(f"{BOARD}records/")
    lena.page.locator("form[action*='records/'] button.primary, form[action*='request'] button").first.click()
    link = lena.page.locator("a[href$='.pdf'], a[href*='/pdf'], a[download]").first
    expect(link).to_be_visible(timeout=60_000)
    lena.check_accessibility()
    with lena.page.expect_download() as download:
        link.click()
    pdf = folder / "record.pdf"
    download.value.save_as(pdf)
    assert pdf.read_bytes().startswith(b"%PDF-")
    return pdf


def run_again(lena: Person) -> None:
    """What has ended is run again: a tick counts at once, what is carried over names its keys, and can be opened."""
    lena.open(f"{BOARD}rerun/")
    lena.check_accessibility()
    answer = lena.page.locator("#rerun-answer")
    expect(answer).to_contain_text("1 of 5 items re-opens, 4 are carried over")
    first = lena.page.locator("input[name=items]:enabled").first
    first.press("Space")
    expect(answer).to_contain_text("2 of 5 items re-open, 3 are carried over")
    expect(lena.page.locator("input[name=items]:focus")).to_be_checked()
    lena.page.get_by_label("Version").fill("2.9.0")
    lena.page.get_by_label("What changes").fill("The model is newer")
    lena.page.get_by_role("button", name="Start from").click()
    expect(lena.page.locator("#head")).to_contain_text("again: The model is newer")
    lena.check_accessibility()
    expect(lena.page.locator("#items .keys.carried")).to_have_count(3)
    lena.page.locator("#items .item:has(.keys.carried) > a").last.click()
    lena.page.get_by_role("button", name="Open it again").click()
    expect(lena.page.locator("#sign")).to_contain_text("Open the review first")


def verified(site: servers.Keyturn, pdf: Path) -> None:
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
    for word in ("Lena Brandt", "Ruth Okafor", "Gateway", "With caveats", "load test rig is down"):
        assert word.lower() in text.lower(), word
    flat = re.sub(r"[\s\\]+", "", text)
    head = re.search(r"--head.?(deployment/[0-9a-f-]{36}:\d+:[0-9a-f]{64})", flat)
    assert head, "the record prints the line that checks its head"
    ours = verify(site, "--head", head[1])
    assert ours.returncode == 0, ours.stdout + ours.stderr
    accounts = re.search(r"instance:\d+:[0-9a-f]{64}", flat)
    assert verify(site, "--head", accounts[0]).returncode == 0
    forged = verify(site, "--head", head[1][:-1] + ("0" if head[1][-1] != "0" else "1"))
    assert forged.returncode == 1, forged.stdout + forged.stderr
