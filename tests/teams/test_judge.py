"""Who was granted what, judged by the entries alone: whether who asked, granted and ended it might.

Every entry here is a proper one: the rows are stored past the guards, the entry proves them, the chains are whole.
"""

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import models, transaction
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.models import Grant, Membership, Team, User
from apps.accounts.roles import BY_TWO, GRANTED, Role
from apps.ledger import commands as ledger
from apps.ledger.chain import INSTANCE
from apps.ledger.commands import SYSTEM
from apps.teams import commands as teams
from apps.teams.events import RoleChanged
from project import verification
from tests.cast import AUDITING, READS_UNTIL, again, give, join, take
from tests.tampering import lifted
from tests.teams import wrong
from tests.teams.rows import asked, grant, held

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]

ASKED = "who asked for {} had no right to"
GRANTED_BY = "who granted {} had no right to"
ALONE = "one person granted {}, which takes two"
ENDED = "who ended {} had no right to"
IN_ANOTHERS_NAME = "{} was asked for, granted or ended in another’s name"
CHANGED = "{} was changed, or had ended"
GONE = "{} was taken away: who had which role stays"
OUTLIVES = "{} stands although its person is no member"


@pytest.fixture
def made(people: SimpleNamespace) -> SimpleNamespace:
    return people


def found() -> list[str]:
    return [fault.what for fault in verification.verify().faults if "the guard" not in fault.what]


def record(by: Any, *rows: models.Model, removed: Iterable[models.Model] = ()) -> None:
    """An entry of the instance's chain that says little and proves what it is given."""
    event = RoleChanged(team=SYSTEM.id, person=SYSTEM.id, before="", after="", name="x")
    with transaction.atomic():
        ledger.record(INSTANCE, event, by=by, rows=rows, removed=removed)


def store(by: User, *rows: models.Model) -> str:
    """Store rows past the guards and prove them; returns how the judge calls the first."""
    with lifted():
        for row in rows:
            row.save()
    record(by, *rows)
    return f"{rows[0]._meta.label_lower}/{rows[0].pk}"


def change(row: Grant, by: User, **values: Any) -> str:
    """Change a stored grant past the guards, as `by` says in an entry."""
    row = Grant.objects.get(pk=row.pk)
    for name, value in values.items():
        setattr(row, name, value)
    return store(by, row)


def granted_by(person: User) -> dict[str, Any]:
    return {"granted_by": person, "granted_by_name": person.full_name, "granted_at": timezone.now()}


def ended_by(person: User) -> dict[str, Any]:
    return {"ended_by": person, "ended_by_name": person.full_name, "ended_at": timezone.now()}


# What commands do


def test_what_commands_ask_grant_and_end_is_no_fault(made):
    give(made.team, made.member, Role.REVIEWER, Role.MANAGER, by=made.lead)  # an administrator of the instance grants
    give(made.team, made.reviewer, Role.ADMIN, by=made.lead)
    give(made.team, made.member, Role.DECIDER, by=made.reviewer)  # another admin grants
    teams.end_role(asked(made, Role.AUTHOR), by=again(made.reviewer))
    teams.end_role(held(made, made.member, Role.DECIDER), by=again(made.member))
    give(made.team, made.member, Role.DECIDER, by=made.lead)
    teams.change_role(wrong.member_of(made, made.member), by=again(made.lead), **AUDITING)
    teams.remove_member(wrong.member_of(made, made.other_reviewer), by=again(made.other_reviewer))
    teams.remove_member(wrong.member_of(made, made.lead), by=again(made.lead))
    wrong.begun(made)  # a founder names the second admin
    assert found() == []


def test_a_founder_may_leave_after_the_second_admin_came(made):
    nils, ida = wrong.begun(made)
    teams.remove_member(Membership.objects.get(team=made.other_team, user=made.stranger), by=again(made.stranger))
    give(made.other_team, ida, Role.REVIEWER, by=nils)
    assert found() == []


# What nobody may


@pytest.mark.parametrize("role", BY_TWO)
def test_one_admin_who_grants_what_takes_two_is_found(made, role):
    key = store(made.lead, grant(made.team, made.member, role, by=made.lead, granted_by=made.lead))
    assert found() == [ALONE.format(key)]


def test_one_admin_grants_what_does_not_take_two(made):
    store(made.lead, grant(made.team, made.member, Role.MANAGER, by=made.lead, granted_by=made.lead))
    assert found() == []


def to_oneself(made: SimpleNamespace) -> tuple[Grant, User]:
    take(made.team, made.lead, Role.DECIDER, by=made.lead)
    return grant(made.team, made.lead, Role.DECIDER, by=made.lead, granted_by=made.lead), made.lead


def after_the_beginning(made: SimpleNamespace) -> tuple[Grant, User]:
    _, ida = wrong.begun(made)
    return grant(made.other_team, ida, Role.ADMIN, by=made.stranger, granted_by=made.stranger), made.stranger


def after_the_second_admin_left(made: SimpleNamespace) -> tuple[Grant, User]:
    nils, ida = wrong.begun(made)
    teams.remove_member(Membership.objects.get(team=made.other_team, user=nils), by=again(nils))
    return grant(made.other_team, ida, Role.ADMIN, by=made.stranger, granted_by=made.stranger), made.stranger


def to_the_second_admin_again(made: SimpleNamespace) -> tuple[Grant, User]:
    nils, _ = wrong.begun(made)
    take(made.other_team, nils, Role.DECIDER, by=made.stranger)
    return grant(made.other_team, nils, Role.DECIDER, by=made.stranger, granted_by=made.stranger), made.stranger


def before_the_beginning_to_no_admin(made: SimpleNamespace) -> tuple[Grant, User]:
    nils = join(made.other_team, by=made.stranger, username="nils", full_name="Nils Berg", role=Role.MEMBER)
    return grant(made.other_team, nils, Role.REVIEWER, by=made.stranger, granted_by=made.stranger), made.stranger


def to_an_admin_whom_two_made(made: SimpleNamespace) -> tuple[Grant, User]:
    nils = join(made.other_team, by=made.stranger, username="nils", full_name="Nils Berg", role=Role.MEMBER)
    accounts.change_administrator(made.reviewer, by=SYSTEM, is_admin=True)
    row = grant(made.other_team, nils, Role.ADMIN, by=made.stranger)
    store(made.stranger, row)
    change(row, made.reviewer, **granted_by(made.reviewer))
    return grant(made.other_team, nils, Role.REVIEWER, by=made.stranger, granted_by=made.stranger), made.stranger


CASES = [
    to_oneself,
    to_an_admin_whom_two_made,
    after_the_beginning,
    after_the_second_admin_left,
    to_the_second_admin_again,
    before_the_beginning_to_no_admin,
]


@pytest.mark.parametrize("way", CASES, ids=lambda way: way.__name__)
def test_one_person_who_is_both_people_is_found(made, way):
    row, by = way(made)
    key = store(by, row)
    assert found() == [ALONE.format(key)]


def test_granting_what_one_asked_for_oneself_later_is_found(made):
    row = asked(made)
    assert [ALONE.format(change(row, made.lead, **granted_by(made.lead)))] == found()


def test_a_second_account_that_grants_is_found(made):
    """Somebody of one's own making is a member, which gives no right to grant."""
    row, second = asked(made), wrong.second_account(made)
    assert [GRANTED_BY.format(change(row, second, **granted_by(second)))] == found()


def test_a_second_account_that_asks_is_found(made):
    second = wrong.second_account(made)
    key = store(second, grant(made.team, made.member, Role.MANAGER, by=second))
    assert found() == [ASKED.format(key)]


@pytest.mark.parametrize("name", ["stranger", "member", "reviewer", "auditor"])
def test_who_asks_without_the_right_is_found(made, name):
    """The stranger administers the instance, which is no right to ask."""
    by = getattr(made, name)
    key = store(by, grant(made.team, made.member, Role.REVIEWER, by=by))
    assert found() == [ASKED.format(key)]


@pytest.mark.parametrize("name", ["stranger", "member", "other_reviewer", "auditor"])
def test_who_grants_without_the_right_is_found(made, name):
    give(made.team, made.reviewer, Role.ADMIN, by=made.lead)  # so that nothing waits for the administrator
    by = getattr(made, name)
    key = change(asked(made), by, **granted_by(by))
    assert found() == [GRANTED_BY.format(key)]


def test_an_administrator_of_the_instance_who_is_one_no_more_is_found(made):
    row = asked(made)
    accounts.change_administrator(made.auditor, by=SYSTEM, is_admin=True)
    accounts.change_administrator(made.stranger, by=SYSTEM, is_admin=False)
    assert [GRANTED_BY.format(change(row, made.stranger, **granted_by(made.stranger)))] == found()


def test_who_grants_before_they_are_an_admin_is_found(made):
    key = change(asked(made), made.reviewer, **granted_by(made.reviewer))
    give(made.team, made.reviewer, Role.ADMIN, by=made.lead)
    assert found() == [GRANTED_BY.format(key)]


def test_who_grants_when_an_admin_no_more_is_found(made):
    give(made.team, made.reviewer, Role.ADMIN, by=made.lead)
    row = asked(made)
    take(made.team, made.reviewer, Role.ADMIN, by=made.lead)
    assert [GRANTED_BY.format(change(row, made.reviewer, **granted_by(made.reviewer)))] == found()


@pytest.mark.parametrize("name", ["stranger", "member", "other_reviewer", "auditor"])
def test_who_ends_without_the_right_is_found(made, name):
    """The stranger administers the instance, and declines what waits for them, but ends nothing that is held."""
    by = getattr(made, name)
    key = change(held(made, made.reviewer, Role.REVIEWER), by, **ended_by(by))
    assert found() == [ENDED.format(key)]


def test_an_administrator_of_the_instance_declines_what_waits_for_them_only(made):
    teams.end_role(asked(made), by=again(made.stranger))
    assert found() == []
    give(made.team, made.reviewer, Role.ADMIN, by=made.lead)
    key = change(asked(made, Role.AUTHOR), made.stranger, **ended_by(made.stranger))
    assert found() == [ENDED.format(key)]


def test_what_is_done_in_anothers_name_is_found(made):
    give(made.team, made.reviewer, Role.ADMIN, by=made.lead)
    keys = [
        store(made.lead, grant(made.team, made.member, Role.MANAGER, by=made.reviewer)),
        change(asked(made), made.lead, **granted_by(made.reviewer)),
        change(held(made, made.other_reviewer, Role.AUTHOR), made.lead, **ended_by(made.reviewer)),
        store(made.reviewer, grant(made.team, made.member, Role.DECIDER, by=made.lead, granted_by=made.reviewer)),
    ]
    assert found() == [IN_ANOTHERS_NAME.format(key) for key in keys]


REWRITTEN: dict[str, Callable[[SimpleNamespace], dict[str, Any]]] = {
    "person": lambda made: {"person": made.member},
    "role": lambda made: {"role": Role.MANAGER},
    "team": lambda made: {"team": made.other_team},
    "who asked": lambda made: {"asked_by": made.stranger},
    "who granted": lambda made: {"granted_by": made.lead},
    "not granted": lambda made: {"granted_by": None, "granted_at": None},
}


@pytest.mark.parametrize("what", REWRITTEN)
def test_a_grant_that_is_rewritten_is_found(made, what):
    key = change(held(made, made.reviewer, Role.REVIEWER), made.lead, **REWRITTEN[what](made))
    assert CHANGED.format(key) in found()


def test_what_ended_stays_ended(made):
    row = held(made, made.reviewer, Role.REVIEWER)
    take(made.team, made.reviewer, Role.REVIEWER, by=made.lead)
    key = change(row, made.lead, ended_by=None, ended_by_name="", ended_at=None)
    assert found() == [CHANGED.format(key)]


def test_what_was_declined_is_not_granted(made):
    row = asked(made)
    teams.end_role(row, by=again(made.lead))
    key = change(row, made.stranger, **granted_by(made.stranger))
    assert CHANGED.format(key) in found()


def test_a_grant_that_is_taken_away_is_found(made):
    row = held(made, made.reviewer, Role.REVIEWER)
    record(made.lead, removed=[row])
    with lifted():
        Grant.objects.filter(pk=row.pk)._raw_delete("default")
    assert found() == [GONE.format(f"accounts.grant/{row.pk}")]


# A membership and what is granted beside it


def test_who_leaves_with_a_role_and_comes_back_with_it_is_found(made):
    """Coming back takes one admin, the role two."""
    member = wrong.member_of(made, made.reviewer)
    record(made.lead, removed=[member])
    with lifted():
        member.delete()
    keys = {f"accounts.grant/{row.pk}" for row in Grant.objects.standing().filter(person=made.reviewer)}
    assert {*found()} == {OUTLIVES.format(key) for key in keys}


def test_an_auditor_who_keeps_a_role_or_gets_one_is_found(made):
    member = wrong.member_of(made, made.member)
    row = asked(made)
    member.role, member.reads_until = Role.AUDITOR, READS_UNTIL
    store(made.lead, member)
    assert found() == [OUTLIVES.format(f"accounts.grant/{row.pk}")]
    late = store(made.lead, grant(made.team, made.auditor, Role.MANAGER, by=made.lead, granted_by=made.lead))
    assert found() == [OUTLIVES.format(f"accounts.grant/{row.pk}"), OUTLIVES.format(late)]


def test_a_role_for_a_stranger_is_found(made):
    key = store(made.lead, grant(made.team, made.stranger, Role.MANAGER, by=made.lead, granted_by=made.lead))
    assert found() == [OUTLIVES.format(key)]


# Where a team begins


def founded(by: User, holder: User, *roles: Role) -> tuple[Team, list[models.Model]]:
    """A team begun past every command by one person, with another, or the same, who is granted something."""
    team = Team.objects.create(name="Own", slug="own")
    rows = [grant(team, holder, role, by=by, granted_by=by) for role in roles]
    return team, [Membership(team=team, user=holder, role=Role.MEMBER), *rows]


def test_an_administrator_begins_a_team_and_holds_every_role(made):
    team, rows = founded(made.stranger, made.stranger, *GRANTED)
    with lifted():
        for row in rows:
            row.save()
    record(made.stranger, team, *rows)
    assert found() == []


def test_a_team_that_somebody_begins_who_is_no_administrator_is_found(made):
    team, rows = founded(made.member, made.member, Role.ADMIN)
    with lifted():
        for row in rows:
            row.save()
    record(made.member, team, *rows)
    key = f"accounts.grant/{rows[1].pk}"
    assert {ASKED.format(key), GRANTED_BY.format(key)} <= {*found()}


def test_who_begins_a_team_without_being_its_admin_holds_nothing_that_takes_two(made):
    team, rows = founded(made.stranger, made.stranger, Role.REVIEWER)
    with lifted():
        for row in rows:
            row.save()
    record(made.stranger, team, *rows)
    assert found() == [ALONE.format(f"accounts.grant/{rows[1].pk}")]
