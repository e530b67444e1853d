"""Who grants roles, and to whom, in the database: it holds when every command is bypassed.

Each wrong act is done twice: once against the guards, one of which refuses it, and once with that one guard lifted,
where it goes through. So the guard, and nothing else, is what refuses it.
"""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Grant, Membership
from apps.accounts.roles import BY_TWO, GRANTED, Role
from apps.teams import commands as teams
from tests.cast import AUDITING, again, give, take
from tests.tampering import lifted, settle, sql
from tests.teams.rows import asked, ended, grant, held, seconded, stored
from tests.teams.wrong import CHANGES, MEMBERSHIP, WRONG, member_of

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


@pytest.fixture
def cast(people: SimpleNamespace) -> SimpleNamespace:
    return people


def rows() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Grant, Membership)]


@pytest.mark.parametrize("what", WRONG)
def test_the_database_refuses_that(cast, what):
    way, _, answer = WRONG[what]
    act = way(cast)
    before = rows()
    with pytest.raises(IntegrityError, match=answer), transaction.atomic():
        act()
    assert rows() == before


@pytest.mark.parametrize("what", WRONG)
def test_without_its_guard_nothing_would_refuse_it(cast, what):
    way, guard, _ = WRONG[what]
    act = way(cast)
    before = rows()
    with lifted(guard):
        act()
    assert rows() != before


@pytest.mark.parametrize("role", GRANTED)
def test_what_an_admin_asked_for_another_grants(cast, role):
    give(cast.team, cast.reviewer, Role.ADMIN, by=cast.lead)
    row = stored(grant(cast.team, cast.member, role, by=cast.lead))
    assert seconded(row, cast.reviewer) == 1
    assert again(cast.member).roles_by_team[cast.team.pk] == {Role.MEMBER, role}
    assert ended(row, cast.member) == 1
    assert again(cast.member).roles_by_team[cast.team.pk] == {Role.MEMBER}


def test_an_administrator_of_the_instance_grants_where_nobody_else_could(cast):
    assert seconded(asked(cast), cast.stranger) == 1


def test_one_admin_grants_what_does_not_take_two(cast):
    alone = [role for role in GRANTED if role not in BY_TWO]
    assert alone == [Role.MANAGER]
    stored(grant(cast.team, cast.member, Role.MANAGER, by=cast.lead, granted_by=cast.lead))


def test_nobody_becomes_auditor_with_a_role_nor_gets_one_as_an_auditor(cast):
    """What was asked for a member is not granted to whoever is an auditor by then, should that ever come about."""
    row = asked(cast)
    with lifted(MEMBERSHIP):
        Membership.objects.filter(pk=member_of(cast, cast.member).pk).update(**AUDITING)
    with pytest.raises(IntegrityError, match="only members are granted a role"), transaction.atomic():
        seconded(row, cast.stranger)
    with lifted(CHANGES):
        seconded(row, cast.stranger)
    assert again(cast.member).roles_by_team[cast.team.pk] == {Role.AUDITOR}  # and then it is worth nothing


def test_whoever_holds_nothing_leaves_or_becomes_an_auditor(cast):
    mine = Membership.objects.filter(pk=member_of(cast, cast.reviewer).pk)
    take(cast.team, cast.reviewer, by=cast.lead)
    assert mine.update(**AUDITING) == 1
    assert mine._raw_delete("default") == 1


def test_one_role_of_somebody_stands_once_and_is_asked_for_again_when_it_ended(cast):
    row = asked(cast)
    for by_hand in (grant(cast.team, cast.member, Role.REVIEWER, by=cast.lead), row):
        by_hand.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            by_hand.save(force_insert=True)
    teams.end_role(Grant.objects.get(person=cast.member, role=Role.REVIEWER), by=again(cast.lead))
    stored(grant(cast.team, cast.member, Role.REVIEWER, by=cast.lead))


@pytest.mark.parametrize("role", [Role.MEMBER, Role.AUDITOR, "owner"])
def test_no_other_role_is_granted(cast, role):
    with pytest.raises(IntegrityError), transaction.atomic():
        stored(grant(cast.team, cast.member, role, by=cast.lead))


@pytest.mark.parametrize("fields", [{"identity": ""}, {"granted_at": "2026-11-30T12:00:00Z"}], ids=str)
def test_a_grant_that_says_too_little_is_refused_by_constraints(cast, fields):
    with lifted(), pytest.raises(IntegrityError), transaction.atomic():
        stored(grant(cast.team, cast.member, Role.REVIEWER, by=cast.lead, **fields))


def test_what_one_admin_grants_needs_no_identity(cast):
    stored(grant(cast.team, cast.member, Role.MANAGER, by=cast.lead, identity=""))


def test_a_held_role_is_not_replaced(cast, engine):
    """SQLite deletes what stands in the way of INSERT OR REPLACE without asking who guards deleting."""
    row = held(cast, cast.reviewer, Role.REVIEWER)
    if engine == "postgresql":
        settle()
        with pytest.raises(IntegrityError, match="who had which role stays"), transaction.atomic():
            sql("TRUNCATE accounts_grant CASCADE")
    else:
        names = ", ".join(f'"{field.column}"' for field in Grant._meta.concrete_fields)
        for pk in ("id", "'0' || substr(id, 2)"):
            values = names.replace('"id"', pk).replace('"granted_at"', "NULL").replace('"granted_by_id"', "NULL")
            with pytest.raises(IntegrityError, match="who had which role stays"), transaction.atomic():
                sql(f"INSERT OR REPLACE INTO accounts_grant ({names}) SELECT {values} FROM accounts_grant "
                    f"WHERE id = '{row.pk.hex}'")  # fmt: skip
    assert Grant.objects.held().filter(pk=row.pk).exists()
