"""HTML, whole pages or parts of one: lists, tables, headings, code and boxes; scripts and styles are left out.

libxml2 reads the tags and reports them one by one: no tree is built, nothing is fetched, and time grows with the length
however deep they are nested.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from lxml import etree

from apps.checklists.markdown.blocks import dedented

from . import blocks, inline
from .blocks import Block
from .document import NotRead
from .rows import Table

MOST_NESTED_TABLES = 3  # tables in cells of tables; what is deeper is text
MOST_ROWS_SPANNED = 500
MOST_TAGS = 250_000  # of a text of 5 MB; each costs some 14 microseconds and 400 bytes, whatever is between them
LINE = "kt-line"
_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9:_-]*)")
_LINE_MARK = re.compile(rf' {LINE}="\d+"')
_SPACE = re.compile(r"[ \t\n\r\f]+")
_SKIPPED = frozenset({
    "script", "style", "template", "title", "svg", "iframe", "object", "noembed", "noframes", "nav",
})  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "li", "main",
    "menu", "nav", "ol", "p", "pre", "search", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul", *_HEADINGS,
})  # fmt: skip
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_MARKS = {
    "b": "**", "strong": "**", "dt": "**", "summary": "**", "caption": "**", "i": "_", "em": "_", "del": "~~",
    "s": "~~", "strike": "~~",
}  # fmt: skip
_CODE = frozenset({"code", "tt", "kbd", "samp"})
_ASKING = frozenset({"", "text", "date", "number", "email", "tel", "url", "time", "datetime-local"})
_LANGUAGE = re.compile(r"\b(?:language|lang|highlight-source|brush|code)[-: ]\s{0,3}([\w+#-]{1,20})", re.IGNORECASE)
_ON = re.compile(r"(?:^|[\s_-])(?:checkbox-on|checked|completed|is-checked)\b")
_OFF = re.compile(r"(?:^|[\s_-])(?:checkbox-off|unchecked|task-list-item|tox-checklist-item)\b")
# What a page without headings calls the line over a part of it.
_TITLED = re.compile(
    r"(?:^|\s)(?:\w{1,30}[-_])?(?:step|section|category|phase|group|stage|part|card|panel|checklist)[-_]{0,2}"
    r"(?:title|heading)(?:\s|$)",
    re.IGNORECASE,
)
_BADGE = re.compile(r"(?:^|[\s_-])(?:status|badge|pill)(?:[\s_-]|$)", re.IGNORECASE)  # beside the words of a heading
Attributes = Mapping[str, str]


def to_blocks(text: str) -> list[Block]:
    """What a browser would show of it, block by block."""
    return collected(Reader(), text)


def collected(reader: "Reader", text: str) -> list[Block]:
    """The blocks that `reader` makes of the text."""
    if text.count("<") > MOST_TAGS:
        raise NotRead(
            f"This page has more than {MOST_TAGS:,} tags, which is more than a checklist can be. Copy the list alone, "
            "or save it as text."
        )
    parser = etree.HTMLParser(target=reader, encoding="utf-8")
    parser.feed(_numbered(text).encode("utf-8", "replace"))
    parser.close()
    return reader.blocks


def _numbered(text: str) -> str:
    """The text with each tag's line as one of its attributes."""
    line, last = 1, 0

    def with_line(tag: re.Match[str]) -> str:
        nonlocal line, last
        line += text.count("\n", last, tag.start())
        last = tag.start()
        return f'<{tag[1]} {LINE}="{line}"'

    return _TAG.sub(with_line, text)


class _Mark(NamedTuple):
    """Emphasis or a link that is open, and where its words begin."""

    tag: str
    start: int
    url: str = ""


class Reader:
    """Takes tags and words in their order and collects blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.raw: list[str] = []  # words as they came since the last tag
        self.words: list[str] = []  # Markdown of the block that is being read
        self.marks: list[_Mark] = []
        self.code: list[str] | None = None  # of the code span that is being read
        self.pre: list[str] | None = None  # of the code block that is being read
        self.source: list[str] | None = None  # of the Markdown that is being read
        self.lists: list[tuple[str, int]] = []  # tag and number of the next item of the lists that are open
        self.tables: list[Table] = []
        self.skipped = 0  # tags that are open and not shown
        self.line = self.first = 1
        self.level = 0  # of the heading that is being read
        self.above = 1  # level of the last that was one by its tag
        self.language = ""
        self.asks = True  # the choice that is open has words before it
        self._no_item()

    def _no_item(self) -> None:
        self.starts_item, self.box, self.number = False, None, ""  # type: tuple[bool, str | None, str]

    # What the parser calls

    def start(self, tag: str, attributes: Attributes) -> None:
        """A tag opens."""
        tag = tag.lower()
        if (
            self.skipped
            or tag in _SKIPPED
            or (self.level and _BADGE.search(attributes.get("class", "")[:200]))
            or ("hidden" in attributes and tag not in ("html", "body"))
        ):
            self.skipped += 1
            return
        self._take_words()
        self.line = int(attributes.get(LINE) or self.line)
        if tag == "xmp":
            self._flush()
            self.source, self.first = [], self.line
            return
        self.language = _language(attributes) or self.language
        if tag in _BLOCKS:
            self._flush()
            self._open_block(tag, attributes)
        elif self.pre is None and self.code is None:
            self._open_inline(tag, attributes)
        elif tag == "br":
            self.raw.append("\n")

    def end(self, tag: str) -> None:
        """A tag closes."""
        tag = tag.lower()
        if self.skipped:
            self.skipped -= 1
            return
        self._take_words()
        if tag == "xmp" and self.source is not None:
            body, self.source = "".join(self.source), None
            self.blocks.append(Block(blocks.Shape.MARKDOWN, dedented(body.split("\n")), self.first, self.line))
        elif tag in _BLOCKS:
            self._close_block(tag)
        elif tag in _CODE and self.code is not None:
            words, self.code = "".join(self.code), None
            self.words.append(inline.code(_SPACE.sub(" ", words)))
        elif self.marks and any(mark.tag == tag for mark in self.marks):
            self._close_marks(tag)

    def data(self, text: str) -> None:
        """Words between tags."""
        text = _LINE_MARK.sub("", text) if LINE in text else text
        if not self.skipped:
            self.raw.append(text)
        else:
            self.line += text.count("\n")

    def comment(self, text: str) -> None:
        """Nobody sees it."""
        self._take_words()
        self.line += text.count("\n")

    def close(self) -> None:
        """The end of the text: the parser has closed all that was open."""

    # Blocks

    def _open_block(self, tag: str, attributes: Attributes) -> None:
        if tag in _LISTS:
            start = attributes.get("start", "1")
            self.lists.append((tag, int(start) if re.fullmatch(r"\d{1,6}", start) else 1))
            self._no_item()
        elif tag == "li":
            self._open_item(attributes)
        elif tag in _HEADINGS:
            self.level = _HEADINGS[tag]
        elif tag == "pre":
            self.pre, self.first = [], self.line
        elif tag == "hr":
            self.blocks.append(Block(blocks.Shape.RULE, "", self.line))
        elif tag in ("table", "tr", "td", "th"):
            self._open_table(tag, attributes)
        elif (box := _box(attributes)) is not None and self.starts_item:
            self.box = box
        elif tag == "div" and not self.lists and _TITLED.search(attributes.get("class", "")[:200]):
            self.level = min(self.above + 1, 6)
        if tag in _MARKS:
            self.marks.append(_Mark(tag, len(self.words)))

    def _open_item(self, attributes: Attributes) -> None:
        tag, number = self.lists[-1] if self.lists else ("ul", 1)
        if self.lists:
            self.lists[-1] = (tag, number + 1)
        self.starts_item, self.box = True, _box(attributes)
        self.number = f"{number}." if tag == "ol" and self.box is None else ""

    def _open_table(self, tag: str, attributes: Attributes) -> None:
        if tag == "table" and len(self.tables) < MOST_NESTED_TABLES:
            self.tables.append(Table(self.blocks, self.lists))
            self._no_item()
        elif self.tables and tag == "tr":
            self.blocks = self.tables[-1].open_row()
        elif self.tables and tag != "table":
            span = attributes.get("rowspan", "1")
            rows = min(int(span), MOST_ROWS_SPANNED) if re.fullmatch(r"\d{1,6}", span) else 1
            self.blocks = self.tables[-1].open_cell(self.line, is_header=tag == "th", rows=rows)
            self.lists = []
            self._no_item()

    def _close_block(self, tag: str) -> None:
        if tag == "pre" and self.pre is not None:
            self._code_block("".join(self.pre))
        self._flush()
        if tag in _LISTS and self.lists:
            self.lists.pop()
        elif tag == "li":
            self._no_item()
        elif tag in _HEADINGS:
            self.level, self.above = 0, _HEADINGS[tag]
        elif tag == "div":
            self.level = 0
        elif tag == "table" and self.tables:
            table = self.tables.pop()
            self.blocks, self.lists = table.outside, table.lists
            self.blocks += table.to_blocks(depth=len(self.lists))
        elif tag in ("td", "th", "tr") and self.tables:
            if self.box is not None:  # a box and no words
                self.blocks.append(blocks.text(f"[{self.box}]", self.line))
                self._no_item()
            self.blocks = self.tables[-1].close_cell()

    def _code_block(self, body: str) -> None:
        self.pre = None
        body, depth = body.strip("\n").rstrip(), len(self.lists)
        if self.starts_item and body and "\n" not in body:
            self.words.append(inline.code(body))
        elif body.strip():
            self.blocks.append(blocks.code(body, self.first, self.line, language=self.language, depth=depth))
        self.language = ""

    # Words

    def _take_words(self) -> None:
        """What came since the last tag, as Markdown, or into the code that is open."""
        if not self.raw:
            return
        text, self.raw = "".join(self.raw), []
        if self.source is not None:
            self.source.append(text)
        elif self.pre is not None:
            self.pre.append(text)
        elif self.code is not None:
            self.code.append(text)
        elif self.words or text.strip():
            if not self.words:
                self.first = self.line + text[: len(text) - len(text.lstrip())].count("\n")
            self.words.append(inline.literal(_SPACE.sub(" ", text)))
        self.line += text.count("\n")

    def _open_inline(self, tag: str, attributes: Attributes) -> None:
        if tag == "br":
            self.words.append("\n")
        elif tag in _CODE:
            self.code = []
        elif tag == "a" or tag in _MARKS:
            mark = _MARKS.get(tag, "a")
            if all(_MARKS.get(other.tag, "a") != mark for other in self.marks):
                self.marks.append(_Mark(tag, len(self.words), attributes.get("href", "")))
        elif tag == "img" and (shown := _image(attributes)):
            self.words.append(shown)
        elif tag == "input":
            self._input(attributes)
        elif tag == "textarea":
            self.words.append(" ____ ")
        elif tag == "select":
            self.asks = any(part.strip() for part in self.words)  # behind no words it is a menu of the page
        elif tag == "option":
            self.words.append(" ☐ " if self.asks else " ")

    def _input(self, attributes: Attributes) -> None:
        kind = attributes.get("type", "").lower()
        ticked = "checked" in attributes
        if kind == "checkbox" and self._begins_line():
            if any(part.strip() for part in self.words):
                self._flush()
            self.starts_item, self.box, self.first = True, "x" if ticked else " ", self.line
            self.number = ""
        elif kind in ("checkbox", "radio"):
            self.words.append(" ☑ " if ticked else " ☐ ")
        elif kind in _ASKING:
            self.words.append(inline.literal(attributes.get("value", "")) or " ____ ")

    def _begins_line(self) -> bool:
        """True where no words stand in this line yet."""
        for part in reversed(self.words):
            _before, end, words = part.rpartition("\n")
            if words.strip() or end:
                return not words.strip()
        return True

    def _close_marks(self, tag: str = "") -> None:
        """Marks that were opened since this tag, and the tag itself; all of them without one."""
        while self.marks:
            mark = self.marks.pop()
            words = "".join(self.words[mark.start :])
            if mark.tag == "a":
                words = inline.link(words, mark.url)
                if mark.start and words.startswith("["):
                    before = self.words[mark.start - 1]
                    self.words[mark.start - 1] = f"{before[:-1]}\\!" if before.endswith("!") else before
            else:
                words = inline.marked(words, _MARKS[mark.tag])
            self.words[mark.start :] = [words]
            if mark.tag == tag:
                return

    def _flush(self) -> None:
        """The words so far are a block."""
        if self.code is not None:
            self.words.append(inline.code(_SPACE.sub(" ", "".join(self.code))))
            self.code = None
        self._close_marks()
        lines = [" ".join(line.split()) for line in "".join(self.words).split("\n")]
        text = "\n".join(line for line in lines if line)
        self.words = []
        if text:
            self.blocks.append(self._block(text, len(self.lists)))

    def _block(self, text: str, depth: int) -> Block:
        if self.starts_item:
            box, number = self.box, self.number
            self._no_item()
            return blocks.item(text, self.first, self.line, depth=max(0, depth - 1), box=box, number=number)
        if self.level and not depth:
            return blocks.heading(self.level, text.replace("\n", " "), self.first, self.line)
        return blocks.text(inline.marked(text, "**") if self.level else text, self.first, self.line, depth=depth)


def _language(attributes: Attributes) -> str:
    found = _LANGUAGE.search(attributes.get("class", "")[:200])
    return found[1].lower() if found else ""


def _box(attributes: Attributes) -> str | None:
    """The box that an editor of the web draws at a list line by its attributes."""
    state = attributes.get("data-checked", attributes.get("aria-checked", attributes.get("data-list", ""))).lower()
    about = attributes.get("class", "")[:200].lower()
    if state in ("true", "checked") or _ON.search(about):
        return "x"
    return " " if state in ("false", "unchecked") or _OFF.search(about) else None


def _image(attributes: Attributes) -> str:
    """The words of an image, with its address; a small picture for a sign is the sign."""
    words, source = inline.literal(" ".join(attributes.get("alt", "").split())), attributes.get("src", "")
    is_sign = "emoji" in attributes.get("class", "") or not re.search(r"\w", words)
    if is_sign or not source.startswith(("http://", "https://")) or re.search(r"[\s()<>]", source):
        return words
    return f"![{words}]({source})"
