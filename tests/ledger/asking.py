"""Asking `verify_ledger` hundreds of times about one history, of which each time one value is another.

The chains are read once: a try in another table leaves them as they are, and what is not read again finds no fault.
"""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from apps.core.statements import snapshot
from apps.ledger.chain import Fault
from project import verification


def read_chains() -> bytes:
    """What all readers know once they have read every entry, pickled: each try begins with a copy.

    Refuses a history in which something is found already: any change of it would pass as found.
    """
    readers = verification._readers()
    with _one_moment():
        assert [*verification.ledger.faults((), lambda entries: None, readers)] == []
    chains = pickle.dumps(readers, pickle.HIGHEST_PROTOCOL)
    fault = _first_fault_of_tables(chains)
    assert fault is None or "the guard" in fault.what, fault
    return chains


def is_found(chains: bytes, table: str) -> bool:
    """Whether `verify_ledger` finds a fault, besides the guards that were lifted, after `table` was changed."""
    fault = _first_fault() if table.startswith("ledger_") else _first_fault_of_tables(chains)
    assert fault, "the guards are lifted"
    return "the guard" not in fault.what  # which is looked at last


def _first_fault_of_tables(chains: bytes) -> Fault | None:
    with mock.patch.object(verification.ledger, "faults", return_value=()):
        return _first_fault(pickle.loads(chains))


def _first_fault(readers: verification.Readers | None = None) -> Fault | None:
    """It is not asked for the rest, thousands of times."""
    with _one_moment():
        faults = verification._faults((), lambda entries: None, readers or verification._readers())
        return next(faults, None)


@contextmanager
def _one_moment() -> Iterator[None]:
    with snapshot(), verification._reading_anything(), verification._without_collecting():
        yield
