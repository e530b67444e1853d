"""Nobody has to remember: what a test wrote is verified at its end.

A command that forgets to name a row it changed, a column nobody proves, an entry that was not written: all of them
fail in the test that did the act. Tests that lift a guard or write SQL (tests/tampering.py) are left alone; those
that write rows themselves, or call a part without the owner that records it, carry the marker `unrecorded`.

What stands around the tests of a file (tests/stages.py) is verified when it was made. At the end of a test every chain
is read again, and of the tables what it could have changed: those it wrote into, those its entries tell of, and
whatever is worked out from one of these. All others hold what they held when they were verified.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any
from unittest import mock

from django.apps import apps
from django.db import connection, transaction

from apps.ledger.chain import Fault
from apps.ledger.models import Entry
from apps.ledger.proofs import Proved
from apps.ledger.selectors import RowProofs
from apps.ledger.selectors.rows import LastProof
from project import verification
from tests import tampering

WRITING = re.compile(r"(?!SELECT)\s*.*\b(INSERT|UPDATE|DELETE)\b", re.DOTALL)
# Who was here, and how often somebody guessed wrong, is no fact of the ledger.
SIGNING_IN = ('"django_session"', 'SET "last_login"', '"factors_tries"')
SAVEPOINT, BACK_TO = "SAVEPOINT ", "ROLLBACK TO SAVEPOINT "
Find = Callable[[], Iterable[Fault]]
ByKind = dict[str, dict[str, LastProof]]
_by_tables_alone = verification.by_tables_alone
_written: list[str] = []
_before: dict[str, int] = {}  # how much was written when a savepoint was set, by its name


def written() -> tuple[str, ...]:
    """The statements that wrote since watching began and were not rolled back, but those of sessions."""
    return tuple(_written)


@dataclass(frozen=True)
class Whole:
    """What was verified as a whole: the tables that each part read, and the last proofs of rows by their kind."""

    read: dict[str, set[str]]
    proofs: ByKind


_standing: list[Whole | None] = []  # what stands around the tests, each on top of the one before


def watch_writing() -> None:
    """From here on, what this test writes on its own connection is noted, until it is rolled back."""
    _written.clear()
    _before.clear()
    if _note not in connection.execute_wrappers:
        connection.execute_wrappers.append(_note)


def _note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
    if WRITING.match(sql) and not any(written in sql for written in SIGNING_IN):
        _written.append(sql)
    elif sql.startswith(SAVEPOINT):
        _before[sql.removeprefix(SAVEPOINT)] = len(_written)
    result = execute(sql, *rest)
    if sql.startswith(BACK_TO):
        del _written[_before.get(sql.removeprefix(BACK_TO), 0) :]
    return result


@contextmanager
def standing() -> Iterator[None]:
    """What was written until here stands around all that is done inside: if it is whole, it is verified once."""
    whole = _verified_whole()
    _standing.append(whole)
    if whole:
        watch_writing()
    try:
        yield
    finally:
        _standing.pop()


def _verified_whole() -> Whole | None:
    """What was read for it, or None if something is not as it was recorded, which the tests inside then find."""
    rows: list[RowProofs] = []

    def note_rows() -> RowProofs:
        rows.append(RowProofs())
        return rows[0]

    with noting_what_is_read() as read, mock.patch.object(verification, "RowProofs", note_rows):
        faults = _faults()
    return None if faults else Whole(read, by_kind(rows[0]))


@contextmanager
def noting_what_is_read() -> Iterator[dict[str, set[str]]]:
    """Yields which tables each part of verifying reads that asks tables alone, once it was asked in here."""
    read: dict[str, set[str]] = {}

    def each_noted(proofs: RowProofs) -> dict[str, Find]:
        found = _by_tables_alone(proofs)
        return {what: partial(_noted, find, read.setdefault(what, set())) for what, find in found.items()}

    with mock.patch.object(verification, "by_tables_alone", each_noted):
        yield read


def _noted(find: Find, read: set[str]) -> Iterator[Fault]:
    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        read.update(_tables_of(sql))
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield from find()


def verify_what_was_recorded(item: Any) -> None:
    """Fail if the rows that the test left are not as its entries prove them."""
    on_purpose = tampering.was_used() or item.get_closest_marker("unrecorded")
    if on_purpose or not uses_the_database(item):
        return
    if not (_written or has_transactions(item)):
        return
    if connection.needs_rollback or not Entry.objects.exists():
        return
    whole = None if has_transactions(item) or not _standing else _standing[-1]
    faults = _faults_since(whole) if whole else _faults()
    assert not faults, "not as it was recorded:\n" + "\n".join(str(fault) for fault in faults)


def _faults() -> list[Fault]:
    """All but those of guards, which somebody lifted for a while."""
    with transaction.atomic(), mock.patch.object(verification.guards, "missing", return_value=()):
        return verification.verify().faults


def _faults_since(whole: Whole) -> list[Fault]:
    """The same, where what was whole changed by nothing but what was noted."""
    written = {table for sql in _written for table in _tables_of(sql)}
    rows = partial(ProofsSince, whole.proofs, written)
    with asking_what_reads(written, whole.read), mock.patch.object(verification, "RowProofs", rows):
        return _faults()


@contextmanager
def asking_what_reads(written: set[str], read: Mapping[str, set[str]]) -> Iterator[None]:
    """Of the parts that ask tables alone, verifying asks those that read one of these; for others nothing changed."""

    def of_written(proofs: RowProofs) -> dict[str, Find]:
        return {what: find for what, find in _by_tables_alone(proofs).items() if not read[what].isdisjoint(written)}

    with mock.patch.object(verification, "by_tables_alone", of_written):
        yield


class ProofsSince(RowProofs):
    """Compares the tables that were written, and those of which the chains tell something else by now."""

    def __init__(self, before: ByKind, written: set[str]) -> None:
        super().__init__()
        self.before, self.written = before, written

    @cached_property
    def proofs(self) -> ByKind:
        """Once the chains were read."""
        return by_kind(self)

    def _of_model(self, how: Proved, unseen: set[str]) -> list[Fault]:
        proofs = self.proofs.get(how.label, {})
        is_as_it_was = proofs == self.before.get(how.label, {})
        if how.is_plain and is_as_it_was and how.model._meta.db_table not in self.written:
            unseen.difference_update(proofs)
            return []
        return super()._of_model(how, unseen)


def by_kind(rows: RowProofs) -> ByKind:
    """The last proofs of rows that the chains gave, by what kind of row it is and by its key."""
    found: ByKind = {}
    for key, proof in rows.last.items():
        found.setdefault(key.partition("/")[0], {})[key] = proof
    return found


@cache
def _tables() -> frozenset[str]:
    return frozenset(model._meta.db_table for model in apps.get_models(include_auto_created=True))


@cache
def _tables_of(sql: str) -> set[str]:
    """Every table that a statement names."""
    return {*re.findall(r"\w+", sql)} & _tables()


def has_transactions(item: Any) -> bool:
    """Whether the test commits, perhaps on connections of its own threads."""
    marker = item.get_closest_marker("django_db")
    return "transactional_db" in item.fixturenames or bool(marker and marker.kwargs.get("transaction"))


def uses_the_database(item: Any) -> bool:
    """Whether pytest-django let the test at a database."""
    fixtures = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
    return item.get_closest_marker("django_db") is not None or not fixtures.isdisjoint(item.fixturenames)
