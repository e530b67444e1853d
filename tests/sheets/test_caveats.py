"""Caveats name who answers for them and until when; once two people signed them they are a follow-up."""

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Membership
from apps.core.errors import WrongState
from apps.deployments.models import Deployment
from apps.followups.models import FollowUp, Kind
from apps.sheets.models import Sheet
from apps.sheets.states import Answer
from apps.teams import commands as teams
from project import verification
from tests import cast
from tests.followups.raising import in_days
from tests.tampering import lifted

pytestmark = pytest.mark.django_db


def complete(ready, answer=Answer.CAVEATS, **fields):
    return cast.complete(ready, answer=answer, **{"caveats": "Restore memory"} | fields)


def test_verifying_them_makes_a_follow_up_of_whoever_answers_for_them(ready):
    sheet = complete(ready, caveats_owner=ready.other_reviewer, caveats_due_on=in_days(5))
    assert not FollowUp.objects.exists()
    cast.verify(ready, sheet)
    left = FollowUp.objects.get()
    assert (left.kind, left.what, left.owner, left.due_on) == (
        Kind.CAVEAT, "Restore memory", ready.other_reviewer, in_days(5),
    )  # fmt: skip
    assert (left.stream, left.subject) == (ready.deployment.stream, f"sheet:{sheet.pk.hex}")
    assert (left.raised_by, left.owner_name) == (ready.reviewer, ready.other_reviewer.full_name)
    assert verification.verify().faults == []


@pytest.mark.parametrize("answer", [Answer.YES, Answer.NO])
def test_another_answer_leaves_none(ready, answer):
    cast.verify(ready, complete(ready, answer, caveats=""))
    assert not FollowUp.objects.exists()


@pytest.mark.parametrize("lacking", ["caveats_owner", "caveats_due_on"])
def test_caveats_that_nobody_answers_for_or_without_a_day_are_refused(ready, lacking):
    with pytest.raises(WrongState, match="Say who answers for the caveats, and until when"):
        complete(ready, **{lacking: None})


def test_another_answer_names_nobody(ready):
    with pytest.raises(WrongState, match="Leave both out"):
        complete(ready, Answer.YES, caveats="", caveats_owner=ready.lead)


def test_nobody_outside_the_team_answers_for_them_and_no_day_has_passed(ready):
    with pytest.raises(WrongState, match="Choose somebody who is"):
        complete(ready, caveats_owner=ready.stranger)
    with pytest.raises(WrongState, match="has passed"):
        complete(ready, caveats_due_on=in_days(-1))
    assert complete(ready, caveats_due_on=in_days(0))


def test_who_left_before_it_is_verified_answers_for_nothing(ready):
    sheet = complete(ready, caveats_owner=ready.other_reviewer)
    teams.remove_member(Membership.objects.get(team=ready.team, user=ready.other_reviewer), by=cast.again(ready.lead))
    with pytest.raises(WrongState, match=r"has left Payments\. Complete the sheet again"):
        cast.verify(ready, sheet)
    assert cast.verify(ready, complete(ready)).deployment.outcome == "completed"


def test_the_database_completes_nothing_with_caveats_that_leave_nothing(ready, monkeypatch):
    sheet = complete(ready)
    monkeypatch.setattr("apps.sheets.commands.answering._follow_up", lambda sheet, by: [])
    with pytest.raises(IntegrityError, match="caveats leave a follow-up"), transaction.atomic():
        cast.verify(ready, sheet)
    with lifted("sheets_deployment_ends"):
        cast.verify(ready, sheet)
    assert Deployment.objects.get(pk=ready.deployment.pk).outcome == "completed"
    found = [str(fault) for fault in verification.verify().faults]
    assert found == [f"{ready.deployment.stream}: it was completed with caveats that left no follow-up"]


@pytest.mark.parametrize("lacking", [{"caveats_owner": None}, {"caveats_owner_name": ""}, {"caveats_due_on": None}])
def test_the_database_takes_no_caveats_that_nobody_answers_for(ready, lacking):
    answered = {"caveats_owner": ready.lead, "caveats_owner_name": "Lena", "caveats_due_on": in_days(1)}
    lines = {"answer": "caveats", "verdict": "GO", "caveats": "Memory", **answered}
    change = Sheet.objects.filter(pk=complete(ready, Answer.NO, caveats="").pk)
    with lifted("sheets_sheet_changes"):
        with pytest.raises(IntegrityError, match="sheet_caveats_answered_for"), transaction.atomic():
            change.update(**lines | lacking)
        change.update(**lines)
        with pytest.raises(IntegrityError, match="sheet_caveats_answered_for"), transaction.atomic():
            change.update(answer="no")
