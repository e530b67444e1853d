"""Jira's wiki markup, which old pages of Confluence are written in too."""

import re
from collections.abc import Iterator

from . import blocks, inline
from .blocks import Block

MOST_LINES_OF_A_ROW = 30
HEADING = re.compile(r"\s{0,3}h([1-6])\.\s+(.*)")
MACRO = re.compile(r"\{(code|noformat)(?::([^{}\n]{0,300}))?\}")
_LIST = re.compile(r"\s{0,10}([*#]{1,12}|-(?!-))[ \t]+(?=\S)")
_PANEL = re.compile(
    r"\{(?:panel|info|note|tip|warning|expand|quote|section|column|toc|anchor|excerpt)(?::([^{}\n]{0,300}))?\}"
)
_TITLE = re.compile(r"(?:^|\|)title=([^|]{1,200})")
_BOX = re.compile(r"(?:\((/|x|on|off|y|n|-|\+)\)|\[(x|X| ?)\])\s+(?=\S)")
_SIGNS = {
    "/": "✅", "x": "❌", "!": "⚠️", "?": "❓", "i": "ℹ️", "*": "⭐", "+": "➕", "-": "➖", "on": "💡",
    "y": "👍", "n": "👎",
}  # fmt: skip
_TICKED = frozenset({"/", "y", "on", "+"})
_INLINE = re.compile(
    r"(?P<code>\{\{(?P<body>(?:[^{}\n]|[{}](?![{}])){1,500})\}\})"
    r"|(?P<break>\\\\(?=\s|$|[^\W\d]))"
    r"|\\(?P<escaped>[*_\-+^~{}\[\]()|!?#\\])"
    r"|\{color(?::[^{}\n]{1,40})?\}|\{[*_]\}"
    r"|(?<!\w)\((?P<sign>/|x|!|\?|i|\*|\+|-|on|y|n)\)(?!\w)"
    r"|(?<![\w*])\*(?=[^\s*])(?P<strong>[^*\n]{1,500})(?<=\S)\*(?![\w*])"
    r"|(?<![\w_])_(?=[^\s_])(?P<em>[^_\n]{1,500})(?<=\S)_(?![\w_])"
    r"|(?<![\w-])-(?=[^\s-])(?P<del>[^-\n]{1,500})(?<=\S)-(?![\w-])"
    r"|\[(?P<words>[^\[\]|\n]{1,500})\|(?P<url>[^\[\]|\n]{1,2000})(?:\|[^\[\]|\n]{0,100})?\]"
    r"|\[(?P<address>(?:https?|mailto|file|ftp):[^\[\]|\s]{1,2000})\]"
    r"|\[~(?P<user>[^\[\]|\n]{1,100})\]"
    r"|!(?P<image>[^\s!|]{1,500}\.\w{2,5})(?:\|[^!\n]{0,200})?!"
)


def to_blocks(text: str) -> Iterator[Block]:
    """Block by block, as Jira would show it."""
    return _Page(text.split("\n")).blocks()


def words(text: str) -> str:
    """The marks inside a line as those of Markdown."""
    return inline.rendered(text, _INLINE, _rendered)


def _rendered(found: re.Match[str]) -> str:
    if found["code"]:
        return inline.code(found["body"])
    if found["break"]:
        return "\n"
    if found["escaped"]:
        return inline.sign(found["escaped"])
    if found["sign"]:
        return _SIGNS[found["sign"]]
    for name, mark in (("strong", "**"), ("em", "_"), ("del", "~~")):
        if found[name]:
            return inline.marked(words(found[name]), mark)
    if found["words"]:
        return inline.link(words(found["words"]), found["url"])
    if found["user"]:
        return f"@{inline.literal(found['user'])}"
    return found["address"] or inline.literal(found["image"] or "")


class _Page:
    """Walks the lines once."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0
        self.depth = 0  # of the text that belongs to the item above it
        self.endless: set[str] = set()  # macros known to have no end from here on

    def blocks(self) -> Iterator[Block]:
        """All blocks in order."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line.strip():
                self.depth = 0
                self.at += 1
                continue
            yield from self._next(line)

    def _next(self, line: str) -> Iterator[Block]:
        number = self.at + 1
        if (macro := MACRO.search(line)) and (end := self._end_of(macro)) is not None:
            yield from self._code(macro, end)
            return
        if line.lstrip().startswith("|"):
            yield self._row()
            return
        self.at += 1
        if heading := HEADING.match(line):
            self.depth = 0
            yield blocks.heading(int(heading[1]), words(heading[2]), number)
        elif re.fullmatch(r"\s*-{4,}\s*", line):
            yield Block(blocks.Shape.RULE, "", number)
        elif found := _LIST.match(line):
            self.depth = len(found[1])
            yield self._item(found[1], line[found.end() :], number)
        elif panels := _PANEL.findall(line):
            yield from self._panel(panels, _PANEL.sub(" ", line).strip(), number)
        else:
            yield self._text(line, number)

    def _item(self, mark: str, text: str, number: int) -> Block:
        box, text = self._boxed(text)
        counted = blocks.COUNTED if mark[-1] == "#" and box is None else ""
        return blocks.item(words(text), number, depth=len(mark) - 1, box=box, number=counted)

    def _boxed(self, text: str) -> tuple[str | None, str]:
        found = _BOX.match(text)
        if not found:
            return None, text
        ticked = found[1] in _TICKED if found[1] else bool(found[2].strip())
        return "x" if ticked else " ", text[found.end() :]

    def _panel(self, panels: list[str], rest: str, number: int) -> Iterator[Block]:
        """The title of a panel, and what stands in its line."""
        for about in panels:
            if title := _TITLE.search(about):
                yield blocks.text(inline.marked(words(title[1].strip()), "**"), number)
        if rest:
            yield self._text(rest, number)

    def _text(self, line: str, number: int) -> Block:
        text = line.strip()
        text = text.removeprefix("bq. ")
        box, rest = self._boxed(text)
        if box is not None:
            self.depth = 1
            return blocks.item(words(rest), number, box=box)
        return blocks.text(words(text), number, depth=self.depth)

    def _end_of(self, macro: re.Match[str]) -> tuple[int, int] | None:
        """Line and position of the macro that closes this one."""
        closing = f"{{{macro[1]}}}"
        if closing in self.endless:
            return None
        at = self.lines[self.at].find(closing, macro.end())
        if at >= 0:
            return self.at, at
        for index in range(self.at + 1, len(self.lines)):
            if (at := self.lines[index].find(closing)) >= 0:
                return index, at
        self.endless.add(closing)
        return None

    def _code(self, macro: re.Match[str], end: tuple[int, int]) -> Iterator[Block]:
        """What stands before the macro, the code in it; the walk goes on with what stands behind it."""
        start, (last, at) = self.at, end
        line, closing = self.lines[start], len(macro[1]) + 2
        if before := line[: macro.start()].strip():
            found = _LIST.match(line)
            self.depth = len(found[1]) if found else self.depth
            text = line[found.end() : macro.start()] if found else before
            yield self._item(found[1], text, start + 1) if found else self._text(text, start + 1)
        body = [*self.lines[start : last + 1]]
        body[-1] = body[-1][:at]
        body[0] = body[0][macro.end() :]
        about = macro[2] or ""
        if title := _TITLE.search(about):
            yield blocks.text(inline.marked(words(title[1].strip()), "**"), start + 1, depth=self.depth)
        first = start + 1 + (not body[0].strip() and len(body) > 1)
        text = "\n".join(body).strip("\n").rstrip()
        if text.strip():
            yield blocks.code(text, first, last + 1, language=_language(about), depth=self.depth)
        self.at = last + 1
        if rest := self.lines[last][at + closing :].strip():
            yield self._text(rest, last + 1)

    def _row(self) -> Block:
        """A row of a table; it goes on until a line ends with a pipe."""
        start = self.at
        end = min(len(self.lines), start + MOST_LINES_OF_A_ROW)
        last = next((at for at in range(start, end) if not self.lines[at].strip() or _ends_row(self.lines[at])), start)
        if not self.lines[last].strip():
            last = start
        self.at = last + 1
        text = "\n".join(self.lines[start : last + 1]).strip()
        is_header = text.startswith("||")
        cells = _cells(text)
        return blocks.row([_cell(cell) for cell in cells], start + 1, last + 1, is_header=is_header)


def _ends_row(line: str) -> bool:
    return line.rstrip().endswith("|")


def _language(about: str) -> str:
    """The language a macro names: `bash`, or `language=bash` among others."""
    for part in about.split("|"):
        name, _, value = part.rpartition("=")
        if name in ("", "language") and re.fullmatch(r"[\w+#-]{1,20}", value):
            return value.lower()
    return ""


_CELL = re.compile(r"(?:\\.|\[[^\[\]\n]{0,500}\]|\{\{[^\n{}]{0,500}\}\}|![^\s!]{1,300}!|[^|])*+", re.DOTALL)


def _cells(text: str) -> list[str]:
    """The cells of a row; pipes in links and code are their own."""
    text = re.sub(r"\|{1,2}\s*$", "", text.lstrip("|"))
    found, at = [], 0
    while at <= len(text):
        cell = _CELL.match(text, at)
        found.append(text[at : cell.end()] if cell else "")
        at = (cell.end() if cell else at) + 1
        at += text[at : at + 1] == "|"
    return found


def _cell(text: str) -> str:
    lines = text.strip().split("\n")
    return "\n".join(
        f"• {words(line[found.end() :])}" if (found := _LIST.match(line)) else words(line.strip()) for line in lines
    )
