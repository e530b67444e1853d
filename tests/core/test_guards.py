"""Guards as text: installed twice without harm, one trigger per rule, and missed when they are gone."""

import pytest
from django.db import IntegrityError, connection, transaction

from apps.core import guards
from tests.tampering import lifted, sql

pytestmark = pytest.mark.django_db
WATCHED = guards.append_only("django_session", "a test keeps its sessions", key="session_key")


@pytest.fixture
def watched():
    """Sessions that cannot be changed, for the length of one test."""
    sql("INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('one', '', '2026-01-01')")
    guards.install(connection, WATCHED)
    yield
    guards.remove(connection, WATCHED)


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
