"""A checklist that stands in a fence, as a sample to copy: where a text has no other, that is the one it brings."""

from collections.abc import Sequence
from dataclasses import replace

from .document import LineType, ParsedDocument, SourceLine
from .style import CHECKBOX, FENCE

_TAGS = ("", "markdown", "md", "text", "txt", "plaintext")


def without_fences(source: Sequence[str]) -> list[str]:
    """The lines with a blank one for each fence around boxes; none at all where no fence holds two of them."""
    fences: list[int] = []
    opened, boxes = -1, 0
    for at, line in enumerate(source):
        text = line.strip()[:300]
        fence = FENCE.match(text) if text[:3] in ("```", "~~~") else None
        if fence is None:
            boxes += opened >= 0 and "[" in text[:12] and CHECKBOX.match(text) is not None
        elif opened < 0:
            opened, boxes = at, 0 if fence[2].strip().lower() in _TAGS else -len(source)
        else:
            fences += [opened, at] if boxes > 1 else []
            opened = -1
    if not fences:
        return []
    blank = set(fences)
    return ["" if at in blank else line for at, line in enumerate(source)]


def with_fences(document: ParsedDocument, source: Sequence[str]) -> ParsedDocument:
    """The document with the fences that it was read without: they only arrange the other lines."""
    typed = {line.line for line in document.lines}
    fences = [
        SourceLine(number, line, LineType.LAYOUT, number)
        for number, line in enumerate(source, 1) if line.strip() and number not in typed
    ]  # fmt: skip
    return replace(document, lines=tuple(sorted([*document.lines, *fences], key=lambda line: line.line)))
