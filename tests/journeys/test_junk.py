"""People paste too much, junk, markup and scripts: each gets a clear answer and loses nothing."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import expect

from project import bodies
from tests.cast import PASSWORD
from tests.journeys.acts import act
from tests.journeys.misusing import IMPORT, NEW, draft, item_page, nothing_broke, offered, read

pytestmark = pytest.mark.journey


MEGABYTE = 1024 * 1024
SCRIPT = "<script>window.ran = 1; alert('ran')</script>"
IMAGE = '<img src="x" onerror="window.ran = 1; alert(1)">'


def test_five_megabytes_of_checklist_are_read(team, sit):
    lines = [f"- [ ] **Step {number}** " + "of a very long list of things to look at, " * 82 for number in range(1500)]
    text = "# Long\n\n" + "\n".join(lines)
    assert 4.9 * MEGABYTE < len(text) < 5 * MEGABYTE, len(text) / MEGABYTE
    sent = team.lead.upload(IMPORT, "long.md", text.encode())
    assert sent.status == 302
    preview = team.lead.get(sent.location)
    assert preview.status == 200
    assert "1500 items" in preview.text or "1,500 items" in preview.text


def test_more_than_five_megabytes_are_refused_with_what_to_do(team):
    sent = team.lead.upload(IMPORT, "longer.md", b"- [ ] Look\n" * 500_000)
    assert sent.status == 422
    assert "larger than 5 MB. Split it into several checklists" in sent.text


@pytest.mark.browser
def test_binary_junk_is_called_that_and_the_pasted_text_stays(sit, tmp_path):
    lena = sit("lead")
    junk = tmp_path / "list.md"
    junk.write_bytes(bytes(range(256)) * 400)
    page = lena.open(IMPORT)
    page.locator("[name='text']").fill("# Mine\n\n- [ ] Look")
    page.locator("[name='file']").set_input_files(junk)
    page.get_by_role("button", name="Show what it becomes").click()
    expect(page.locator("main")).to_contain_text("This file is not text.")
    expect(page.locator("[name='text']")).to_have_value("# Mine\n\n- [ ] Look")
    lena.check_accessibility()
    page.get_by_role("button", name="Show what it becomes").click()
    page.wait_for_url(re.compile("/import/[0-9a-f-]{36}/"))


@pytest.mark.browser
def test_a_text_without_a_list_says_what_is_missing_and_is_kept(team, sit):
    lena = sit("lead")
    where, preview = read(team.lead, "A letter.\n\nNothing to tick in it at all.\n")
    page = lena.open(where)
    expect(page.locator("main")).to_contain_text("No template can be made of this yet")
    expect(page.get_by_role("button", name="Make template")).to_be_disabled()
    assert team.lead.post(f"{where}draft/", draft(preview)).status == 409
    assert "Nothing to tick in it at all." in team.lead.get(f"{where}text/").text


def test_odd_shapes_are_published_whole_and_can_be_worked_on(team, sit):
    """A title of 10,000 characters, items ten deep, the same heading three times."""
    long = "long " * 2000
    deep = "\n".join(f"{'  ' * depth}- [ ] Depth {depth + 1}" for depth in range(10))
    same = (
        "## Again\n\n- [ ] Under the first\n\n## Again\n\n- [ ] Under the second\n\n## Again\n\n- [ ] Under the third\n"
    )
    where, preview = read(team.lead, f"# Odd shapes\n\n## Deep\n\n{deep}\n\n{same}\n## Long\n\n- [ ] {long}END\n")
    assert "14 items" in preview
    lena = sit("lead")
    lena.open(where)
    template = publish(team, team.lead.post(f"{where}draft/", draft(preview)))
    page = lena.open(template)
    for words in ("Depth 1", "Depth 10", "Under the first", "Under the second", "Under the third"):
        expect(page.locator("main")).to_contain_text(words)
    number = deploy(team, template, "Odd")
    lena.open(f"/t/pay/deployments/{number}/")
    expect(lena.page.locator("#items .group")).to_have_count(5)
    lena.open(f"/t/pay/deployments/{number}/items/14/")
    expect(lena.page.locator("main")).to_contain_text("END")
    assert lena.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.browser
def test_markup_and_scripts_in_a_checklist_are_text(team, sit):
    lena = sit("lead")
    hostile = f"# Title {SCRIPT}\n\n## Section {IMAGE}\n\nGuidance {SCRIPT} [link](javascript:alert(1))\n\n"
    where, preview = read(team.lead, f"{hostile}- [ ] **Step {SCRIPT}** {IMAGE} [x](javascript:alert(2))\n")
    lena.open(where)
    template = publish(team, team.lead.post(f"{where}draft/", draft(preview)))
    lena.open(template)
    number = deploy(team, template, IMAGE)
    at = f"/t/pay/deployments/{number}/"
    for path, fields in {
        "items/1/evidence/attach/": {"kind": "note", "text": SCRIPT, "title": IMAGE},
        "items/1/fill-in/": {"result": SCRIPT},
    }.items():
        assert team.member.post(f"{at}{path}", fields).status == 302
    assert team.member.post(f"{at}items/1/sign/", offered(team.member, 1, at)).status == 302
    act(team.reviewer, f"{at}items/1/", "/reject/", reason=f"{SCRIPT}{IMAGE}")
    link = {"kind": "link", "url": "javascript:alert(3)"}
    assert team.member.post(f"{at}items/1/evidence/attach/", link).status == 422
    for path in ("", "items/1/", "history/", "sheet/", "records/", "rollback/"):
        lena.open(f"{at}{path}")
        assert lena.page.locator("a[href^='javascript']").count() == 0
    lena.open(at)
    lena.page.locator("#item-1 > a").click()
    expect(lena.page.locator("#detail")).to_contain_text(SCRIPT)
    assert lena.page.evaluate("window.ran") is None


def publish(team: SimpleNamespace, drafted: Any) -> str:
    """Let the author of a draft ask and a second person publish; the address of the template."""
    assert drafted.status == 302
    changes = drafted.location
    act(team.lead, changes, "/submit/", note="Imported", password=PASSWORD)
    act(team.reviewer, changes, "/publish/", password=PASSWORD)
    return str(changes).removesuffix("changes/")


def deploy(team: SimpleNamespace, template: str, service: str) -> str:
    """Start a deployment from the page of a template and open its review; its number."""
    version = re.search(r"new/\?template=([0-9a-f-]{36})", team.lead.get(template).text)[1]
    values = {"service": service, "version": "1.0", "environment": "production"}
    made = team.lead.post(f"{NEW}?template={version}", values)
    assert made.status == 302, made.text
    assert team.lead.post(f"{made.location}open-review/").status == 302
    return re.search(r"/deployments/(\d+)/", made.location)[1]


@pytest.mark.browser
def test_a_file_that_is_too_large_is_refused_with_the_limit_and_nothing_typed_is_lost(team, sit, tmp_path):
    mika = sit("member")
    large = tmp_path / "dump.bin"
    large.write_bytes(b"x" * (26 * MEGABYTE + 1))
    page = mika.open(item_page(7))
    page.locator("#add-note summary").click()
    page.locator("#note-text").fill("Half a note")
    page.locator("#add-file summary").click()
    page.locator("#file-title").fill("The dump of Tuesday")
    page.locator("#file-file").set_input_files(large)
    page.get_by_role("button", name="Attach file").click()
    expect(page.locator("#notices")).to_contain_text("at most 25 MB", timeout=30_000)
    expect(page.locator("#file-title")).to_have_value("The dump of Tuesday")
    expect(page.locator("#note-text")).to_have_value("Half a note")
    expect(page.get_by_role("button", name="Attach file")).to_be_enabled()
    mika.check_accessibility()
    a_little = team.member.upload(f"{item_page(7)}evidence/attach/", "d.bin", b"x" * (25 * MEGABYTE + 1), kind="file")
    assert a_little.status in (409, 413, 422)
    assert "25 MB" in a_little.text


@pytest.mark.parametrize(("status", "sentence"), [(408, bodies.LATE), (429, bodies.GAVE_WAY), (507, bodies.NO_ROOM)])
def test_why_an_upload_was_not_taken_in_stands_above_the_item_and_what_was_typed_stays(sit, tmp_path, status, sentence):
    mika, report = sit("member"), tmp_path / "report.txt"
    report.write_text("All is well.")
    page = mika.open(item_page(7))
    page.locator("#add-file summary").click()
    page.locator("#file-title").fill(f"Report {status}")
    page.locator("#file-file").set_input_files(report)
    at = "**/evidence/attach/"
    page.route(at, lambda route: route.fulfill(status=status, content_type="text/plain; charset=utf-8", body=sentence))
    page.get_by_role("button", name="Attach file").click()
    expect(page.locator("#notices")).to_contain_text(sentence)
    expect(page.locator("#file-title")).to_have_value(f"Report {status}")
    page.unroute(at)
    page.get_by_role("button", name="Attach file").click()
    expect(page.locator("#evidence")).to_contain_text(f"Report {status}")
    mika.errors.clear()  # the browser's own line about the status


def test_after_all_of_it_the_ledger_is_whole_and_nothing_crashed(stand):
    nothing_broke(stand)
