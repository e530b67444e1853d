"""Many rows by one statement, however many there are.

Django puts as many rows into a statement as SQLite once had room for placeholders, some thirty items, and takes longer
to prepare a row than a database to store it. Here they travel as one JSON text. Guards and constraints judge every row
as ever (docs/decisions/0046).
"""

import json
import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models.base import ModelState

from .statements import fetched
from .storable import may_be_unstorable, require_storable

INSERT = {
    "sqlite": "INSERT INTO {table} ({columns}) SELECT {values} FROM json_each(%s)",
    "postgresql": "INSERT INTO {table} ({columns}) SELECT {values} FROM json_populate_record(NULL::{table}, %s) alike, "
    "json_populate_recordset(NULL::{table}, %s) own",
}
COUNTED = " RETURNING {key}"  # of ids that the database counts; those that are known take both engines time to repeat
UPDATE = {
    "sqlite": "UPDATE {table} SET {changes} FROM (SELECT {values} FROM json_each(%s)) own "
    "WHERE {table}.{key} = own.{key}",
    "postgresql": "UPDATE {table} SET {changes} FROM json_populate_recordset(NULL::{table}, %s) own "
    "WHERE {table}.{key} = own.{key}",
}
RANDOM_BITS = 0xFFF << 64 | (1 << 62) - 1  # the 74 of an id of version 7 that version and variant leave room for
Write = Callable[[Any], Any]
Values = Sequence[Any]


@dataclass(frozen=True)
class Columns:
    """Columns of a table: how they are read from a row, and what makes JSON of those that are none."""

    names: tuple[str, ...]
    read: Callable[[Any], tuple[Any, ...]]
    writers: tuple[Write | None, ...]

    def only(self, places: Sequence[int]) -> "Columns":
        """Some of them, by their places among all."""
        names = tuple(self.names[place] for place in places)
        return Columns(names, self.read, tuple(self.writers[place] for place in places))

    def written(self, by_column: Sequence[Values]) -> list[Values]:
        """Rows as JSON values, from the values of each column."""
        columns = [
            values if write is None else [None if value is None else write(value) for value in values]
            for write, values in zip(self.writers, by_column, strict=True)
        ]
        return [*zip(*columns, strict=True)]


def new_ids(count: int) -> list[UUID]:
    """So many ids of version 7 (RFC 9562): what is made together lies together in every index."""
    now, random = time.time_ns() // 1_000_000 << 80 | 7 << 76 | 2 << 62, os.urandom(10 * count)
    return [
        UUID(int=now | int.from_bytes(random[place : place + 10]) & RANDOM_BITS) for place in range(0, 10 * count, 10)
    ]


def new_row(model: type[models.Model], known: Mapping[str, models.Model] | None = None, **values: Any) -> Any:
    """A row that is not stored yet, from the values of its columns; the others hold their defaults.

    Making one of hundreds takes a tenth of the time of `model(…)`, which looks for every field in every keyword.
    known: the rows that its columns lead to, by the names of the relations.
    """
    row = model.__new__(model)
    row._state = ModelState()
    row._state.fields_cache = {**(known or {})}
    plain, made = _defaults(model)
    row.__dict__ |= plain | values
    for name, default in made.items():
        if name not in values:
            row.__dict__[name] = default()
    return row


def insert_all(rows: Sequence[models.Model]) -> None:
    """Store new rows of one model; those whose ids the database counts get them in their order, as Django does it."""
    keys = insert_values(type(rows[0]), [values_of(row) for row in rows]) if rows else []
    for row, key in zip(rows, keys or (row.pk for row in rows), strict=True):
        row._state.adding, row._state.db, row.pk = False, connection.alias, key


def values_of(row: models.Model) -> Values:
    """The values of all columns of a new row, in the order of the model, without an id that the database counts."""
    columns, stamped = _of_model(type(row), connection.vendor)
    for field in stamped:
        field.pre_save(row, add=True)
    return columns.read(row)


def insert_values(model: type[models.Model], rows: Sequence[Values]) -> list[Any]:
    """The same by `values_of` each row; answers the ids that the database counted. What is alike travels once."""
    if not rows:
        return []
    by_column = [*zip(*rows, strict=True)]
    own = tuple(place for place, values in enumerate(by_column) if values.count(values[0]) < len(values))
    statement, alike_columns, own_columns, alike = _insert(model, own, connection.vendor)
    [same] = alike_columns.written([by_column[place][:1] for place in alike]) or [()]
    different = own_columns.written([by_column[place] for place in own]) or [()] * len(rows)
    if connection.vendor == "postgresql":
        same = [_text(dict(zip(alike_columns.names, same, strict=True)))]
    texts = [*same, _rows_text(own_columns, different)]
    return [key for (key,) in _execute(statement, texts, rows)]


def update_all(rows: Sequence[models.Model], fields: Collection[str]) -> None:
    """Store these fields of rows of one model."""
    if rows:
        statement, columns = _update(type(rows[0]), tuple(fields), connection.vendor)
        by_column = [*zip(*map(columns.read, rows), strict=True)]
        _execute(statement, [_rows_text(columns, columns.written(by_column))], by_column)


def _execute(statement: str, texts: Sequence[Any], values: Any) -> list[tuple[Any, ...]]:
    if any(isinstance(text, str) and may_be_unstorable(text) for text in texts):
        require_storable(values)
    return fetched(statement, *texts)


def _rows_text(columns: Columns, rows: Sequence[Values]) -> str:
    """Rows as the statements read them: SQLite by place, PostgreSQL by name."""
    if connection.vendor == "postgresql":
        return _text([dict(zip(columns.names, each, strict=True)) for each in rows])
    return _text(rows)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


@cache
def _defaults(model: type[models.Model]) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """What columns hold that nobody filled: one value for all rows, or what makes one for each."""
    fields = model._meta.concrete_fields
    made = {field.attname: field.get_default for field in fields if callable(field.default)}
    return {field.attname: field.get_default() for field in fields if field.attname not in made}, made


@cache
def _of_model(model: type[models.Model], vendor: str) -> tuple[Columns, tuple[Any, ...]]:
    """All columns of a model, and the fields that fill themselves in when a row is stored."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    stamped = tuple(field for field in fields if type(field).pre_save is not models.Field.pre_save)
    return _columns(fields, vendor), stamped


@lru_cache(maxsize=200)
def _insert(
    model: type[models.Model], own: tuple[int, ...], vendor: str
) -> tuple[str, Columns, Columns, tuple[int, ...]]:
    """The statement where these columns differ, the columns that all rows have alike, those that differ, places."""
    columns, _ = _of_model(model, vendor)
    alike = tuple(place for place in range(len(columns.names)) if place not in own)
    if vendor == "sqlite":
        values = ["%s"] * len(columns.names)
        for number, place in enumerate(own):
            values[place] = f"json_extract(value, '$[{number}]')"
    else:
        values = [
            f"{'own' if place in own else 'alike'}.{connection.ops.quote_name(name)}"
            for place, name in enumerate(columns.names)
        ]
    counted = COUNTED if isinstance(model._meta.pk, models.AutoField) else ""
    statement = _filled(INSERT[vendor] + counted, model, columns, values=", ".join(values))
    return statement, columns.only(alike), columns.only(own), alike


@cache
def _update(model: type[models.Model], names: tuple[str, ...], vendor: str) -> tuple[str, Columns]:
    columns = _columns([model._meta.pk, *map(model._meta.get_field, names)], vendor)
    quoted = [connection.ops.quote_name(name) for name in columns.names]
    values = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(quoted))
    changes = ", ".join(f"{name} = own.{name}" for name in quoted[1:])
    return _filled(UPDATE[vendor], model, columns, values=values, changes=changes), columns


def _filled(statement: str, model: type[models.Model], columns: Columns, **parts: str) -> str:
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    return statement.format(table=table, key=key, columns=", ".join(map(quote, columns.names)), **parts)


def _columns(fields: Sequence[Any], vendor: str) -> Columns:
    return Columns(
        names=tuple(field.column for field in fields),
        read=attrgetter(*(field.attname for field in fields)),
        writers=tuple(_writer(field, vendor) for field in fields),
    )


def _writer(field: Any, vendor: str) -> Write | None:
    """What makes of a value what JSON holds of it, so that the column stores what Django would have; None where it is.

    Raises TypeError for a kind of column that nobody said this of.
    """
    while field.is_relation:
        field = field.target_field
    for kind, write in WRITERS[vendor]:
        if isinstance(field, kind):
            return write
    raise TypeError(f"{field}: say in apps/core/bulk.py how a {type(field).__name__} travels")


PLAIN = ((models.BooleanField, None), (models.IntegerField, None), (models.CharField, None), (models.TextField, None))
# Subclasses before what they come from.
WRITERS: dict[str, tuple[tuple[type[models.Field], Write | None], ...]] = {
    "sqlite": (
        (models.UUIDField, attrgetter("hex")),
        (models.DateTimeField, lambda value: connection.ops.adapt_datetimefield_value(value)),
        (models.DateField, lambda value: value.isoformat()),
        (models.JSONField, lambda value: connection.ops.adapt_json_value(value, None)),
        *PLAIN,
    ),
    "postgresql": (
        (models.UUIDField, str),
        (models.DateTimeField, lambda value: value.isoformat()),
        (models.DateField, lambda value: value.isoformat()),
        (models.JSONField, None),
        *PLAIN,
    ),
}
