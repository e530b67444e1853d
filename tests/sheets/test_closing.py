"""A sheet closes only against the state it was shown: its digest covers every fact that its verdict rests on."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from apps.accounts.models import Membership
from apps.attachments import commands as attachments
from apps.core.errors import Stale, WrongState
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment, Item, Waiver
from apps.probes.kinds import FAILED, PASSED
from apps.probes.models import Probe
from apps.rollback.models import RollbackPlan
from apps.sheets import commands
from apps.sheets.models import Sheet
from apps.sheets.selectors import page_digest
from apps.sheets.states import Answer
from apps.teams import commands as teams
from apps.waivers import commands as waiving
from project import verification
from tests import cast as casting
from tests.cast import again, keyed
from tests.ledger import histories
from tests.signoff.subjects import signature
from tests.stages import Made, made_once
from tests.tampering import lifted
from tests.waivers import asking

pytestmark = pytest.mark.django_db


def approved(cast: SimpleNamespace, item: Item, by: str = "reviewer") -> Waiver:
    """A waiver of an item, approved by one who did not ask for it."""
    asked = asking.ask(item, by=again(cast.member), justification="The robot tells support")
    shown = asked.sign_off.digest
    return waiving.approve_waiver(asked, **keyed(getattr(cast, by)), shown=shown)


@pytest.fixture(scope="module")
def ready_of_file(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Made]:
    """GO: item 4 has a probe that passed, item 3 is waived."""

    def make() -> SimpleNamespace:
        stage = casting.stage()
        histories.probe(stage, stage.items[3], [PASSED])
        stage.waiver = approved(stage, stage.items[2])
        casting.make_ready(stage)
        return stage

    yield from made_once(make, django_db_blocker)


def rerun(cast: SimpleNamespace, verdict: str = PASSED) -> None:
    attachments.run_probes(cast.deployment, by=again(cast.member))
    histories.finish(Item.objects.get(pk=cast.items[3].pk), verdict)


def change_probe(cast: SimpleNamespace) -> None:
    target = {"url": "https://example.com/health", "conditions": "status == 503"}
    attachments.attach_probe(cast.items[3], by=again(cast.member), name="Health", kind="http", config=target)


def sign_again(cast: SimpleNamespace) -> None:
    """Item 5 says what it said, and other people say it."""
    item = cast.items[4]
    casting.fill_in(item, cast.member, result="Once more")
    casting.fill_in(item, cast.member, result="")
    casting.sign(item, cast.other_reviewer)
    casting.sign(item, cast.lead)


def waive_again(cast: SimpleNamespace) -> None:
    """The same waiver, approved by somebody else."""
    waiving.end_waiver(cast.waiver, by=again(cast.member), why="Asked anew")
    approved(cast, cast.items[2], by="other_reviewer")


def plan_again(cast: SimpleNamespace) -> None:
    deployments.fill_in_rollback_plan(
        cast.deployment, by=again(cast.lead), owner=cast.lead, steps=[], verification="", last_rehearsed_on=None
    )


CHANGES: dict[str, Callable[[SimpleNamespace], object]] = {
    "a probe ran again and passed": rerun,
    "a probe ran again and failed": lambda cast: rerun(cast, FAILED),
    "a probe asks something else": change_probe,
    "an item was signed again by others": sign_again,
    "a waiver was approved again by others": waive_again,
    "the plan was written again": plan_again,
    "an item was written again": lambda cast: casting.fill_in(cast.items[0], cast.member, result="Other"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_second_key_of_the_sheet_is_refused_when(ready, what):
    sheet = casting.complete(ready)
    CHANGES[what](ready)
    with pytest.raises((Stale, WrongState), match=r"Complete the sheet again|The verdict is NO-GO"):
        casting.verify(ready, sheet)


@pytest.mark.parametrize("what", CHANGES)
def test_the_first_key_of_the_sheet_is_refused_over_a_page_of_before_when(ready, what):
    shown = page_digest(Deployment.objects.get(pk=ready.deployment.pk))
    CHANGES[what](ready)
    lines: dict[str, Any] = {"version_deployed": "1", "issues": "", "resolution": "", "caveats": ""}
    with pytest.raises((Stale, WrongState), match=r"changed after you opened it|The verdict is NO-GO"):
        commands.complete_sheet(ready.deployment, **keyed(ready.member), answer=Answer.YES, shown=shown, **lines)


def verify_by_hand(cast: SimpleNamespace, closed_at: datetime | None = None) -> None:
    """Close a deployment whose sheet is signed twice without asking the application."""
    sheet = Sheet.objects.select_related("sign_off").get(deployment=cast.deployment)
    signature(sheet.sign_off, cast.reviewer, slot=2, meaning="verified").save(force_insert=True)
    Deployment.objects.filter(pk=cast.deployment.pk).update(
        state="closed", outcome="completed", closed_at=closed_at or timezone.now(), closed_by=cast.reviewer
    )


BLOCKS: dict[str, Callable[[SimpleNamespace], object]] = {
    "a key is missing": lambda cast: casting.fill_in(cast.items[0], cast.member, result="Other"),
    "a probe failed": lambda cast: rerun(cast, FAILED),
    "a probe runs": lambda cast: attachments.run_probes(cast.deployment, by=again(cast.member)),
    "a probe never ran": change_probe,
    "a waiver ended": lambda cast: waiving.end_waiver(cast.waiver, by=again(cast.member), why="Not any more"),
    "the plan is incomplete": plan_again,
    "whoever owned the plan left": lambda cast: teams.remove_member(
        Membership.objects.get(user=cast.member), by=again(cast.lead)
    ),
}


@pytest.mark.unrecorded
@pytest.mark.parametrize("what", BLOCKS)
def test_the_database_completes_nothing_while(ready, what):
    casting.complete(ready)
    BLOCKS[what](ready)
    refused = pytest.raises(IntegrityError, match=r"nothing is completed while an item|without its rollback plan")
    with refused, transaction.atomic():
        verify_by_hand(ready)


@pytest.mark.unrecorded
def test_the_database_completes_nothing_after_a_waiver_ran_out(ready, monkeypatch):
    casting.complete(ready)
    later = timezone.now() + timedelta(days=8)
    monkeypatch.setattr(timezone, "now", lambda: later)
    refused = pytest.raises(IntegrityError, match="nothing is completed while an item")
    with refused, transaction.atomic():
        verify_by_hand(ready)


@pytest.mark.unrecorded
def test_the_database_completes_what_nothing_blocks(ready):
    casting.complete(ready)
    verify_by_hand(ready)
    assert Deployment.objects.get(pk=ready.deployment.pk).outcome == "completed"


@pytest.mark.unrecorded
def test_the_probes_and_the_plan_of_what_ended_stay_in_the_database(ready):
    casting.close(ready)
    probe = Probe.objects.filter(item=ready.items[3])
    for rows, values in (
        (probe, {"name": "Other"}),
        (probe, {"latest_run": None}),
        (RollbackPlan.objects.filter(deployment=ready.deployment), {"verification": "By eye"}),
    ):
        with pytest.raises(IntegrityError, match=r"of a closed deployment stay|under them"), transaction.atomic():
            rows.update(**values)


def test_what_was_completed_over_another_board_is_found(ready):
    casting.close(ready)
    assert verification.verify().faults == []
    with lifted():
        Probe.objects.filter(item=ready.items[3]).update(latest_run=None)
    found = [fault.what for fault in verification.verify().faults]
    assert any("was completed over another board than stands there now" in what for what in found)


@pytest.mark.unrecorded
def test_a_closing_that_is_dated_back_lets_nothing_through_that_a_waiver_no_longer_does(ready: SimpleNamespace) -> None:
    casting.complete(ready)
    now = timezone.now()
    moments = {"requested_at": now - timedelta(days=9), "expires_at": now - timedelta(hours=1)}
    with lifted("deployments_waiver_changes"):
        Waiver.objects.filter(pk=ready.waiver.pk).update(**moments)
    refused = pytest.raises(IntegrityError, match="nothing is completed while an item blocks it")
    with refused, transaction.atomic():
        verify_by_hand(ready, closed_at=now - timedelta(days=1))


@pytest.mark.unrecorded
def test_nothing_is_completed_over_a_waiver_that_left_no_follow_up(
    ready: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiving.end_waiver(ready.waiver, by=again(ready.member), why="Asked anew")
    monkeypatch.setattr(waiving, "_follow_up", lambda *_: [])
    approved(ready, ready.items[2], by="other_reviewer")
    sheet = casting.complete(ready)
    with pytest.raises(IntegrityError, match="a waiver that holds leaves a follow-up"), transaction.atomic():
        casting.verify(ready, sheet)


@pytest.mark.parametrize("is_completed", [False, True])
def test_both_keys_of_a_sheet_note_first_which_waivers_expired(
    ready: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, *, is_completed: bool
) -> None:
    sheet = casting.complete(ready, answer=Answer.NO) if is_completed else None
    later = timezone.now() + timedelta(days=8)
    monkeypatch.setattr(timezone, "now", lambda: later)
    with pytest.raises((Stale, WrongState)):
        casting.verify(ready, sheet) if sheet else casting.complete(ready)
    ready.waiver.refresh_from_db()
    assert ready.waiver.expired_at == later  # although the command itself left nothing
