"""Lists as they leave a word processor: a bullet and a tab, levels told by the kind of bullet, tables with tabs.

Lines that stay next to each other stay so, since what is a heading shows by the blank lines around it.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from . import inline
from .delimited import MOST_COLUMNS
from .document import NOWHERE, Converted, LineRange

_SIGNS = "•·●○◦▪■□▫‣⁃–—➢➤❖✓✔\uf0b7\uf0a7\uf0d8\uf0fc\uf06f\uf0a8"
_ITEM = re.compile(rf"[ \t]*(?:([{_SIGNS}o§*+-])\t+|(\(?(?:\d{{1,9}}|[a-zA-Z]|[ivxIVX]{{1,6}})[.)])\t+)[ \t]*(?=\S)")
_BOX = re.compile(r"[ \t]*([☐☑☒□▢⬜❏❑\uf06f\uf0a8])[ \t\u00a0]*(?=\S)")
_BOX_AND_TAB = re.compile(r"[ \t]*[☐☑☒]\t")
_BOXES = "□▢❏❑\uf06f\uf0a8"


def is_list(text: str) -> bool:
    """True where at least two lines begin with a bullet, a number or a box and a tab, as Word copies them."""
    found = (line for line in text.split("\n") if _begins(line))
    return next(found, None) is not None and next(found, None) is not None


def is_only_list(text: str) -> bool:
    """True where every line begins so: the tabs are no table's."""
    return is_list(text) and all(_begins(line) for line in text.split("\n") if line.strip())


def _begins(line: str) -> bool:
    return bool(_ITEM.match(line) or _BOX_AND_TAB.match(line))


def to_markdown(text: str) -> Converted:
    """Line by line."""
    out: list[tuple[str, LineRange]] = []
    kinds: list[str] = []  # of the lists that are open, the outermost first
    numbered = enumerate(text.split("\n"), 1)
    for columns, group in groupby(numbered, key=lambda pair: _columns(pair[1])):
        lines = list(group)
        if columns > 1 and len(lines) > 1:
            out += _table(lines)
            continue
        for number, line in lines:
            out.append((_line(line, kinds), (number, number) if line.strip() else NOWHERE))
    return Converted("\n".join(line for line, _ in out), tuple(lines for _, lines in out))


def _columns(line: str) -> int:
    """How many cells a line has that is no list line."""
    if "\t" not in line.strip() or _ITEM.match(line) or _BOX.match(line):
        return 0
    return min(line.count("\t") + 1, MOST_COLUMNS + 1)


def _table(lines: list[tuple[int, str]]) -> Iterator[tuple[str, LineRange]]:
    for at, (number, line) in enumerate(lines):
        cells = [inline.literal(cell.strip()).replace("|", "\\|") for cell in line.split("\t")]
        yield f"| {' | '.join(cells)} |", (number, number)
        if not at:
            yield f"|{'---|' * len(cells)}", NOWHERE


def _line(line: str, kinds: list[str]) -> str:
    if found := _ITEM.match(line):
        text, mark = line[found.end() :].strip(), found[1] or found[2]
        kind = re.sub(r"\d+", "1", mark) if found[2] else mark
        kind = re.sub(r"[a-z]+", "a", kind) if found[2] else kind
        _enter(kind, kinds)
        indent = "    " * (len(kinds) - 1)
        box, text = inline.boxed(text)
        box = " " if box is None and mark in _BOXES else box
        digits = re.sub(r"\D", "", mark)
        sign = f"{digits}." if digits else "-"
        return f"{indent}{sign} " + (f"[{box}] {inline.literal(text)}" if box else inline.guarded(inline.literal(text)))
    if found := _BOX.match(line):
        kinds.clear()
        ticked = found[1] in "☑☒"
        return f"- [{'x' if ticked else ' '}] {inline.literal(line[found.end() :].strip())}"
    if line.strip():
        kinds.clear()
    return inline.guarded(inline.literal(" ".join(line.split()))) if line.strip() else ""


def _enter(kind: str, kinds: list[str]) -> None:
    """Go into the list with this kind of bullet: one that is open, or a new one inside the last."""
    if kind in kinds:
        del kinds[kinds.index(kind) + 1 :]
    elif len(kinds) < 6:
        kinds.append(kind)
