"""Rows of tables that ask for something become items; what only frames them is no guidance."""

import re
from collections.abc import Iterator
from dataclasses import replace

from . import code, columns, inline, spans, tables
from .document import Code, Field, LineType
from .labels import LABEL_LEVEL
from .roles import BlockRole, DocumentFacts
from .scopes import Scope

_RESULTS = re.compile(r"^(?!(?:verify|check|record|review|document|confirm|log)\b).*\bresults\b", re.IGNORECASE)


def mark_rows(roles: list[BlockRole], scopes: list[Scope], facts: DocumentFacts) -> None:
    """Decides over every table of a document as a whole.

    Where the rows of one table are items, so are those of another with the same columns, whatever it stands under.
    """
    asked: set[tuple[str, ...]] = set()
    others: list[tuple[list[BlockRole], Scope]] = []
    for start, end in _tables(roles):
        table, scope = roles[start:end], scopes[start]
        if _mark_table(table, scope, facts):
            asked.add(table[0].header)
        elif scope.is_prose or scope.is_reference:
            others.append((table, scope))
    for table, scope in others:
        if len(table[0].header) > 1 and table[0].header in asked:
            _mark_table(table, replace(scope, is_prose=False, is_reference=False), facts)


def _tables(roles: list[BlockRole]) -> Iterator[tuple[int, int]]:
    """Where each table begins and ends."""
    at = 0
    while at < len(roles):
        role = roles[at]
        if role.block.row is None or role.line_type is LineType.SECTION:
            at += 1
            continue
        end = at
        while end < len(roles) and roles[end].block.table == role.block.table and roles[end].block.row is not None:
            end += 1
        yield at, end
        at = end


def mark_lone_table(roles: list[BlockRole]) -> None:
    """Makes items of the rows of a text that is one table and nothing else: whoever brought it meant them."""
    rows = [role for role in roles if role.line_type is not LineType.SECTION]
    if len(rows) < 3 or any(role.block.row is None or role.line_type is LineType.ITEM for role in rows):
        return
    body = [row for role in rows if (row := role.block.row) and not _frames(row)]
    for role in rows:
        row = role.block.row
        if row is None or _frames(row):
            role.line_type = LineType.LAYOUT
        elif columns.names_group(row, body):
            _head(role, row, 0)
        else:
            role.line_type = LineType.ITEM


def _frames(row: tables.TableRow) -> bool:
    return row.is_header or row.is_separator or columns.is_empty(row)


def _head(role: BlockRole, row: tables.TableRow, column: int) -> None:
    """Makes the label of a section of a row that stands over those below it."""
    words = next(cell for cell in (*row.cells[max(column, 0) :], *row.cells) if cell.strip())
    role.line_type, role.level, role.title = LineType.SECTION, LABEL_LEVEL, inline.plain(words)


def _mark_table(table: list[BlockRole], scope: Scope, facts: DocumentFacts) -> bool:
    """Decides over one table; True where its rows are items."""
    rows = [role.block.row for role in table if role.block.row is not None]
    header = next((row.cells for row in rows if row.is_header), ())
    body = [row for row in rows if not _frames(row)]
    asks, is_soft = _asks(rows, body, header, scope, facts)
    column = columns.telling(header, body) if header else -1
    for role, row in zip(table, rows, strict=True):
        role.header, role.column = header, column
        if not asks:
            continue
        if _frames(row):
            role.line_type = LineType.LAYOUT
        elif columns.is_total(row):
            continue
        elif columns.names_group(row, body):
            _head(role, row, column)
        else:
            role.line_type, role.is_soft = LineType.ITEM, is_soft
    return asks


def _asks(
    rows: list[tables.TableRow],
    body: list[tables.TableRow],
    header: tuple[str, ...],
    scope: Scope,
    facts: DocumentFacts,
) -> tuple[bool, bool]:
    """Whether the rows are items, and whether only because their section has no boxes while others have."""
    if facts.has_boxes and _RESULTS.search(scope.title) and all(cell.strip() for row in body for cell in row.cells):
        return False, False  # what came out of a run, row by row
    if tables.asks_to_tick(rows):
        return True, False
    boxed = any(tables.has_box(row) for row in rows)
    if (
        columns.is_record(header)
        or columns.is_form(header, body)
        or columns.counts_tasks(header, body)
        or (not boxed and (scope.is_prose or scope.is_reference))
    ):
        return False, False
    if columns.waits(header, body):
        return not scope.has_boxes, facts.has_boxes
    if boxed or not facts.has_boxes:
        of_tasks = columns.describes_task(header)
        asks = tables.is_checklist(rows, scope.title, alone=not facts.has_lists, of_tasks=of_tasks)
        return asks or columns.rates_tasks(header), False
    asks = columns.names_task(header) and not columns.is_left_open(header, body)
    return asks and not scope.has_boxes and bool(body), True


def may_be_rows(role: BlockRole, scope: Scope) -> bool:
    """True for a row that is no item, in a table which somebody may have meant as a checklist."""
    row = role.block.row
    if row is None or row.is_header or row.is_separator or scope.is_prose or scope.is_reference:
        return False
    if len(role.header) == 2 and columns.is_placeholder(row.cells[-1]):
        return False
    return columns.names_task(role.header) or bool(re.search(r"\bcheck", scope.title, re.IGNORECASE))


def commands(row: tables.TableRow, header: tuple[str, ...], line: int) -> list[Code]:
    """What is to be run, from the columns of commands and from cells that are a command and nothing else."""
    found = []
    for at, cell in enumerate(row.cells):
        command = spans.only_code(cell)
        named = at < len(header) and columns.holds_commands(header[at])
        if command and (named or (code.is_shell(command) and at > 0)):
            found.append(Code("shell", code.session(command)[0], line, is_command=True))
    return found


def fill_ins(row: tables.TableRow, header: tuple[str, ...], line: int) -> list[Field]:
    """The cells that somebody has still to fill, under `Answer` or `Value`."""
    found = []
    for at, name in enumerate(header):
        cell = row.cells[at].strip("` ") if at < len(row.cells) else ""
        if columns.answers(name) and (not cell or columns.is_placeholder(cell)):
            options = tuple(part.strip() for part in cell.split("/")) if "/" in cell and cell[0] not in "[<" else ()
            found.append(Field(inline.plain(name), line, "choice" if options else "text", options))
    return found


def as_item(row: tables.TableRow, header: tuple[str, ...], column: int) -> tuple[str, str]:
    """(title, text) of a row: the cell of that column, or the first that says something, then the others by name."""
    cells = [tables.BOX.sub("", cell, count=1).strip() if tables.BOX.match(cell) else cell for cell in row.cells]
    spoken = [index for index, cell in enumerate(cells) if cell and not re.fullmatch(r"[#\d.)]+", cell)]
    named = [index for index in spoken if not (index < len(header) and columns.beside(header[index]))]
    at = column if column in spoken else (named or spoken or [0])[0]
    details = []
    for index, cell in enumerate(cells):
        label = header[index] if index < len(header) > 1 else ""
        if index == at or not cell or (index < at and index not in spoken) or _is_taken(cell, label):
            continue
        details.append(f"**{inline.plain(label)}:** {_marked(cell)}" if label.strip("# ") else _marked(cell))
    return inline.plain(cells[at]) if cells else "", "\n\n".join(details)


def _is_taken(cell: str, name: str) -> bool:
    """True for what is a command or a blank of its item already."""
    if columns.answers(name) and columns.is_placeholder(cell.strip("` ")):
        return True
    return columns.holds_commands(name) and bool(spans.only_code(cell))


def _marked(cell: str) -> str:
    """A cell that is a path and nothing else is shown as code."""
    return f"`{cell}`" if inline.is_path(cell) and "`" not in cell else cell
