"""Database guards: triggers that hold the rules when the application is bypassed.

Every app lists its own in `guards.py`, as rules: when a row is wrong, and what is answered. They are (re)installed
after each migration, because SQLite drops a table's triggers whenever it remakes the table.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db import IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

# How PostgreSQL's pg_trigger.tgtype says when a trigger fires.
FIRES = {"ROW": 1, "BEFORE": 2, "INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
BY_GUARD = {"23001", "SQLITE_CONSTRAINT_TRIGGER"}  # what both engines call an error that a trigger raised
SECONDS = re.compile(r"EXTRACT\(EPOCH FROM (\S+) - (\S+)\)")  # between two moments
NUMBERED = re.compile(r"_\d+$")  # triggers of one guard on SQLite, which takes one for each event
LATER = re.compile(r"\[([^\]]+) PLUS ([^\]]+)\]")  # what `passed` writes for both engines
# When a row is wrong, as SQL about NEW and OLD that both engines read; and what the database answers.
Rule = tuple[str, str]
# A row that rules ask about: its table with an alias, and the condition that finds it, e.g. ("signoff_signoff s",
# "s.id = NEW.sign_off_id").
Row = tuple[str, str]


@dataclass(frozen=True)
class Guard:
    """One trigger, in both dialects.

    name: unique, lower snake case; the trigger has this name on both engines.
    table: the table it guards.
    sqlite: everything after `CREATE TRIGGER name`, e.g. "BEFORE UPDATE ON t BEGIN … END".
    postgresql: the statements of a plpgsql function; the returning is added.
    timing: PostgreSQL's firing clause, e.g. "BEFORE UPDATE OR DELETE".
    """

    name: str
    table: str
    sqlite: tuple[str, ...]
    postgresql: str
    timing: str
    each: str = "ROW"

    def triggers(self) -> list[str]:
        """The names of the SQLite triggers; PostgreSQL needs one only."""
        return [self.name if n == 0 else f"{self.name}_{n + 1}" for n in range(len(self.sqlite))]


def all_guards() -> list[Guard]:
    """Every guard of every installed app, in app order."""
    return [guard for listed in _listed() for guard in listed]


@cache
def _listed() -> list[list[Guard]]:
    """What the `guards` of each app list: looking for these files takes longer than comparing all triggers."""
    names = [config.name for config in apps.get_app_configs() if config.name.startswith("apps.")]
    rooms = [f"{name}.guards" for name in names if name != "apps.core"]
    return [import_module(room).GUARDS for room in rooms if find_spec(room)]


def rules(
    table: str, name: str, event: str, *listed: Rule, owners: Sequence[Row] = (), asked: Sequence[Row] = ()
) -> Guard:
    """A guard that refuses an event ("INSERT", "UPDATE") on `table` for the first rule that finds it wrong.

    owners, asked: rows that every rule may ask about, found once. PostgreSQL locks `owners`, so that they stay as
    judged until the transaction ends; `asked` are those that the caller holds, or of which nothing can change.
    """
    cases = " ".join(f"WHEN {_for_sqlite(wrong)} THEN RAISE(ABORT, '{answer}')" for wrong, answer in listed)
    found = "".join(f" LEFT JOIN {row} ON {condition}" for row, condition in (*owners, *asked))
    joined = f" FROM (SELECT 1) one{found}" if found else ""
    locked = "".join(f"PERFORM 1 FROM {owner} WHERE {condition} FOR SHARE; " for owner, condition in owners)
    return Guard(
        name=name,
        table=table,
        sqlite=(f"BEFORE {event} ON {table} BEGIN SELECT CASE {cases} END{joined}; END",),
        postgresql=locked + (_first_broken(listed, joined) if joined else _each(listed)),
        timing=f"BEFORE {event}",
    )


def begins(table: str, *listed: Rule, asked: Sequence[Row] = ()) -> Guard:
    """A guard that refuses new rows of `table`."""
    return rules(table, f"{table}_begins", "INSERT", *listed, asked=asked)


def changes(table: str, *listed: Rule) -> Guard:
    """A guard that refuses changes of rows of `table`."""
    return rules(table, f"{table}_changes", "UPDATE", *listed)


def append_only(table: str, answer: str, *, key: str = "id") -> list[Guard]:
    """Guards that refuse to change, delete, truncate or replace rows of `table`."""
    return [
        Guard(
            name=f"{table}_append_only",
            table=table,
            sqlite=(f"BEFORE UPDATE ON {table} BEGIN {_abort(answer)} END", *_never_lost(table, answer, key)),
            postgresql=_raise(answer),
            timing="BEFORE UPDATE OR DELETE",
        ),
        no_truncate(table, answer),
    ]


def never_deleted(table: str, answer: str, *, key: str = "id") -> list[Guard]:
    """Guards that refuse to delete, truncate or replace rows of `table`; what may change in them, `rules` say."""
    return [
        Guard(f"{table}_never_deleted", table, _never_lost(table, answer, key), _raise(answer), "BEFORE DELETE"),
        no_truncate(table, answer),
    ]


def no_truncate(table: str, answer: str) -> Guard:
    """A guard against TRUNCATE, which only PostgreSQL has."""
    return Guard(f"{table}_no_truncate", table, (), _raise(answer), "BEFORE TRUNCATE", each="STATEMENT")


def changed(*columns: str) -> str:
    """SQL that is true when one of `columns` changed, NULLs included."""
    return "(" + " OR ".join(f'NEW."{column}" IS DISTINCT FROM OLD."{column}"' for column in columns) + ")"


def changed_but(model: type[Model], *free: str) -> str:
    """SQL that is true when a column of `model` changed other than those of the fields in `free`.

    A column added later is guarded until it is named. Raises FieldDoesNotExist for a name that is no field.
    """
    allowed = {model._meta.get_field(name) for name in free}
    return changed(*(str(field.column) for field in model._meta.concrete_fields if field not in allowed))


def passed(since: str, days: str, at: str) -> str:
    """SQL that is true when so many days after a moment are over at another; SQLite counts milliseconds."""
    return f"[{since} PLUS {days}] <= {at}"


def one_of(values: Iterable[str]) -> str:
    """SQL for a list of texts, e.g. "('passed', 'failed')"."""
    return "(" + ", ".join(f"'{value}'" for value in sorted(values)) + ")"


def answer_of(error: IntegrityError) -> str:
    """What one of the guards answered; empty where a constraint or an index refused."""
    cause = error.__cause__
    codes = {getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorname", None)}
    return str(error).partition("\n")[0] if codes & BY_GUARD else ""


def _never_lost(table: str, answer: str, key: str) -> tuple[str, str]:
    return (
        f"BEFORE DELETE ON {table} BEGIN {_abort(answer)} END",
        # INSERT OR REPLACE deletes without firing the delete trigger unless recursive_triggers is on.
        f"BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "
        f"BEGIN {_abort(answer)} END",
    )


def _each(listed: Sequence[Rule]) -> str:
    """Rules that ask nothing in common, in PL/pgSQL."""
    return " ".join(f"IF {_for_postgresql(wrong)} THEN {_raise(answer)} END IF;" for wrong, answer in listed)


def _first_broken(listed: Sequence[Rule], joined: str) -> str:
    """Rules about the same rows, which are found once, in PL/pgSQL."""
    cases = " ".join(f"WHEN {_for_postgresql(wrong)} THEN '{answer}'" for wrong, answer in listed)
    return (
        f"DECLARE broken text; BEGIN SELECT CASE {cases} END INTO broken{joined}; "
        "IF broken IS NOT NULL THEN RAISE EXCEPTION '%', broken USING ERRCODE = 'restrict_violation'; END IF; END;"
    )


def _abort(answer: str) -> str:
    return f"SELECT RAISE(ABORT, '{answer}');"


def _raise(answer: str) -> str:
    return f"RAISE EXCEPTION '{answer}' USING ERRCODE = 'restrict_violation';"


def _for_sqlite(condition: str) -> str:
    """SQLite before 3.39 does not know IS DISTINCT FROM; its IS NOT means the same. Moments are texts there."""
    added = LATER.sub(r"strftime('%Y-%m-%d %H:%M:%f', \1, '+' || \2 || ' days')", condition)
    added = SECONDS.sub(r"(strftime('%s', \1) - strftime('%s', \2))", added)
    return added.replace("IS DISTINCT FROM", "IS NOT")


def _for_postgresql(condition: str) -> str:
    return LATER.sub(r"(\1 + \2 * INTERVAL '1 day')", condition)


def install(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> None:
    """Create or replace the triggers of `guards` whose tables exist. Safe to repeat."""
    tables = set(connection.introspection.table_names())
    path = _path(connection)
    standing = defaultdict(list)
    for name in _present(connection) if connection.vendor == "sqlite" else ():
        standing[NUMBERED.sub("", name)].append(name)  # an older version of the guard may have had more of them
    statements = []
    for guard in guards:
        statements += [f"DROP TRIGGER {name}" for name in standing[guard.name]]
        if guard.table in tables:
            statements += _statements(connection.vendor, guard, path)
    execute(connection, statements)


def execute(connection: BaseDatabaseWrapper, statements: Sequence[str]) -> None:
    """Run statements without parameters, on PostgreSQL all in one message."""
    with connection.cursor() as cursor:
        for statement in ["; ".join(statements)] if connection.vendor == "postgresql" else statements:
            cursor.execute(statement, None)


def missing(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> list[str]:
    """Names of triggers that do not stand in the database, are disabled, or do something else than written here."""
    present, path = _present(connection), _path(connection)
    expected = (pair for guard in guards for pair in _expected(connection.vendor, guard, path))
    return [name for name, definition in expected if present.get(name) != definition]


def _path(connection: BaseDatabaseWrapper) -> str:
    """Where PostgreSQL's trigger functions look for tables: in ours, and in a session's temporary ones last.

    Left open, a session's own temporary table of the same name would be asked first, and know of no rule.
    """
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'pg_catalog, ' || quote_ident(current_schema()) || ', pg_temp'")
        return str(cursor.fetchone()[0])


def _expected(vendor: str, guard: Guard, path: str) -> list[tuple[str, str]]:
    if vendor != "postgresql":
        pairs = zip(guard.triggers(), guard.sqlite, strict=True)
        return [(name, f"CREATE TRIGGER {name} {body}") for name, body in pairs]
    kind = sum(bit for word, bit in FIRES.items() if word in (guard.each, *guard.timing.split()))
    return [(guard.name, f"A {kind} {guard.table} {_function_body(guard)} search_path={path}")]


def _present(connection: BaseDatabaseWrapper) -> dict[str, str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT t.tgname, concat_ws(' ', t.tgenabled, t.tgtype, c.relname, p.prosrc, "
                "array_to_string(p.proconfig, ' ')) FROM pg_trigger t "
                "JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE NOT t.tgisinternal AND t.tgqual IS NULL AND t.tgattr = '' AND pg_table_is_visible(c.oid)"
            )
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(cursor.fetchall())


def _function_body(guard: Guard) -> str:
    after = "RETURN NULL;" if guard.each == "STATEMENT" else "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
    return f" BEGIN {guard.postgresql} {after} END "


def _statements(vendor: str, guard: Guard, path: str) -> list[str]:
    if vendor != "postgresql":
        return [statement for _, statement in _expected(vendor, guard, path)]
    body = _function_body(guard)
    return [
        f"CREATE OR REPLACE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = {path} AS $guard${body}$guard$",
        f"DROP TRIGGER IF EXISTS {guard.name} ON {guard.table}",
        f"CREATE TRIGGER {guard.name} {guard.timing} ON {guard.table} FOR EACH {guard.each} "
        f"EXECUTE FUNCTION {guard.name}()",
        # ALWAYS: a session that claims to be a replica does not get past it.
        f"ALTER TABLE {guard.table} ENABLE ALWAYS TRIGGER {guard.name}",
    ]
