"""Items have a due date: set on the board and on their page, shown, filtered; nobody signs it."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from apps.core.errors import Changed, NotAllowed, WrongState
from apps.core.shown import fingerprint
from apps.deployments import commands
from apps.deployments.commands.planning import planned
from apps.deployments.models import Item
from apps.deployments.selectors import summaries
from apps.ledger.models import Entry
from tests import cast as casting
from tests.boards.desk import at, read
from tests.cast import again

TODAY = timezone.now().date()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def send(stage: SimpleNamespace, **body: Any) -> Any:
    return at(stage.member).post(f"/t/pay/deployments/{stage.deployment.number}/plan/", body)


def due(stage: SimpleNamespace) -> list[date | None]:
    return list(stage.deployment.items.order_by("number").values_list("due_on", flat=True))


def board(stage: SimpleNamespace, query: str = "") -> str:
    return at(stage.member).get(f"/t/pay/deployments/{stage.deployment.number}/{query}").content.decode()


def plan(stage: SimpleNamespace, due_on: date | None, *numbers: int, shown: str | None = None) -> int:
    return commands.plan_items(stage.deployment, by=again(stage.member), due_on=due_on, numbers=numbers, shown=shown)


def test_no_key_falls_out_and_the_ledger_says_who_set_it(stage: SimpleNamespace) -> None:
    casting.sign(stage.items[3], stage.member)
    assert plan(stage, TOMORROW, 4, 5) == 2
    assert len(casting.load(stage.items[3]).sign_off.turned) == 1
    assert due(stage)[3:] == [TOMORROW, TOMORROW]
    assert Entry.objects.filter(kind="items.planned").count() == 1
    assert plan(stage, TOMORROW, 4) == 0, "it is due then already"
    assert plan(stage, None, 4) == 1
    assert due(stage)[3] is None


def test_it_is_set_for_many_on_the_board_and_for_one_on_its_page(stage: SimpleNamespace) -> None:
    assert send(stage, item=["item_1:0", "2"], due_on=TOMORROW.isoformat()).status_code == 302
    assert due(stage)[:3] == [TOMORROW, TOMORROW, None]
    page = read(stage.member, stage.items[0])
    assert f'value="{TOMORROW.isoformat()}"' in page
    basis = fingerprint(planned(TOMORROW))
    assert send(stage, item="1", back="1", due_on="", basis=basis).status_code == 302
    assert due(stage)[0] is None


def test_a_page_that_is_older_overwrites_nothing(stage: SimpleNamespace) -> None:
    before = fingerprint(planned(None))
    plan(stage, TOMORROW, 1)
    assert send(stage, item="1", back="1", due_on=YESTERDAY.isoformat(), basis=before).status_code == 409
    assert send(stage, item="1", back="1", due_on=YESTERDAY.isoformat()).status_code == 409
    with pytest.raises(Changed):
        plan(stage, YESTERDAY, 1, shown=before)
    assert due(stage)[0] == TOMORROW


def test_it_is_overdue_once_its_day_is_over_and_only_while_it_is_open(
    stage: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(stage, TODAY, 3)
    assert "overdue" not in board(stage).partition('id="items"')[2].partition('id="item-3"')[2].partition("</li>")[0]
    later = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    shown = board(stage, "?show=overdue").partition('id="item-3"')
    assert "✕ overdue" in shown[2].partition("</li>")[0], "without any act in between"
    assert 'hidden id="item-4"' in shown[2]
    assert "✕ overdue" in read(stage.member, stage.items[2])
    [row] = summaries(stage.deployment, [3])
    assert row.is_overdue
    casting.sign(stage.items[2], stage.member)
    [row] = summaries(stage.deployment, [3])
    assert row.is_settled
    assert not row.is_overdue


def test_my_work_names_it_and_puts_the_day_that_passes_first_before_others(stage: SimpleNamespace) -> None:
    everything = [item.number for item in stage.items]
    commands.assign_items(stage.deployment, by=again(stage.lead), owner=stage.member, numbers=everything)
    plan(stage, TOMORROW, 4)
    plan(stage, YESTERDAY, 5)
    page = at(stage.member).get("/t/pay/").content.decode()
    assert page.index("Overdue since") < page.index("Due ") < page.index(stage.items[0].title.partition(" of")[0])


def test_who_only_reads_sets_none_and_nothing_of_what_ended_moves(stage: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        commands.plan_items(stage.deployment, by=again(stage.auditor), due_on=TODAY, numbers=[1])
    assert 'id="plan-due"' not in read(stage.auditor, stage.items[0])
    commands.cancel_deployment(stage.deployment, by=again(stage.lead), reason="No need")
    with pytest.raises(WrongState):
        plan(stage, TODAY, 1)
    assert not Item.objects.filter(due_on__isnull=False).exists()


@pytest.mark.parametrize("body", [{"due_on": "0020-11-30", "item": "1"}, {"due_on": "soon", "item": "1"}, {}])
def test_what_is_no_day_is_asked_again(stage: SimpleNamespace, body: dict[str, str]) -> None:
    assert send(stage, **body).status_code == 302
    assert set(due(stage)) == {None}
