"""Two reopen, two close: one each."""

import pytest

from apps.core.errors import Refusal
from apps.deployments.models import Deployment
from apps.ledger.models import Entry
from apps.sheets.states import Answer
from project import verification
from tests import cast as casting
from tests.signoff.races.at_once import at_once, refusals

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.unrecorded]


def entries(deployment: Deployment, kind: str) -> int:
    return Entry.objects.filter(stream=deployment.stream, kind=kind).count()


def test_of_two_who_reopen_and_two_who_close_one_each_does():
    made = casting.stage()
    sheet = casting.complete(made, answer=Answer.NO)
    ends = at_once(*[lambda by=by: casting.verify(made, sheet, by=by) for by in (made.reviewer, made.other_reviewer)])
    assert [type(end) for end in refusals(ends)] != []
    assert entries(made.deployment, "sheet.verified") == 1
    asked = casting.ask_reopening(made)
    ends = at_once(*[lambda by=by: casting.agree_reopening(asked, by) for by in (made.reviewer, made.other_reviewer)])
    assert [isinstance(end, Refusal) for end in ends].count(True) == 1
    assert entries(made.deployment, "deployment.reopened") == 1
    assert Deployment.objects.get(pk=made.deployment.pk).state == "in_review"
    assert verification.verify().faults == []
