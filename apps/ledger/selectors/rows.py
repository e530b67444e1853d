"""Comparing every table with what the chains last proved of each of its rows.

One pass over the chains remembers the last proof of each row (`RowProofs.read`), one streaming pass over the
tables compares (`RowProofs.faults`). Nothing here knows any table: see apps/ledger/proofs.py.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import models
from django.db.models import TextField
from django.db.models.functions import Cast

from apps.ledger import proofs
from apps.ledger.chain import INSTANCE, ROWS, Fault
from apps.ledger.proofs import Proved

from .chains import BATCH, UNREADABLE, StoredEntry, dashed

TABLES = "the tables"


class LastProof(NamedTuple):
    """The last that a chain said of a row: the statement as it stands in the entry, and the secret of that entry."""

    stream: str
    sequence: int
    statement: Any
    secret: bytes

    def fault(self, what: str) -> Fault:
        """A fault at the entry that told of the row last."""
        return Fault(self.stream, self.sequence, what)


class RowProofs:
    """What the chains prove of rows, and whether the rows are so."""

    def __init__(self) -> None:
        self.last: dict[str, LastProof] = {}
        self.strays: list[Fault] = []

    def read(self, entry: StoredEntry) -> None:
        """Remember what an entry proves. A row belongs to the chain that first told of it."""
        if not entry.rows:
            return
        secret = bytes.fromhex(entry.openings[ROWS][0])
        for key, statement in entry.rows.items():
            known = self.last.get(key)
            if known and known.stream != entry.stream:
                self.strays.append(entry.fault(f"it tells of {key}, of which {known.stream} tells"))
            else:
                self.last[key] = LastProof(entry.stream, entry.sequence, statement, secret)

    def faults(self) -> Iterator[Fault]:
        """Rows without a proof, proofs without a row, and rows that differ; each at the last entry that told of it."""
        unseen = {key for key, proof in self.last.items() if proof.statement is not None}
        found = list(self.strays)
        for model in proofs.models_with_proof():
            found += self._of_model(proofs.proved(model), unseen)
        found += [self.last[key].fault(f"{_words(key)} it proves is gone from the tables") for key in unseen]
        yield from sorted(found, key=_order)

    def fault(self, row: models.Model, what: str) -> Fault:
        """A fault at the entry that told of the row last."""
        proof = self.last.get(proofs.proved(type(row)).key(row.pk))
        return proof.fault(what) if proof else Fault(TABLES, None, what)

    def _of_model(self, how: Proved, unseen: set[str]) -> list[Fault]:
        expected = {key for key in unseen if key.partition("/")[0] == how.label}
        try:
            found = [fault for pk, columns in _stream(how) for fault in self._of_row(how, pk, columns, unseen)]
        except UNREADABLE:  # somebody wrote what no column should hold: look again, row by row
            unseen |= expected
            found = list(self._one_by_one(how, unseen))
        return found

    def _of_row(self, how: Proved, pk: Any, columns: tuple[Any, ...], unseen: set[str]) -> Iterator[Fault]:
        key = how.key(pk)
        proof = self.last.get(key)
        if proof and proof.statement is not None and key not in unseen:
            yield proof.fault(f"{_called(how, pk)} stands in the tables twice")
        unseen.discard(key)
        if proof is None or proof.statement is None:
            yield Fault(self._home(how, pk), None, f"{_called(how, pk)} stands in the tables and no entry proves it")
            return
        values = how.values(columns)
        if proofs.statement(how, values, proofs.proof(proof.secret, key, values)) != proof.statement:
            yield proof.fault(f"{_called(how, pk)} is not as this entry proves it")

    def _one_by_one(self, how: Proved, unseen: set[str]) -> Iterator[Fault]:
        written = how.model._base_manager.annotate(written=Cast("pk", TextField()))
        for pk in written.order_by("written").values_list("written", flat=True):
            try:
                for found, columns in _stream(how, pk):
                    yield from self._of_row(how, found, columns, unseen)
            except UNREADABLE as error:
                key = how.key(dashed(pk))
                unseen.discard(key)
                what = f"the {how.model._meta.verbose_name} {pk} cannot be read ({type(error).__name__})"
                proof = self.last.get(key)
                yield proof.fault(what) if proof else Fault(TABLES, None, what)

    def _home(self, how: Proved, pk: Any) -> str:
        """The chain that an unproved row names, or the chain of what it belongs to; the instance's if none."""
        try:
            row = how.model._base_manager.get(pk=pk)
            parents = [field for field in how.model._meta.concrete_fields if field.is_relation]
            owners = [row, *filter(None, (getattr(row, field.name) for field in parents))]
        except UNREADABLE:
            return TABLES
        named = [owner.stream for owner in owners if hasattr(owner, "stream")]
        keys = [proofs.proved(type(owner)).key(owner.pk) for owner in owners]
        named += [self.last[key].stream for key in keys if key in self.last]
        return next((stream for stream in named if isinstance(stream, str) and stream != INSTANCE), INSTANCE)


def _stream(how: Proved, pk: Any = None) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """(primary key, columns in the order of the facts) of every row, or of the one, a batch at a time in memory."""
    rows = how.model._base_manager.all() if pk is None else how.model._base_manager.filter(pk=pk)
    holds_files = any(isinstance(field, models.BinaryField) for field in how.model._meta.concrete_fields)
    size = 1 if holds_files else BATCH
    if how.is_plain:
        for found, *columns in rows.values_list("pk", *(fact.attribute for fact in how.facts)).iterator(size):
            yield found, tuple(columns)
    else:
        for row in rows.iterator(size):
            yield row.pk, how.read(row)


def _order(fault: Fault) -> tuple[bool, str, int]:
    """Chains before the tables at large, in each the earliest entry first, the chain as a whole last."""
    return fault.stream == TABLES, str(fault.stream), fault.sequence if isinstance(fault.sequence, int) else 2**63


def _called(how: Proved, pk: Any) -> str:
    """What people call a row: "the evidence “dump.log”"; its number where its words cannot be read."""
    name = how.model._meta.verbose_name
    try:
        return f"the {name} “{how.model._base_manager.get(pk=pk)}”"
    except UNREADABLE:
        return f"the {name} {pk}"


def _words(key: str) -> str:
    """The same for a row that is gone."""
    label, _, pk = key.partition("/")
    for model in proofs.models_with_proof():
        if model._meta.label_lower == label:
            return f"the {model._meta.verbose_name} {pk}"
    return f"the row {pk} of {label}"
