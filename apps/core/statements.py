"""Questions as SQL text, for what every page asks: the ORM takes longer to put one together than it takes to answer.

Rows come as tuples. An id goes in as a UUID; it comes out as one on PostgreSQL and as 32 hex digits on SQLite, which
`as_uuid` reads alike; moments likewise (`as_moment`). Measured in docs/decisions/0018 and 0026.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import CharField, Func, Lookup, Model, Prefetch, TextField

from .wording import folded

# What says that a database is busy or away, and nothing about the question: beginnings of SQLSTATE (connections lost,
# refused or too many, shutting down, locks, deadlocks, time limits), and codes of SQLite (busy, locked).
BUSY_STATES = ("08", "53300", "57", "55P03", "40")
BUSY_CODES = (5, 6)
# A full disk: psycopg's DiskFull, and what SQLite calls a write that the disk did not take.
NO_ROOM = {"53100", "SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"}
ONE_OF = {"sqlite": "IN (SELECT value FROM json_each(%s))", "postgresql": "= ANY(%s)"}
FOLDED = {
    "sqlite": "KEYTURN_FOLDED({column})",
    "postgresql": '(UPPER(NORMALIZE({column}::text, NFKC) COLLATE "und-x-icu") COLLATE "C")',
}
LISTS = {
    "sqlite": "SELECT json_group_array(json_array({columns})) FROM",
    "postgresql": "SELECT COALESCE(json_agg(json_build_array({columns})), '[]')::text FROM",
}


def fetched(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement; none where it answers none."""
    with connection.cursor() as cursor:
        cursor.execute(statement, _known(values))
        return cursor.fetchall() if cursor.description else []


def repeat(statement: str, rows: Iterable[Iterable[Any]]) -> None:
    """Run a statement with each of some rows, in order; PostgreSQL is not waited for between two of them."""
    with connection.cursor() as cursor:
        cursor.executemany(statement, [_known(values) for values in rows])


def _known(values: Iterable[Any]) -> list[Any]:
    """Ids and moments as the engine takes them."""
    if connection.features.has_native_uuid_field:
        return [*values]
    ops = connection.ops
    return [
        value.hex
        if isinstance(value, UUID)
        else ops.adapt_datetimefield_value(value)
        if isinstance(value, datetime)
        else value
        for value in values
    ]


def streamed(statement: str, *values: Any, size: int, few: bool) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a statement in lists of at most `size`, so that a large table is never in memory at once.

    few: they fit into memory. A cursor on the server takes PostgreSQL three messages more and a plan of its own.
    """
    with connection.cursor() if few else connection.chunked_cursor() as cursor:
        cursor.execute(statement, values or None)
        while rows := cursor.fetchmany(size):
            yield rows


def instances(statement: str, *values: Any, **tables: type[Model]) -> Iterator[list[Any]]:
    """The rows of a join as instances: `{item}` in the statement stands for all columns of the table of that name.

    What a LEFT JOIN did not find is None. The statement's own columns stand after those of the tables.
    """
    readers = {name: _reader(model, name, connection.vendor) for name, model in tables.items()}
    for row in fetched(statement.format(**{name: text for name, (text, _) in readers.items()}), *values):
        left = list(row)
        yield [*[read(left) for _, read in readers.values()], *left]


@cache
def _reader(model: type[Model], name: str, vendor: str) -> tuple[str, Callable[[list[Any]], Model | None]]:
    """The columns of a table, and what takes their values off a row; they are converted as `raw()` does it."""
    fields = model._meta.concrete_fields
    columns = [field.get_col(name) for field in fields]
    converters = [(*connection.ops.get_db_converters(one), *one.get_db_converters(connection)) for one in columns]
    key = fields.index(model._meta.pk)

    def read(row: list[Any]) -> Model | None:
        values, row[:] = row[: len(fields)], row[len(fields) :]
        for place, convert in ((place, convert) for place, many in enumerate(converters) for convert in many):
            values[place] = convert(values[place], columns[place], connection)
        names = [field.attname for field in fields]
        return None if values[key] is None else model.from_db(connection.alias, names, values)

    return ", ".join(f'{name}."{field.column}"' for field in fields), read


def joined(model: type[Model], name: str, *keys: str) -> "Prefetch[Any]":
    """Prefetches the rows that point at a model, together with what `keys` of theirs lead to.

    Django prefetches a foreign key with one OR for every row, and SQLite takes a thousand of them at most.
    """
    rows: Any = model._meta.get_field(name).related_model
    return Prefetch(name, rows._default_manager.select_related(*keys))


def one_of(values: Iterable[str | int]) -> tuple[str, Any]:
    """(condition, its one value): whether a text or number is among any number of them. `%s` for each has a limit."""
    return ONE_OF[connection.vendor], json.dumps([*values]) if connection.vendor == "sqlite" else [*values]


def is_busy(error: BaseException) -> bool:
    """Whether the database was busy or away, so that the same may go well later."""
    if not isinstance(error, OperationalError):
        return isinstance(error, InterfaceError)  # a connection that was closed under the question
    cause = error.__cause__
    code, state = getattr(cause, "sqlite_errorcode", None), getattr(cause, "sqlstate", None)
    if code is not None:
        return code & 0xFF in BUSY_CODES
    return state is None or state.startswith(BUSY_STATES)


def lacks_room(error: BaseException) -> bool:
    """Whether the database failed because its disk is full."""
    cause = error.__cause__
    names = {getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorname", None)}
    return isinstance(error, DatabaseError) and (bool(names & NO_ROOM) or "disk is full" in str(error))


def release_connection() -> None:
    """Give the database connection back before waiting for something else; the next question opens another."""
    if not connection.in_atomic_block:
        connection.close()


@contextmanager
def snapshot() -> Iterator[None]:
    """Read one snapshot without a lock: whatever is written meanwhile is not seen, and nobody waits.

    For what takes seconds. Inside a transaction it is that transaction's own.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # atomic() would begin as a writer and keep the others waiting
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def list_of(columns: str) -> str:
    """The beginning of a subquery whose rows come as JSON text, the same on both engines."""
    return LISTS[connection.vendor].format(columns=columns)


def as_uuid(value: Any) -> UUID:
    """An id as either engine gives it."""
    return value if isinstance(value, UUID) else UUID(value)


def as_hex(value: Any) -> str:
    """The 32 hex digits of an id as either engine gives it: to compare many, which takes UUIDs ten times as long."""
    return value if isinstance(value, str) else value.hex


def as_moment(value: Any) -> datetime:
    """A moment as either engine gives it, in a column or written out within a list: in UTC, which SQLite leaves out."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def as_day(value: Any) -> date | None:
    """A day as either engine gives it, or None."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def folded_column(column: str) -> str:
    """SQL for a text as searches compare it and lists sort it (`core.wording.folded`), alike on both engines.

    SQLite's own functions know the case of A to Z alone, and PostgreSQL's depend on the locale of the database.
    """
    return FOLDED[connection.vendor].format(column=column)


class Folded(Func):
    """The same for an expression: `order_by(Folded("name"))`."""

    output_field = TextField()

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> Any:  # type: ignore[override]
        column, values = compiler.compile(self.source_expressions[0])
        return FOLDED[connection.vendor].format(column=column), values


class Holds(Lookup):
    """`title__holds="über"`: whether a text contains another in whatever case, alike on both engines."""

    lookup_name = "holds"
    form = {"sqlite": "INSTR({text}, {other}) > 0", "postgresql": "POSITION({other} IN {text}) > 0"}

    def get_prep_lookup(self) -> str:
        return folded(str(self.rhs))

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        column, values = self.process_lhs(compiler, connection)
        text = FOLDED[connection.vendor].format(column=column)
        both = [*values, self.rhs] if connection.vendor == "sqlite" else [self.rhs, *values]
        return self.form[connection.vendor].format(text=text, other="%s"), both


class FoldedField(CharField):
    """What `folded` makes of the text `of` the same row: a plain constraint on it knows no case, on neither engine.

    A text is found by it too: `filter(username_folded=folded(typed))`. `save` and `bulk_create` work it out; whoever
    writes some columns only, by `update` or `update_fields`, has to write this one with the text.
    """

    def __init__(self, of: str, **options: Any) -> None:
        self.of = of
        super().__init__(editable=False, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {"of": self.of, **{key: value for key, value in options.items() if key != "editable"}}

    def pre_save(self, instance: Model, add: bool) -> str:
        setattr(instance, self.attname, folded(getattr(instance, self.of)))
        return super().pre_save(instance, add)


def _folded_or_null(text: str | None) -> str | None:
    """As PostgreSQL's functions of texts: of NULL they make NULL."""
    return None if text is None else folded(text)


def learn_folding(*, connection: Any, **_: object) -> None:
    """Give a new connection to SQLite the function that `holds` asks for."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("KEYTURN_FOLDED", 1, _folded_or_null, deterministic=True)


for kind in (CharField, TextField):
    kind.register_lookup(Holds)
