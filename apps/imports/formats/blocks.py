"""From blocks to Markdown: what every format is read into, and the one place that writes it down."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from . import inline
from .document import NOWHERE, Converted, LineRange

COUNTED = "#."  # the number of an item that is numbered by its place
DEEPEST = 12  # levels of a list; what is deeper stands at the deepest


class Shape(StrEnum):
    """What a block is."""

    HEADING = "heading"
    ITEM = "item"
    TEXT = "text"
    CODE = "code"
    ROW = "row"
    RULE = "rule"
    MARKDOWN = "markdown"  # as it stands


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, item, paragraph, code block or row, with the lines of the original it stands on.

    text: Markdown, but the text of code is literal. level: of a heading 1 to 6. depth: of an item the lists around
    its own, of other blocks the lists they stand in. box: " " or "x". number: "1." of a numbered item, or COUNTED.
    cells: of a row.
    """

    shape: Shape
    text: str
    first: int
    last: int = 0
    level: int = 1
    depth: int = 0
    box: str | None = None
    number: str = ""
    language: str = ""
    cells: tuple[str, ...] = ()
    is_header: bool = False

    @property
    def lines(self) -> LineRange:
        """First and last line of the original."""
        return self.first, max(self.first, self.last)


def heading(level: int, text: str, first: int, last: int = 0) -> Block:
    """A heading of level 1 to 6."""
    return Block(Shape.HEADING, text, first, last, level=max(1, min(level, 6)))


def item(text: str, first: int, last: int = 0, *, depth: int = 0, box: str | None = None, number: str = "") -> Block:
    """A list line; a box that its words begin with becomes its own."""
    if box is None:
        box, text = inline.boxed(text)
    return Block(Shape.ITEM, text, first, last, depth=depth, box=box, number=number)


def text(words: str, first: int, last: int = 0, *, depth: int = 0) -> Block:
    """A paragraph, or one that belongs to the item before it."""
    return Block(Shape.TEXT, words, first, last, depth=depth)


def code(body: str, first: int, last: int = 0, *, language: str = "", depth: int = 0) -> Block:
    """Code as it stands."""
    return Block(Shape.CODE, body, first, last, language=language, depth=depth)


def row(cells: Iterable[str], first: int, last: int = 0, *, is_header: bool = False, depth: int = 0) -> Block:
    """A row of a table; rows that follow each other are one table."""
    return Block(Shape.ROW, "", first, last, cells=tuple(cells), is_header=is_header, depth=depth)


def to_markdown(blocks: Iterable[Block]) -> Converted:
    """All blocks as one text."""
    page = _Page()
    for block in _worded(blocks):
        page.add(block)
    return Converted("\n".join(page.out) + "\n" if page.out else "", tuple(page.lines))


def _worded(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks; an item that is a sign alone, `✓`, has the words of the paragraph in it."""
    sign: Block | None = None
    for block in blocks:
        if sign and block.shape is Shape.TEXT and block.depth > sign.depth:
            block = replace(sign, text=block.text, last=block.lines[1], box=sign.box or " ")
        elif sign:
            yield sign
        sign = block if block.shape is Shape.ITEM and not re.search(r"\w", block.text) else None
        if sign is None:
            yield block
    if sign:
        yield sign


class _Page:
    """The lines written so far, and the indents of the items that the next block may stand in."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.lines: list[LineRange] = []
        self.indents: list[int] = []
        self.counts: list[int] = []  # numbers of the last items, by depth
        self.before: Block | None = None

    def add(self, block: Block) -> None:
        """Write one block after the last."""
        if block.shape is Shape.HEADING and not block.text.strip():
            return
        block = replace(block, depth=min(block.depth, len(self.indents), DEEPEST))
        del self.indents[block.depth :]
        del self.counts[block.depth + (block.shape is Shape.ITEM) :]
        if self.before and not self._goes_on(self.before, block):
            self._write("", NOWHERE)
        indent = " " * (self.indents[-1] if self.indents else 0)
        getattr(self, f"_{block.shape.value}")(block, indent)
        self.before = block

    def _goes_on(self, before: Block, block: Block) -> bool:
        """True where no blank line stands between the last block and this one."""
        if block.shape is Shape.ITEM:
            return before.shape is Shape.ITEM or (before.shape in (Shape.TEXT, Shape.CODE) and before.depth > 0)
        if block.shape is Shape.ROW:
            return before.shape is Shape.ROW and not block.is_header and before.depth == block.depth
        return block.shape is Shape.CODE and block.depth > 0 and before.shape is Shape.ITEM

    def _write(self, line: str, lines: LineRange) -> None:
        self.out.append(line.rstrip())
        self.lines.append(lines)

    def _heading(self, block: Block, indent: str) -> None:
        words = " ".join(block.text.split())
        closing = re.search(r"(?:^|\s)(#+)$", words)
        words = f"{words[: closing.start(1)]}\\{closing[1]}" if closing else words
        words = f"{words[:-1]}&#125;" if words.endswith("}") else words  # `{#name}` would be an attribute
        self._write(f"{'#' * block.level} {words}", block.lines)

    def _item(self, block: Block, indent: str) -> None:
        first, *others = [line.strip() for line in block.text.split("\n")]
        mark = f"{self._number(block)} " if block.number else "- "
        self.indents.append(len(indent) + len(mark))
        words = f"[{block.box}] {first}" if block.box is not None else inline.guarded(first)
        self._write(f"{indent}{mark}{words}", block.lines)
        inner = " " * self.indents[-1]
        for line in others:
            if line:
                self._write("", NOWHERE)
                self._write(inner + inline.guarded(line), block.lines)

    def _number(self, block: Block) -> str:
        self.counts += [0] * (block.depth + 1 - len(self.counts))
        before = self.counts[block.depth]
        self.counts[block.depth] = before + 1 if block.number == COUNTED else int(block.number.rstrip(".)"))
        return f"{self.counts[block.depth]}."

    def _text(self, block: Block, indent: str) -> None:
        lines = [line.strip() for line in block.text.split("\n") if line.strip()]
        for at, line in enumerate(lines):
            if at:
                self._write("", NOWHERE)
            self._write(indent + inline.guarded(line), block.lines)

    def _code(self, block: Block, indent: str) -> None:
        body = block.text.split("\n")
        runs = [len(run) for run in re.findall("`{3,}", block.text)]
        fence = "`" * max(3, max(runs, default=0) + 1)
        self._write(f"{indent}{fence}{block.language}", block.lines)
        for at, line in enumerate(body, block.first):
            self._write(indent + line if line.strip() else "", (min(at, block.lines[1]),) * 2)
        self._write(f"{indent}{fence}", block.lines)

    def _row(self, block: Block, indent: str) -> None:
        cells = [_cell(cell) for cell in block.cells]
        self._write(f"{indent}| {' | '.join(cells)} |", block.lines)
        if block.is_header:
            self._write(f"{indent}|{'---|' * len(cells)}", block.lines)

    def _markdown(self, block: Block, indent: str) -> None:
        for at, line in enumerate(block.text.split("\n"), block.first):
            self._write(indent + line if line.strip() else "", (min(at, block.lines[1]),) * 2)

    def _rule(self, block: Block, indent: str) -> None:
        self._write("---", block.lines)


def _cell(markdown: str) -> str:
    """A cell on one line, its pipes escaped; a tick that is text is no longer one, whoever looks for code first."""
    lines = [" ".join(line.split()) for line in markdown.split("\n")]
    return "<br>".join(line for line in lines if line).replace("\\`", "&#96;").replace("|", "\\|")
