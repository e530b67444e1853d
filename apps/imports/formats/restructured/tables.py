"""Tables of reStructuredText: drawn as a grid, with lines of `=`, as lists, and as CSV."""

import re
from typing import NamedTuple

_GRID = re.compile(r"\s*\+(?:[-=]+\+)+$")
_INNER = re.compile(r"\+[-=]{2,}\+")
_SIMPLE = re.compile(r"\s*=+(?: +=+)+$")
_SPAN = re.compile(r"\s*-+(?: +-+)*$")
MOST_COLUMNS = 200


class TableRow(NamedTuple):
    """The cells of a row as they stand, and the first and last of its lines, counted from 0."""

    cells: list[str]
    first: int
    last: int
    is_header: bool = False


def grid(lines: list[str], at: int) -> tuple[list[TableRow], int] | None:
    """The rows of a grid that begins at this line, and the line after it."""
    if not _GRID.match(lines[at]) or lines[at].count("+") > MOST_COLUMNS:
        return None
    end = at
    while end < len(lines) and lines[end].lstrip()[:1] in ("+", "|"):
        end += 1
    borders = [line for line in lines[at:end] if _GRID.match(line)]
    edges = sorted({place for line in borders[:200] for place, sign in enumerate(line) if sign == "+"})
    if len(edges) > MOST_COLUMNS:
        return None
    rows: list[TableRow] = []
    start = at + 1
    for index in range(at + 1, end):
        if _GRID.match(lines[index]) or _INNER.search(lines[index]):
            if cells := _grid_cells(lines[start:index], edges):
                rows.append(TableRow(cells, start, index - 1, is_header="=" in lines[index] and not rows))
            start = index + 1
    return rows, end


def _grid_cells(lines: list[str], edges: list[int]) -> list[str]:
    cells: dict[int, list[str]] = {}
    for line in lines:
        begin, column = edges[0], 0
        for number, edge in enumerate(edges[1:], 1):
            if line[edge : edge + 1] == "|" or number == len(edges) - 1:
                text = line[begin + 1 : edge if line[edge : edge + 1] == "|" else None]
                cells.setdefault(column, []).append(text.strip())
                begin, column = edge, number
    return [_joined(cells.get(column, [])) for column in range(len(edges) - 1)] if cells else []


def _joined(lines: list[str]) -> str:
    """Wrapped words on one line; a list in a cell keeps its lines."""
    text = ""
    for line in lines:
        begins = re.match(r"(?:[-*+•]|\d{1,3}[.)])\s|\|", line)
        text += ("\n" if begins else " ") + line if text and line else line
    return text


def simple(lines: list[str], at: int) -> tuple[list[TableRow], int] | None:
    """The rows of a table between lines of `=` that begins at this line, and the line after it."""
    if not _SIMPLE.match(lines[at]):
        return None
    borders = [at]
    for index in range(at + 1, len(lines)):
        if _SIMPLE.match(lines[index]):
            borders.append(index)
            if len(borders) == 3 or not "".join(lines[index + 1 : index + 2]).strip():
                break
        elif not lines[index].strip() and not "".join(lines[index + 1 : index + 2]).strip():
            break
    starts = [found.start() for found in re.finditer("=+", lines[at])]
    if len(borders) < 2 or len(starts) > MOST_COLUMNS:
        return None
    rows = _Rows()
    for index in range(at + 1, borders[-1]):
        if not lines[index].strip() or index in borders or _SPAN.match(lines[index]):
            continue
        cells, is_header = _simple_cells(lines[index], starts), len(borders) == 3 and index < borders[1]
        if rows.rows and not cells[0] and rows.rows[-1][3] == is_header:
            rows.go_on(cells, index)
        else:
            rows.add(cells, index, is_header=is_header)
    return rows.done(), borders[-1] + 1


class _Rows:
    """Rows while their lines are read."""

    def __init__(self) -> None:
        self.rows: list[tuple[list[list[str]], int, int, bool]] = []

    def add(self, cells: list[str], index: int, *, is_header: bool) -> None:
        """Another row."""
        self.rows.append(([[cell] for cell in cells], index, index, is_header))

    def go_on(self, cells: list[str], index: int) -> None:
        """Another line of the last row."""
        parts, first, _last, is_header = self.rows[-1]
        for part, cell in zip(parts, cells, strict=True):
            part.append(cell)
        self.rows[-1] = (parts, first, index, is_header)

    def done(self) -> list[TableRow]:
        """All rows, their cells on one line."""
        return [
            TableRow([" ".join(filter(None, part)) for part in parts], first, last, is_header)
            for parts, first, last, is_header in self.rows
        ]


def _simple_cells(line: str, starts: list[int]) -> list[str]:
    cells, begin = [], 0
    for at, start in enumerate([*starts[1:], len(line)]):
        reaches = at < len(starts) - 1 and line[max(0, start - 1) : start].strip() and line[start : start + 1].strip()
        cells.append("" if reaches else line[begin:start].strip())
        begin = begin if reaches else max(begin, start)
    return cells


def listed(lines: list[str], first: int, *, headers: int) -> list[TableRow]:
    """The rows of a table written as a list of lists; `first` is the number of its first line."""
    rows = _Rows()
    for index, line in enumerate(lines, first):
        text = line.strip()
        if found := re.match(r"[*-]\s+[*-](?:\s+|$)", text):
            rows.add([text[found.end() :]], index, is_header=len(rows.rows) < headers)
        elif rows.rows and text:
            cells = rows.rows[-1][0]
            if text[:2] in ("- ", "* ") or text in ("-", "*"):
                cells.append([text[2:]])
                text = ""
            rows.go_on([*[""] * (len(cells) - 1), text], index)
    return rows.done()
