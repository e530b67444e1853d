"""The lines of Keyturn's own Markdown: what each of them is, and how any text is written so that it stays a text.

docs/markdown.md describes it for people. A line that would be something else than the text it is gets a comment
`<!-- keyturn text -->`, which is taken off when it is read.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from . import attributes, blanks, inline
from .attributes import Attributes
from .style import SIGN_OFF

Kind = Literal["blank", "text", "heading", "box", "fence", "fill_in", "unread", "end"]

TEXT: Attributes = (("text", None),)
UNREAD: Attributes = (("unread", None),)
END: Attributes = (("end", None),)
_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)")
_BOX = re.compile(r"[-*+] \[[ xX]\][ \t]+(\S.*)")
_FILL_IN = re.compile(r"[-*+] (\S.*):[ \t]*_{3,}[ \t]*")
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*([^`]*)")
_CLOSING_HASHES = re.compile(r"[ \t]#+[ \t]*$")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKED = re.compile(r"[*`\[<]|(?<![^\W_])_|_(?![^\W_])")
_TO_ESCAPE = re.compile(r"[\\*`\[\]<]|(?<![^\W_])_|_(?![^\W_])|(?<=[ \t])#(?=#*$)")


@dataclass(frozen=True, slots=True)
class DialectLine:
    """One line: its kind, indent in columns, the text that counts, and what its comment says."""

    kind: Kind
    indent: int
    text: str
    attributes: Attributes = ()
    level: int = 0  # of a heading, from 1; of a fence, the length of its sign

    @property
    def is_marked(self) -> bool:
        """True where the line has a comment of attributes."""
        return bool(self.attributes)


def line_of(raw: str) -> DialectLine:
    """What a line is by itself, wherever it stands; a fence that never closes is a text all the same."""
    line, found = attributes.split(raw) if "keyturn" in raw else (raw, None)
    text = line.strip()
    indent = 0 if not text else indent_of(line)
    if found == TEXT:
        return DialectLine("text", indent_of(line) if text else 0, line, TEXT)
    if found in (UNREAD, END) and not text:
        return DialectLine("unread" if found == UNREAD else "end", 0, "", found or ())
    if not text:
        return DialectLine("blank", 0, "") if found is None else DialectLine("text", 0, raw)
    return _by_marks(raw, text, indent, found or ())


def _by_marks(raw: str, text: str, indent: int, found: Attributes) -> DialectLine:
    heading = _HEADING.fullmatch(text) if text[0] == "#" and indent == 0 else None
    if heading:
        return DialectLine("heading", 0, _CLOSING_HASHES.sub("", heading[2]), found, len(heading[1]))
    if text[0] in "-*+":
        if box := _BOX.fullmatch(text):
            return DialectLine("box", indent, box[1], found)
        if fill_in := _FILL_IN.fullmatch(text):
            return DialectLine("fill_in", indent, fill_in[1].strip(), found)
    elif text[0] in "`~" and not found and (fence := _FENCE.fullmatch(text)):
        return DialectLine("fence", indent, fence[2].strip(), (), len(fence[1]))
    return DialectLine("text", indent, raw)


def indent_of(line: str) -> int:
    """The column at which a line begins."""
    head = line[: len(line) - len(line.lstrip(" \t"))]
    return len(head.expandtabs(4))


def without_indent(line: str, columns: int) -> str:
    """A line without so much of its indent, as far as it has one."""
    if line[:columns].strip(" ") == "":
        return line[columns:]
    head = line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4)
    return head[columns:] + line.lstrip(" \t")


def is_closing(line: str, sign: str, length: int) -> bool:
    """True for a line that closes a fence of this sign."""
    text = line.strip()
    return len(text) >= length and set(text) == {sign}


def is_sheet(title: str) -> bool:
    """True for the title of a section whose blanks are those of the sign-off sheet."""
    return bool(SIGN_OFF.search(title[:200]))


class Fences:
    """Where fences end. Each question is answered in about constant time, however many fences never close."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.closing: dict[str, list[int]] = {"`": [], "~": []}
        for at, line in enumerate(lines):
            text = line.strip()
            if text[:3] in ("```", "~~~") and len(set(text)) == 1:
                self.closing[text[0]].append(at)
        self.outdented: dict[int, int] = {}  # by column: the next line that begins before it

    def end(self, at: int, sign: str, length: int, body: int) -> int:
        """The line that closes a fence opened at a line, or 0: it closes before the text around it ends."""
        places = self.closing[sign]
        first = bisect_right(places, at)
        close = next((to for to in places[first : first + 20] if is_closing(self.lines[to], sign, length)), 0)
        return close if close and (body == 0 or self._outdented(at, body) > close) else 0

    def _outdented(self, at: int, body: int) -> int:
        known = self.outdented.get(body, -1)
        if known <= at:
            lines = self.lines
            known = next(
                (to for to in range(at + 1, len(lines)) if lines[to].strip() and indent_of(lines[to]) < body),
                len(lines),
            )
            self.outdented[body] = known
        return known


# Writing


def marked(line: str, *, in_sheet: bool = False) -> str:
    """A line of a text as it must be written to stay one."""
    asks = in_sheet and bool(blanks.fields(line, 0, hinted=True))
    is_text = line_of(line).kind in ("text", "blank") and not line_of(line).is_marked and not asks
    return line if is_text else f"{line} {attributes.comment(TEXT)}"


def title_of(text: str) -> str:
    """The words of a title as it stands in the text: signs behind a backslash are themselves, marks are taken off."""
    if _MARKED.search(_ESCAPED.sub("x", text)):
        return inline.plain(text)
    return _ESCAPED.sub(r"\1", text).strip()


def escaped_title(title: str) -> str:
    """A title as it is written: signs that would be Markdown stand behind a backslash."""
    return _TO_ESCAPE.sub(lambda found: "\\" + found[0], title)
