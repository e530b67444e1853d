"""People try what they may not, look for what no text holds, and get nowhere."""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.journeys.misusing import BOARD, NEW, acts, item_page, nothing_broke, offered, recorded
from tests.journeys.person import Wire

pytestmark = pytest.mark.journey


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


def test_after_all_of_it_the_ledger_is_whole_and_nothing_crashed(stand):
    nothing_broke(stand)
