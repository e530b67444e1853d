"""Going without an item: who asks, who agrees, and that the one is never the other."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.boards.selectors import ceremony
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.core.wording import exact, minute
from apps.deployments import commands, selectors
from apps.deployments.models import Item, Waiver
from apps.deployments.wording import WAIVER
from apps.preferences import commands as preferences
from apps.records.commands import request_record
from apps.records.document import build
from apps.records.selectors import collect
from apps.waivers import commands as waiving
from tests import cast as casting
from tests.boards.desk import address, at, offered, read, send, shown
from tests.cast import again, basis, keyed
from tests.waivers import asking

pytestmark = pytest.mark.django_db
WHY = "The dashboard moves next week; on-call watches the old one."


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def ask(item: Item, by: User) -> Waiver:
    return asking.ask(item, by=again(by), justification=WHY)


def approve(waiver: Waiver, by: User, intent: uuid.UUID | None = None) -> Waiver:
    now = Waiver.objects.select_related("sign_off", "item").get(pk=waiver.pk)
    return waiving.approve_waiver(now, shown=now.sign_off.digest, **keyed(by, intent))


def is_waived(item: Item) -> bool:
    return casting.load(item).is_waived


def blocks(made: SimpleNamespace, item: Item) -> bool:
    blockers = selectors.readiness(made.deployment).blockers
    return any(blocker.item == item.number for blocker in blockers)


def test_one_other_person_approves(made: SimpleNamespace) -> None:
    item = made.items[4]
    waiver = ask(item, made.member)
    assert not is_waived(item)
    assert blocks(made, item)
    approve(waiver, made.reviewer)
    assert is_waived(item)
    assert not blocks(made, item)


def test_two_others_approve_on_a_critical_item(made: SimpleNamespace) -> None:
    item = made.items[0]
    assert item.critical
    waiver = ask(item, made.member)
    approve(waiver, made.reviewer)
    assert not is_waived(item)
    with pytest.raises(NotAllowed, match="another person"):
        approve(waiver, made.reviewer)
    approve(waiver, made.other_reviewer)
    assert is_waived(item)


def test_the_requester_never_approves_not_even_a_lead(made: SimpleNamespace) -> None:
    waiver = ask(made.items[4], made.lead)
    with pytest.raises(NotAllowed, match="You asked for this waiver"):
        approve(waiver, made.lead)
    assert not is_waived(made.items[4])


def test_only_reviewers_approve(made: SimpleNamespace) -> None:
    waiver = ask(made.items[4], made.lead)
    with pytest.raises(NotAllowed, match="Only a reviewer may turn"):
        approve(waiver, made.member)
    with pytest.raises(NotAllowed, match="reads only"):
        approve(waiver, made.auditor)


def test_a_waived_item_takes_no_key(made: SimpleNamespace) -> None:
    item = made.items[4]
    approve(ask(item, made.member), made.reviewer)
    with pytest.raises(WrongState, match="End the waiver first"):
        casting.sign(item, made.member)
    assert "This item is waived" in read(made.member, item)


def test_one_waiver_at_a_time(made: SimpleNamespace) -> None:
    ask(made.items[4], made.member)
    with pytest.raises(WrongState, match="asked for already"):
        ask(made.items[4], made.reviewer)


def test_a_settled_item_needs_no_waiver(made: SimpleNamespace) -> None:
    item = made.items[4]
    casting.sign(item, made.member)
    casting.sign(item, made.reviewer)
    with pytest.raises(WrongState, match="nothing to waive"):
        ask(item, made.member)


def test_an_ended_waiver_blocks_again_and_a_new_one_can_be_asked_for(made: SimpleNamespace) -> None:
    item = made.items[4]
    waiver = approve(ask(item, made.member), made.reviewer)
    waiving.end_waiver(waiver, by=again(made.other_reviewer), why="The dashboard is back.")
    assert not is_waived(item)
    assert blocks(made, item)
    assert "The dashboard is back." in read(made.member, item)
    with pytest.raises(WrongState, match="has ended"):
        approve(waiver, made.lead)
    assert ask(item, made.member).pk != waiver.pk


def test_a_member_withdraws_their_own_and_ends_nobody_elses(made: SimpleNamespace) -> None:
    own, other = ask(made.items[4], made.member), ask(made.items[3], made.lead)
    waiving.end_waiver(own, by=again(made.member), why="Done after all.")
    with pytest.raises(NotAllowed, match="Only a reviewer or whoever asked"):
        waiving.end_waiver(other, by=again(made.member), why="I do not agree.")


def test_a_changed_text_makes_approvals_fall_out(made: SimpleNamespace) -> None:
    item = made.items[4]
    waiver = ask(item, made.member)
    shown = waiver.sign_off.digest
    approve(waiver, made.reviewer)
    commands.edit_item(item, by=again(made.lead), title="Something else", text="")
    assert not is_waived(item)
    now = Waiver.objects.select_related("sign_off", "item").get(pk=waiver.pk)
    with pytest.raises(Stale):
        waiving.approve_waiver(now, **keyed(made.reviewer), shown=shown)


def test_who_rewrote_what_is_waived_does_not_approve_it(made: SimpleNamespace) -> None:
    waiver = ask(made.items[4], made.member)
    commands.edit_item(made.items[4], by=again(made.reviewer), title="Something else", text="")
    with pytest.raises(NotAllowed, match="contributed"):
        approve(waiver, made.reviewer)
    approve(waiver, made.other_reviewer)
    assert is_waived(made.items[4])


def test_one_intent_is_one_approval(made: SimpleNamespace) -> None:
    waiver, intent = ask(made.items[0], made.member), uuid.uuid4()
    approve(waiver, made.reviewer, intent)
    approve(waiver, made.reviewer, intent)
    assert waiver.sign_off.signatures.count() == 1


def test_the_page_says_how_many_others_decide(made: SimpleNamespace) -> None:
    assert "two others decide, because the item is critical" in read(made.member, made.items[0], "request_waiver")
    assert "somebody else decides" in read(made.member, made.items[4], "request_waiver")


def test_a_waiver_is_asked_for_and_approved_on_the_page(made: SimpleNamespace) -> None:
    item = made.items[4]
    typed = asking.typed(item, made.member) | {"justification": WHY}
    assert send(made.member, item, "request_waiver", typed).status_code == 302
    mine = read(made.member, item)
    assert "You asked for this waiver, so somebody else must approve it." in mine
    assert "Withdraw this waiver" in mine
    page = read(made.reviewer, item)
    assert "A waiver waits for you." in page
    assert WHY in page
    waiver = casting.load(item).waiver
    answer = send(made.reviewer, item, "approve_waiver", {"intent": str(uuid.uuid4())}, waiver=waiver.pk)
    assert answer.status_code == 422
    answer = send(made.reviewer, item, "approve_waiver", offered(page, "approve"), waiver=waiver.pk)
    assert answer.status_code == 302
    assert is_waived(item)
    assert "Revoke this waiver" in read(made.reviewer, item)


def test_a_justification_of_a_few_words_is_not_enough(made: SimpleNamespace) -> None:
    typed = asking.typed(made.items[4], made.member) | {"justification": "Only Sydney."}
    answer = send(made.member, made.items[4], "request_waiver", typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Write at least 20 characters." in page
    assert typed["measure"] in page


@pytest.mark.parametrize("lacks", ["justification", "risk", "measure", "expires_at", "afterwards", "afterwards_due"])
def test_nothing_of_a_waiver_may_be_left_out(made: SimpleNamespace, lacks: str) -> None:
    typed = asking.typed(made.items[4], made.member) | {lacks: ""}
    assert send(made.member, made.items[4], "request_waiver", typed).status_code == 422
    assert not Waiver.objects.exists()


def test_ending_needs_a_reason(made: SimpleNamespace) -> None:
    item = made.items[4]
    waiver = ask(item, made.member)
    assert send(made.member, item, "end_waiver", {"why": "no"}, waiver=waiver.pk).status_code == 422
    typed = {"why": "It is done after all.", **shown(made.member, item, "end_waiver", waiver=waiver.pk)}
    assert send(made.member, item, "end_waiver", typed, waiver=waiver.pk).status_code == 302


def test_a_waiver_of_another_item_or_team_is_not_found(made: SimpleNamespace) -> None:
    waiver = ask(made.items[4], made.member)
    data = {"why": "It is done after all."}
    assert send(made.reviewer, made.items[3], "end_waiver", data, waiver=waiver.pk).status_code == 404
    assert send(made.stranger, made.items[4], "end_waiver", data, waiver=waiver.pk).status_code == 404
    assert at(made.reviewer).get(address(made.items[4], "end_waiver", waiver=waiver.pk)).status_code == 405


def test_what_is_asked_for_is_what_the_page_showed(made: SimpleNamespace) -> None:
    item = made.items[4]
    where = address(item, "request_waiver")
    typed = asking.typed(item, made.member) | basis(at(made.member), where, where)
    commands.edit_item(item, by=again(made.lead), title=item.title, text="Both regions, for ten minutes.")
    late = send(made.member, item, "request_waiver", typed)
    assert late.status_code == 409
    page = late.content.decode()
    assert "Its text changed after you opened it. Nothing was asked" in page
    assert "Both regions, for ten minutes." in page
    assert typed["measure"] in page
    assert not Waiver.objects.exists()
    [now] = re.findall(r'name="basis" value="([^"]*)"', page)
    assert send(made.member, item, "request_waiver", typed | {"basis": now}).status_code == 302


def test_its_end_is_typed_in_ones_own_zone(made: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    preferences.edit_preferences(made.member, by=again(made.member), time_zone="Europe/Paris", letter_keys=True)
    monkeypatch.setattr(timezone, "now", lambda: datetime(2027, 10, 20, 12, tzinfo=UTC))
    item = made.items[4]
    assert "Until, Europe/Paris" in read(again(made.member), item, "request_waiver")
    typed = asking.typed(item, made.member) | {"time_zone": "Europe/Paris", "expires_at": "2027-10-31T02:30"}
    twice = send(made.member, item, "request_waiver", typed)
    assert twice.status_code == 422
    page = twice.content.decode()
    assert "Clocks go back over this time, so it comes twice." in page
    assert page.index('name="expires_at"') < page.index('name="expires_at_which"') < page.index('name="afterwards"')
    answered = typed | {"expires_at_which": "2027-10-31T01:30:00Z"}
    assert send(made.member, item, "request_waiver", answered).status_code == 302
    assert Waiver.objects.get().expires_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_its_end_is_no_time_that_clocks_go_forward_over(made: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2027, 3, 20, 12, tzinfo=UTC))
    typed = asking.typed(made.items[4], made.member) | {"time_zone": "Europe/Paris", "expires_at": "2027-03-28T02:30"}
    answer = send(made.member, made.items[4], "request_waiver", typed)
    assert answer.status_code == 422
    assert "Clocks go forward over this time" in answer.content.decode()


def test_whoever_asks_and_whoever_approves_is_warned_that_it_ends_before_the_window_closes(
    made: SimpleNamespace,
) -> None:
    closes = (timezone.now() + timedelta(days=9)).replace(second=0, microsecond=0)
    commands.edit_deployment(made.deployment, by=again(made.lead), window_start=None, window_end=closes)
    item, other = made.items[4], made.items[3]
    assert f"The window closes at {exact(closes, 'minutes')}" in read(made.member, item, "request_waiver")
    waiver = ask(item, made.member)
    asking.ask(other, by=again(made.member), expires_at=closes)
    for person in (made.member, made.reviewer):
        assert "It ends before the window closes." in read(person, item)
        assert "It ends before the window closes." not in read(person, other)
    approve(waiver, made.reviewer)
    assert "It ends before the window closes." in read(made.lead, item)


def test_the_board_says_until_when_an_item_is_waived(made: SimpleNamespace) -> None:
    waiver = approve(ask(made.items[4], made.member), made.reviewer)
    board = at(made.auditor).get(f"/t/{made.team.slug}/deployments/{made.deployment.number}/").content.decode()
    tag = board.partition('<span class="tag waived">waived <span')[2].partition("</span>")[0]
    assert tag.endswith(f">until {minute(waiver.expires_at)} UTC")


def test_form_page_and_record_call_what_it_says_alike(made: SimpleNamespace) -> None:
    waiver = approve(ask(made.items[4], made.member), made.reviewer)
    page, form = read(made.lead, waiver.item), read(made.lead, made.items[3], "request_waiver")
    signed = ceremony.waiver_ceremony(casting.load(waiver.item), made.lead, may_approve=False)
    record = build(collect(request_record(made.deployment, by=again(made.lead))))
    assert signed
    assert [label for label, _ in signed["lines"]][-len(WAIVER) :] == [*WAIVER.values()]
    printed = [line.name for line in record.waivers[0].lines]
    for name, label in WAIVER.items():
        assert re.search(rf">\s*{label}\b", form), name
        assert name == "justification" or (f"<dt>{label}</dt>" in page and label.lower() in printed)
