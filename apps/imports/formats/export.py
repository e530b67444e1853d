"""Keyturn's own exports as JSON, YAML and table: what they say, as the Markdown of an export."""

from collections.abc import Callable
from typing import Any

from apps.checklists.exports import data, markdown, table

from .document import Converted, NotRead


def is_table(text: str) -> bool:
    """True for a table that begins with the columns of an export."""
    return text.startswith("keyturn") and text[7:8] in (",", ";", "\t") and text[8:11] == "key"


def is_yaml(text: str) -> bool:
    """True for YAML that says at once that it is Keyturn's."""
    return text.startswith("keyturn: ")


def _reader(read: Callable[[str], dict[str, Any]]) -> Callable[[str], Converted]:
    """A reader that refuses what is not whole, and says where."""

    def converted(text: str) -> Converted:
        try:
            exported = markdown.exported(read(text))
        except ValueError as error:
            raise NotRead(f"This is an export of Keyturn that was changed. {error}") from error
        everything = (1, text.count("\n") + 1)
        return Converted(exported, (everything,) * (exported.count("\n") + 1))

    return converted


def _table(text: str) -> dict[str, Any]:
    if not is_table(text):
        raise ValueError("It does not begin with the columns of an export.")
    return table.imported(text)


from_json, from_yaml, from_table = _reader(data.imported_json), _reader(data.imported_yaml), _reader(_table)
