"""What people do with the sheet: who may, what their keys cover, and how the deployment ends."""

import json
import uuid
from datetime import date
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core.errors import NotAllowed, Stale, WrongState
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment, Item, Waiver
from apps.ledger import selectors as ledger
from apps.sheets import commands, permissions
from apps.sheets.models import Sheet
from apps.sheets.selectors import page_digest, sheet_content
from apps.sheets.states import OUTCOMES, Answer
from apps.signoff.models import Signature
from apps.signoff.rules import content_digest
from apps.waivers import commands as waiving
from tests import cast
from tests.waivers import asking

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(stage: SimpleNamespace) -> SimpleNamespace:
    return stage


def stored(made: SimpleNamespace) -> Sheet:
    """The sheet as the next request loads it."""
    return Sheet.objects.select_related("sign_off", "deployment").get(deployment=made.deployment)


@pytest.mark.parametrize("answer", Answer)
def test_two_people_end_a_deployment_as_the_sheet_answers(ready, answer):
    cast.close(ready, answer=answer, caveats="Memory" if answer == Answer.CAVEATS else "")
    ended = Deployment.objects.get(pk=ready.deployment.pk)
    assert (ended.state, ended.outcome, ended.closed_by) == ("closed", OUTCOMES[answer], ready.reviewer)
    texts = [line.text for line in ledger.lines(ledger.history(ended.stream))]
    assert f"completed the sign-off sheet: production-ready {answer}, verdict GO" in texts
    assert f"verified the sign-off sheet and closed the deployment: {ended.outcome.replace('_', ' ')}" in texts


def test_the_keys_cover_every_line_of_the_sheet_and_the_board_beneath_it(ready):
    sheet = cast.complete(ready, answer=Answer.CAVEATS, caveats="Memory", issues="One", resolution="Two")
    before = content_digest(sheet_content(sheet))
    for name in ("version_deployed", "issues", "resolution", "answer", "caveats", "verdict"):
        changed = stored(ready)
        setattr(changed, name, "other")
        assert content_digest(sheet_content(changed)) != before, name
    for name, value in (("caveats_owner", ready.lead), ("caveats_due_on", date(2099, 1, 1))):
        changed = stored(ready)
        setattr(changed, name, value)
        assert content_digest(sheet_content(changed)) != before, name
    cast.fill_in(ready.items[0], ready.lead, result="Seen again")
    assert content_digest(sheet_content(stored(ready))) != before


def test_a_sheet_covers_its_lines_and_the_board_beneath_it_as_plain_values(ready):
    sheet = cast.complete(ready, answer=Answer.CAVEATS, caveats="Memory", issues="One", resolution="Two")
    content = sheet.content(items=[["a", "1", "b"]], waivers=[["a", "c"]], emergency="")
    assert (
        json.loads(json.dumps(content))
        == content
        == {
            "sheet_of": str(ready.deployment.pk),
            "version": "2.4.1",
            "issues": "One",
            "resolution": "Two",
            "answer": "caveats",
            "caveats": "Memory",
            "caveats_owner": str(ready.member.pk),
            "caveats_due_on": "2099-12-31",
            "verdict": "GO",
            "items": [["a", "1", "b"]],
            "waivers": [["a", "c"]],
            "emergency": "",
            "rollback": ready.deployment.rollback_plan.content(),
        }
    )


@pytest.mark.parametrize("who", ["lead", "reviewer", "other_reviewer", "member", "auditor"])
def test_who_completed_the_sheet_or_wrote_the_plan_and_who_is_no_reviewer_do_not_verify_it(ready, who):
    cast.complete(ready)
    verdict = permissions.verify_sheet(cast.again(getattr(ready, who)), stored(ready))
    assert bool(verdict) is (who in ("reviewer", "other_reviewer"))
    if not verdict:
        with pytest.raises(NotAllowed):
            cast.verify(ready, stored(ready), by=getattr(ready, who))


def test_a_sheet_that_nobody_completed_since_it_came_back_is_neither_verified_nor_sent_back(ready):
    sheet = cast.complete(ready)
    commands.send_back_sheet(sheet, by=cast.again(ready.reviewer), reason="The issue of 14:02 is missing.")
    with pytest.raises(WrongState, match="not completed yet"):
        cast.verify(ready, sheet)
    with pytest.raises(WrongState, match="nothing to send back"):
        commands.send_back_sheet(stored(ready), by=cast.again(ready.reviewer), reason="Once more, please.")


@pytest.mark.parametrize("act", ["complete", "verify", "send_back"])
def test_nothing_happens_to_the_sheet_of_a_deployment_that_ended(ready, act):
    sheet = cast.complete(ready)
    deployments.cancel_deployment(ready.deployment, by=cast.again(ready.lead), reason="Superseded")
    reason = "The issue of 14:02 is missing."
    acts = {
        "complete": lambda: cast.complete(ready),
        "verify": lambda: cast.verify(ready, sheet),
        "send_back": lambda: commands.send_back_sheet(stored(ready), by=cast.again(ready.reviewer), reason=reason),
    }
    with pytest.raises(WrongState, match="This deployment is closed"):
        acts[act]()


def test_nothing_is_signed_when_the_ledger_cannot_be_written(ready, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("no ledger")

    shown = page_digest(Deployment.objects.get(pk=ready.deployment.pk))
    monkeypatch.setattr("apps.sheets.commands.answering.ledger.record", fail)
    with pytest.raises(OSError, match="no ledger"):
        commands.complete_sheet(
            ready.deployment,
            **cast.keyed(ready.member),
            version_deployed="1",
            issues="",
            resolution="",
            answer=Answer.YES,
            caveats="",
            shown=shown,
        )
    assert not Sheet.objects.filter(deployment=ready.deployment).exists()


def test_a_waiver_the_first_signer_never_saw_makes_the_sheet_stale(made: SimpleNamespace) -> None:
    seen = waived(made, "The dashboards of last week are good enough")
    cast.make_ready(made)
    sheet = cast.complete(made)
    waiving.end_waiver(seen, by=cast.again(made.reviewer), why="Another reason is better")
    waived(made, "Nobody wants to do this one today")
    with pytest.raises(Stale, match="Complete the sheet again"):
        cast.verify(made, sheet)


def waived(made: SimpleNamespace, justification: str) -> Waiver:
    """An approved waiver of item 5."""
    asked = asking.ask(made.items[4], by=cast.again(made.member), justification=justification)
    shown = asked.sign_off.digest
    return waiving.approve_waiver(asked, **cast.keyed(made.lead), shown=shown)


def test_closing_freezes_every_sign_off_in_the_database_too(ready: SimpleNamespace) -> None:
    cast.close(ready)
    item = Item.objects.select_related("sign_off").get(pk=ready.items[2].pk)
    assert item.sign_off.closed_at
    forged = Signature(
        sign_off=item.sign_off,
        revision=item.sign_off.revision,
        slot=2,
        signer=ready.other_reviewer,
        name="Forged",
        meaning="verified",
        digest=item.sign_off.digest,
        signed_at=timezone.now(),
        intent=uuid.uuid4(),
        means="password",
        series_id=uuid.uuid4(),
    )
    with pytest.raises(IntegrityError, match="this sign-off is closed"), transaction.atomic():
        forged.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deployment.objects.filter(pk=ready.deployment.pk).update(state="in_review", closed_at=None, outcome="")
