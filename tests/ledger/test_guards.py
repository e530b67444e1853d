"""The database refuses to change the past, whoever asks and in whatever statement."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.core import guards
from apps.ledger import chain
from apps.ledger.models import Entry, Opening, Stream
from tests.ledger.recording import STREAM, add_entries
from tests.tampering import lifted, settle, sql

pytestmark = pytest.mark.django_db

EVERYWHERE = {
    "change an entry": "UPDATE ledger_entry SET body = '{}'",
    "change an entry to itself": "UPDATE ledger_entry SET body = body",
    "change a digest": "UPDATE ledger_entry SET digest = 'x' WHERE sequence = 1",
    "swap two entries": "UPDATE ledger_entry SET sequence = 1 - sequence",
    "delete an entry": "DELETE FROM ledger_entry WHERE sequence = 2",
    "delete all entries": "DELETE FROM ledger_entry",
    "change a text": "UPDATE ledger_opening SET value = '\"other\"'",
    "change a salt": "UPDATE ledger_opening SET salt = 'ab'",
    "delete a text": "DELETE FROM ledger_opening",
    "shorten a stream": "UPDATE ledger_stream SET length = length - 1",
    "move a head": "UPDATE ledger_stream SET head = 'x'",
    "move a head and a length apart": "UPDATE ledger_stream SET head = 'x', length = length + 2",
    "move a head where no entry is": "UPDATE ledger_stream SET head = 'x', length = length + 1",
    "rename a stream": "UPDATE ledger_stream SET name = 'deployment/other'",
    "turn back the anchors": "UPDATE ledger_stream SET anchored_length = -1",
    "anchor what is not there": "UPDATE ledger_stream SET anchored_length = 99",
    "turn back the time": "UPDATE ledger_stream SET last_at = ''",
    "delete a stream": "DELETE FROM ledger_stream",
    "append with a gap": (
        "INSERT INTO ledger_entry (stream_id, sequence, kind, at, actor, previous, digest, body) "
        "SELECT stream_id, sequence + 2, kind, at, actor, digest, 'x', body FROM ledger_entry WHERE sequence = 2"
    ),
    "fork": (
        "INSERT INTO ledger_entry (stream_id, sequence, kind, at, actor, previous, digest, body) "
        "SELECT stream_id, 3, kind, at, actor, 'elsewhere', 'x', body FROM ledger_entry WHERE sequence = 2"
    ),
}
SQLITE = {
    "replace an entry": "INSERT OR REPLACE INTO ledger_entry SELECT * FROM ledger_entry WHERE sequence = 1",
    "replace a text": "REPLACE INTO ledger_opening SELECT * FROM ledger_opening",
    "replace a stream": "INSERT OR REPLACE INTO ledger_stream SELECT * FROM ledger_stream",
    "update or replace": "UPDATE OR REPLACE ledger_entry SET sequence = 0",
    "update or ignore": "UPDATE OR IGNORE ledger_entry SET body = '{}'",
    "upsert": (
        "INSERT INTO ledger_entry SELECT * FROM ledger_entry WHERE sequence = 1 ON CONFLICT DO UPDATE SET body = '{}'"
    ),
}
POSTGRESQL = {
    "truncate entries": "TRUNCATE ledger_entry CASCADE",
    "truncate texts": "TRUNCATE ledger_opening",
    "truncate streams": "TRUNCATE ledger_stream CASCADE",
    "upsert": (
        "INSERT INTO ledger_entry OVERRIDING SYSTEM VALUE SELECT * FROM ledger_entry WHERE sequence = 1 "
        "ON CONFLICT (id) DO UPDATE SET body = '{}'"
    ),
    "merge": ("MERGE INTO ledger_entry e USING ledger_entry o ON e.id = o.id WHEN MATCHED THEN UPDATE SET body = '{}'"),
}


def snapshot() -> list[object]:
    """Everything the ledger holds."""
    return [list(model.objects.order_by("pk").values_list()) for model in (Stream, Entry, Opening)]


def refused(statement: str) -> None:
    """Run `statement` as raw SQL: the database refuses it and nothing has changed."""
    before = snapshot()
    settle()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert snapshot() == before


@pytest.mark.parametrize("what", EVERYWHERE)
def test_the_database_refuses_to(what):
    add_entries(3)
    refused(EVERYWHERE[what])


@pytest.mark.parametrize("what", SQLITE)
def test_sqlite_refuses_to(what, engine):
    add_entries(3)
    if engine == "sqlite":
        refused(SQLITE[what])


@pytest.mark.parametrize("what", POSTGRESQL)
def test_postgresql_refuses_to(what, engine):
    add_entries(3)
    if engine == "postgresql":
        refused(POSTGRESQL[what])


@pytest.mark.parametrize("what", ["UPDATE ledger_entry SET body = '{}'", "DELETE FROM ledger_entry"])
def test_a_session_that_calls_itself_a_replica_is_refused_too(what, engine):
    add_entries(3)
    if engine != "postgresql":
        return
    with transaction.atomic(), connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute("SET LOCAL session_replication_role = replica")
        except DatabaseError:
            return  # no superuser, no such claim
        refused(what)


def test_sqlite_takes_a_replacement_for_a_deletion(engine):
    if engine == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers")
            assert cursor.fetchone() == (1,)


@pytest.mark.parametrize("what", EVERYWHERE)
def test_only_the_guards_and_constraints_stand_between(what):
    """Teeth: with the guards gone, the same statement goes through wherever no constraint holds it too."""
    held_twice = {"swap two entries", "rename a stream", "delete a stream", "delete all entries", "delete an entry"}
    held_twice |= {"turn back the anchors"}
    if what in held_twice:
        return
    add_entries(3)
    with lifted():
        assert sql(EVERYWHERE[what]) > 0


def test_an_entry_moves_the_head_of_its_stream_whoever_writes_it():
    add_entries(1)
    sql(
        "INSERT INTO ledger_entry (stream_id, sequence, kind, at, actor, previous, digest, body) "
        "SELECT stream_id, 1, kind, at, actor, digest, 'x', body FROM ledger_entry"
    )
    stream = Stream.objects.get(name=STREAM)
    assert (stream.length, stream.head) == (2, "x")


def test_without_the_trigger_the_head_stays_and_nothing_more_is_recorded():
    with lifted("ledger_entry_advances"):
        add_entries(1)
        assert Stream.objects.get(name=STREAM).length == 0
        with pytest.raises(IntegrityError), transaction.atomic():
            add_entries(1)


def test_a_missing_guard_is_noticed():
    assert guards.missing(connection, guards.all_guards()) == []
    with lifted("ledger_entry_append_only"):
        assert "ledger_entry_append_only" in guards.missing(connection, guards.all_guards())
    assert guards.missing(connection, guards.all_guards()) == []


def test_a_disabled_guard_is_noticed(engine):
    """And put back by what runs after every migration, as the next one is."""
    if engine != "postgresql":
        return
    with connection.cursor() as cursor:
        for state in ("DISABLE", "ENABLE", "ENABLE REPLICA"):
            cursor.execute(f"ALTER TABLE ledger_entry {state} TRIGGER ledger_entry_append_only")
            assert guards.missing(connection, guards.all_guards()) == ["ledger_entry_append_only"]
            guards.install(connection, guards.all_guards())
            assert guards.missing(connection, guards.all_guards()) == []


def test_a_guard_that_was_hollowed_out_is_noticed(engine):
    with connection.cursor() as cursor:
        if engine == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION ledger_entry_append_only() RETURNS trigger LANGUAGE plpgsql "
                "AS $$ BEGIN RETURN NEW; END $$"
            )
        else:
            cursor.execute("DROP TRIGGER ledger_entry_append_only")
            cursor.execute("CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE ON ledger_entry BEGIN SELECT 1; END")
    try:
        assert guards.missing(connection, guards.all_guards()) == ["ledger_entry_append_only"]
    finally:
        guards.install(connection, guards.all_guards())
    assert guards.missing(connection, guards.all_guards()) == []


def test_the_genesis_is_the_only_way_to_begin():
    add_entries()
    assert Entry.objects.get().previous == chain.genesis(STREAM)
