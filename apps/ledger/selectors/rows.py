"""Comparing every table with what the chains last proved of each of its rows.

One pass over the chains remembers the last proof of each row (`RowProofs.read`), one streaming pass over the
tables compares (`RowProofs.faults`). Nothing here knows any table: see apps/ledger/proofs.py.

Columns are read as the database keeps them and written down from there: that takes a third of the time of making
Python values of them first, and finds a value that is spelled otherwise, such as the upper case of an id.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from django.db import connection, models

from apps.core.statements import fetched, is_busy, streamed
from apps.ledger import chain, proofs
from apps.ledger.chain import INSTANCE, ROWS, Fault
from apps.ledger.proofs import Proved

from .chains import UNREADABLE, WRITTEN, StoredEntry, batched, dashed
from .history import BATCH

TABLES = "the tables"
Read = Callable[[Any], Any] | None  # what makes of a stored value what the ledger writes of it; None where it is that


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
        for model in _with_rows(proofs.models_with_proof()):
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
            rows = _stream(how, few=len(expected) <= BATCH)
            found = [fault for pk, values in rows for fault in self._of_row(how, pk, values, unseen)]
        except UNREADABLE as error:  # somebody wrote what no column should hold: look again, row by row
            if is_busy(error):
                raise
            unseen |= expected
            found = list(self._one_by_one(how, unseen))
        return found

    def _of_row(self, how: Proved, pk: Any, values: Mapping[str, Any], unseen: set[str]) -> Iterator[Fault]:
        key = how.key(pk)
        proof = self.last.get(key)
        if proof and proof.statement is not None and key not in unseen:
            yield proof.fault(f"{_called(how, pk)} stands in the tables twice")
        unseen.discard(key)
        if proof is None or proof.statement is None:
            yield Fault(self._home(how, pk), None, f"{_called(how, pk)} stands in the tables and no entry proves it")
            return
        if proofs.statement(how, values, proofs.proof(proof.secret, key, values)) != proof.statement:
            yield proof.fault(f"{_called(how, pk)} is not as this entry proves it")

    def _one_by_one(self, how: Proved, unseen: set[str]) -> Iterator[Fault]:
        quote, primary = connection.ops.quote_name, how.model._meta.pk
        _, spelled = _column(primary, connection.vendor)
        written = WRITTEN[connection.vendor].format(quote(str(primary.column)))
        for (pk,) in fetched(f"SELECT {written} FROM {quote(how.model._meta.db_table)} ORDER BY 1"):
            try:
                for found, values in _stream(how, pk):
                    yield from self._of_row(how, found, values, unseen)
            except UNREADABLE as error:
                if is_busy(error):
                    raise
                key = how.key(spelled(pk) if spelled else pk)
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


def _with_rows(listed: list[type[models.Model]]) -> list[type[models.Model]]:
    """Those whose tables hold anything: most are empty in a young instance, and one statement asks about all."""
    tables = [model._meta.db_table for model in listed]
    each = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(name)})" for name in tables)
    found = {name for (name,) in fetched(" UNION ALL ".join(each))}
    return [model for model in listed if model._meta.db_table in found]


def _stream(how: Proved, pk: Any = None, *, few: bool = True) -> Iterator[tuple[Any, dict[str, Any]]]:
    """(primary key, facts) of every row, or of the one, a batch at a time in memory; all at once if there are few."""
    holds_files = any(isinstance(field, models.BinaryField) for field in how.model._meta.concrete_fields)
    size, few = (1, False) if holds_files else (BATCH, few)
    if how.is_plain:
        yield from _as_stored(how, pk, size, few)
        return
    for batch in batched(_as_stored(how, pk, size, few), size):
        rows = how.model._base_manager.in_bulk([key for key, _ in batch])
        for key, values in batch:
            yield key, values | how.also(rows[how.model._meta.pk.to_python(key)])


def _as_stored(how: Proved, pk: Any, size: int, few: bool) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The same of columns alone, without an instance of the model."""
    statement, name, facts = _asked(how.model, connection.vendor)
    if pk is not None:
        statement += f" WHERE {connection.ops.quote_name(str(how.model._meta.pk.column))} = %s"
    for rows in streamed(statement, *(() if pk is None else (pk,)), size=size, few=few):
        for found, *stored in rows:
            yield (
                name(found) if name else found,
                {
                    fact: written
                    for (fact, write, default), value in zip(facts, stored, strict=True)
                    if (written := value if write is None or value is None else write(value)) != default
                },
            )


@cache
def _asked(model: type[models.Model], vendor: str) -> tuple[str, Read, list[tuple[str, Read, Any]]]:
    """The statement for all rows of a model, how their key is read, and of each fact its name, reader and default."""
    columns = [fact for fact in proofs.proved(model).facts if fact.field]
    key, *read = [_column(field, vendor) for field in (model._meta.pk, *(fact.field for fact in columns))]
    asked = ", ".join(column for column, _ in (key, *read))
    facts = [(fact.name, write, fact.default) for fact, (_, write) in zip(columns, read, strict=True)]
    return f"SELECT {asked} FROM {connection.ops.quote_name(model._meta.db_table)}", key[1], facts


def _column(field: Any, vendor: str) -> tuple[str, Read]:
    """How a column is asked for, and how what is stored becomes what `proofs` writes down of it; None where it is."""
    name = connection.ops.quote_name(field.column)
    while field.is_relation:
        field = field.target_field
    asked, write = next((how for kind, how in STORED[vendor] if isinstance(field, kind)), ("{}", None))
    return asked.format(name), write


def _moment_text(stored: Any) -> Any:
    """A moment as `proofs.moment` writes it; SQLite keeps it in UTC, and no microseconds where there are none.

    Bytes stay bytes, which are no fact: SQLite holds them for later than every moment, whatever they spell.
    """
    if not isinstance(stored, str):
        return stored
    day, _, time = stored.partition(" ")
    return f"{day}T{time}{'' if '.' in time else '.000000'}+00:00"


def _flag(stored: Any) -> Any:
    return {0: False, 1: True}.get(stored, stored)


# By kind of column, subclasses first: how it is asked for, and what makes of the answer what the ledger writes.
# SQLite's module would make Python values of days and flags that are asked for by their mere names; a plus prevents
# that and changes no value. PostgreSQL's to_char says nothing of infinity, and of the year 5 B.C. what it says of 5.
MOMENT = (
    "CASE WHEN isfinite({0}) AND {0} >= '0001-01-01 00:00+00' "
    "THEN to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"') ELSE {0}::text END"
)
STORED: dict[str, tuple[tuple[type[models.Field], tuple[str, Read]], ...]] = {
    "sqlite": (
        (models.UUIDField, ("{}", dashed)),
        (models.DateTimeField, ("+{}", _moment_text)),
        (models.DateField, ("+{}", None)),
        (models.JSONField, ("{}", chain.decode)),
        (models.BinaryField, ("{}", proofs.file_digest)),
        (models.BooleanField, ("+{}", _flag)),
    ),
    "postgresql": (
        (models.UUIDField, ("{}::text", None)),
        (models.DateTimeField, (MOMENT, None)),
        (models.DateField, ("{}::text", None)),
        (models.JSONField, ("{}::text", chain.decode)),
        (models.BinaryField, ("{}", proofs.file_digest)),
    ),
}


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
