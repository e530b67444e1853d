"""Going behind the application's back on purpose: raw SQL with the guards lifted, and put back afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from apps.core import guards


@contextmanager
def lifted(*names: str) -> Iterator[None]:
    """Without the guards of these names, or of all names when none is given, as an administrator could arrange."""
    chosen = [guard for guard in guards.all_guards() if not names or guard.name in names]
    assert chosen, f"no guard is called {names}"
    settle()
    guards.remove(connection, chosen)
    try:
        yield
        settle()
    finally:
        if not connection.needs_rollback:
            guards.install(connection, chosen)


def settle() -> None:
    """Check deferred foreign keys now: PostgreSQL alters and truncates no table that still waits for that."""
    if connection.vendor == "postgresql":
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        sql("SET CONSTRAINTS ALL DEFERRED")


def sql(statement: str, *values: Any) -> int:
    """Run one statement; returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.rowcount


def lift_all() -> None:
    """From here on nothing that is done in the application's name is honest: not even heads move by themselves."""
    settle()
    guards.remove(connection, guards.all_guards())
