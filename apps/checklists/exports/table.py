"""A version's content as a table that spreadsheets open: a row for the template, each section and each item.

All of a content is in it. Cells of several values have one value a line, written as the attributes of Markdown are.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from apps.checklists.markdown.attributes import parse, written
from apps.checklists.markdown.properties import listed, words_of
from apps.checklists.rules.conditions import condition, condition_of

from . import canonical

LONGEST_CELL = 5_000_000
FORMULA = "=+-@\t\r\n'＝＋－＠"  # with these at its beginning a spreadsheet calculates a cell
# Where cells are separated by another sign than ours, as in many countries, these begin one inside of our cells: behind
# a semicolon, a tab or a line. A bullet, with a space behind it, calculates nothing.
_INSIDE = re.compile(r"(?<=[;\t\n])(?=[='@＝＠]|[+\-＋－]\S)")
_GUARDED_INSIDE = re.compile(r"(?<=[;\t\n])'(?=[='@＝＠]|[+\-＋－]\S)")
_RULE = re.compile(r"^(-{3,})$", re.MULTILINE)


class Column(NamedTuple):
    """How a field of a content is written into a cell, and read again."""

    name: str
    to_cell: Callable[[Any], str]
    from_cell: Callable[[str], Any]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _records(name: str) -> Column:
    """A list of mappings, one a line."""
    return Column(name, lambda values: "\n".join(map(_record, values)), lambda cell: [
        _mapping(line) for line in cell.split("\n") if line.strip()])  # fmt: skip


def _record(values: Mapping[str, Any]) -> str:
    texts = {name: listed(value) if isinstance(value, list) else str(value) for name, value in values.items()}
    return written((name, text) for name, text in texts.items() if text)


def _mapping(line: str) -> dict[str, Any]:
    found = parse(line)
    if found is None:
        raise ValueError(f'“{line[:80]}” is not written as names with values: label="Tested on" kind=date.')
    texts = {name: value or "" for name, value in found}
    return {name: list(words_of(text)) if name == "options" else text for name, text in texts.items()}


def _words(name: str) -> Column:
    return Column(name, listed, lambda cell: list(words_of(cell)))


def _probe_cell(probe: Mapping[str, Any] | None) -> str:
    settings = {f"probe-{name}": value for name, value in probe["settings"].items()} if probe else {}
    return written({"probe": probe["kind"], **settings}.items()) if probe else ""


def _probe(cell: str) -> dict[str, Any]:
    found = _mapping(cell)
    return {
        "kind": found.pop("probe", ""),
        "settings": {name.removeprefix("probe-"): value for name, value in found.items()},
    }


COLUMNS = (
    Column("key", _text, str),
    Column("title", _text, str),
    Column("depth", _text, str),
    Column("text", _text, str),  # the guidance of a template and a section
    Column("commands", lambda values: "\n---\n".join(_RULE.sub(r"\1-", each) for each in values), lambda cell: [
        re.sub(r"^(-{3,})-$", r"\1", each, flags=re.MULTILINE) for each in cell.split("\n---\n")]),
    Column("critical", lambda value: "yes" if value else "", str),
    Column("keys", _text, str),
    Column("passkey", lambda value: "yes" if value else "", str),
    _words("evidence_kinds"),
    Column("max_age_days", _text, str),
    Column("owner_role", _text, str),
    _words("controls"),
    Column("conditions", lambda values: "\n".join(str(condition_of(one)) for one in values),
           lambda cell: [condition(line).as_values() for line in cell.split("\n") if line.strip()]),
    Column("minutes", _text, str),
    _words("tiers"),
    _records("fill_ins"),
    _records("links"),
    Column("probe", _probe_cell, _probe),
    _words("paths"),
    Column("occasion", _text, str),
    Column("source", _text, str),
    _records("parameters"),
    _records("variables"),
    _records("sign_off_fields"),
    _records("unread"),
    Column("attributes", lambda values: written((one[0], one[1] if len(one) > 1 else None) for one in values),
           lambda cell: [[name] if value is None else [name, value] for name, value in parse(cell) or ()]),
)  # fmt: skip
HEADER = ["keyturn", *(column.name for column in COLUMNS)]


def exported(values: Mapping[str, Any]) -> str:
    """The table of a content, its cells separated by commas."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerow(_row("template", {**values, "text": values["guidance"]}))
    for section in values["sections"]:
        writer.writerow(_row("section", {**section, "text": section["guidance"]}))
        writer.writerows(_row("item", item) for item in section["items"])
    return file.getvalue()


def _row(kind: str, values: Mapping[str, Any]) -> list[str]:
    cells = (column.to_cell(values[column.name]) if column.name in values else "" for column in COLUMNS)
    return [kind, *map(guarded, cells)]


def imported(text: str) -> dict[str, Any]:
    """The content that a table says; commas, semicolons or tabs separate its cells. ValueError says what is wrong."""
    csv.field_size_limit(LONGEST_CELL)
    text = text.removeprefix("\ufeff")
    separator = text[len(HEADER[0]) : len(HEADER[0]) + 1]
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator if separator in (";", "\t") else ","))
    except csv.Error as error:
        raise ValueError(f"This table cannot be read: {error}.") from error
    if not rows or rows[0][:1] != HEADER[:1]:
        raise ValueError(f"This table does not begin with the columns of an export: {', '.join(HEADER[:5])} …")
    content: dict[str, Any] = {"sections": []}
    for number, cells in enumerate(rows[1:], 2):
        try:
            _take(content, _values(rows[0], cells), cells[0] if cells else "")
        except ValueError as error:
            raise ValueError(f"Row {number}: {error}") from error
    return canonical.content(content)


def _take(content: dict[str, Any], values: dict[str, Any], kind: str) -> None:
    if kind == "template":
        content |= {"guidance": values.pop("text", ""), **values}
    elif kind == "section":
        content["sections"].append({"guidance": values.pop("text", ""), **values, "items": []})
    elif kind == "item" and content["sections"]:
        content["sections"][-1]["items"].append(values)
    elif kind == "item":
        raise ValueError("this item stands above all sections. Put a section before it.")
    elif kind:
        raise ValueError(f"“{kind[:40]}” is none of template, section, item.")


def _values(header: list[str], cells: list[str]) -> dict[str, Any]:
    """The fields of a row that are not empty."""
    by_name = dict(zip(header, map(unguarded, cells), strict=False))
    return {column.name: column.from_cell(by_name[column.name]) for column in COLUMNS if by_name.get(column.name)}


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: behind an apostrophe where it, or a part of it, begins as one."""
    cell = _INSIDE.sub("'", cell)
    return f"'{cell}" if cell[:1] and cell[0] in FORMULA else cell


def unguarded(cell: str) -> str:
    """The cell as it was before it was guarded."""
    cell = cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in FORMULA else cell
    return _GUARDED_INSIDE.sub("", cell)
