"""CSV with `,` `;` or tabs, and cells copied from a spreadsheet or from a table of a word processor."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from . import blocks, inline
from .blocks import Block
from .document import NotRead

MOST_COLUMNS = 200
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
_SEPARATOR_LINE = re.compile(r"\A(?:sep=|\"sep=)(.)\"?[ \t]*(?:\n|\Z)", re.IGNORECASE)  # Excel's own first line
_QUOTED = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"')
_TICKED = re.compile(
    r"\W*(?:done|complete[d]?|check(?:ed)?|tick(?:ed)?|ok|erledigt|hecho|fait|完了)?\W*", re.IGNORECASE
)
_GROUP = re.compile(
    r"\W*(?:category|categories|area|group|section|phase|stage|module|domain|topic|kategorie|bereich|abschnitt|"
    r"catégorie|domaine|categor[ií]a|[áa]rea|fase|secci[oó]n|seç[ãa]o|分類|カテゴリー?|区分)\W*",
    re.IGNORECASE,
)
_BOXES = {"true": "[x]", "false": "[ ]", "wahr": "[x]", "falsch": "[ ]", "vrai": "[x]", "faux": "[ ]"}


class Record(NamedTuple):
    """One row: its cells, and the first and last line of the text it stands on."""

    cells: list[str]
    first: int
    last: int


def records(text: str, delimiter: str) -> Iterator[Record]:
    """All rows; a cell in quotes may hold delimiters and line ends, and other quotes are text."""
    named = _SEPARATOR_LINE.match(text)
    at, line = (named.end(), 2) if named else (0, 1)
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        if text.find('"', at, end) < 0:
            cells = text[at:end].split(delimiter)
        else:
            cells, end = _quoted_cells(text, at, delimiter)
        last = line + text.count("\n", at, end)
        yield Record(cells, line, last)
        at, line = end + 1, last + 1


def _quoted_cells(text: str, at: int, delimiter: str) -> tuple[list[str], int]:
    """The cells of a row that begins here, and where it ends."""
    cells = []
    stop = re.compile(f"[{re.escape(delimiter)}\n]")
    while True:
        quoted = _QUOTED.match(text, at + _blanks(text, at))
        if quoted and (quoted.end() == len(text) or text[quoted.end()] in (delimiter, "\n")):
            cells.append(quoted[1].replace('""', '"'))
            end = quoted.end()
        else:
            found = stop.search(text, at)
            end = found.start() if found else len(text)
            cells.append(text[at:end])
        if end == len(text) or text[end] == "\n":
            return cells, end
        at = end + 1


def _blanks(text: str, at: int) -> int:
    """How many spaces stand between a delimiter and the quote that people meant to follow it."""
    end = at
    while text[end : end + 1] == " ":
        end += 1
    return end - at if text[end : end + 1] == '"' else 0


def delimiter_of(text: str) -> str:
    """What stands between the cells: that by which most of the first rows have as many cells as the first; or ""."""
    named = _SEPARATOR_LINE.match(text)
    if named:
        return named[1]
    scored = []
    for delimiter in DELIMITERS:
        rows = [len(cells) for cells in _first_rows(text, delimiter)]
        if rows and rows[0] > 1:
            scored.append((sum(count == rows[0] for count in rows), rows[0], delimiter))
    return max(scored)[2] if scored else ""


def _first_rows(text: str, delimiter: str, most: int = 30) -> list[list[str]]:
    found = []
    for record in records(text[:100_000], delimiter):
        if any(cell.strip() for cell in record.cells):
            found.append(record.cells)
        if len(found) == most:
            break
    return found


def is_table(text: str, delimiter: str) -> bool:
    """True where every row has as many cells as the first, two rows at least, and they read like cells."""
    rows = [record.cells for record in records(text, delimiter) if any(cell.strip() for cell in record.cells)]
    if len(rows) < 2 or len(rows[0]) < 2 or any(len(cells) != len(rows[0]) for cells in rows):
        return False
    return delimiter == "\t" or (_named(rows[0]) and not any(cell.startswith(" ") for cell in rows[0]))


def _named(cells: list[str]) -> bool:
    """True for a row of names: short, all different, none of them a sentence."""
    names = [cell.strip().lower() for cell in cells]
    return len(set(names)) == len(names) and all(
        0 < len(name) <= 40 and len(name.split()) <= 5 and name[-1] not in ".:!?" and any(map(str.isalpha, name))
        for name in names
    )


def to_blocks(text: str, delimiter: str) -> Iterator[Block]:
    """A table, or a list of boxes where there is one column: each of its rows was meant to be ticked."""
    found = [record for record in records(text, delimiter) if any(cell.strip() for cell in record.cells)]
    widest = max((len(record.cells) for record in found), default=0)
    if widest > MOST_COLUMNS:
        raise NotRead(
            f"This table has {widest:,} columns; a checklist has at most {MOST_COLUMNS}. Keep the columns that say "
            "what is to be done, and bring it again."
        )
    if _is_list(found):
        yield from _list(found, delimiter)
        return
    boxed = _boxed_columns(found)
    headed = _named(_trimmed(found[0].cells))
    group = _group_column(found) if headed else -1
    above = ""
    for at, record in enumerate(found):
        words = record.cells[group].strip() if 0 <= group < len(record.cells) else ""
        if at and words and words != above:
            yield blocks.heading(2, inline.literal(words), record.first)
            yield blocks.row(_cells(found[0], boxed, group), record.first, is_header=True)
            above = words
        if at or group < 0:
            yield blocks.row(
                _cells(record, boxed if at else set(), group), record.first, record.last, is_header=headed and not at
            )


def _is_list(found: list[Record]) -> bool:
    """True for one column, though a few of its rows have delimiters in their words."""
    alone = [len([cell for cell in record.cells if cell.strip()]) < 2 for record in found]
    mostly = sum(alone) * 4 > len(alone) * 3 and alone[0]
    return all(alone) or (mostly and all(record.cells[0].strip() for record in found))


def _group_column(found: list[Record]) -> int:
    """The column that says of which part a row is, where the rows of a part stand together; -1 for none.

    A cell that is empty says what the one above it says.
    """
    for column, name in enumerate(found[0].cells):
        if not _GROUP.fullmatch(name[:40]):
            continue
        cells = [record.cells[column].strip() if column < len(record.cells) else "" for record in found[1:]]
        spoken = [cell for cell in cells if cell]
        parts = [cell for at, cell in enumerate(spoken) if not at or cell != spoken[at - 1]]
        if cells[0] and 1 < len(parts) <= len(cells) / 2 and len(set(parts)) == len(parts):
            return column
    return -1


def _cells(record: Record, boxed: set[int], group: int) -> list[str]:
    return [_cell(cell, is_box=column in boxed) for column, cell in enumerate(record.cells) if column != group]


def _list(found: list[Record], delimiter: str) -> Iterator[Block]:
    for record in found:
        words = delimiter.join(record.cells).strip(f"{delimiter} ")
        box, words = inline.boxed(words.strip())
        yield blocks.item(_cell(words), record.first, record.last, box=box or " ")


def _trimmed(cells: list[str]) -> list[str]:
    """Without the empty cells at the end, which spreadsheets fill up with."""
    end = len(cells)
    while end > 1 and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _boxed_columns(found: list[Record]) -> set[int]:
    """Columns of boxes: a spreadsheet writes them TRUE and FALSE, under `Done` or no name at all."""
    return {
        column
        for column, name in enumerate(found[0].cells)
        if _TICKED.fullmatch(name[:60])
        and {record.cells[column].strip().lower() for record in found[1:] if column < len(record.cells)}
        <= {*_BOXES, ""}
    }


def _cell(text: str, *, is_box: bool = False) -> str:
    word = text.strip()
    if is_box and word.lower() in _BOXES:
        return _BOXES[word.lower()]
    return inline.literal(word)
