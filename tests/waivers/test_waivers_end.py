"""A waiver ends by itself: the item blocks again then, whether anybody noted it or not."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from apps.accounts.models import Membership, Team
from apps.core.errors import Stale, WrongState
from apps.core.permissions import ALLOW
from apps.deployments import commands, selectors
from apps.deployments.models import Deployment, Item, Waiver
from apps.deployments.states import ItemState
from apps.followups.models import FollowUp, Kind
from apps.ledger.commands import SYSTEM
from apps.ledger.models import Entry
from apps.signoff.models import Signature
from apps.teams import commands as teams
from apps.waivers import commands as waiving
from apps.waivers import permissions
from project import verification
from tests import cast as casting
from tests.boards.desk import at, read, send
from tests.cast import again
from tests.signoff.subjects import signature
from tests.tampering import lifted
from tests.waivers import asking
from tests.waivers.test_waivers import approve

pytestmark = pytest.mark.django_db
Later = Callable[..., None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Calls it so much later from here on."""
    now = timezone.now

    def wait(**time: float) -> None:
        monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(**time))

    return wait


@pytest.fixture
def held(stage: SimpleNamespace) -> Waiver:
    """A waiver that holds for a week."""
    return approve(asking.ask(stage.items[4], by=again(stage.member)), stage.reviewer)


def state(item: Item) -> ItemState:
    """How it stands, as its page and as boards and lists read it: always the same."""
    one = casting.load(item).state
    [other] = selectors.summaries(Deployment.objects.get(pk=item.deployment_id), [item.number])
    assert one == other.state
    return one


def test_it_lets_through_until_its_end_and_not_a_moment_longer(held: Waiver, later: Later) -> None:
    later(days=6, hours=23)
    assert state(held.item) == ItemState.WAIVED
    later(days=7)
    assert state(held.item) == ItemState.EXPIRED
    [blocker] = [b for b in selectors.readiness(held.item.deployment).blockers if b.item == held.item.number]
    assert "expired" in blocker.reason


def test_that_it_expired_is_noted_once(stage: SimpleNamespace, held: Waiver, later: Later) -> None:
    assert waiving.expire_waivers(by=SYSTEM) == 0
    later(days=8)
    version = casting.load(held.item).version
    assert waiving.expire_waivers(by=SYSTEM) == 1
    assert waiving.expire_waivers(by=SYSTEM) == 0
    assert casting.load(held.item).version > version  # so that boards put its row together again
    assert Entry.objects.filter(kind="waiver.expired", item=held.item.pk).count() == 1  # and open ones ask for it
    assert state(held.item) == ItemState.EXPIRED
    assert "expired" in read(stage.member, held.item)


def test_one_that_expired_before_it_was_approved_is_approved_no_more(stage: SimpleNamespace, later: Later) -> None:
    asked = asking.ask(stage.items[4], by=again(stage.member))
    later(days=8)
    with pytest.raises(WrongState, match="expired before it was approved"):
        approve(asked, stage.reviewer)
    assert state(asked.item) == ItemState.OPEN  # it never held
    assert "It was asked for" in read(stage.member, asked.item)


def test_an_open_board_says_so_at_its_end_whether_a_worker_runs_or_not(
    stage: SimpleNamespace, held: Waiver, later: Later
) -> None:
    path = f"/t/{stage.team.slug}/deployments/{stage.deployment.number}/"
    assert "waiver expired" not in at(stage.member).get(path).content.decode()
    later(days=8)
    assert "waiver expired" in at(stage.member).get(path).content.decode()


@pytest.mark.unrecorded
def test_a_worker_whose_clock_is_ahead_has_the_last_word(
    stage: SimpleNamespace, held: Waiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as ahead:
        ahead.setattr(timezone, "now", lambda: held.expires_at + timedelta(seconds=5))
        assert waiving.expire_waivers(by=SYSTEM) == 1
        assert state(held.item) == ItemState.EXPIRED
    assert state(held.item) == ItemState.EXPIRED


def test_one_that_cannot_be_noted_keeps_no_other_from_it(
    stage: SimpleNamespace, held: Waiver, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asking.ask(stage.items[3], by=again(stage.member))
    real = waiving._expire

    def expire(waiver: Waiver, **named: Any) -> bool:
        if waiver.pk == held.pk:
            raise OperationalError("the database is locked")
        return real(waiver, **named)

    monkeypatch.setattr(waiving, "_expire", expire)
    later(days=8)
    assert waiving.expire_waivers(by=SYSTEM) == 1
    asked.refresh_from_db()
    assert asked.expired_at


def test_approved_again_it_leaves_nothing_twice(stage: SimpleNamespace, held: Waiver) -> None:
    commands.edit_item(held.item, by=again(stage.lead), title="Something else", text="")
    approve(held, stage.other_reviewer)
    assert FollowUp.objects.count() == 1


def test_the_database_takes_no_approval_of_one_that_expired(stage: SimpleNamespace, later: Later) -> None:
    asked = asking.ask(stage.items[4], by=again(stage.member))
    later(days=8)
    approval = Signature(
        sign_off=asked.sign_off,
        revision=1,
        slot=1,
        signer=stage.reviewer,
        name="R",
        meaning="approved",
        digest=asked.sign_off.digest,
        signed_at=timezone.now(),
        intent=asked.pk,
        means="password",
        series_id=asked.pk,
    )
    with pytest.raises(IntegrityError, match="approved no more"), transaction.atomic():
        approval.save(force_insert=True)


@pytest.mark.unrecorded
def test_the_database_goes_by_its_own_clock_too(stage: SimpleNamespace) -> None:
    asked, now = asking.ask(stage.items[4], by=again(stage.member)), timezone.now()
    moments = {"requested_at": now - timedelta(days=9), "expires_at": now - timedelta(hours=1)}
    with lifted("deployments_waiver_changes"):
        Waiver.objects.filter(pk=asked.pk).update(**moments)
    approval = signature(asked.sign_off, stage.reviewer, meaning="approved", signed_at=now - timedelta(days=1))
    with pytest.raises(IntegrityError, match="approved no more"), transaction.atomic():
        approval.save(force_insert=True)


def test_one_that_expires_while_it_is_approved_says_so(
    stage: SimpleNamespace, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asking.ask(stage.items[4], by=again(stage.member))
    monkeypatch.setattr(permissions, "approve_waiver", lambda *_: ALLOW)  # a split second before
    later(days=8)
    with pytest.raises(Stale, match="Nothing was signed: a waiver that expired is approved no more"):
        approve(asked, stage.reviewer)


@pytest.mark.unrecorded
def test_one_that_held_and_left_no_follow_up_is_a_fault(
    stage: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiving, "_follow_up", lambda *_: [])
    asked = asking.ask(stage.items[0], by=again(stage.member))
    approve(asked, stage.reviewer)
    assert verification.verify().faults == []  # it is critical, and one more approves
    approve(asked, stage.other_reviewer)
    [fault] = verification.verify().faults
    assert str(fault) == f"{stage.deployment.stream}: the waiver of item 1 was approved and left no follow-up"


def test_keys_are_turned_after_it_expired(stage: SimpleNamespace, held: Waiver, later: Later) -> None:
    later(days=8)
    casting.sign(held.item, stage.member)
    assert state(held.item) == ItemState.EXPIRED
    casting.sign(held.item, stage.reviewer)
    assert state(held.item) == ItemState.VERIFIED


@pytest.mark.parametrize("is_noted", [True, False])
def test_another_one_can_be_asked_for_then(
    stage: SimpleNamespace, held: Waiver, later: Later, *, is_noted: bool
) -> None:
    later(days=8)
    if is_noted:
        waiving.expire_waivers(by=SYSTEM)
    another = asking.ask(held.item, by=again(stage.member))
    assert state(held.item) != ItemState.EXPIRED
    approve(another, stage.other_reviewer)
    assert state(held.item) == ItemState.WAIVED
    held.refresh_from_db()
    assert "expired" in held.ended_why


def test_what_has_ended_stays_as_it_was(stage: SimpleNamespace, held: Waiver, later: Later) -> None:
    commands.cancel_deployment(stage.deployment, by=again(stage.lead), reason="Not this week after all.")
    later(days=8)
    assert waiving.expire_waivers(by=SYSTEM) == 0
    assert state(held.item) == ItemState.WAIVED


@pytest.mark.parametrize(("days", "why"), [(0, "That moment is over"), (31, "lasts at most 30 days here")])
def test_none_is_without_an_end_that_the_team_allows(stage: SimpleNamespace, days: int, why: str) -> None:
    end = timezone.now() + timedelta(days=days)
    with pytest.raises(WrongState, match=why):
        asking.ask(stage.items[4], by=again(stage.member), expires_at=end)
    answer = send(
        stage.member, stage.items[4], "request_waiver", asking.typed(stage.items[4], stage.member, expires_at=end)
    )
    assert answer.status_code == 422
    assert why in answer.content.decode()


def test_a_team_says_how_long_one_lasts(stage: SimpleNamespace) -> None:
    teams.edit_team(stage.team, by=again(stage.lead), two_publish=True, waiver_days=60)
    asking.ask(stage.items[4], by=again(stage.member), expires_at=timezone.now() + timedelta(days=59))
    lead, url = at(stage.lead), f"/t/{stage.team.slug}/people/"
    refused = lead.post(f"{url}team/", {"waiver_days": "0", "two_publish": "on"})
    assert refused.status_code == 409
    assert "Nothing was changed: say in days" in refused.content.decode()
    with pytest.raises(IntegrityError, match="team_waivers_last_days"), transaction.atomic():
        Team.objects.filter(pk=stage.team.pk).update(waiver_days=0)


def test_who_does_what_comes_after_it_is_in_the_team(stage: SimpleNamespace) -> None:
    with pytest.raises(WrongState, match="Choose somebody who is"):
        asking.ask(stage.items[4], by=again(stage.member), afterwards_owner=stage.stranger)


def test_an_approval_covers_all_that_it_says(stage: SimpleNamespace) -> None:
    waiver = asking.ask(stage.items[4], by=again(stage.member))
    content = waiver.content()
    for name in ("justification", "risk", "measure", "expires_at", "afterwards", "afterwards_owner", "afterwards_due"):
        assert content[name]
    signed = unescape(read(stage.reviewer, waiver.item)).partition("You approve")[2].partition("It means")[0]
    for name in ("justification", "measure", "expires_at", "afterwards", "afterwards_due"):
        assert str(content[name]) in signed, name
    assert waiver.get_risk_display() in signed
    assert stage.member.full_name in signed


def test_what_comes_afterwards_is_followed_up_once_it_holds(stage: SimpleNamespace) -> None:
    asked = asking.ask(stage.items[0], by=again(stage.member))
    approve(asked, stage.reviewer)
    assert not FollowUp.objects.exists()  # it is critical: two approve
    approve(asked, stage.other_reviewer)
    [raised] = FollowUp.objects.all()
    assert (raised.kind, raised.what, raised.owner, raised.due_on) == (
        Kind.WAIVER, asked.afterwards, stage.member, asked.afterwards_due,
    )  # fmt: skip
    assert (raised.stream, raised.subject) == (stage.deployment.stream, asked.sign_off.subject)


def test_another_waiver_takes_the_place_of_what_came_after_the_first(
    stage: SimpleNamespace, held: Waiver, later: Later
) -> None:
    later(days=8)
    another = asking.ask(held.item, by=again(stage.member))
    [first] = FollowUp.objects.all()
    assert first.closed_at is None  # another one is only asked for
    approve(another, stage.other_reviewer)
    first.refresh_from_db()
    assert first.closed_at
    assert "Another waiver of the item holds" in first.outcome
    assert FollowUp.objects.open().count() == 1


def test_the_last_approval_says_what_to_do_where_who_comes_afterwards_has_left(stage: SimpleNamespace) -> None:
    asked = asking.ask(stage.items[4], by=again(stage.lead), afterwards_owner=stage.member)
    teams.remove_member(Membership.objects.get(user=stage.member), by=again(stage.lead))
    with pytest.raises(WrongState, match="End this waiver and ask again"):
        approve(asked, stage.reviewer)


def test_nothing_is_left_to_who_reads_only(stage: SimpleNamespace) -> None:
    with pytest.raises(WrongState, match="reads only"):
        asking.ask(stage.items[4], by=again(stage.member), afterwards_owner=stage.auditor)
    assert stage.auditor.full_name not in read(stage.member, stage.items[4], "request_waiver")


def test_the_row_on_the_board_says_that_it_expired(stage: SimpleNamespace, held: Waiver, later: Later) -> None:
    later(days=8)
    waiving.expire_waivers(by=SYSTEM)
    page = at(stage.member).get(f"/t/{stage.team.slug}/deployments/{stage.deployment.number}/").content.decode()
    assert "waiver expired" in page
