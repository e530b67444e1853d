"""Nobody has to remember: what a test wrote is verified at its end.

A command that forgets to name a row it changed, a column nobody proves, an entry that was not written: all of them
fail in the test that did the act. Tests that lift a guard or write SQL (tests/tampering.py) are left alone; those
that write rows themselves, or call a part without the owner that records it, carry the marker `unrecorded`.
"""

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from apps.ledger.models import Entry
from project import verification
from tests import tampering

WRITING = ("INSERT", "UPDATE", "DELETE")
SIGNING_IN = ('"django_session"', 'SET "last_login"')  # who was here is no fact of the ledger
SAVEPOINT, BACK_TO = "SAVEPOINT ", "ROLLBACK TO SAVEPOINT "
_written: list[str] = []
_before: dict[str, int] = {}  # how much was written when a savepoint was set, by its name


def watch_writing() -> None:
    """From here on, what this test writes on its own connection is noted, until it is rolled back."""
    _written.clear()
    _before.clear()
    if _note not in connection.execute_wrappers:
        connection.execute_wrappers.append(_note)


def _note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
    if sql.startswith(WRITING) and not any(written in sql for written in SIGNING_IN):
        _written.append(sql)
    elif sql.startswith(SAVEPOINT):
        _before[sql.removeprefix(SAVEPOINT)] = len(_written)
    result = execute(sql, *rest)
    if sql.startswith(BACK_TO):
        del _written[_before.get(sql.removeprefix(BACK_TO), 0) :]
    return result


def verify_what_was_recorded(item: Any) -> None:
    """Fail if the rows that the test left are not as its entries prove them."""
    on_purpose = tampering.was_used() or item.get_closest_marker("unrecorded")
    if on_purpose or not uses_the_database(item):
        return
    if not (_written or has_transactions(item)):
        return
    if connection.needs_rollback or not Entry.objects.exists():
        return
    with transaction.atomic():
        faults = [fault for fault in verification.verify().faults if fault.stream != "the database"]
    assert not faults, "not as it was recorded:\n" + "\n".join(str(fault) for fault in faults)


def has_transactions(item: Any) -> bool:
    """Whether the test commits, perhaps on connections of its own threads."""
    marker = item.get_closest_marker("django_db")
    return "transactional_db" in item.fixturenames or bool(marker and marker.kwargs.get("transaction"))


def uses_the_database(item: Any) -> bool:
    """Whether pytest-django let the test at a database."""
    fixtures = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
    return item.get_closest_marker("django_db") is not None or not fixtures.isdisjoint(item.fixturenames)
