"""The source of an import as it came, line by line, with what each became; what is all clear folds."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from django.core.paginator import Page, Paginator

from apps.checklists.markdown.document import LineType, ParsedDocument, ParsedItem, SourceLine, Suggestion
from apps.core.wording import plural
from apps.imports.rules import Finding

BLOCKS_PER_PAGE = 150
MOST_LINES = 12  # of a block, before the rest folds
MOST_UNFOLDED = 40  # blocks of a text that is short enough to show what is all clear as well
LINE_TYPES = (
    (LineType.SECTION, "Section", "Sections"),
    (LineType.ITEM, "Item", "Items"),
    (LineType.GUIDANCE, "Guidance", "Guidance"),
    (LineType.COMMAND, "Command", "Commands"),
    (LineType.CODE, "Code", "Code"),
    (LineType.FILL_IN, "Fill-in", "Fill-ins"),
    (LineType.LINK, "Link", "Links"),
    (LineType.SIGN_OFF, "Sign-off field", "Sign-off fields"),
    (LineType.TITLE, "Template name", "Names"),
    (LineType.LAYOUT, "Layout", "Layout"),
    (LineType.FRONT_MATTER, "Front matter", "Front matter"),
    (LineType.NOT_UNDERSTOOD, "Not understood", "Not understood"),
    (LineType.LEFT_OUT, "Leave out", "Left out"),
)
WORDS = {line_type: label.lower() for line_type, label, _many in LINE_TYPES} | {LineType.LEFT_OUT: "left out"}
OPEN, NEEDS, ALL = "open", "needs", "all"  # filters besides those of types: what is open, what needs somebody, all


@dataclass(frozen=True)
class ShownLine:
    """A line as the source shows it: its class, what needs somebody about it, and what is only worth knowing."""

    number: int
    text: str
    css: str
    is_first: bool
    why: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Block:
    """Lines of the source that became one thing. item: what they belong to; number: of that in its template."""

    lines: tuple[SourceLine, ...]
    item: ParsedItem | None
    number: int
    findings: tuple[Finding, ...]  # the open ones
    notes: tuple[Suggestion, ...]

    @property
    def first(self) -> SourceLine:
        """The line that says for all of them what they become."""
        return self.lines[0]

    @property
    def line(self) -> int:
        """The number of its first line."""
        return self.first.line

    @property
    def is_item(self) -> bool:
        """Whether an item begins here."""
        return self.item is not None and self.item.line == self.line

    @property
    def is_heading(self) -> bool:
        """Whether a section or a template begins here."""
        return self.first.line_type in (LineType.SECTION, LineType.TITLE)

    @property
    def word(self) -> str:
        """What it became: "item 3", "command of 3", "section"."""
        word = WORDS[self.first.line_type]
        return word if not self.number else f"{word} {self.number}" if self.is_item else f"{word} of {self.number}"

    @property
    def also(self) -> tuple[str, ...]:
        """What else its first line holds, in words."""
        return tuple(word.replace("_", "-") for word in self.first.also)

    @property
    def shown(self) -> list[ShownLine]:
        """Its lines; of a long block the first."""
        return [self._shown(line) for line in self.lines[:MOST_LINES]]

    @property
    def folded(self) -> list[ShownLine]:
        """The rest of a long block."""
        return [self._shown(line) for line in self.lines[MOST_LINES:]]

    def _shown(self, line: SourceLine) -> ShownLine:
        why = tuple(one.text for one in self.findings if one.line == line.line and one.needs_somebody)
        notes = tuple(one.text for one in self.notes if one.line == line.line)
        css = "half" if why else "heads-up" if self.is_heading else ""
        return ShownLine(line.line, line.text, css, line is self.first, why, notes)

    def count(self, show: str) -> int:
        """How many of its lines a filter is about; 0 hides it."""
        if show in (OPEN, NEEDS):
            return len({one.line for one in self.findings if show == OPEN or one.needs_somebody})
        return sum(1 for line in self.lines if show == ALL or line.line_type == show or show in line.also)


@dataclass(frozen=True)
class Fold:
    """Lines that are folded, from the first to the last."""

    first: int
    last: int
    items: int
    is_clear: bool

    @property
    def words(self) -> str:
        """What is folded: "Lines 1 to 242, all clear: 35 items"."""
        lines = f"Lines {self.first} to {self.last}" if self.last > self.first else f"Line {self.first}"
        items = plural(self.items, "item") if self.items else ""
        return f"{lines}{', all clear' if self.is_clear else ''}{': ' if items else ''}{items}"


def blocks_of(document: ParsedDocument, findings: Iterable[Finding]) -> list[Block]:
    """The source in blocks; findings: those that are open."""
    items = {item.line: item for template in document.templates for item in template.items}
    asked, notes = _by_line(findings), _by_line(one for one in document.suggestions if one.is_note)
    current: dict[int, ParsedItem] = {}  # by number; the next template counts anew
    found = []
    for _block, group in groupby(document.lines, lambda line: line.block):
        lines = tuple(group)
        first = lines[0]
        if first.line in items:
            current[first.item] = items[first.line]
        own = tuple(one for line in lines for one in asked.get(line.line, ()))
        beside = tuple(one for line in lines for one in notes.get(line.line, ()) if not _is_asked(one, own))
        found.append(Block(lines, current.get(first.item), first.item, own, beside))
    return found


def _by_line(findings: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for one in findings:
        found.setdefault(one.line, []).append(one)
    return found


def _is_asked(note: Suggestion, findings: Iterable[Finding]) -> bool:
    """Whether a finding asks for what a note only says."""
    return any(one.line == note.line and one.kind in (note.kind, "list") for one in findings)


class Source:
    """The blocks that a filter shows, in pages.

    at: a line that has to be among them, 0 for none. base: the address of the preview.
    """

    def __init__(self, blocks: Sequence[Block], base: str, *, show: str, page: str, at: int) -> None:
        self.blocks, self.base = blocks, base
        show = show or (OPEN if len(blocks) > MOST_UNFOLDED else ALL)
        self.show = show if any(block.count(show) for block in blocks) else ALL
        shown = self._filtered()
        if at and not any(_holds(block, at) for block in shown):
            self.show, shown = ALL, list(blocks)
        self.pages = Paginator(shown, BLOCKS_PER_PAGE)
        before = bisect_right(shown, at, key=lambda block: block.line) if at else 0
        self.page: Page[Block] = self.pages.get_page((before - 1) // BLOCKS_PER_PAGE + 1 if before else page or 1)

    @cached_property
    def on_page(self) -> set[int]:
        """The first lines of the blocks on this page."""
        return {block.line for block in self.page}

    @cached_property
    def reach(self) -> list[Block]:
        """All blocks that this page is about: those it shows, and those it folds before, between and behind them."""
        number, last = self.page.number, self.pages.num_pages
        begin = self.page[0].line if number > 1 else 0
        end = self.pages.page(number + 1)[0].line if number < last else float("inf")
        return [block for block in self.blocks if begin <= block.line < end]

    @property
    def entries(self) -> list[Block | Fold]:
        """Blocks in order, and between them what is folded."""
        if self.show not in (OPEN, NEEDS):
            return list(self.page)
        found: list[Block | Fold] = []
        for is_shown, group in groupby(self.reach, lambda block: block.line in self.on_page):
            own = list(group)
            found += own if is_shown else [_fold(own)]
        return found

    @property
    def chips(self) -> list[dict[str, Any]]:
        """Filters: how many lines each shows, and whether it is on; those of nothing are left out."""
        types = ((many, str(line_type)) for line_type, _label, many in LINE_TYPES)
        counted = [("To check", OPEN), ("Needs you", NEEDS), ("All", ALL), *types]
        chips = [
            {"label": label, "show": name, "count": sum(block.count(name) for block in self.blocks)}
            for label, name in counted
        ]
        return [chip | {"current": chip["show"] == self.show} for chip in chips if chip["count"] or chip["show"] == ALL]

    def url(self, line: int) -> str:
        """Where a line stands: on this page, or on that of all lines."""
        at = bisect_right(self.blocks, line, key=lambda block: block.line) - 1
        return f"{'' if self.blocks[at].line in self.on_page else f'{self.base}?show=all&line={line}'}#L{line}"

    def _filtered(self) -> list[Block]:
        shown = [block for block in self.blocks if block.count(self.show)]
        if self.show not in (OPEN, NEEDS):
            return shown
        lines = {block.line for block in shown} | {block.item.line for block in shown if block.item}
        heading = 0
        for block in self.blocks:
            heading = block.line if block.is_heading else heading
            if block.line in lines:
                lines.add(heading)
        return [block for block in self.blocks if block.line in lines]


def _holds(block: Block, line: int) -> bool:
    return block.line <= line <= block.lines[-1].line


def _fold(blocks: Sequence[Block]) -> Fold:
    items = sum(1 for block in blocks if block.is_item)
    return Fold(blocks[0].line, blocks[-1].lines[-1].line, items, is_clear=not any(block.findings for block in blocks))
