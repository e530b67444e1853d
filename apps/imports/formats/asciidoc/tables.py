"""Tables of AsciiDoc: cells begin with a pipe, in any number to a line."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from apps.imports.formats import delimited

_CELL = re.compile(r"(?:(?<=\s)|^)(?:\d{0,3}(?:\.\d{1,3})?[+*])?[<^>]?(?:\.[<^>])?[adehlmsv]?\|")
MOST_COLUMNS = 200


class TableRow(NamedTuple):
    """The cells of a row, and the first and last of its lines, counted from 0 inside the table."""

    cells: list[str]
    first: int
    last: int
    is_header: bool = False


def rows(lines: list[str], style: str, *, sign: str) -> Iterator[TableRow]:
    """The rows of a table, its lines without the delimiters; `style` is what stands in `[…]` above it."""
    headed = bool(re.search(r"%(?:[\w%]*%)?header|options=[\"']?[\w,]*header", style))
    if sign in ",:" or "format=csv" in style:
        for at, record in enumerate(delimited.records("\n".join(lines), ":" if sign == ":" else ",")):
            words = [cell.strip() for cell in record.cells]
            if any(words):
                yield TableRow(words, record.first - 1, record.last - 1, headed and not at)
        return
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    headed = headed or (len(lines) > first + 1 and not lines[first + 1].strip() and first == 0)
    cells = _cells(lines)
    columns = _columns(style) or sum(1 for _text, begin, _end in cells if cells[0][1] == begin) if cells else 0
    columns = max(1, min(columns, MOST_COLUMNS))
    for start in range(0, len(cells), columns):
        part = cells[start : start + columns]
        yield TableRow([text for text, _, _ in part], part[0][1], part[-1][2], headed and not start)


def _cells(lines: list[str]) -> list[tuple[str, int, int]]:
    """(text, first line, last line) of every cell."""
    found: list[tuple[list[str], int, int]] = []
    for at, line in enumerate(lines):
        before, *parts = _split(line)
        if before.strip() and found:  # goes on with the cell above
            found[-1][0].append(before.strip())
            found[-1] = (*found[-1][:2], at)
        elif before.strip():
            found.append(([before.strip()], at, at))
        found += [([part.strip()], at, at) for part in parts]
    return [("\n".join(parts).strip(), first, last) for parts, first, last in found]


def _split(line: str) -> list[str]:
    """What stands before the first pipe, and the cells after it; an escaped pipe is text."""
    parts, last = [], 0
    for pipe in re.finditer(r"(?<!\\)\|", line):
        begin = pipe.start()
        while begin > last and line[begin - 1] in "adehlmsv.+*<^>0123456789":
            begin -= 1
        begin = (
            begin
            if _CELL.fullmatch(line, begin, pipe.end()) and not line[last:begin].strip()[-1:].isalnum()
            else pipe.start()
        )
        parts.append(line[last:begin].replace("\\|", "|"))
        last = pipe.end()
    return [*parts, line[last:].replace("\\|", "|")]


def _columns(style: str) -> int:
    """How many columns `cols="1,2*"` says."""
    found = re.search(r"cols=(?:\"([^\"]{1,200})\"|'([^']{1,200})'|([\w*]{1,20}))", style)
    if not found:
        return 0
    value = found[1] or found[2] or found[3]
    times = [re.match(r"\s*(\d{1,3})\*", part) for part in re.split("[,;]", value)]
    return sum(int(each[1]) if each else 1 for each in times)
