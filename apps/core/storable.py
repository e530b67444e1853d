"""Text that no database stores: a NUL, which PostgreSQL refuses, and half of a surrogate pair, which UTF-8 cannot say.

Every statement passes here before either engine sees it, so every command refuses such text alike, and within its
transaction: nothing of it is done. Forms and middleware refuse it earlier, beside the field.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .errors import Refusal

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_ESCAPED = re.compile(
    r"\\u(?:0000|[dD][89a-fA-F])"
)  # where JSON may hold one; half of a pair, or a backslash before it


class Unstorable(Refusal, ValueError):
    """Text that cannot be stored; the message says which character, and after which words."""

    status = 400

    def __init__(self, text: str) -> None:
        found = _UNSTORABLE.search(text)
        at = found.start() if found else 0
        what = "a NUL character" if text[at : at + 1] == "\0" else "half of a character"
        place = f"after “{text[max(0, at - 30) : at]}”" if at else "at its beginning"
        super().__init__(
            f"This text holds {what} {place}, which no database stores. Nothing was changed: take it out, "
            "then try again."
        )


class JsonText(str):
    """A value of a JSON column as SQLite gets it, which is text like any other there."""

    __slots__ = ()


def require_storable(value: Any) -> None:
    """Raise Unstorable where a text in `value`, a JSON value or a text, cannot be stored."""
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            raise Unstorable(value)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            require_storable(name)
            require_storable(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            require_storable(inner)


def may_be_unstorable(text: str) -> bool:
    """Whether a JSON text may hold what cannot be stored: what it was made of is to be asked then."""
    return _ESCAPED.search(text) is not None


def only_storable(execute: Callable[..., Any], sql: str, values: Any, many: bool, context: Any) -> Any:
    """Run a statement, unless one of its values cannot be stored: a wrapper of Django's `execute_wrappers`."""
    for row in values or () if many else (values,):
        _check(row.values() if isinstance(row, Mapping) else row or ())
    try:
        return execute(sql, values, many, context)
    except UnicodeEncodeError as error:
        raise Unstorable(error.object) from error


def _check(values: Iterable[Any]) -> None:
    """By type, cheapest first: thousands of values come along with a checklist."""
    for value in values:
        kind = type(value)
        if kind is str:
            if "\0" in value:
                raise Unstorable(value)
        elif kind is JsonText:
            if may_be_unstorable(value):
                require_storable(json.loads(value))
        elif hasattr(value, "obj"):  # psycopg's wrapper of a JSON value
            require_storable(value.obj)
        elif isinstance(value, str | list | tuple):
            require_storable(value)


def watch_statements(*, connection: Any, **_: object) -> None:
    """Let a new connection run only what can be stored."""
    if only_storable in connection.execute_wrappers:
        return
    connection.execute_wrappers.append(only_storable)
    if connection.vendor == "sqlite":
        written = connection.ops.adapt_json_value
        connection.ops.adapt_json_value = lambda value, encoder: JsonText(written(value, encoder))
