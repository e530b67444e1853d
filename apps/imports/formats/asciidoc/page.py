"""Walks the lines of a text in AsciiDoc once."""

import re
from collections.abc import Iterator

from apps.imports.formats import blocks, inline
from apps.imports.formats.blocks import Block

from . import tables
from .marks import words

_HEADING = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*?)(?:[ \t]+\1)?$")
_ITEM = re.compile(r"[ \t]*(\*{1,6}|-|\.{1,6}|\d{1,9}[.)]|[a-zA-Z]\.|<(?:\d{1,3}|\.)>)[ \t]+(?=\S)")
_BOX = re.compile(r"\[([ xX*])\][ \t]+(?=\S)")
_TERM = re.compile(r"[ \t]*(\S[^\n]{0,200}?)(:{2,4}|;;)(?:[ \t]+(\S.*))?$")
_ATTRIBUTE = re.compile(r":(!?[\w-]{1,60}!?):(?:[ \t]+(.*))?$")
_MACRO = re.compile(
    r"(image|video|audio|include|toc|ifdef|ifndef|ifeval|endif)::([^\[\]\s]{0,500})\[([^\[\]]{0,500})\]$"
)
_ADMONITION = re.compile(r"(NOTE|TIP|IMPORTANT|CAUTION|WARNING): +(\S.*)")
_STYLE = re.compile(r"\[([^\[\]]{0,300})\]$")
_VERBATIM = re.compile(r"(?:source|listing|literal)(?:[,%]|$)")
_ANCHOR = re.compile(r"\[\[[^\[\]]{1,200}\]\]$")
_DELIMITER = re.compile(r"(?:-{4,}|\.{4,}|\+{4,}|/{4,}|={4,}|\*{4,}|_{4,}|--|```[\w+#-]{0,20}|[|,:!]===)$")
_BEGINNINGS = (_ITEM, _DELIMITER, _STYLE, _TERM, _ATTRIBUTE)
_LOOKED_AHEAD = 60  # lines
_CODE, _COMMENT = "-.+`", "/"


class Page:
    """The lines, where the walk is, and `marks`: the list signs that are open, the outermost first."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0
        self.marks: list[str] = []
        self.attached = False  # the next block belongs to the item above, by `+` or without a blank line between
        self.style = ""  # what `[…]` above says of the next block
        self.attributes: dict[str, str] = {}
        self.unclosed: set[str] = set()  # delimiters known to have no end from here on

    def blocks(self) -> Iterator[Block]:
        """All blocks in order."""
        blanks = 0
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line:
                blanks += 1
                self.attached = self.attached and blanks < 1
                self.at += 1
                continue
            if blanks and not _ITEM.match(line):
                self.attached = False
            blanks = 0
            yield from self._next(line)

    def _words(self, text: str) -> str:
        return "\n".join(words(part, self.attributes) for part in re.split(r" \+\n", text))

    @property
    def _depth(self) -> int:
        """How many items the next block stands in; one that stands in none ends their lists."""
        if not self.attached:
            self.marks = []
        return len(self.marks)

    def _next(self, line: str) -> Iterator[Block]:
        number = self.at + 1
        if _DELIMITER.match(line):
            yield from self._delimited(line, number)
            return
        if _VERBATIM.match(self.style):
            yield self._verbatim(number)
            return
        self.at += 1
        if (heading := _HEADING.match(line)) and not self.attached:
            self.marks = []
            yield blocks.heading(len(heading[1]), self._words(heading[2]), number)
        elif line.startswith("//") or line == "<<<" or _ANCHOR.match(line):
            return
        elif line == "+":
            self.attached = bool(self.marks)
            yield from self._after_plus()
        elif attribute := _ATTRIBUTE.match(line):
            self.attributes[attribute[1].lower()] = attribute[2] or ""
        elif style := _STYLE.match(line):
            self.style = style[1]
        elif line in ("'''", "---", "***"):
            yield Block(blocks.Shape.RULE, "", number)
        elif macro := _MACRO.match(line):
            yield from self._macro(macro, number)
        else:
            yield from self._content(line, number)

    def _after_plus(self) -> Iterator[Block]:
        while self.at < len(self.lines) and not self.lines[self.at]:
            self.at += 1
        if self.at < len(self.lines) and self.lines[self.at] != "+":
            yield from self._next(self.lines[self.at])

    def _content(self, line: str, number: int) -> Iterator[Block]:
        if item := _ITEM.match(line):
            yield self._item(item, number)
        elif line.startswith(".") and line[1:2].strip(" .") and len(line) < 300:
            yield blocks.text(inline.marked(self._words(line[1:]), "**"), number, depth=self._depth)
        elif term := _TERM.match(line):
            self.attached = self.attached or self._number_follows()
            yield from self._term(term, number)
        elif line[0] in " \t" and not self.attached:
            yield self._indented(number)
        elif note := _ADMONITION.match(line):
            words_after = self._words(self._joined(note[2]))
            yield blocks.text(f"**{note[1].capitalize()}:** {words_after}", number, self.at, depth=self._depth)
        else:
            yield from self._paragraph(line, number)

    # Lists and paragraphs

    def _item(self, found: re.Match[str], number: int) -> Block:
        mark = re.sub(r"\w+", "1", found[1])
        if mark in self.marks:
            del self.marks[self.marks.index(mark) + 1 :]
        else:
            self.marks = [*self.marks[: blocks.DEEPEST], mark]
        self.attached = True
        text = self._joined(self.lines[number - 1][found.end() :])
        box = _BOX.match(text)
        state = None if not box else " " if box[1] == " " else "x"
        digits = re.match(r"\d+", found[1])
        counted = "" if mark[0] in "*-" or state else f"{digits[0]}." if digits else blocks.COUNTED
        text = self._words(text[box.end() :] if box else text)
        return blocks.item(text, number, self.at, depth=len(self.marks) - 1, box=state, number=counted)

    def _number_follows(self) -> bool:
        """True where the numbers that are open go on before the next heading: what stands between is of one of them."""
        for line in self.lines[self.at : self.at + _LOOKED_AHEAD] if self.marks else ():
            if _HEADING.match(line):
                return False
            if (item := _ITEM.match(line)) and item[1][0] not in "*-" and re.sub(r"\w+", "1", item[1]) == self.marks[0]:
                return True
        return False

    def _joined(self, text: str) -> str:
        """A text with the lines that it is wrapped onto; ` +` at an end keeps the line's end."""
        parts = [text]
        while self.at < len(self.lines) and (line := self.lines[self.at].strip()):
            if line == "+" or any(begins.match(line) for begins in _BEGINNINGS):
                break
            if not line.startswith("//"):
                parts.append("\n" + line if parts[-1].endswith(" +") else " " + line)
            self.at += 1
        return "".join(parts)

    def _term(self, term: re.Match[str], number: int) -> Iterator[Block]:
        """A term and what it means."""
        words_after = self._joined(term[3] or "").strip()
        text = inline.marked(self._words(term[1]), "**")
        yield blocks.text(f"{text} {self._words(words_after)}".strip(), number, self.at, depth=self._depth)

    def _paragraph(self, line: str, number: int) -> Iterator[Block]:
        style, self.style = self.style, ""
        text = self._words(self._joined(line.strip()))
        if style.split(",")[0] in ("NOTE", "TIP", "IMPORTANT", "CAUTION", "WARNING"):
            text = f"**{style.split(',')[0].capitalize()}:** {text}"
        yield blocks.text(text, number, self.at, depth=self._depth)

    def _verbatim(self, number: int) -> Block:
        """Lines of code below `[source]`, without delimiters: up to a blank line, or what goes on with the item."""
        style, self.style = self.style, ""
        while self.at < len(self.lines) and self.lines[self.at] not in ("", "+"):
            self.at += 1
        body = "\n".join(self.lines[number - 1 : self.at])
        return blocks.code(body, number, self.at, language=_language(style), depth=self._depth)

    def _indented(self, number: int) -> Block:
        """An indented paragraph is code."""
        while self.at < len(self.lines) and self.lines[self.at]:
            self.at += 1
        body = self.lines[number - 1 : self.at]
        shared = min(len(line) - len(line.lstrip()) for line in body)
        return blocks.code("\n".join(line[shared:] for line in body), number, self.at)

    def _macro(self, macro: re.Match[str], number: int) -> Iterator[Block]:
        name, target, words_after = macro.groups()
        if name == "include":
            yield blocks.text(inline.code(f"include::{target}[]"), number, depth=self._depth)
        elif name in ("image", "video", "audio") and words_after:
            yield blocks.text(self._words(words_after.split(",")[0].strip('"')), number, depth=self._depth)
        elif name.startswith("if") and words_after:
            yield blocks.text(self._words(words_after), number, depth=self._depth)

    # Blocks between delimiters

    def _delimited(self, line: str, number: int) -> Iterator[Block]:
        style, self.style = self.style, ""
        closing = "```" if line.startswith("```") else line
        sign = line[0]
        if line.endswith("==="[:3]) and sign in "|,:!" and len(line) == 4:
            yield from self._table(line, style, number)
            return
        is_body = (sign in _CODE and line != "--") or sign == _COMMENT
        end = self._end_of(closing, number) if is_body else None
        if end is None:  # what stands in it is read like the rest
            self.at = number
            return
        self.at = end + 1
        if sign != _COMMENT:
            language = line[3:] if sign == "`" else _language(style)
            body = "\n".join(self.lines[number:end])
            yield blocks.code(body, number + 1, end, language=language, depth=self._depth)

    def _end_of(self, closing: str, start: int) -> int | None:
        """The line that closes a block; None where none does."""
        if closing in self.unclosed:
            return None
        try:
            return self.lines.index(closing, start)
        except ValueError:
            self.unclosed.add(closing)
            return None

    def _table(self, line: str, style: str, number: int) -> Iterator[Block]:
        end = self._end_of(line, number)
        end = len(self.lines) if end is None else end
        self.at = end + 1
        for row in tables.rows(self.lines[number:end], style, sign=line[0]):
            cells = ["\n".join(self._words(part) for part in cell.split("\n")) for cell in row.cells]
            first, last = number + 1 + row.first, number + 1 + row.last
            yield blocks.row(cells, first, last, is_header=row.is_header, depth=self._depth)


def _language(style: str) -> str:
    """The language in `[source,bash]`."""
    parts = [part.strip() for part in style.split(",")]
    named = parts[1] if len(parts) > 1 and parts[0].partition("%")[0] in ("source", "") else ""
    return named.lower() if re.fullmatch(r"[\w+#-]{1,20}", named) else ""
