"""A table while its cells are read: cells hold blocks, and rows become one line each."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from . import blocks, inline
from .blocks import Block, Shape


@dataclass(slots=True)
class TableCell:
    """What stands in a cell; `rows` is how many rows it reaches over."""

    line: int
    is_header: bool = False
    rows: int = 1
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """The rows so far, and what the table interrupts: the blocks outside, and the lists that were open."""

    outside: list[Block]
    lists: list[tuple[str, int]]
    rows: list[list[TableCell]] = field(default_factory=list)

    def open_row(self) -> list[Block]:
        """Another row; words outside of cells stand before the table."""
        self.rows.append([])
        return self.outside

    def open_cell(self, line: int, *, is_header: bool, rows: int) -> list[Block]:
        """Another cell in the last row, and where its blocks go."""
        if not self.rows:
            self.rows.append([])
        self.rows[-1].append(TableCell(line, is_header, rows))
        return self.rows[-1][-1].blocks

    def close_cell(self) -> list[Block]:
        """Where blocks between cells go."""
        return self.outside

    def to_blocks(self, *, depth: int) -> Iterator[Block]:
        """Rows; of a table that only puts things in their place, what stands in it."""
        rows = [cells for cells in self.rows if any(cell.blocks for cell in cells)]
        if max((len(cells) for cells in rows), default=0) < 2 or any(
            _is_page(cell) for cells in rows for cell in cells
        ):
            for cells in rows:
                for cell in cells:
                    yield from cell.blocks
            return
        reaching: dict[int, int] = {}  # column -> rows that a cell above still reaches over
        for at, cells in enumerate(rows):
            words = _placed(cells, reaching)
            first, last = cells[0].line, max(block.lines[1] for cell in cells for block in cell.blocks)
            is_header = not at and all(cell.is_header for cell in cells)
            yield blocks.row(words, first, last, is_header=is_header, depth=depth)


def _is_page(cell: TableCell) -> bool:
    """True for a cell with a table of its own, or with a heading and what stands under it."""
    shapes = {block.shape for block in cell.blocks}
    return Shape.ROW in shapes or (Shape.HEADING in shapes and len(cell.blocks) > 1)


def _placed(cells: list[TableCell], reaching: dict[int, int]) -> list[str]:
    """The words of a row, each in its column: where a cell above reaches down it is empty."""
    words: list[str] = []
    for cell in cells:
        while reaching.get(len(words), 0):
            reaching[len(words)] -= 1
            words.append("")
        if cell.rows > 1:
            reaching[len(words)] = cell.rows - 1
        words.append(_words(cell))
    for column in [column for column, rows in reaching.items() if rows and column >= len(words)]:
        reaching[column] -= 1
    return words


def _words(cell: TableCell) -> str:
    """All blocks of a cell as lines of one text."""
    found = []
    for block in cell.blocks:
        if block.shape is Shape.CODE:
            found += [inline.code(line) for line in block.text.split("\n") if line.strip()]
        elif block.shape is Shape.ITEM:
            sign = f"[{block.box}] " if block.box is not None else "• " if len(cell.blocks) > 1 else ""
            found.append(f"{sign}{block.text}")
        elif block.shape is not Shape.RULE:
            found.append(block.text)
    return "\n".join(found)
