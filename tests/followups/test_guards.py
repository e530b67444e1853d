"""What the database says of follow-ups when the application is bypassed."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.followups.models import FollowUp
from tests.followups.raising import in_days, raised
from tests.tampering import lifted, settle

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


@pytest.fixture
def cast(stage):
    stage.follow_up = raised(stage.deployment, by=stage.lead, owner=stage.member)
    stage.closed = raised(stage.deployment, by=stage.lead, owner=stage.member, what="Tell support")
    FollowUp.objects.filter(pk=stage.closed.pk).update(**closing(stage))
    return stage


def closing(cast, **other):
    who = {"closed_by": cast.lead, "closed_by_name": cast.lead.full_name}
    return {"closed_at": timezone.now(), "outcome": "Done", **who} | other


def change(cast, **values):
    assert FollowUp.objects.filter(pk=cast.follow_up.pk).update(**values) == 1


def begin(cast, **values):
    one = FollowUp.objects.get(pk=cast.follow_up.pk)
    for name, value in {"id": None, **values}.items():
        setattr(one, name, value)
    one.id = FollowUp().id
    one.save(force_insert=True)


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NO_NAMES = {"closed_by_name": "", "outcome": ""}
KEEPS = "a follow-up keeps what is to be done"
OTHERS = "a follow-up belongs to the team and the chain of what left it"
MEMBER = "the owner of a follow-up is a member of its team"
OUTCOME = "followup_closed_with_an_outcome"
STAYS = "a closed follow-up stays as it is"
WRONG = {
    "what is to be done": (lambda c: change(c, what="Nothing"), KEEPS),
    "what left it": (lambda c: change(c, subject="waiver:0"), KEEPS),
    "its chain": (lambda c: change(c, stream=c.other_deployment.stream), KEEPS),
    "its team": (lambda c: change(c, team=c.other_team, owner=c.stranger), KEEPS),
    "its kind": (lambda c: change(c, kind="waiver"), KEEPS),
    "who asked for it": (lambda c: change(c, raised_by=c.member), KEEPS),
    "what they were called": (lambda c: change(c, raised_by_name="X"), KEEPS),
    "when": (lambda c: change(c, raised_at=timezone.now()), KEEPS),
    "an owner outside the team": (lambda c: change(c, owner=c.stranger), MEMBER),
    "it begins with one": (lambda c: begin(c, owner=c.stranger), MEMBER),
    "it begins closed": (lambda c: begin(c, **closing(c)), "a follow-up begins open"),
    "the chain of another team": (lambda c: begin(c, stream=c.other_deployment.stream), OTHERS),
    "what is of another chain": (
        lambda c: begin(c, subject=c.other_deployment.items.first().sign_off.subject),
        OTHERS,
    ),
    "a closing before it began": (lambda c: change(c, **closing(c, closed_at=LONG_AGO)), "is closed after it began"),
    "another owner with the closing": (lambda c: change(c, owner=c.lead, **closing(c)), "as it was agreed"),
    "another day with the closing": (lambda c: change(c, due_on=in_days(8), **closing(c)), "as it was agreed"),
    "what was done": (lambda c: FollowUp.objects.filter(pk=c.closed.pk).update(outcome="Less"), STAYS),
    "a closed one opened": (
        lambda c: FollowUp.objects.filter(pk=c.closed.pk).update(**dict.fromkeys(closing(c), None) | NO_NAMES),
        STAYS,
    ),
}  # fmt: skip
NEVER = {
    "closed without an outcome": (lambda c: change(c, **closing(c, outcome="")), OUTCOME),
    "closed by nobody": (lambda c: change(c, **closing(c, closed_by=None, closed_by_name="")), OUTCOME),
    "an outcome while it is open": (lambda c: change(c, outcome="Done"), OUTCOME),
    "nothing to be done": (lambda c: begin(c, what=""), "followup_says_what_and_who"),
    "an unknown kind": (lambda c: begin(c, kind="wish"), "followup_kind_known"),
}


@pytest.mark.parametrize("what", [*WRONG, *NEVER])
def test_the_database_refuses_that(cast, what):
    act, answer = (WRONG | NEVER)[what]
    with pytest.raises(IntegrityError, match=answer), transaction.atomic():
        act(cast)


@pytest.mark.parametrize("what", WRONG)
def test_without_the_guards_nothing_would_refuse_it(cast, what):
    act, _ = WRONG[what]
    with lifted():
        act(cast)


@pytest.mark.parametrize("how", ["DELETE FROM", "TRUNCATE", "INSERT OR REPLACE INTO"])
def test_none_is_lost(cast, how):
    if how == "DELETE FROM":
        statement = "DELETE FROM followups_followup"
    elif how == "TRUNCATE" and connection.vendor == "postgresql":
        statement = "TRUNCATE followups_followup"
    else:
        statement = "INSERT INTO followups_followup SELECT * FROM followups_followup"
        if connection.vendor == "sqlite":
            statement = statement.replace("INSERT", "INSERT OR REPLACE")
    settle()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert FollowUp.objects.count() == 2


def test_an_owner_who_left_keeps_it(cast):
    with lifted():
        cast.team.memberships.filter(user=cast.member).delete()
    change(cast, due_on=in_days(3))
    change(cast, **closing(cast))
