"""Steps that are numbered in ways Markdown does not know: `(1) …`, `1: …`, `1 - …`, `①`, `IV. …`."""

import re

from . import inline
from .document import NOWHERE, Converted

_CIRCLED = {sign: number for number, sign in enumerate("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳", 1)}
_STEP = re.compile(
    r"([ \t]*)(?:\((\d{1,3})\)|(\d{1,3})(?::|/|[ \t]?[-–—])(?=[ \t])|([①-⑳])|([IVXL]{1,7})[.)])[ \t]*(?=\S)"
)
_BOX = re.compile(r"^[ \t]*(?:\[[ xX]?\]|[☐☑☒□▢⬜])[ \t]*\S", re.MULTILINE)
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}


def is_steps(text: str) -> bool:
    """True where such numbers follow each other, from 1 to 2 at least, and no line has a mark that Markdown knows.

    Where boxes stand between them, the boxes are what is to be done.
    """
    if _BOX.search(text):
        return False
    last, found = 0, False
    for line in text.split("\n"):
        number = _number(_STEP.match(line))
        found = found or (number == 2 and last == 1)
        last = number or last
    return found


def _number(step: re.Match[str] | None) -> int:
    if step is None:
        return 0
    if step[4]:
        return _CIRCLED[step[4]]
    if step[5]:
        values = [_ROMAN[sign] for sign in step[5]]
        return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))
    return int(step[2] or step[3])


def to_markdown(text: str) -> Converted:
    """Line by line; lines between the steps stay where they are."""
    lines = text.split("\n")
    out = []
    for line in lines:
        step = _STEP.match(line)
        indent = step[1].expandtabs(4) if step else ""
        words = inline.guarded(inline.literal(line[step.end() :] if step else line.strip())) if line.strip() else ""
        out.append(f"{indent}{_number(step)}. {words}" if step else words)
    ranges = [(number, number) if line.strip() else NOWHERE for number, line in enumerate(lines, 1)]
    return Converted("\n".join(out), tuple(ranges))
