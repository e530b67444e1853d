"""Checking the whole instance: every chain, every row against its last proof, every key against the rule."""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from django.db import connection

from apps.accounts.selectors.audit import RoleHistory
from apps.checklists.selectors import PublishingHistory
from apps.core import guards
from apps.core.statements import fetched, is_busy, snapshot
from apps.deployments.selectors import ReviewHistory, carried_faults, condition_faults, number_faults
from apps.emergencies.selectors import emergency_faults
from apps.evidence.selectors import storage_faults
from apps.factors.selectors.audit import ProofHistory
from apps.ledger import selectors as ledger
from apps.ledger.chain import Fault
from apps.ledger.selectors import UNREADABLE, Head, RowProofs
from apps.sheets.selectors import ending_faults
from apps.signoff import selectors as signoff
from apps.signoff.selectors import Judge
from apps.waivers.selectors import waiver_faults
from apps.zones.selectors.audit import WideningHistory

TOTALS = "SELECT (SELECT COUNT(*) FROM ledger_stream), (SELECT COUNT(*) FROM ledger_entry)"


class Readers(NamedTuple):
    """What reads every entry on the way, in this order; each has its faults in the end."""

    roles: RoleHistory
    proofs: ProofHistory
    rows: RowProofs
    judge: Judge
    reviews: ReviewHistory
    publishing: PublishingHistory
    widenings: WideningHistory


@dataclass(frozen=True)
class Report:
    """How much was looked at, and what is wrong: the first broken place first."""

    chains: int
    entries: int
    signatures: int
    faults: list[Fault]


def verify(held: Iterable[Head] = (), progress: Callable[[int], None] = lambda entries: None) -> Report:
    """Look at everything as it is at one moment. `held` are heads that somebody else kept, on paper for instance."""
    readers = _readers()
    with snapshot(), _reading_anything(), _without_collecting():
        chains, entries = fetched(TOTALS)[0]
        return Report(
            chains=chains,
            entries=entries,
            faults=list(_faults(held, progress, readers)),
            signatures=readers.judge.signatures,
        )


def _readers() -> Readers:
    roles, proofs = RoleHistory(), ProofHistory()
    judges = Judge(roles, proofs), ReviewHistory(), PublishingHistory(roles), WideningHistory(roles)
    return Readers(roles, proofs, RowProofs(), *judges)


def _faults(held: Iterable[Head], progress: Callable[[int], None], readers: Readers) -> Iterator[Fault]:
    yield from _named("the ledger", ledger.faults(held, progress, readers))
    yield from _named("the tables", readers.rows.faults())
    yield from readers.roles.faults
    yield from readers.proofs.faults
    yield from _named("the keys", readers.judge.faults())
    yield from readers.reviews.faults
    yield from readers.publishing.faults
    yield from _named("the zones", readers.widenings.faults())
    for what, find in by_tables_alone(readers.rows).items():
        yield from _named(what, find())
    yield from _loose_rows()
    for name in guards.missing(connection, guards.all_guards()):
        yield Fault("the database", None, f"the guard {name} is gone, switched off or changed; run “manage.py migrate”")


def by_tables_alone(rows: RowProofs) -> dict[str, Callable[[], Iterable[Fault]]]:
    """What tables answer by themselves, by what it is about; the proofs of `rows` only say where a fault belongs."""
    return {
        "what keys cover": partial(signoff.content_faults, rows),
        "the sign-offs": signoff.orphans,
        "what passkeys signed": partial(signoff.assertion_faults, rows),
        "the deployments": number_faults,
        "the conditions": condition_faults,
        "what is carried over": carried_faults,
        "the sheets": ending_faults,
        "the file storage": storage_faults,
        "the waivers": waiver_faults,
        "the emergencies": emergency_faults,
    }


def _named(what: str, found: Iterable[Fault]) -> Iterator[Fault]:
    """Faults as they are found; what cannot even be read is a fault too, and hides no other part."""
    try:
        yield from found
    except UNREADABLE as error:
        if is_busy(error):
            raise
        yield Fault(
            what, None, f"something in it cannot be read, so the rest was not looked at ({type(error).__name__})"
        )


def _loose_rows() -> Iterator[Fault]:
    """SQLite checks references only for programs that ask it to, and most that open the file do not."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        for table, row, parent, _ in cursor.execute("PRAGMA foreign_key_check").fetchall():
            yield Fault("the tables", None, f"row {row} of {table} refers to a row of {parent} that is not there")


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Verifying keeps a proof of every row and makes no cycles: looking for some again and again is half its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def _reading_anything() -> Iterator[None]:
    """SQLite keeps any bytes as text: read them, so that they are found instead of ending the search."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    before = connection.connection.text_factory
    connection.connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    try:
        yield
    finally:
        connection.connection.text_factory = before
