"""From lines to blocks: what each line is by its shape, before it is decided what it becomes."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from . import blanks, code, lists, spans, tables
from .style import ATX, BULLET, CHECKBOX, Style, has_ruled_line, is_setext, opened_fence, style_of
from .text import INVISIBLE

_NOISE = re.compile(
    r"(?:(?:skip|jump) to (?:the )?(?:main |page )?(?:content|navigation|search|footer)|back to top|edit this page\b.*|"
    r"saltar al contenido(?: principal)?|ir al contenido(?: principal)?|aller au contenu(?: principal)?|"
    r"zum (?:haupt)?inhalt (?:springen|wechseln)|"
    r"(?:home|docs|documentation|startseite|inicio|accueil)(?:(?:\s?[>›»→]\s?|\s/\s)[^>›»→/]{1,60}){1,8}|"
    r"in this article|listen|open in app|copy link(?: to clipboard)?|copied!?|print this page|view (?:page )?source|"
    r"improve this page|"
    r"search\s?(?:docs|\.{3}|…|⌘\s?k|ctrl\s?\+?\s?k)|\d{1,3}[\s-]min(?:utes?)? read(?:\s?[·•|].{1,60})?|"
    r"edit on github|copy page|copy(?: code)?|on this page|table of contents|was this (?:page )?helpful\?.*|"
    r"previous|next|share|print|open in github|toggle (?:navigation|sidebar|table of contents)|loading\W*|"
    r"--8<--.*|\{%.*%\}|\[\[?_?toc_?\]?\]|\[\[?pagelist.*|:::.*)",
    re.IGNORECASE,
)
_TAGS_ONLY = re.compile(r"(?:</?[a-zA-Z][^<>]{0,500}>\s*)+")
_SUMMARY = re.compile(r"(?:<details[^<>]{0,80}>\s*)?<summary[^<>]{0,80}>(.{1,400}?)(?:</summary>\s*)?", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>|\*\*")
_FRAME = re.compile(
    r"(?:</?(?:details|summary|div|p|center|section|span|a|hr|table|tbody|thead|ul|ol)\b[^<>]{0,500}>\s*)+",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"(\*\*|__)[^*_]{1,40}(?::\1|\1\s?:)\s+\S")  # `**Owner:** Ann` is no heading, whatever its size
_SAMPLES = ("markdown", "md")
_MATH = {"\\[": "\\]", "$$": "$$"}


@dataclass(frozen=True, slots=True)
class Block:
    """One line, or the several lines of a code block, with what its shape says."""

    kind: str  # heading check bullet number code row rule text html noise
    line: int
    lines: tuple[str, ...]
    indent: int = 0
    text: str = ""
    level: int = 0
    mark: str = ""  # the bullet or the number
    language: str = ""
    is_command: bool = False
    output: str = ""  # what a command printed, where it was copied from a terminal
    after_blank: bool = True
    before_blank: bool = True
    row: tables.TableRow | None = None
    table: int = 0  # first line of the table a row belongs to

    @property
    def is_list(self) -> bool:
        """True for a line that begins with a box, a bullet or a number."""
        return self.kind in ("check", "bullet", "number")


def indent_of(line: str) -> int:
    """Columns of white space before the first word, a tab being four."""
    head = line[: len(line) - len(line.lstrip())]
    return len(head.expandtabs(4))


class Scanner:
    """Walks the lines once; what was read ahead is remembered or consumed, so that time grows with the length."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.style: Style = style_of(lines)
        self.at = 0
        self.unclosed: dict[str, int] = {}  # fence sign -> shortest length known to have no end
        self.titled = False  # a heading of the first level was read
        self.framed = False  # a frame with words was read
        self.nests = True  # False once a fence of Markdown was found whose inner fences do not add up
        self.table_at = -1  # a table without borders is known to begin here
        self.in_list = -1  # indent of the last list line, -1 outside a list

    def blocks(self) -> Iterator[Block]:
        """All blocks in order; blank lines belong to none."""
        while self.at < len(self.lines):
            if not self.lines[self.at].strip():
                self.at += 1
                continue
            for block in self._next():
                if block.is_list:
                    self.in_list = block.indent
                elif block.indent == 0:
                    self.in_list = -1
                yield block

    def _blank(self, index: int) -> bool:
        return not 0 <= index < len(self.lines) or not self.lines[index].strip().strip(INVISIBLE)

    def _until(self, start: int, stops: Callable[[str], object]) -> int:
        """The first line from `start` on that `stops`, or the end."""
        return next((at for at in range(start, len(self.lines)) if stops(self.lines[at])), len(self.lines))

    def _block(self, kind: str, start: int, end: int, **more: object) -> Block:
        """The block of lines[start:end], and the walk goes on after it."""
        self.at = end
        lines = tuple(self.lines[start:end])
        return Block(
            kind, start + 1, lines, indent=indent_of(lines[0]),
            after_blank=self._blank(start - 1), before_blank=self._blank(end), **more,  # type: ignore[arg-type]
        )  # fmt: skip

    def _next(self) -> Iterator[Block]:
        start, raw = self.at, self.lines[self.at]
        text = raw.strip()
        if fence := opened_fence(text):
            yield self._fenced(start, fence)
        elif text.startswith("<!--"):
            yield self._block("html", start, self._end_of(start, "-->"), text=text)
        elif text[0] == "<" and (summary := _SUMMARY.fullmatch(text[:600])):
            yield self._summary(start, summary[1])
        elif text[:2] in _MATH:
            yield from self._math(start, text)
        elif text[0] == "#" and self.style.hash_headings and (heading := ATX.match(text)) and indent_of(raw) < 4:
            yield self._heading(start, len(heading[1]), (heading[2] or "").strip())
        elif self._underlined(start):
            sign = self.lines[start + 1].strip()[0]
            words = text if sign in "=-" else text.rstrip(": ")
            yield self._block("heading", start, start + 2, level=1 if sign in "=━═" else 2, text=words)
        elif _is_rule(text) or not text.strip("> \t"):
            yield self._block("rule", start, start + 1, text=text)
        elif (len(text) < 600 and _NOISE.fullmatch(text)) or not text.strip(INVISIBLE):
            yield self._block("noise", start, start + 1, text=text)
        else:
            yield from self._content(start, raw, text)

    def _content(self, start: int, raw: str, text: str) -> Iterator[Block]:
        if (item := self._listed(start, text)) is not None:
            yield item
        elif self._is_table(start, text):
            yield from self._table(start)
        elif "\t" in text and (rows := self._tabbed(start)):
            yield from rows
        elif code.starts_diagram(text) and (self.style.loose_code or not self._blank(start + 1)):
            yield self._diagram(start)
        elif self._is_indented_code(start, raw):
            yield self._indented(start)
        elif self.style.loose_code and (end := self._loose_code_end(start)):
            yield self._code(start, end, list(self.lines[start:end]))
        elif code.is_prompt(text):
            yield self._prompted(start)
        elif (rows := self._flattened(start)) is not None:
            yield from rows
        elif text[0] == "<" and len(text) < 5000 and _TAGS_ONLY.fullmatch(text):
            yield self._block("frame" if _FRAME.fullmatch(text) else "html", start, start + 1, text=text)
        else:
            yield self._words(start, text)

    def _heading(self, start: int, level: int, text: str) -> Block:
        """A heading; one that begins with a box is an item, and one that leaves a blank is a line to fill in."""
        is_title = level == 1 and not self.titled and not text.startswith("[")
        self.titled = self.titled or level == 1
        if text and (box := lists.boxed(text)) and not is_title:
            return self._block("check", start, start + 1, text=box[1], mark=box[0])
        if level > 1 and (blanks.ends_open(text) or _LABELLED.match(text)):
            return self._block("text", start, start + 1, text=text)
        return self._block("heading", start, start + 1, level=level, text=text)

    def _summary(self, start: int, words: str) -> Block:
        """The words on a folded part of a page stand over it like a label."""
        text = f"**{_TAG.sub('', words).strip()}**"
        return replace(self._block("text", start, start + 1, text=text), lines=(text,), after_blank=True)

    def _words(self, start: int, text: str) -> Block:
        """A line of words; the first in a drawn frame, at the beginning of a text, are its title."""
        if text[0] not in "║┃" or text[-1] != text[0]:
            return self._block("text", start, start + 1, text=text.removeprefix(">").strip() or text)
        words = text.strip("║┃ \t")
        if not words:
            return self._block("rule", start, start + 1, text=words)
        is_first, self.framed = not self.framed and start < 5, True
        return self._block("heading" if is_first else "text", start, start + 1, text=words, level=int(is_first))

    # Code

    def _fenced(self, start: int, fence: re.Match[str]) -> Block:
        sign, length = fence[1][0], len(fence[1])
        tag = (fence[2].split() or [""])[0].strip("{}.").lower().removeprefix("language-")
        end = self._nested_end(start, sign, length) if tag in _SAMPLES else 0
        end = end or self._fence_end(start, sign, length)
        closed = end <= len(self.lines)
        end = end if closed else self._until_structure(start + 1)
        body = self.lines[start + 1 : end - 1 if closed else end]
        return self._code(start, end, body, tag or code.language(body, fenced=True))

    def _fence_end(self, start: int, sign: str, length: int) -> int:
        """The line after the closing fence, or past the end where there is none."""
        end = len(self.lines)
        if length < self.unclosed.get(sign, 1 << 30):
            end = self._until(start + 1, lambda line: len(line.strip()) >= length and not line.strip().strip(sign))
            if end == len(self.lines):
                self.unclosed[sign] = length
        return end + 1

    def _nested_end(self, start: int, sign: str, length: int) -> int:
        """The line after the fence that closes a sample of Markdown with fences as long as its own; 0 without any."""
        depth, inner = 1, False
        for at in range(start + 1, len(self.lines) if self.nests else start):
            text = self.lines[at].strip()[:300]
            if not text.startswith(sign * length):
                continue
            depth, inner = (depth - 1, inner) if not text.strip(sign) else (depth + 1, True)
            if not depth:
                return at + 1 if inner else 0
        self.nests = False
        return 0

    def _until_structure(self, start: int) -> int:
        """Where an unclosed fence is taken to end: before a heading, a checkbox or another fence."""
        for index in range(start, len(self.lines)):
            text = self.lines[index].strip()
            if text and self._blank(index - 1) and (ATX.match(text[:300]) or CHECKBOX.match(text[:300])):
                return index
            if text[:3] in ("```", "~~~"):
                return index
        return len(self.lines)

    def _is_indented_code(self, start: int, raw: str) -> bool:
        needed = 4 if self.in_list < 0 else self.in_list + 6
        return not self.style.bare_headings and indent_of(raw) >= needed and self._blank(start - 1)

    def _indented(self, start: int) -> Block:
        needed = min(indent_of(self.lines[start]), 4 if self.in_list < 0 else self.in_list + 6)
        end = self._until(
            start, lambda line: line.strip() and (indent_of(line) < needed or CHECKBOX.match(line.strip()[:300]))
        )
        while not self.lines[end - 1].strip():
            end -= 1
        return self._code(start, max(end, start + 1), self.lines[start : max(end, start + 1)])

    def _prompted(self, start: int) -> Block:
        """Commands behind their prompts, outside any fence."""
        end = start + 1
        while not self._blank(end) and (self.lines[end - 1].endswith("\\") or code.is_prompt(self.lines[end].strip())):
            end += 1
        return self._code(start, end, self.lines[start:end])

    def _diagram(self, start: int) -> Block:
        end = self._until(start + 1, lambda line: line.strip() and not code.continues_diagram(line.strip()))
        while not self.lines[end - 1].strip():
            end -= 1
        return self._block("code", start, end, text=dedented(self.lines[start:end]), language="mermaid")

    def _loose_code_end(self, start: int) -> int:
        """The line after unfenced code that begins here, or 0: a chunk that begins as code is code to its end."""
        if not self._begins_code(start):
            return 0
        end = self._chunk_end(start, indent_of(self.lines[start]))
        kind = code.language(self.lines[start:end])
        while (more := self._next_chunk(end)) and self._begins_code(more[0]):
            joined = code.language(self.lines[more[0] : more[1]])
            if _another(kind, joined):
                break
            end, kind = more[1], kind or joined
        return end

    def _begins_code(self, start: int) -> bool:
        text = self.lines[start].strip()
        following = self.lines[start + 1].strip() if start + 1 < len(self.lines) else ""
        if lists.is_sign(text) or (text[-1] == ":" and following and lists.boxed(following)):
            return False
        if code.is_code(text):
            return True
        return code.is_comment(text) and (code.is_code(following) or code.is_comment(following))

    def _next_chunk(self, start: int) -> tuple[int, int] | None:
        """The next run of lines without a blank one, after at most two blank lines."""
        start = self._until(start, str.strip)
        end = self._chunk_end(start)
        return (start, end) if end > start else None

    def _chunk_end(self, start: int, indent: int = 0) -> int:
        """The line after a run without a blank one; a list line further out than its first line is no code."""

        def ends(line: str) -> bool:
            text = line.strip()
            return not text or lists.is_sign(text) or (indent_of(line) < indent and lists.opens(text))

        return self._until(start, ends)

    def _code(self, start: int, end: int, body: list[str], language: str | None = None) -> Block:
        language = code.language(body) if language is None else language
        text, output = dedented(body), ""
        if is_command := language in code.SHELLS:
            text, output = code.session(text)
        return self._block("code", start, end, text=text, language=language, is_command=is_command, output=output)

    # Lists, tables and the rest

    def _listed(self, start: int, text: str) -> Block | None:
        if box := lists.boxed(text) or lists.boxed_at_end(text):
            is_empty = not spans.without_comments(box[1])
            return self._block("noise" if is_empty else "check", start, start + 1, text=box[1], mark=box[0])
        if CHECKBOX.fullmatch(text[:300]) and len(text) < 300:
            return self._empty_box(start, text)
        found = lists.bullet_or_number(
            text, outlined=self.style.outlined, in_list=self.in_list >= 0, rings=self.style.rings
        )
        if found and not spans.without_comments(found[1]):
            return self._block("noise", start, start + 1, text=text)
        return self._block(found[0], start, start + 1, text=found[1], mark=found[2]) if found else None

    def _empty_box(self, start: int, text: str) -> Block:
        """A box whose words stand on the next line, further in; one without any is noise."""
        following = self.lines[start + 1] if start + 1 < len(self.lines) else ""
        words = following.strip()
        is_deeper = bool(words) and indent_of(following) > indent_of(self.lines[start])
        if not is_deeper or lists.boxed(words) or BULLET.match(words[:300]) or words[0] in "`~#|<>":
            return self._block("noise", start, start + 1, text=text)
        return self._block("check", start, start + 2, text=words, mark=text)

    def _is_table(self, start: int, text: str) -> bool:
        if "|" not in text or start + 1 >= len(self.lines):
            return False
        following = self.lines[start + 1]
        return tables.is_separator(following) or (tables.has_pipes(text) and tables.has_pipes(following))

    def _table(self, start: int) -> Iterator[Block]:
        end = self._until(start, lambda line: "|" not in line)
        yield from self._rows(start, tables.pipe_rows(self.lines[start:end]))

    def _tabbed(self, start: int) -> Iterator[Block] | None:
        """The rows of a table that was copied from a spreadsheet."""
        if not (self._blank(start - 1) or self.lines[start - 1].lstrip()[:1] == "#"):
            return None
        end = self._until(start, lambda line: "\t" not in line or not line.strip())
        rows = tables.tabbed_rows(self.lines[start:end])
        return None if rows is None else self._rows(start, rows)

    def _flattened(self, start: int) -> Iterator[Block] | None:
        """The rows of a table without borders that begins here; a heading may stand right above it."""
        after_math = self.lines[start - 1].strip()[-2:] in ("\\]", "$$") if start else False
        if not self.style.bare_headings or not (self._blank(start - 1) or after_math or start == self.table_at):
            return None
        end = self._until(start, lambda line: not line.strip())
        if any(lists.is_sign(line.strip()) for line in self.lines[start:end]):
            return None
        lines = [line.strip() for line in self.lines[start:end]]
        rows = tables.flattened_rows(lines)
        if rows is None and tables.flattened_rows(lines[1:]) is not None:
            self.table_at = start + 1
        return None if rows is None else self._rows(start, rows)

    def _rows(self, start: int, rows: list[tables.TableRow]) -> Iterator[Block]:
        for index, row in enumerate(rows, start):
            yield self._block("row", index, index + 1, text=self.lines[index].strip(), row=row, table=start + 1)

    def _math(self, start: int, text: str) -> Iterator[Block]:
        closing = _MATH[text[:2]]
        end = start + 1 if closing in text[2:] else self._end_of(start + 1, closing, most=50)
        for index in range(start, end):
            if self.lines[index].strip():
                yield self._block("text", index, index + 1, text=self.lines[index].strip())
        self.at = end

    def _end_of(self, start: int, closing: str, most: int = 500) -> int:
        """The line after the one with the closing sign, or the very next where it does not come soon."""
        for index in range(start, min(start + most, len(self.lines))):
            if closing in self.lines[index]:
                return index + 1
        return min(start + 1, len(self.lines))

    def _underlined(self, start: int) -> bool:
        if start + 1 >= len(self.lines) or not (under := self.lines[start + 1].lstrip()):
            return False
        if under[0] in "━═─":  # drawn, as in texts for a terminal
            return has_ruled_line(self.lines[start], under)
        if self.lines[start + 1][:1] not in ("=", "-") or self.style.loose_code:
            return False
        return is_setext(self.lines[start], self.lines[start + 1].rstrip())


def _another(kind: str, joined: str) -> bool:
    """True where unfenced code of one language ends and another begins: commands never share a block with code."""
    if joined == "shell" or kind == "shell":
        return joined != kind and bool(joined)
    return bool(joined and kind) and joined != kind and not {joined, kind} <= {"python", "json", "sql"}


def _is_rule(text: str) -> bool:
    signs = set(text) - {" "}
    if "\u2500" <= text[0] <= "\u257f":  # a line or a frame that is drawn
        return len(text) > 2 and all("\u2500" <= sign <= "\u257f" for sign in signs)
    return len(signs) == 1 and signs <= set("-*_=—") and len(text.replace(" ", "")) >= 3


def dedented(lines: list[str] | tuple[str, ...]) -> str:
    """The lines without the indent they share; tabs and relative indents stay."""
    shared = min((len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()), default=0)
    return "\n".join(line[shared:].rstrip() for line in lines).strip("\n")
