"""Questions as SQL text, answered alike by both engines."""

import json
import uuid

import pytest

from apps.accounts.models import User
from apps.core.statements import as_uuid, fetched, list_of

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
