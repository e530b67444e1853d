"""Two people who change roles at the same moment, in two threads with their own connections."""

from types import SimpleNamespace

import pytest

from apps.accounts.models import Grant, Membership, User
from apps.accounts.roles import GRANTED, Role
from apps.core.errors import NotAllowed, Refusal
from apps.teams import commands as teams
from project import verification
from tests import cast as casting
from tests.cast import AUDITING, BY_PASSWORD, again, give, join
from tests.signoff.races.at_once import at_once, refusals
from tests.teams.rows import asked, held
from tests.teams.wrong import member_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.unrecorded]


def two_admins() -> SimpleNamespace:
    cast = casting.people()
    give(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    return cast


def test_of_two_admins_who_end_each_others_role_one_stays():
    cast = two_admins()
    ending = [(held(cast, who, Role.ADMIN), again(by)) for who, by in people_crosswise(cast)]
    ends = at_once(*(lambda row=row, by=by: teams.end_role(row, by=by) for row, by in ending))
    assert len(refusals(ends)) == 1
    assert len(cast.team.admins()) == 1
    assert verification.verify().faults == []


def test_of_two_admins_who_remove_each_other_one_stays():
    cast = two_admins()
    removing = [(member_of(cast, who), again(by)) for who, by in people_crosswise(cast)]
    ends = at_once(*(lambda row=row, by=by: teams.remove_member(row, by=by) or "gone" for row, by in removing))
    assert len(refusals(ends)) == 1
    assert len(cast.team.admins()) == 1
    assert verification.verify().faults == []


def people_crosswise(cast: SimpleNamespace) -> list[tuple[User, User]]:
    return [(cast.lead, cast.reviewer), (cast.reviewer, cast.lead)]


def test_two_admins_who_ask_for_the_same_ask_once():
    cast = two_admins()
    member, admins = member_of(cast, cast.member), [again(cast.lead), again(cast.reviewer)]
    ends = at_once(
        *(
            lambda by=by: teams.ask_role(member, by=by, evidence=BY_PASSWORD, role=Role.DECIDER, identity="in person")
            for by in admins
        )
    )
    (refusal,) = refusals(ends)
    assert "it was asked for already" in str(refusal)
    assert Grant.objects.filter(person=cast.member).count() == 1


def test_a_founder_in_two_tabs_names_one_second_admin():
    cast = casting.people()
    named = [
        join(cast.other_team, by=cast.stranger, username=name.lower(), full_name=f"{name} Berg", role=Role.MEMBER)
        for name in ("Nils", "Ida")
    ]
    members, by = [Membership.objects.get(user=person) for person in named], again(cast.stranger)
    at_once(
        *(
            lambda row=row: teams.ask_role(row, by=by, evidence=BY_PASSWORD, role=Role.ADMIN, identity="in person")
            for row in members
        )
    )
    assert len(cast.other_team.admins()) == 2
    counts = sorted(Grant.objects.held().filter(person=person).count() for person in named)
    assert counts == [0, len(GRANTED)]
    assert verification.verify().faults == []


@pytest.mark.parametrize("act", ["auditor", "removed", "declined"])
def test_a_role_is_granted_before_it_ends_or_not_at_all(act):
    cast = two_admins()
    row, member = asked(cast), member_of(cast, cast.member)
    granting, ending = again(cast.reviewer), again(cast.lead)
    acts = {
        "auditor": lambda: teams.change_role(member, by=ending, **AUDITING),
        "removed": lambda: teams.remove_member(member, by=ending) or "gone",
        "declined": lambda: teams.end_role(row, by=ending),
    }
    ends = at_once(lambda: teams.grant_role(row, by=granting, evidence=BY_PASSWORD), acts[act])
    assert not isinstance(ends[1], Refusal)
    now = Grant.objects.get(pk=row.pk)
    assert (now.granted_at is None) == bool(refusals(ends))
    assert now.ended_at
    assert verification.verify().faults == []


WHILE = {
    "asks": lambda cast, row, by: teams.ask_role(
        member_of(cast, cast.other_reviewer), by=by, evidence=BY_PASSWORD, role=Role.MANAGER, identity="in person"
    ),
    "grants": lambda cast, row, by: teams.grant_role(row, by=by, evidence=BY_PASSWORD),
    "declines": lambda cast, row, by: teams.end_role(row, by=by),
    "invites": lambda cast, row, by: teams.invite_person(cast.team, by=by, role=Role.MEMBER),
    "edits the team": lambda cast, row, by: teams.edit_team(cast.team, by=by, two_publish=False),
    "makes an auditor": lambda cast, row, by: teams.change_role(member_of(cast, cast.member), by=by, **AUDITING),
}


@pytest.mark.parametrize("act", WHILE)
def test_an_admin_whose_role_ends_acts_before_that_or_not_at_all(act):
    cast = two_admins()
    row, own = asked(cast), held(cast, cast.reviewer, Role.ADMIN)
    acting, ending = again(cast.reviewer), again(cast.lead)
    assert acting.roles_by_team  # remembered, as in a request that began before
    ends = at_once(lambda: WHILE[act](cast, row, acting), lambda: teams.end_role(own, by=ending))
    assert not isinstance(ends[1], Refusal)
    assert verification.verify().faults == []
    with pytest.raises(NotAllowed, match="Only an admin of the team manages its people"):
        WHILE[act](cast, asked(cast, Role.ADMIN, cast.other_reviewer), acting)
