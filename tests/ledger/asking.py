"""Asking `verify_ledger` hundreds of times about one history, of which each time one value is another.

The chains are read once: a try in another table leaves them as they are, and what is not read again finds no fault.
Of the tables a try has the one read again that it changed, and asks whatever is worked out from that one.
"""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from apps.core.statements import snapshot
from apps.ledger.chain import Fault
from project import verification
from tests import recorded

GUARD = "the guard"
Read = dict[str, set[str]]  # by part of verifying, the tables that it read


def read_chains() -> bytes:
    """What all readers know once they have read every entry, and what is read besides, pickled: each try has a copy.

    Refuses a history in which something is found already: any change of it would pass as found.
    """
    readers = verification._readers()
    with _one_moment():
        assert [*verification.ledger.faults((), lambda entries: None, readers)] == []
    chains = pickle.dumps(readers, pickle.HIGHEST_PROTOCOL)
    with recorded.noting_what_is_read() as read, mock.patch.object(verification.ledger, "faults", return_value=()):
        fault = _first_fault(pickle.loads(chains))
    assert fault is None or GUARD in fault.what, fault
    return pickle.dumps((readers, read), pickle.HIGHEST_PROTOCOL)


def is_found(chains: bytes, table: str) -> bool:
    """Whether `verify_ledger` finds a fault, besides the guards that were lifted, after `table` was changed."""
    fault = _first_fault() if table.startswith("ledger_") else _first_fault_of(table, *pickle.loads(chains))
    assert fault, "the guards are lifted"
    return GUARD not in fault.what  # which is looked at last


def _first_fault_of(table: str, readers: verification.Readers, read: Read) -> Fault | None:
    rows = recorded.ProofsSince(recorded.by_kind(readers.rows), {table})
    rows.last = readers.rows.last
    with (
        mock.patch.object(verification.ledger, "faults", return_value=()),
        mock.patch.object(verification.guards, "missing", return_value=["lifted"]),
        recorded.asking_what_reads({table}, read),
    ):
        return _first_fault(readers._replace(rows=rows))


def _first_fault(readers: verification.Readers | None = None) -> Fault | None:
    """It is not asked for the rest, thousands of times."""
    with _one_moment():
        faults = verification._faults((), lambda entries: None, readers or verification._readers())
        return next(faults, None)


@contextmanager
def _one_moment() -> Iterator[None]:
    with snapshot(), verification._reading_anything(), verification._without_collecting():
        yield
