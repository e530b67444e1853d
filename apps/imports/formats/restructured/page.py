"""Walks the lines of a text in reStructuredText once."""

import re
from collections.abc import Callable, Iterable, Iterator

from apps.imports.formats import blocks, delimited, inline
from apps.imports.formats.blocks import Block

from . import tables
from .marks import Names, words

_SIGNS = r"[!-/:-@\[-`{-~]"
_LINE = re.compile(rf"({_SIGNS})\1{{2,}}$")
_DIRECTIVE = re.compile(r"\.\.[ \t]+([A-Za-z][\w:.+-]{0,60})::(?:[ \t]+(.*))?$")
_BULLETS = "-*+•‣⁃"
_ITEM = re.compile(rf"([{_BULLETS}]|\(?(?:\d{{1,9}}|#|[A-Za-z]|[ivxlcIVXLC]{{1,8}})[.)])[ \t]+(?=\S)")
_FIELD = re.compile(r":((?![:\s])[^:\n`]{1,60}):(?:[ \t]+(.*))?$")
_OPTION = re.compile(r":([\w-]{1,40}):(?:[ \t]+(.*))?$")
_ANONYMOUS = re.compile(r"__[ \t]+\S+$")
_NOTE = re.compile(r"\.\.[ \t]+(\[(?:#[\w.-]{0,40}|[\w.-]{1,40}|\*)\])[ \t]+(.*)")
_CODE = {
    "code": "", "code-block": "", "sourcecode": "", "parsed-literal": "", "prompt": "bash", "console": "console",
    "raw": "", "math": "latex", "doctest": "python", "testcode": "python", "mermaid": "mermaid", "graphviz": "dot",
    "productionlist": "",
}  # fmt: skip
_ADMONITIONS = frozenset({
    "attention", "caution", "danger", "error", "hint", "important", "note", "tip", "warning", "seealso", "todo",
    "deprecated", "versionadded", "versionchanged",
})  # fmt: skip
_UNSEEN = frozenset({
    "contents", "index", "meta", "sectnum", "highlight", "default-role", "currentmodule", "module", "class", "role",
    "toctree", "only", "ifconfig", "container", "image", "figure", "tabs", "tab-set", "grid", "table",
})  # fmt: skip
_ELSEWHERE = frozenset({"include", "literalinclude"})
_SEEN_OPTIONS = frozenset({"caption", "alt", "title"})
_DEEPEST_COLUMN = 80
MOST_FENCED = 500  # lines of code between two fences


def indent_of(line: str) -> int:
    """Columns of white space before the first word."""
    return len(line) - len(line.lstrip())


class Page:
    """The lines, where the walk is, and `inside`: the columns at which the text of the open items begins."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0
        self.inside: list[int] = []
        self.levels: list[str] = []  # sign of each level's underline, doubled where there is a line above as well
        self.names = Names.of(lines)

    def blocks(self) -> Iterator[Block]:
        """All blocks in order."""
        while self.at < len(self.lines):
            if self.lines[self.at]:
                yield from self._next()
            else:
                self.at += 1

    def _line(self, at: int) -> str:
        return self.lines[at] if at < len(self.lines) else ""

    def _words(self, text: str) -> str:
        return words(text, self.names)

    def _depth(self, indent: int) -> int:
        """How many items a line with this indent stands in."""
        while self.inside and self.inside[-1] > indent:
            self.inside.pop()
        return len(self.inside)

    def _next(self) -> Iterator[Block]:
        line = self.lines[self.at]
        text, indent = line.lstrip(), indent_of(line)
        if title := self._title():
            yield title
        elif text.startswith("```") and (fenced := self._fenced(text, indent)):
            yield fenced
        elif table := tables.grid(self.lines, self.at) or tables.simple(self.lines, self.at):
            yield from self._rows(table[0], self._depth(indent))
            self.at = table[1]
        elif _LINE.match(text):
            self.at += 1
            yield Block(blocks.Shape.RULE, "", self.at)
        elif text.startswith(".. ") or text == ".." or _ANONYMOUS.match(text):
            yield from self._explicit(text, indent)
        elif text == "::":
            self.at += 1
            yield from self._literal(indent, self._depth(indent))
        elif text.startswith(">>> "):
            yield self._doctest(self._depth(indent))
        elif found := _ITEM.match(text):
            yield from self._item(found, text, indent)
        elif found := _FIELD.match(text):
            yield from self._field(found, indent)
        else:
            yield from self._paragraph(text.removeprefix("| "), indent)

    def _rows(self, rows: Iterable[tables.TableRow], depth: int) -> Iterator[Block]:
        for row in rows:
            cells = ["\n".join(self._words(line) for line in cell.split("\n")) for cell in row.cells]
            yield blocks.row(cells, row.first + 1, row.last + 1, is_header=row.is_header, depth=depth)

    # Sections

    def _title(self) -> Block | None:
        """A line with signs under it, and perhaps over it."""
        first, over = self.at, bool(_LINE.match(self.lines[self.at]))
        title, under = self._line(first + over), self._line(first + over + 1)
        if not title or len(title) > 400 or not _LINE.match(under) or _LINE.match(title):
            return None
        if (under[0] != self.lines[first][0] or title.startswith("..")) if over else not _underlines(under, title):
            return None
        style = under[0] * (2 if over else 1)
        if style not in self.levels:
            self.levels.append(style)
        self.at, self.inside = first + over + 2, []
        return blocks.heading(self.levels.index(style) + 1, self._words(title.strip()), first + 1, self.at)

    # Lists and paragraphs

    def _fenced(self, text: str, indent: int) -> Block | None:
        """Code between the fences of Markdown, which people write here too; None where no fence ends it."""
        start = self.at
        tag = text.strip("`").strip()
        following = range(start + 1, min(len(self.lines), start + MOST_FENCED))
        end = next((at for at in following if self.lines[at].strip() == "```"), 0)
        if not end or not re.fullmatch(r"[\w+#-]{0,20}", tag):
            return None
        self.at = end + 1
        body = self.lines[start + 1 : end]
        shared = min((indent_of(line) for line in body if line), default=0)
        shown = "\n".join(line[shared:] for line in body)
        return blocks.code(shown, start + 1, end + 1, language=tag.lower(), depth=self._depth(indent))

    def _item(self, found: re.Match[str], text: str, indent: int) -> Iterator[Block]:
        depth, start, content = self._depth(indent), self.at, indent + found.end()
        self.inside.append(content)
        text = text[found.end() :]
        if _ITEM.match(text) and content < _DEEPEST_COLUMN:  # `* - a`: a list in a list
            self.lines[start] = " " * content + text
            return
        self.at += 1
        text = self._joined(text, lambda line: indent_of(line) > indent)
        box, shown = inline.boxed(text.removesuffix("::") + ":" * text.endswith("::"))
        number = "" if found[1] in _BULLETS or box is not None else _number(found[1])
        yield blocks.item(self._words(shown), start + 1, self.at, depth=depth, box=box, number=number)
        if text.endswith("::"):
            yield from self._literal(content, depth + 1)

    def _paragraph(self, text: str, indent: int) -> Iterator[Block]:
        start, depth = self.at, self._depth(indent)
        self.at += 1
        is_verse = self.lines[start].lstrip().startswith("| ")
        text = text if is_verse else self._joined(text, lambda line: indent_of(line) == indent)
        shown = text.removesuffix("::").rstrip() + ":" * (text.endswith("::") and text[-3:-2] not in ("", " "))
        yield blocks.text(self._words(shown), start + 1, self.at, depth=depth)
        if text.endswith("::"):
            yield from self._literal(indent, depth)

    def _joined(self, text: str, goes_on: Callable[[str], bool]) -> str:
        """A text with the lines that it is wrapped onto."""
        parts = [text]
        while (line := self._line(self.at)) and goes_on(line):
            shown = line.lstrip()
            if shown.startswith((".. ", "| ", ":: ")) or (shown[0] in _BULLETS and _ITEM.match(shown)):
                break
            parts.append(shown)
            self.at += 1
        return " ".join(parts)

    def _field(self, found: re.Match[str], indent: int) -> Iterator[Block]:
        start, depth = self.at, self._depth(indent)
        self.at += 1
        text = self._joined(found[2] or "", lambda line: indent_of(line) > indent).strip()
        if text:
            yield blocks.text(f"**{inline.literal(found[1])}:** {self._words(text)}", start + 1, self.at, depth=depth)

    # Code

    def _body(self, indent: int) -> tuple[int, int]:
        """First and last line of what is indented deeper than this and follows here, without blank lines around it."""
        start, end = self.at, self.at
        while end < len(self.lines) and (not self.lines[end] or indent_of(self.lines[end]) > indent):
            end += 1
        self.at = end
        while start < end and not self.lines[start]:
            start += 1
        while end > start and not self.lines[end - 1]:
            end -= 1
        return start, end

    def _literal(self, indent: int, depth: int, language: str = "") -> Iterator[Block]:
        start, end = self._body(indent)
        if start == end:
            return
        shared = min(indent_of(line) for line in self.lines[start:end] if line)
        body = "\n".join(line[shared:] for line in self.lines[start:end])
        yield blocks.code(body, start + 1, end, language=language, depth=depth)

    def _doctest(self, depth: int) -> Block:
        start = self.at
        while self._line(self.at):
            self.at += 1
        body = "\n".join(line.strip() for line in self.lines[start : self.at])
        return blocks.code(body, start + 1, self.at, language="python", depth=depth)

    # What begins with two dots

    def _explicit(self, text: str, indent: int) -> Iterator[Block]:
        start = self.at
        self.at += 1
        if directive := _DIRECTIVE.match(text):
            yield from self._directive(directive[1].lower(), (directive[2] or "").strip(), indent)
        elif note := _NOTE.match(text):
            shown = self._joined(note[2], lambda line: indent_of(line) > indent)
            yield blocks.text(f"{inline.literal(note[1])} {self._words(shown)}", start + 1, self.at)
        else:  # a comment, a target, or words that stand for others
            self._body(indent)

    def _options(self, indent: int) -> dict[str, str]:
        found = {}
        while indent_of(self._line(self.at)) > indent and (option := _OPTION.match(self._line(self.at).lstrip())):
            found[option[1].lower()] = (option[2] or "").strip()
            self.at += 1
        return found

    def _directive(self, name: str, argument: str, indent: int) -> Iterator[Block]:
        start, depth = self.at, self._depth(indent)
        if name in _ADMONITIONS:
            shown = self._joined(argument, lambda line: indent_of(line) > indent and not _OPTION.match(line.lstrip()))
            yield blocks.text(f"**{name.capitalize()}:** {self._words(shown)}", start, self.at, depth=depth)
            self._options(indent)
            return
        options = self._options(indent)
        for option in _SEEN_OPTIONS & options.keys():
            yield blocks.text(self._words(options[option]), start, depth=depth)
        if name in _ELSEWHERE:
            yield blocks.text(inline.code(f"{name}:: {argument}"), start, depth=depth)
        elif name in _CODE:
            language = re.sub(r"[^\w+#-]", "", argument)[:20].lower() if name != "math" else ""
            yield from self._literal(indent, depth, language or _CODE[name])
        else:
            if argument and name not in _UNSEEN:
                yield blocks.text(inline.marked(self._words(argument), "**"), start, depth=depth)
            yield from self._table(name, options, indent, depth)

    def _table(self, name: str, options: dict[str, str], indent: int, depth: int) -> Iterator[Block]:
        """The rows of a table that is written as a list or as CSV; of others, what stands in them is read on."""
        if name not in ("list-table", "csv-table"):
            return
        headers = int(options["header-rows"]) if options.get("header-rows", "").isdigit() else 0
        first, end = self._body(indent)
        if name == "list-table":
            yield from self._rows(tables.listed(self.lines[first:end], first, headers=headers), depth)
            return
        header = options.get("header", "")
        if header:
            yield from self._rows(
                [tables.TableRow(next(delimited.records(header, ",")).cells, first - 1, first - 1, True)], depth
            )
        body = "\n".join(line.strip() for line in self.lines[first:end])
        for at, record in enumerate(delimited.records(body, ",")):
            cells = [cell.strip() for cell in record.cells]
            row = tables.TableRow(cells, first + record.first - 1, first + record.last - 1, not header and at < headers)
            yield from self._rows([row], depth)


def _underlines(under: str, title: str) -> bool:
    """True for signs that make the line above a title, and no list line or indented text."""
    long_enough = len(under) >= min(len(title), 4)
    return not indent_of(title) and long_enough and not (_ITEM.match(title) and len(under) < len(title))


def _number(mark: str) -> str:
    digits = re.sub(r"\D", "", mark)
    return f"{digits}." if digits else blocks.COUNTED
