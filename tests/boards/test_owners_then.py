"""Who owns what: of an open deployment, members; of one that ended, whoever did then, under the name of then."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from apps.accounts import commands as accounts
from apps.accounts.models import Invitation, Membership
from apps.core.errors import WrongState
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment
from apps.deployments.selectors.readiness import readiness
from apps.records.commands import request_record
from apps.records.selectors.facts import collect
from apps.sheets.states import Answer
from apps.teams import commands as teams
from project import verification
from tests import cast as casting
from tests.cast import again, keyed, signed_in, words

pytestmark = pytest.mark.django_db
MIKA = "佐藤 Mika"


@pytest.fixture
def owned(stage: SimpleNamespace) -> SimpleNamespace:
    """Mika owns item 1 and the rollback plan."""
    deployments.assign_items(stage.deployment, by=again(stage.lead), numbers=[1], owner=stage.member)
    casting.write_plan(stage)
    return stage


def leave(cast: SimpleNamespace) -> None:
    teams.remove_member(Membership.objects.get(team=cast.team, user=cast.member), by=again(cast.lead))


def rename(cast: SimpleNamespace) -> None:
    mika = again(cast.member)
    accounts.rename_person(mika, by=mika, full_name="Mika Arai")


def end(cast: SimpleNamespace) -> None:
    """Close it as not released, which the verdict does not hinder."""
    values: dict[str, Any] = {"issues": "Too slow", "resolution": "", "caveats": "", "version_deployed": "2.4.1"}
    deployment = Deployment.objects.get(pk=cast.deployment.pk)
    shown = casting.page_digest(deployment)
    lead, intent = again(cast.lead), cast.items[0].pk
    sheet = casting.sheets.complete_sheet(deployment, **keyed(lead, intent), answer=Answer.NO, shown=shown, **values)
    casting.verify(cast, sheet, by=cast.reviewer)


def cancel(cast: SimpleNamespace) -> None:
    deployments.cancel_deployment(cast.deployment, by=again(cast.lead), reason="Superseded")


def shown(cast: SimpleNamespace) -> dict[str, Any]:
    """Whom board, item page, page of the plan, sheet and record name as owner of item 1, or of the plan."""
    reader = signed_in(again(cast.auditor))

    def page(name: str, *args: object) -> str:
        return words(reader.get(reverse(f"deployments:{name}", args=[cast.team.slug, cast.deployment.number, *args])))

    record = collect(request_record(Deployment.objects.get(pk=cast.deployment.pk), by=again(cast.auditor)))
    first = next(item for section in record.sections for item in section.items if item.number == 1)
    row = page("board").partition('id="item-1"')[2].partition("</li>")[0]
    return {
        "board": row.partition("owner ")[2].partition("<")[0],
        "item": page("item", 1).partition("<dt>Owner</dt><dd>")[2].partition("</dd>")[0],
        "plan": page("fill_in_rollback_plan").partition("<dt>Owner</dt> <dd> ")[2].partition(" </dd>")[0],
        "sheet": page("sheet").partition("<dt>Rollback</dt> <dd> ")[2].partition("</dd>")[0].split(",")[0],
        "record": first.owner,
        "recorded plan": (record.rollback.owner, record.rollback.missing),
    }


def somebody(name: str) -> dict[str, Any]:
    called = f"<bdi>{name}</bdi>"
    return {
        "board": name, "item": called, "plan": called, "sheet": called, "record": name, "recorded plan": (name, ()),
    }  # fmt: skip


NOBODY = {
    "board": "", "item": "nobody yet", "plan": '<span class="muted">nobody yet</span>', "record": None,
    "recorded plan": (None, ("an owner",)),
}  # fmt: skip


@pytest.mark.parametrize("ends", [end, cancel])
@pytest.mark.parametrize("after", [(), (leave,), (rename,), (rename, leave)])
def test_who_owned_it_when_it_ended_stays_its_owner_under_the_name_of_then(owned, ends, after):
    assert shown(owned) == somebody(MIKA)
    ends(owned)
    for act in after:
        act(owned)
    assert shown(owned) == somebody(MIKA)
    assert verification.verify().faults == []


def test_the_name_of_then_is_that_of_the_end_not_that_of_the_assignment(owned):
    rename(owned)
    end(owned)
    assert shown(owned) == somebody("Mika Arai")


@pytest.mark.parametrize("ends", [end, cancel])
def test_who_left_before_it_ended_owned_nothing_in_the_end(owned, ends):
    leave(owned)
    before = shown(owned)
    assert {place: before[place] for place in NOBODY} == NOBODY
    assert "still needs an owner" in before["sheet"]
    ends(owned)
    after = shown(owned)
    assert {place: after[place] for place in NOBODY} == NOBODY
    assert after["sheet"] == "the plan lacked an owner "


def test_who_comes_back_owns_it_again(owned):
    """While it is open: they are given their items back with their place."""
    leave(owned)
    token = teams.invite_person(owned.team, by=again(owned.lead), role="member")
    invitation = Invitation.objects.with_token(token).get()
    accounts.accept_invitation(invitation, by=again(owned.member))
    assert shown(owned) == somebody(MIKA)


def test_a_plan_whose_owner_left_is_not_complete_to_anybody(owned):
    """The verdict says so, my work of whoever started it, and the sheet takes no yes."""
    casting.make_ready(owned)
    assert readiness(owned.deployment).is_go
    sheet = casting.complete(owned)
    leave(owned)
    [blocker] = readiness(owned.deployment).blockers
    assert blocker.reason == "It still needs an owner."
    work = words(signed_in(again(owned.lead)).get(reverse("deployments:my_work", args=[owned.team.slug])))
    assert "Still needs an owner" in work
    with pytest.raises(WrongState, match="NO-GO"):
        casting.verify(owned, sheet)
