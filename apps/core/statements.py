"""Questions as SQL text, for what every page asks: the ORM takes longer to put one together than it takes to answer.

Rows come as tuples. An id goes in as a UUID; it comes out as one on PostgreSQL and as 32 hex digits on SQLite, which
`as_uuid` reads alike. Measured in docs/decisions/0018 and 0026.
"""

from typing import Any
from uuid import UUID

from django.db import connection

LISTS = {
    "sqlite": "SELECT json_group_array(json_array({columns})) FROM",
    "postgresql": "SELECT COALESCE(json_agg(json_build_array({columns})), '[]')::text FROM",
}


def fetched(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    native = connection.features.has_native_uuid_field
    known = [value.hex if isinstance(value, UUID) and not native else value for value in values]
    with connection.cursor() as cursor:
        cursor.execute(statement, known)
        return cursor.fetchall()


def list_of(columns: str) -> str:
    """The beginning of a subquery whose rows come as JSON text, the same on both engines."""
    return LISTS[connection.vendor].format(columns=columns)


def as_uuid(value: Any) -> UUID:
    """An id as either engine gives it."""
    return value if isinstance(value, UUID) else UUID(value)
