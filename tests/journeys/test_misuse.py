"""People click twice and come late: each gets a clear answer and loses nothing."""

import re
import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.cast import PASSWORD
from tests.journeys.misusing import NEW, RECORDS, draft, item_page, nothing_broke, offered, read, recorded
from tests.journeys.person import Answer, Wire
from tests.journeys.staged import ask

pytestmark = pytest.mark.journey


IN_PLACE = {"HX-Request": "true"}


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


def test_a_double_click_turns_one_key(stand, team, sit):
    mika = sit("member")
    mika.open(item_page(1))
    mika.page.locator("#sign-password").fill(PASSWORD)
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
    mika.page.locator("#sign-password").fill(PASSWORD)
    mika.page.get_by_role("button", name="Turn first key").click()
    expect(mika.page.locator("body")).to_contain_text("Ruth Okafor added “Disk”")
    expect(mika.page.locator("body")).to_contain_text("Look at the item again")
    assert recorded(stand, "item.signed", team.items[str(item)]) == 0
    mika.open(item_page(item))
    mika.page.locator("#sign-password").fill(PASSWORD)
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


def test_after_all_of_it_the_ledger_is_whole_and_nothing_crashed(stand):
    nothing_broke(stand)
