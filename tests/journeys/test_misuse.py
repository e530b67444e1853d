"""People click twice, come late, paste junk and try what they may not: each gets a clear answer and loses nothing."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, expect

from apps.core import wording
from project import bodies, processes
from tests.journeys.acts import act
from tests.journeys.person import Answer, Person, Wire, verify
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

BOARD = "/t/pay/deployments/1/"
RECORDS = f"{BOARD}records/"
IMPORT = "/t/pay/templates/import/"
NEW = "/t/pay/deployments/new/"
MEGABYTE = 1024 * 1024
IN_PLACE = {"HX-Request": "true"}
SCRIPT = "<script>window.ran = 1; alert('ran')</script>"
IMAGE = '<img src="x" onerror="window.ran = 1; alert(1)">'

pytestmark = pytest.mark.journey


@pytest.fixture
def sit(stand: Stand, team: SimpleNamespace, browser: Browser) -> Iterator[Callable[..., Person]]:
    """Somebody sits down at a browser; at the end no script of a stranger ran in it and nothing was blocked."""
    seated: list[Person] = []

    def down(who: str, **how: bool) -> Person:
        person = Person(browser, stand.site, session=team.sessions[who], **how)

        def dismissed(dialog: Dialog) -> None:
            person.errors.append(dialog.message)
            dialog.dismiss()

        person.page.on("dialog", dismissed)
        seated.append(person)
        return person

    yield down
    errors = [person.errors for person in seated]
    for person in seated:
        person.context.close()
    assert errors == [[]] * len(seated)


def item_page(item: int) -> str:
    return f"{BOARD}items/{item}/"


NARROW = """() => {
  for (const part of document.querySelectorAll("details")) part.open = true;
  const fields = document.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio]), textarea, select");
  return {
    sideways: document.documentElement.scrollWidth - innerWidth,
    small: [...fields].filter((field) => parseFloat(getComputedStyle(field).fontSize) < 16).map((field) => field.name),
    low: [...document.querySelectorAll(".crumbs a")].filter((link) => link.getBoundingClientRect().height < 24).length,
  };
}"""


@pytest.mark.browser
def test_nothing_is_too_wide_too_small_or_too_low_on_the_narrowest_phone(sit):
    lead = sit("lead", phone=True, axe=False)
    lead.page.set_viewport_size({"width": 320, "height": 700})
    pages = ["/t/pay/", "/t/pay/deployments/", "/t/pay/people/", "/account/", BOARD, item_page(3), RECORDS, IMPORT, NEW]
    pages += [f"{BOARD}{part}/" for part in ("rollback", "sheet", "history", "edit")]
    seen = {path: lead.open(path).evaluate(NARROW) for path in pages}
    assert seen == {path: {"sideways": 0, "small": [], "low": 0} for path in pages}


@pytest.mark.browser
def test_relative_times_trust_no_browser_clock_and_say_what_the_server_says(sit):
    member = sit("member", axe=False)
    member.page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=3))
    now = datetime.fromisoformat(member.open(BOARD).evaluate("document.body.dataset.now"))
    moments = [now + timedelta(hours=hours) for hours in (0, -0.5, 3, 26, 47, -26, -47, 400, -720, 2000)]
    shown = member.page.evaluate(
        """(moments) => {
          const times = moments.map((moment) => Object.assign(document.createElement("time"), { dateTime: moment }));
          for (const time of times) time.dataset.relative = "";
          document.getElementById("main").append(...times);
          document.body.dispatchEvent(new CustomEvent("keyturn:after-replace", { bubbles: true }));
          return times.map((time) => time.textContent);
        }""",
        [moment.isoformat() for moment in moments],
    )
    assert shown == [wording.relative(moment, now) for moment in moments]


def offered(who: Wire, item: int, board: str = BOARD) -> dict[str, object]:
    """What the signing form of an item sends when its box is ticked."""
    page = who.get(f"{board}items/{item}/").text
    hidden = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("shown", "intent", "slot")}
    return hidden | {"confirm": "on"}


def sign(who: Wire, item: int) -> Answer:
    return who.post(f"{item_page(item)}sign/", offered(who, item))


def at_once(*acts: Callable[[], Answer]) -> list[Answer]:
    """The answers of acts that begin in the same moment."""
    answers: dict[int, Answer] = {}
    start = threading.Barrier(len(acts))

    def act(place: int) -> None:
        start.wait()
        answers[place] = acts[place]()

    threads = [threading.Thread(target=act, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[place] for place in range(len(acts))]


def recorded(stand: Stand, kind: str, item: str = "") -> int:
    """How many entries of a kind the ledger holds, about an item or about none."""
    return ask(stand.site, "entries").count([kind, item])


def acts(stand):
    """What people did: the clock anchors heads once a minute, whoever does what."""
    return [kind for kind, _item in ask(stand.site, "entries") if kind != "head.anchored"]


def read(who: Wire, text: str) -> tuple[str, str]:
    """Import a text; where its preview is, and what it says."""
    sent = who.post(IMPORT, {"text": text})
    assert sent.status == 302, sent.text
    return sent.location, who.get(sent.location).text


def draft(preview: str) -> dict[str, object]:
    """What publishing brings along of what the preview showed."""
    form = preview.partition('draft/">')[2].partition("</form>")[0]
    return dict(re.findall(r'name="(basis)" value="([^"]*)"', form))


# Twice


def test_a_double_click_turns_one_key(stand, team, sit):
    mika = sit("member")
    mika.open(item_page(1))
    mika.page.locator("#sign-confirm").check()
    mika.page.get_by_role("button", name="Turn first key").dblclick()
    expect(mika.page.locator("#notices")).to_contain_text("You turned your key of item 1.")
    expect(mika.page.locator("#sign")).to_contain_text("another person must turn this one")
    assert recorded(stand, "item.signed", team.items["1"]) == 1


def test_the_same_signature_sent_twice_at_once_is_one(stand, team):
    form = offered(team.member, 2)
    answers = at_once(*[lambda: team.member.post(f"{item_page(2)}sign/", form)] * 3)
    assert [answer.status for answer in answers] == [302, 302, 302]
    assert recorded(stand, "item.signed", team.items["2"]) == 1


def test_a_double_click_publishes_one_template(team, sit):
    lena = sit("lead")
    where, _ = read(team.lead, "# Published once\n\n- [ ] Look\n")
    lena.open(where)
    lena.page.get_by_role("button", name="Make template").dblclick()
    lena.page.wait_for_url(lambda url: "/import/" not in url)
    expect(lena.page.locator("main")).to_contain_text("Published once")
    assert (
        len(re.findall(r"<a [^>]*><bdi>Published once</bdi>", team.lead.get("/t/pay/templates/?q=Published+once").text))
        == 1
    )


def test_publishing_twice_at_once_makes_one_template_and_says_so(team):
    where, preview = read(team.lead, "# Published at once\n\n- [ ] Look\n")
    answers = at_once(*[lambda: team.lead.post(f"{where}draft/", draft(preview))] * 2)
    assert sorted(answer.status for answer in answers) == [302, 409]
    (late,) = [answer.text for answer in answers if answer.status == 409]
    assert "made of this import already" in late
    templates = team.lead.get("/t/pay/templates/?q=Published+at+once").text
    assert len(re.findall(r"<a [^>]*><bdi>Published at once</bdi>", templates)) == 1


def test_a_double_click_creates_one_deployment(team, sit):
    lena = sit("lead")
    page = lena.open(f"{NEW}?template={team.staged['template']}")
    page.locator("[name='service']").fill("Twice clicked")
    page.locator("[name='version']").fill("1.0")
    page.get_by_role("button", name="Create draft").dblclick()
    page.wait_for_url(re.compile(r"/deployments/\d+/$"))
    expect(page.locator("main")).to_contain_text("Twice clicked")
    assert len(numbers(team, "Twice clicked")) == 1


def test_two_clicks_without_scripts_create_one_deployment(team):
    address = f"{NEW}?template={team.staged['template']}"
    intent = re.search(r'name="intent" value="([^"]+)"', team.lead.get(address).text)[1]
    form = {"service": "Sent twice", "version": "1.0", "environment": "production", "intent": intent}
    answers = at_once(*[lambda: team.lead.post(address, form)] * 2)
    assert [answer.status for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    assert len(numbers(team, "Sent twice")) == 1


def test_a_double_click_makes_one_record(stand, sit):
    lena = sit("lead")
    lena.open(RECORDS)
    lena.page.get_by_role("button", name="Make a record").dblclick()
    expect(lena.page.locator("#record-1")).to_contain_text("Filed", timeout=60_000)
    expect(lena.page.locator("#record-2")).to_have_count(0)
    assert ask(stand.site, "work")["records"] == [[1, "filed", 1]]


def numbers(team: SimpleNamespace, service: str) -> set[str]:
    """The numbers of the deployments of a service."""
    page = team.lead.get(f"/t/pay/deployments/?q={service.replace(' ', '+')}").text
    return set(re.findall(r"/t/pay/deployments/(\d+)/", page))


# Too late


def test_of_two_second_keys_at_once_one_wins_and_the_other_reads_why(stand, team):
    assert sign(team.member, 3).status == 302
    ruth, omar = offered(team.reviewer, 3), offered(team.other_reviewer, 3)
    answers = at_once(
        lambda: team.reviewer.post(f"{item_page(3)}sign/", ruth),
        lambda: team.other_reviewer.post(f"{item_page(3)}sign/", omar, **IN_PLACE),
    )
    (late,) = [answer for answer in answers if answer.status != 302]
    assert late.status in (403, 409)
    assert re.search("Ruth Okafor turned key 2|عمر الحداد turned key 2|All keys are turned|has all its keys", late.text)
    assert recorded(stand, "item.signed", team.items["3"]) == 2


@pytest.mark.parametrize("scripts", [False, True])
def test_who_signs_what_has_changed_is_told_what_did(stand, team, sit, scripts):
    item = 5 if scripts else 4
    mika = sit("member", scripts=scripts, axe=scripts)
    if scripts:  # the page hears of nothing
        mika.page.add_init_script("delete window.EventSource")
    mika.open(item_page(item))
    note = {"kind": "note", "text": "The disk is full.", "title": "Disk"}
    assert team.reviewer.post(f"{item_page(item)}evidence/attach/", note).status == 302
    mika.page.locator("#sign-confirm").check()
    mika.page.get_by_role("button", name="Turn first key").click()
    expect(mika.page.locator("body")).to_contain_text("Ruth Okafor added “Disk”")
    expect(mika.page.locator("body")).to_contain_text("Look at the item again")
    assert recorded(stand, "item.signed", team.items[str(item)]) == 0
    mika.open(item_page(item))
    mika.page.locator("#sign-confirm").check()
    mika.page.get_by_role("button", name="Turn first key").click()
    expect(mika.page.locator("#notices")).to_contain_text("You turned your key")


def test_what_is_typed_stays_while_somebody_else_changes_the_item(team, sit):
    mika = sit("member")
    page = mika.open(item_page(6))
    page.locator("#add-note summary").click()
    page.locator("#note-text").fill("I saw the graph go")
    assert team.reviewer.post(f"{item_page(6)}evidence/attach/", {"kind": "note", "text": "Meanwhile."}).status == 302
    expect(page.locator("#item-detail")).to_contain_text("This item changed while you were writing.")
    mika.check_accessibility()
    page.locator("#note-text").press_sequentially(" down.")
    page.get_by_role("button", name="Attach note").click()
    for words in ("I saw the graph go down.", "Meanwhile."):
        expect(page.locator("#evidence")).to_contain_text(words)


# Too much, and junk


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
    changes = f"{drafted.location}changes/"
    act(team.lead, changes, "/submit/", note="Imported", confirm="on")
    act(team.reviewer, changes, "/publish/", confirm="on")
    return str(drafted.location)


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


# Where nobody may go


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://10.0.0.5/health",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://user:word@example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
    ],
)
def test_a_probe_of_an_internal_address_is_refused_when_saved(team, url):
    refused = team.member.post(f"{item_page(8)}probe/attach/", {"name": "Inside", "url": url})
    assert refused.status == 422
    assert 'class="wrong"' in refused.text
    assert url.split("//")[1].split("@")[-1] in refused.text
    assert "looks after item 8" not in team.member.get(item_page(8)).text


def test_a_probe_of_a_name_that_leads_inside_is_refused_when_it_runs(team, sit):
    mika = sit("member")
    mika.open(f"{item_page(9)}probe/attach/")
    mika.send("probe/attach/", "Attach probe", name="Inside by name", url="http://localhost/")
    mika.page.get_by_role("button", name="Run probe now").click()
    expect(mika.page.locator("#probe")).to_contain_text(re.compile("inconclusive", re.I), timeout=30_000)
    expect(mika.page.locator("#probe")).to_contain_text(re.compile("127.0.0.1|::1|not public|internal", re.I))
    mika.check_accessibility()


def test_a_forged_form_is_turned_down_and_says_so(stand, team):
    form = offered(team.member, 10)
    for token in ("", "x" * 32, "y" * 64):
        forged = Wire(stand.site, team.member.session, token).post(f"{item_page(10)}sign/", form)
        assert forged.status == 403
        assert "Reload" in forged.text or "reload" in forged.text
    assert recorded(stand, "item.signed", team.items["10"]) == 0


def test_what_belongs_to_another_team_is_found_nowhere(stand, team):
    ids, lead = team.staged, team.lead
    theirs = ids["people"]["stranger"]
    before = len(acts(stand))
    for path in (
        "/t/stores/",
        "/t/stores/deployments/1/",
        "/t/stores/people/",
        f"/live/deployments/{ids['other_deployment']}/",
    ):
        assert lead.get(path).status == 404
    for path in (f"/t/pay/people/{theirs}/role/", f"/t/pay/people/{theirs}/remove/", "/t/stores/deployments/1/cancel/"):
        assert lead.post(path, {"role": "lead", "reason": "Because I can.", "confirmed": "on"}).status == 404
    assert lead.get(f"/t/pay/templates/{ids['other_template']}/").status == 404
    with_theirs = lead.post(
        f"{NEW}?template={ids['other_template']}", {"service": "a", "version": "1", "environment": "p"}
    )
    assert with_theirs.status in (404, 422)
    assigned = lead.post(f"{BOARD}assign/", {"owner": theirs, "item": "11"})
    assert "Sol Varga" not in lead.get(assigned.location or BOARD).text
    plan = {"owner": theirs, "title": "Back", "command": "", "verification": "It answers.", "save": "1"}
    assert lead.post(f"{BOARD}rollback/", plan).status == 422
    evidence = their_evidence(team)
    for path in (f"{item_page(11)}evidence/{evidence}/", f"{item_page(11)}evidence/{evidence}/remove/"):
        assert {lead.get(path).status, lead.post(path).status} <= {404, 405}
    assert evidence not in lead.get(f"{BOARD}rows/?items={their_item(team)}").text
    assert len(acts(stand)) == before + 1  # the stranger's own note


def their_evidence(team: SimpleNamespace) -> str:
    """A note the stranger wrote into their own deployment."""
    at = "/t/stores/deployments/1/items/1/"
    assert team.stranger.post(f"{at}evidence/attach/", {"kind": "note", "text": "Ours."}).status == 302
    return re.search(r'id="evidence-([0-9a-f-]{36})"', team.stranger.get(at).text)[1]


def their_item(team: SimpleNamespace) -> str:
    """The id of the stranger's first item."""
    return re.search(r'data-live-item="([0-9a-f-]{36})"', team.stranger.get("/t/stores/deployments/1/items/1/").text)[1]


@pytest.mark.parametrize("path", ["deployments/", "deployments/new/", "templates/", "deployments/1/records/"])
def test_searching_for_what_no_text_holds_breaks_nothing(team, path):
    assert team.lead.get(f"/t/pay/{path}?q=a%00b").status == 400
    assert team.lead.get(f"/t/pay/{path}?q=%F0%9F%92%A9&page={'9' * 30}&sort=%27").status in (200, 302)


def test_numbers_beyond_counting_break_nothing(team):
    most = "9" * 40
    assert team.lead.post(f"{BOARD}assign/", {"section": most, "item": most, "back": most}).status == 302
    assert team.lead.get(f"/t/pay/deployments/{most}/").status == 404


# Without scripts, without a mouse


def test_reading_signing_and_exporting_work_without_scripts(team, sit):
    ruth = sit("reviewer", scripts=False, axe=False)
    page = ruth.open(BOARD)
    page.locator("#item-12 > a").click()
    page.wait_for_url(f"**{item_page(12)}")
    expect(page.locator("h1")).to_contain_text("Step 12")
    page.locator("#sign-confirm").check()
    page.get_by_role("button", name="Turn first key").click()
    expect(page.locator("#notices")).to_contain_text("You turned your key of item 12.")
    page.locator("#add-note summary").click()
    page.locator("#note-text").fill("Seen without scripts.")
    page.get_by_role("button", name="Attach note").click()
    expect(page.locator("#evidence")).to_contain_text("Seen without scripts.")
    expect(page.locator("#sign")).to_contain_text("keys fell out")
    ruth.open(RECORDS)
    page.get_by_role("button", name="Make a record").click()
    expect(page.locator("#notices")).to_contain_text("is being made")
    newest = page.locator("#records ol > li").first
    assert processes.wait_until(lambda: "Filed" in reloaded(page, newest), seconds=60)
    with page.expect_download() as download:
        newest.get_by_role("link", name="Download PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")


def reloaded(page: Page, part: Locator) -> str:
    """What a part says after the page is asked for again."""
    page.goto(page.url)
    return part.inner_text()


@pytest.mark.browser
def test_a_key_is_turned_without_a_mouse(stand, team, sit):
    mika = sit("member")
    page = mika.open(BOARD)
    for _ in range(20):
        page.keyboard.press("j")
    expect(page.locator("#item-20 > a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#detail h1, #detail h2").first).to_contain_text("Step 20")
    page.keyboard.press("s")
    expect(page.locator("#sign-confirm")).to_be_focused()
    assert recorded(stand, "item.signed", team.items["20"]) == 0
    page.keyboard.press("Space")
    expect(page.locator("#sign-confirm")).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Turn first key")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#notices")).to_contain_text("You turned your key of item 20.")
    expect(page.locator("#item-20")).to_contain_text("first key turned by 佐藤 Mika")
    page.keyboard.press("Escape")
    expect(page.locator("#item-20 > a")).to_be_focused()


def test_after_all_of_it_the_ledger_is_whole_and_nothing_crashed(stand):
    whole = verify(stand.site)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert "Traceback" not in stand.output
    assert "Internal Server Error" not in stand.output
