"""Guards as text: installed twice without harm, one trigger per rule, and missed when they are gone."""

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import Membership
from apps.core import guards
from tests.cast import stage
from tests.tampering import lifted, remove, sql

ONE = "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('one', '', '2026-01-01')"
pytestmark = pytest.mark.django_db
WATCHED = guards.append_only("django_session", "a test keeps its sessions", key="session_key")


@pytest.fixture
def watched():
    """Sessions that cannot be changed, for the length of one test."""
    sql(ONE)
    guards.install(connection, WATCHED)
    yield
    remove(connection, WATCHED)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE django_session SET session_data = 'x'",
        "DELETE FROM django_session",
        "UPDATE django_session SET session_key = 'two'",
    ],
)
def test_an_append_only_table_refuses(watched, statement):
    with pytest.raises(IntegrityError, match="a test keeps its sessions"), transaction.atomic():
        sql(statement)


def test_an_append_only_table_grows(watched):
    grown = sql("INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('two', '', '2026-01-01')")
    assert grown == 1


def test_installing_twice_is_harmless(watched):
    guards.install(connection, WATCHED)
    assert guards.missing(connection, WATCHED) == []


def test_triggers_of_an_older_version_go_when_the_guard_has_fewer(watched, engine):
    if engine != "sqlite":
        return
    sql(f"CREATE TRIGGER {WATCHED[0].name}_9 BEFORE INSERT ON django_session BEGIN SELECT RAISE(ABORT, 'old'); END")
    guards.install(connection, WATCHED)
    grown = sql("INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('two', '', '2026-01-01')")
    assert grown == 1
    assert guards.missing(connection, WATCHED) == []


def test_a_guard_of_a_table_that_is_not_there_yet_waits():
    later = guards.append_only("table_of_tomorrow", "no")
    guards.install(connection, later)
    assert guards.missing(connection, later) != []


def test_lifted_guards_are_missed_and_come_back():
    everything = guards.all_guards()
    assert guards.missing(connection, everything) == []
    with lifted():
        wanted = {
            name
            for guard in everything
            for name in (guard.triggers() if connection.vendor == "sqlite" else [guard.name])
        }
        assert set(guards.missing(connection, everything)) == wanted
    assert guards.missing(connection, everything) == []


def test_every_app_with_tables_of_consequence_has_guards():
    tables = {guard.table.partition("_")[0] for guard in guards.all_guards()}
    assert {
        "ledger",
        "accounts",
        "signoff",
        "evidence",
        "probes",
        "checklists",
        "rollback",
        "deployments",
        "records",
    } <= tables


@pytest.fixture
def ruled():
    """Put rules on sessions, for the length of one test."""
    standing = []

    def put(event, *rules, **options):
        standing.append(guards.rules("django_session", "session_ruled", event, *rules, **options))
        guards.install(connection, standing)

    yield put
    remove(connection, standing)


def refused(statement):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        sql(statement)
    return str(caught.value).splitlines()[0]


def test_a_column_that_no_rule_names_is_guarded(ruled):
    sql(ONE)
    ruled("UPDATE", (guards.changed_but(Session, "expire_date"), "a session stays"))
    assert refused("UPDATE django_session SET session_data = 'x'") == "a session stays"
    assert refused("UPDATE django_session SET session_key = 'two'") == "a session stays"
    assert sql("UPDATE django_session SET expire_date = '2027-01-01', session_data = session_data") == 1


def test_a_rule_that_names_a_field_which_is_gone_says_so():
    with pytest.raises(FieldDoesNotExist):
        guards.changed_but(Session, "expire_date", "colour")


def test_a_foreign_key_is_named_by_its_field_and_guarded_by_its_column():
    text = guards.changed_but(Membership, "role", "user")
    assert 'NEW."team_id"' in text
    assert "user" not in text


def test_the_first_rule_that_is_broken_answers(ruled):
    sql(ONE)
    ruled("UPDATE", (guards.changed("expire_date"), "first"), ("NEW.session_data = 'x'", "second"))
    assert refused("UPDATE django_session SET session_data = 'x', expire_date = '2027-01-01'") == "first"
    assert refused("UPDATE django_session SET session_data = 'x'") == "second"


def test_a_rule_may_ask_the_row_that_owns_the_new_one(ruled):
    staged = stage()
    owner = ("accounts_team t", "t.name = NEW.session_data")
    ruled(
        "INSERT", ("t.id IS NULL", "no such team"), (f"t.slug <> '{staged.team.slug}'", "another team"), owners=[owner]
    )
    insert = "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('a', '{}', '2026-01-01')"
    assert refused(insert.format("nobody")) == "no such team"
    assert refused(insert.format(staged.other_team.name)) == "another team"
    assert sql(insert.format(staged.team.name)) == 1


def test_texts_are_listed_in_one_order():
    assert guards.one_of({"b", "a"}) == "('a', 'b')"
