"""Going behind the application's back on purpose: raw SQL with the guards lifted, and put back afterwards."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from apps.core import guards

_used: list[str] = []


def was_used() -> bool:
    """Whether anything here was used since this was asked last."""
    used = bool(_used)
    _used.clear()
    return used


def leave_alone() -> None:
    """What this test finds or leaves is not as it was recorded, and meant so."""
    _used.append("leave_alone")


@contextmanager
def lifted(*names: str) -> Iterator[None]:
    """Without the guards of these names, or of all names when none is given, as an administrator could arrange."""
    chosen = [guard for guard in guards.all_guards() if not names or guard.name in names]
    assert chosen, f"no guard is called {names}"
    _used.append("lifted")
    settle()
    remove(connection, chosen)
    try:
        yield
        settle()
    finally:
        if not connection.needs_rollback:
            guards.install(connection, chosen)


def remove(database: BaseDatabaseWrapper, chosen: Iterable[guards.Guard]) -> None:
    """Drop the triggers of these guards, in one transaction: SQLite waits for the disk after each."""
    if database.vendor == "postgresql":
        statements = [f"DROP TRIGGER IF EXISTS {guard.name} ON {guard.table}" for guard in chosen]
    else:
        statements = [f"DROP TRIGGER IF EXISTS {name}" for guard in chosen for name in guard.triggers()]
    with transaction.atomic(using=database.alias):
        guards.execute(database, statements)


def empty(database: BaseDatabaseWrapper) -> None:
    """Delete every row that people or tasks wrote, which takes lifting the guards.

    Deleting costs less than `flush`, which gives each table new files, and has rights and kinds written again.
    Whoever records locks a stream, so that without streams nobody adds an entry between two of these statements.
    """
    tables = {*database.introspection.table_names()} - {"django_migrations", "django_content_type", "auth_permission"}
    locks = ["LOCK TABLE ledger_stream IN EXCLUSIVE MODE"] if database.vendor == "postgresql" else []
    remove(database, guards.all_guards())
    try:
        with database.constraint_checks_disabled(), transaction.atomic(using=database.alias):
            guards.execute(database, locks + [f"DELETE FROM {table}" for table in sorted(tables)])
    finally:
        with transaction.atomic(using=database.alias):
            guards.install(database, guards.all_guards())


def settle() -> None:
    """Check deferred foreign keys now: PostgreSQL alters and truncates no table that still waits for that."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def sql(statement: str, *values: Any) -> int:
    """Run one statement; returns how many rows it touched."""
    _used.append(statement)
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.rowcount


def lift_all() -> None:
    """From here on nothing that is done in the application's name is honest: not even heads move by themselves."""
    _used.append("lift_all")
    settle()
    remove(connection, guards.all_guards())
