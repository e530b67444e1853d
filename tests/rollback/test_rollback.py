"""A rollback plan: when it is complete, who writes it, and whose it is."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import NotAllowed
from apps.deployments import commands as deployments
from apps.rollback.models import RollbackPlan, Step
from tests.cast import again
from tests.tampering import lifted, sql

ALL = ["an owner", "at least one step", "how to verify it", "the date it was last rehearsed"]
DAY = date(2026, 11, 2)
LENA = uuid4()


@pytest.mark.parametrize(
    ("owner", "steps", "verification", "day", "says"),
    [
        (LENA, 1, "Look.", DAY, []),
        (None, 0, "", None, ALL),
        (None, 1, "Look.", DAY, ALL[:1]),
        (LENA, 0, "Look.", DAY, ALL[1:2]),
        (LENA, 2, " \n", DAY, ALL[2:3]),
        (LENA, 2, "Look.", None, ALL[3:]),
    ],
)
def test_what_is_missing(owner, steps, verification, day, says):
    written = [{"title": "Back", "command": ""}] * steps
    plan = RollbackPlan(steps=written, verification=verification, last_rehearsed_on=day)
    assert plan.missing("Lena" if owner else "") == says


@pytest.fixture
def cast(stage):
    stage.plan = stage.deployment.rollback_plan
    return stage


def write(cast, by, **fields):
    values = {"owner": cast.lead, "steps": [Step("Back", "undo")], "verification": "Look.", "last_rehearsed_on": DAY}
    return deployments.fill_in_rollback_plan(cast.deployment, by=again(by), **(values | fields))


def stored(cast):
    return RollbackPlan.objects.get(pk=cast.plan.pk)


def test_an_empty_plan_misses_everything(cast):
    assert cast.plan.missing("") == ALL


def test_a_member_writes_it_whole(cast):
    write(cast, cast.member)
    plan = stored(cast)
    assert plan.missing(str(plan.owner)) == []
    assert plan.content() == {
        "owner": str(cast.lead.pk),
        "steps": [["Back", "undo"]],
        "verification": "Look.",
        "last_rehearsed_on": "2026-11-02",
    }


def test_writing_again_replaces_what_was_written(cast):
    write(cast, cast.member)
    write(cast, cast.lead, steps=[Step("One"), Step("Two")], owner=None)
    assert stored(cast).content()["steps"] == [["One", ""], ["Two", ""]]
    assert stored(cast).owner is None


@pytest.mark.unrecorded
def test_its_content_does_not_change_with_its_owners_name(cast):
    before = write(cast, cast.member).content()
    cast.lead.full_name = "Lena Brandt-Holm"
    cast.lead.save()
    assert stored(cast).content() == before


@pytest.mark.parametrize("who", ["auditor", "stranger"])
def test_who_reads_only_does_not_write_it(cast, who):
    with pytest.raises(NotAllowed):
        write(cast, getattr(cast, who))


def own_by_stranger(cast):
    RollbackPlan.objects.filter(pk=cast.plan.pk).update(owner=cast.stranger)


def move(cast):
    RollbackPlan.objects.filter(pk=cast.plan.pk).update(team=cast.other_team, owner=None)


def begin_with_a_stranger(cast):
    RollbackPlan.objects.create(team=cast.team, owner=cast.stranger)


@pytest.mark.parametrize("wrong", [own_by_stranger, move, begin_with_a_stranger])
def test_the_database_keeps_it_in_its_team(cast, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        wrong(cast)


@pytest.mark.unrecorded
@pytest.mark.parametrize("wrong", [own_by_stranger, move, begin_with_a_stranger])
def test_without_the_guard_it_would_leave(cast, wrong):
    with lifted("rollback_plan_begins", "rollback_plan_changes"):
        wrong(cast)
    assert sql("SELECT 1 FROM rollback_rollbackplan") != 0
