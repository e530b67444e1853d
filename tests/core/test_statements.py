"""Questions as SQL text, answered alike by both engines."""

import json
import uuid

import pytest

from apps.accounts.models import Membership, Team, User
from apps.core.statements import as_uuid, fetched, instances, list_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return User.objects.create(username="anna", full_name="Anna")


def test_an_id_goes_in_and_comes_out_as_it_is(anna):
    [(pk, name)] = fetched("SELECT id, full_name FROM accounts_user WHERE id = %s", anna.pk)
    assert (as_uuid(pk), name) == (anna.pk, "Anna")
    assert fetched("SELECT id FROM accounts_user WHERE id = %s", uuid.uuid4()) == []


def test_a_list_comes_as_json_and_is_empty_without_rows(anna):
    statement = f"SELECT ({list_of('u.username, u.id')} accounts_user u WHERE u.username = %s)"
    [(found,)] = fetched(statement, "anna")
    [[username, pk]] = json.loads(found)
    assert (username, as_uuid(pk)) == ("anna", anna.pk)
    [(nobody,)] = fetched(statement, "nobody")
    assert json.loads(nobody) == []


def test_the_rows_of_a_join_are_the_instances_that_the_models_read(anna):
    team = Team.objects.create(name="Payments", slug="pay")
    member = Membership.objects.create(team=team, user=anna, role="member")
    statement = """SELECT {person}, {membership}, 7 FROM accounts_user person
                   LEFT JOIN accounts_membership membership ON membership.user_id = person.id AND membership.role = %s
                   WHERE person.id = %s"""
    tables = {"person": User, "membership": Membership}
    [(person, membership, number)] = instances(statement, "member", anna.pk, **tables)
    for found, stored in ((person, anna), (membership, member)):
        stored.refresh_from_db()
        names = [field.attname for field in stored._meta.concrete_fields]
        assert [getattr(found, name) for name in names] == [getattr(stored, name) for name in names]
    assert number == 7
    [(person, nothing, _)] = instances(statement, "auditor", anna.pk, **tables)
    assert (person, nothing) == (anna, None)


def test_postgresql_compiles_no_statement(engine):
    assert engine == "sqlite" or fetched("SHOW jit") == [("off",)]
