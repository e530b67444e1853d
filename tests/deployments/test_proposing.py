"""What a deployment teaches: items added on an open board, and changes proposed for the template in one click."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from apps.checklists import commands as checklists
from apps.checklists.models import TemplateVersion
from apps.checklists.rules.parameters import Parameter
from apps.core.errors import NotAllowed, Stale, TooLarge, WrongState
from apps.deployments import commands
from apps.deployments.models import Deployment, Item
from apps.deployments.rules import Filling, unfilled
from apps.deployments.selectors import readiness, summaries
from apps.proposals import commands as proposals
from apps.proposals.models import ProposalKind, TemplateProposal
from apps.proposals.selectors import proposals_of
from apps.studio import commands as studio
from apps.waivers import commands as waiving
from tests import cast as casting
from tests.cast import again, keyed, sign, signed_in
from tests.deployments.templates import item, line, review
from tests.waivers import asking

P95 = {"name": "p95", "label": "", "value": "3", "unit": "s", "limit": "below"}
FILLING = Filling({"p95": Parameter("p95", value="3", unit="s")}, {"service": "api"})


@pytest.fixture
def board(people: SimpleNamespace) -> SimpleNamespace:
    people.deployment = review(
        people, line("latency", title="p95 of {{service}} below {{p95}}", text="Look."), line("b"),
        says={"parameters": [P95]},
    )  # fmt: skip
    return people


def add(cast: SimpleNamespace, **values: Any) -> Item:
    """An item that the lead adds."""
    section = cast.deployment.sections.get().pk
    return commands.add_item(cast.deployment, **{"by": again(cast.lead), "section": section, "title": "New", **values})


def edit(cast: SimpleNamespace, key: str, title: str, text: str = "Look.") -> Item:
    return commands.edit_item(item(cast.deployment, key), by=again(cast.member), title=title, text=text)


def propose(cast: SimpleNamespace, one: Item, kind: ProposalKind) -> TemplateProposal:
    return proposals.propose_change(one, by=again(cast.member), kind=kind)


def draft(proposal: TemplateProposal) -> TemplateVersion:
    return proposal.template.versions.unpublished().get()


def test_a_lead_adds_an_item_that_says_it_is_not_in_the_template_and_is_signed_like_all_others(
    board: SimpleNamespace,
) -> None:
    added = add(board, title="Warm the cache", critical=True, keys=1)
    assert (added.number, added.key, added.keys, added.critical) == (3, "", 2, True)
    assert [each.of_template.is_added for each in summaries(board.deployment)] == [False, False, True]
    assert 3 in {blocker.item for blocker in readiness(board.deployment).blockers}
    sign(added, board.lead)
    sign(added, board.reviewer)
    assert Item.objects.get(pk=added.pk).sign_off.is_settled
    page = signed_in(board.lead).get(f"/t/pay/deployments/{board.deployment.number}/").content.decode()
    assert "not in the template" in page


def test_whoever_added_an_item_does_not_verify_it(board: SimpleNamespace) -> None:
    added = add(board)
    sign(added, board.member)
    with pytest.raises(NotAllowed, match="You contributed to this"):
        sign(added, board.lead)


def test_only_a_lead_adds_and_only_while_the_deployment_is_open(board: SimpleNamespace) -> None:
    for person in (board.member, board.reviewer, board.auditor):
        with pytest.raises(NotAllowed, match="Only a release manager may add an item"):
            add(board, by=again(person))
    commands.cancel_deployment(board.deployment, by=again(board.lead), reason="Not this week.")
    with pytest.raises(WrongState, match="closed"):
        add(board)


def test_sent_twice_it_is_added_once_and_a_board_takes_so_many(
    board: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = uuid.uuid4()
    assert add(board, intent=intent) == add(board, intent=intent)
    with pytest.raises(WrongState, match="none of this deployment"):
        add(board, section=0)
    monkeypatch.setattr("apps.deployments.commands.adding.MOST_ADDED", 1)
    with pytest.raises(TooLarge, match="Put the rest into the template"):
        add(board, title="Another")


def test_the_page_adds_an_item_and_says_what_is_wrong(board: SimpleNamespace) -> None:
    url = f"/t/pay/deployments/{board.deployment.number}/items/add/"
    browser = signed_in(board.lead)
    section = board.deployment.sections.get().pk
    sent = {"title": "Warm the cache", "text": "", "section": section, "keys": 2, "intent": str(uuid.uuid4())}
    assert browser.post(url, sent | {"title": ""}).status_code == 422
    assert browser.post(url, sent)["Location"].endswith("/items/3/")
    assert "Only a release manager" in signed_in(board.member).get(url).content.decode()


@pytest.mark.parametrize(
    ("raw", "written", "proposed"),
    [
        ("p95 of {{service}} below {{p95}}", "p95 of api below 3 s", "p95 of {{service}} below {{p95}}"),
        ("p95 of {{service}} below {{p95}}", "The p95 of api is below 3 s", "The p95 of {{service}} is below {{p95}}"),
        ("p95 of {{service}} below {{p95}}", "p95 of api below 5 s", "p95 of {{service}} below 5 s"),
        ("below {{p95}}, and {{p95}} at night", "below 3 s, and 4 s at night", "below {{p95}}, and 4 s at night"),
        ("nothing", "something", "something"),
        ("{{ unknown }} stays", "{{ unknown }} stays here", "{{ unknown }} stays here"),
    ],
)
def test_a_text_that_was_edited_keeps_the_names_of_its_template(raw: str, written: str, proposed: str) -> None:
    assert unfilled(written, *FILLING.names(raw)) == proposed


def test_an_edited_item_is_proposed_and_taken_into_the_draft(board: SimpleNamespace) -> None:
    edited = edit(board, "latency", "The p95 of api is below 3 s", "Look twice.")
    made = propose(board, edited, ProposalKind.EDITED)
    assert made.values == {"title": "The p95 of {{service}} is below {{p95}}", "text": "Look twice."}
    assert (made.deployment.code, made.item.number, made.by_name, made.key) == (
        "PAY-1",
        1,
        board.member.full_name,
        "latency",
    )
    assert propose(board, edited, ProposalKind.EDITED) == made
    assert proposals_of(made.template) == [made]
    proposals.take_proposal(made, by=again(board.reviewer))
    line_of = draft(made).items.get(key="latency")
    assert (line_of.title, line_of.text) == (made.values["title"], "Look twice.")
    made.refresh_from_db()
    assert (made.taken, made.settled_by) == (True, board.reviewer)
    assert proposals_of(made.template) == []
    with pytest.raises(WrongState, match="Ruth Okafor has taken this already"):
        proposals.take_proposal(made, by=again(board.lead))


def test_an_added_item_is_taken_to_the_end_of_its_section(board: SimpleNamespace) -> None:
    made = propose(board, add(board, title="Warm the cache", text="Twice.", keys=3), ProposalKind.ADDED)
    proposals.take_proposal(made, by=again(board.lead))
    last = draft(made).items.order_by("position").last()
    assert last is not None
    assert (last.key, last.title, last.text, last.keys) == ("warm-the-cache", "Warm the cache", "Twice.", 3)


def test_a_waived_item_is_taken_out(board: SimpleNamespace) -> None:
    asked = asking.ask(item(board.deployment, "b"), by=again(board.member), justification="Never needed it here.")
    waiving.approve_waiver(asked, **keyed(board.reviewer), shown=asked.sign_off.digest)
    made = propose(board, item(board.deployment, "b"), ProposalKind.WAIVED)
    assert made.values["why"] == "Never needed it here."
    proposals.take_proposal(made, by=again(board.lead))
    assert list(draft(made).items.values_list("key", flat=True)) == ["latency"]


def test_a_dismissed_proposal_changes_nothing_and_may_be_made_again(board: SimpleNamespace) -> None:
    edited = edit(board, "b", "Better words")
    made = propose(board, edited, ProposalKind.EDITED)
    proposals.dismiss_proposal(made, by=again(board.lead))
    assert not made.template.versions.unpublished().exists()
    assert propose(board, edited, ProposalKind.EDITED) != made


def test_there_has_to_be_something_to_propose(board: SimpleNamespace) -> None:
    one = item(board.deployment, "latency")
    for kind in ProposalKind:
        with pytest.raises(WrongState, match="nothing"):
            propose(board, one, kind)
    edit(board, "latency", "Other words")
    again_as_it_was = edit(board, "latency", "p95 of api below 3 s")
    with pytest.raises(WrongState, match="says what its template says"):
        propose(board, again_as_it_was, ProposalKind.EDITED)
    with pytest.raises(NotAllowed):
        proposals.propose_change(one, by=again(board.auditor), kind=ProposalKind.EDITED)
    with pytest.raises(NotAllowed):
        proposals.take_proposal(propose(board, edit(board, "b", "X"), ProposalKind.EDITED), by=again(board.auditor))


def test_the_item_page_proposes_in_one_click_and_says_so(board: SimpleNamespace) -> None:
    edit(board, "b", "Better words")
    url = f"/t/pay/deployments/{board.deployment.number}/items/2/"
    browser = signed_in(board.member)
    assert "Propose this text" in browser.get(url).content.decode()
    assert browser.post(f"{url}propose/", {"kind": "edited"}).status_code == 302
    page = " ".join(browser.get(url).content.decode().split())
    assert "Propose this text" not in page
    assert "proposed it" in page
    assert browser.post(f"{url}propose/", {"kind": "stolen"}).status_code == 422


def test_a_draft_without_the_item_says_so(board: SimpleNamespace) -> None:
    made = propose(board, edit(board, "b", "Better words"), ProposalKind.EDITED)
    version = checklists.start_draft(made.template, by=again(board.lead))
    studio.remove_draft_items(version, by=again(board.lead), keys=["b"])
    with pytest.raises(Stale, match="no longer has this item"):
        proposals.take_proposal(made, by=again(board.lead))
    assert Deployment.objects.get(pk=board.deployment.pk).items.filter(key="b").exists()


def test_an_upgrade_leaves_an_added_item_as_it_is(board: SimpleNamespace) -> None:
    added = add(board, title="Warm the cache")
    sign(added, board.member)
    edited = edit(board, "b", "Better words")
    made = propose(board, edited, ProposalKind.EDITED)
    version = casting.published(proposals.take_proposal(made, by=again(board.reviewer)), by=board.reviewer)
    commands.upgrade_deployment(board.deployment, by=again(board.lead), version=version)
    now = item_numbered(board, 3)
    assert (now.applies, now.left_in, now.title, len(now.sign_off.turned)) == (True, None, "Warm the cache", 1)


def item_numbered(cast: SimpleNamespace, number: int) -> Item:
    return casting.load(cast.deployment.items.get(number=number))
