"""Reads Keyturn's own Markdown, a text with front matter that says `keyturn:`, exactly: nothing in it is guessed.

What a section or an item says between its lines of structure is its text, word for word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from apps.checklists.rules.keys import assign, is_key

from . import attributes, blanks, code, dialect, inline
from .attributes import Attributes
from .dialect import DialectLine
from .document import (
    Code,
    Correction,
    Field,
    LineType,
    ParsedItem,
    ParsedSection,
    ParsedTemplate,
    SourceLine,
    Suggestion,
    Unread,
)
from .front_matter import Settings
from .properties import ItemAttributes, fill_in_field, item_attributes
from .titles import title_and_detail

OWN_TYPES = {
    LineType.TITLE: "title", LineType.SECTION: "heading", LineType.ITEM: "box", LineType.GUIDANCE: "text",
    LineType.LINK: "text", LineType.COMMAND: "command", LineType.CODE: "text", LineType.FILL_IN: "fill_in",
    LineType.SIGN_OFF: "sign_off", LineType.NOT_UNDERSTOOD: "unread", LineType.LEFT_OUT: "left_out",
    LineType.FRONT_MATTER: "left_out", LineType.LAYOUT: "left_out",
}  # fmt: skip


@dataclass(slots=True)
class _Part:
    """What the template, a section or an item gathers; body: the column at which its text begins."""

    title: str
    line: int
    name: str = ""
    number: int = 0  # of an item
    level: int = 0
    depth: int = 0
    body: int = 0
    parent: str = ""
    is_sheet: bool = False
    own: ItemAttributes = field(default_factory=ItemAttributes)
    unknown: Attributes = ()
    text: list[str] = field(default_factory=list)
    code: list[Code] = field(default_factory=list)
    fill_ins: list[Field] = field(default_factory=list)
    unread: list[tuple[int, str]] = field(default_factory=list)  # number of the item before it, text
    items: list["_Part"] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Its text, without blank lines around it."""
        start = next((at for at, line in enumerate(self.text) if line.strip()), len(self.text))
        end = next((at for at in range(len(self.text), start, -1) if self.text[at - 1].strip()), start)
        return "\n".join(self.text[start:end])


class ExactReader:
    """One walk over the lines."""

    def __init__(self, lines: Sequence[str], settings: Settings, chosen: Mapping[int, Correction], name: str) -> None:
        self.lines, self.settings, self.chosen = lines, settings, chosen
        self.template = _Part(settings.title or name, 1, "on the template")
        self.sections: list[_Part] = []
        self.headings: list[_Part] = []  # open ones, outermost first
        self.open: list[_Part] = []  # open items, outermost first
        self.sheet: list[Field] = []
        self.in_sheet = self.is_titled = False
        self.items = 0
        self.blanks: list[str] = []
        self.last: _Part | None = None  # whose text the line before belongs to
        self.source_lines: list[SourceLine] = []
        self.problems = [Suggestion(line, "front_matter", sentence) for line, sentence in settings.problems]
        self.fences = dialect.Fences(lines)

    def read(self) -> tuple[ParsedTemplate, tuple[SourceLine, ...], tuple[Suggestion, ...]]:
        """The template, every line that is not blank with its type, and what could not be understood."""
        at = self.settings.end
        self._note(0, at, LineType.FRONT_MATTER)
        while at < len(self.lines):
            at = self._read_at(at)
        template = _template(self.template, self.sections, self.settings, tuple(self.sheet))
        return template, tuple(self.source_lines), tuple(self.problems)

    def _note(self, at: int, end: int, line_type: LineType, part: _Part | None = None) -> None:
        """Lines from `at` on, up to `end`, that are of one type and belong to a part."""
        name, number = (part.name, part.number) if part else ("", 0)
        self.source_lines += [
            SourceLine(line + 1, self.lines[line], line_type, at + 1, name, number)
            for line in range(at, end) if self.lines[line].strip()
        ]  # fmt: skip

    def _read_at(self, at: int) -> int:
        """Reads what begins at a line, and says where the next begins."""
        line = dialect.line_of(self.lines[at])
        choice = self.chosen.get(at + 1)
        kind = OWN_TYPES[choice.line_type] if choice and choice.line_type else str(line.kind)
        if kind == "heading" and not self.is_titled and line.level == 1 and not (choice and choice.line_type):
            kind = "title"
        match kind:
            case "blank":
                self.blanks.append(self.lines[at])
                return at + 1
            case "unread":
                return self._unread(at, line)
            case "fence":
                return self._fence(at, line)
            case "end":
                self._note(at, at + 1, LineType.LEFT_OUT)
                return at + 1
        raw = line.text if line.kind == "text" else self.lines[at]
        self._structure(kind, at, replace(line, text=raw if kind == "text" else line.text.strip()))
        return at + 1

    def _structure(self, kind: str, at: int, line: DialectLine) -> None:
        if kind == "title":
            self._title(at, line)
        elif kind == "heading":
            self._heading(at, line)
        elif kind == "box":
            self._item(at, line)
        elif kind in ("fill_in", "sign_off"):
            self._blank(at, line, is_chosen=kind == "sign_off")
        elif kind == "command":
            self._command(at, at + 1, self._part(line.indent), line.text)
        elif kind == "left_out":
            self._note(at, at + 1, LineType.LEFT_OUT)
        else:
            self._text(at, line)

    # Structure

    def _title(self, at: int, line: DialectLine) -> None:
        self.is_titled, self.last = True, None
        self.template.line = at + 1
        self.template.title = self.settings.title or dialect.title_of(line.text)[:200] or self.template.title
        self._note(at, at + 1, LineType.TITLE)

    def _heading(self, at: int, line: DialectLine) -> None:
        self.open, self.last, self.is_titled = [], None, True
        title = dialect.title_of(line.text)[:200]
        if dict(line.attributes).get("sign-off", "") is None:
            self.in_sheet = True
            self._note(at, at + 1, LineType.SIGN_OFF)
            return
        key, level, unknown = _of_heading(line)
        while self.headings and self.headings[-1].level >= level:
            self.headings.pop()
        section = self._section(title, at + 1, level)
        self.in_sheet = dialect.is_sheet(title)
        section.own.key, section.unknown = key, unknown
        self.headings.append(section)
        self._note(at, at + 1, LineType.SECTION, self.headings[-2] if len(self.headings) > 1 else None)

    def _section(self, title: str, line: int, level: int) -> _Part:
        parent = self.headings[-1] if self.headings else None
        section = _Part(
            title or "Untitled", line, f"in {title[:80]}", level=level, depth=parent.depth + 1 if parent else 1,
            parent=parent.title if parent else "",
        )  # fmt: skip
        self.sections.append(section)
        return section

    def _item(self, at: int, line: DialectLine) -> None:
        section = self.sections[-1] if self.sections else self._section(self.template.title, at + 1, 1)
        while self.open and self.open[-1].body - 2 >= line.indent:
            self.open.pop()
        self.items += 1
        bold = line.text.startswith("**") and line.text.endswith("**") and len(line.text) > 4
        inner = line.text[2:-2]
        title, detail = (dialect.title_of(inner)[:200], "") if bold else title_and_detail(line.text)
        item = _Part(
            title or "Untitled", at + 1, f"on item {self.items}", self.items, depth=len(self.open),
            body=line.indent + 2, own=item_attributes(line.attributes), text=[detail] if detail else [],
        )  # fmt: skip
        choice = self.chosen.get(at + 1, Correction())
        item.own.critical = item.own.critical if choice.critical is None else choice.critical
        item.own.keys = choice.keys or item.own.keys
        self.problems += [Suggestion(at + 1, "attribute", sentence) for sentence in item.own.problems]
        section.items.append(item)
        self.open.append(item)
        self.last = None
        self._note(at, at + 1, LineType.ITEM, item)

    def _blank(self, at: int, line: DialectLine, *, is_chosen: bool) -> None:
        """A line to fill in: of the sign-off sheet, or of an item."""
        part = self._part(line.indent)
        found = dict(line.attributes)
        label = found.get("label") or line.text
        blank, problem = fill_in_field(label, at + 1, line.attributes)
        if problem:
            self.problems.append(Suggestion(at + 1, "attribute", problem))
        if is_chosen or "sign-off" in found or (self.in_sheet and not part.number):
            self.sheet.append(blank if blank.kind in ("date", "choice") else Field(blank.label, at + 1))
            self.last = None
            self._note(at, at + 1, LineType.SIGN_OFF)
        elif part.number:
            if "stays" in found:
                self._add(part, at, dialect.without_indent(attributes.split(self.lines[at])[0], part.body))
            else:
                self.last = None
            part.fill_ins.append(blank)
            self._note(at, at + 1, LineType.FILL_IN, part)
        else:
            self._text(at, replace(line, kind="text", text=self.lines[at]))

    # Text

    def _part(self, indent: int) -> _Part:
        """The innermost item a line is indented under, else the section, else the template."""
        while self.open and self.open[-1].body > indent:
            self.open.pop()
        if self.open:
            return self.open[-1]
        return self.sections[-1] if self.sections else self.template

    def _text(self, at: int, line: DialectLine) -> None:
        part = self._part(line.indent)
        text = dialect.without_indent(line.text, part.body)
        asks = self.in_sheet and not part.number and line.attributes != dialect.TEXT
        if asks and (fields := blanks.fields(text, at + 1, hinted=True)):
            self.sheet += fields
            self.last = None
            self._note(at, at + 1, LineType.SIGN_OFF)
            return
        self._add(part, at, text)
        only_links = inline.is_only_links(text)
        self._note(at, at + 1, LineType.LINK if only_links else LineType.GUIDANCE, part)

    def _add(self, part: _Part, at: int, *texts: str) -> None:
        """Lines of a part's text, with the blank ones before them where it only goes on."""
        if part is self.last:
            part.text += [dialect.without_indent(blank, part.body) for blank in self.blanks]
        elif part.text:
            part.text.append("")
        self.last, self.blanks = part, []
        self.is_titled = self.is_titled or part is self.template
        part.text += texts

    def _fence(self, at: int, line: DialectLine) -> int:
        sign = self.lines[at].strip()[0]
        part = self._part(line.indent)
        end = self.fences.end(at, sign, line.level, part.body)
        if not end:
            self._text(at, replace(line, kind="text", text=self.lines[at]))
            return at + 1
        inside = [dialect.without_indent(each, line.indent) for each in self.lines[at + 1 : end]]
        language = line.text.split()[0].lower() if line.text else ""
        if language in code.SHELLS and part is not self.template:
            self._command(at, end + 1, part, "\n".join(inside), language)
        else:
            self._add(part, at, *(dialect.without_indent(each, part.body) for each in self.lines[at : end + 1]))
            part.code.append(Code(language, "\n".join(inside), at + 1))
            self._note(at, end + 1, LineType.CODE, part)
        return end + 1

    def _command(self, at: int, end: int, part: _Part, text: str, language: str = "bash") -> None:
        part.code.append(Code(language, text, at + 1, is_command=True))
        self.last = None
        self._note(at, end, LineType.COMMAND, part)

    def _unread(self, at: int, line: DialectLine) -> int:
        """A block that was not understood, up to its end; one line where a person said so."""
        end = at + 1
        lines = [self.lines[at].strip()]
        if line.kind == "unread":
            lines = []
            while end < len(self.lines) and (each := dialect.line_of(self.lines[end])).kind != "end":
                lines.append(each.text if each.attributes == dialect.TEXT else self.lines[end])
                end += 1
            end += 1
        part = self.sections[-1] if self.sections else self.template
        part.unread.append((part.items[-1].number if part.items else 0, "\n".join(lines)))
        self.last = None
        self._note(at, min(end, len(self.lines)), LineType.NOT_UNDERSTOOD)
        return end


def _of_heading(line: DialectLine) -> tuple[str, int, Attributes]:
    """Key and level that a heading's attributes say, and those that nobody knows."""
    key, level, unknown = "", line.level or 2, []
    for name, value in line.attributes:
        if name == "key" and not key and is_key(value or ""):
            key = value or ""
        elif name == "depth" and (value or "").isdecimal() and len(value or "") < 3:
            level = int(value or "") + 1
        else:
            unknown.append((name, value))
    return key, level, tuple(unknown)


# The result


def _template(part: _Part, sections: list[_Part], settings: Settings, sheet: tuple[Field, ...]) -> ParsedTemplate:
    items = [item for section in sections for item in section.items]
    item_keys = dict(zip(map(id, items), assign([(item.own.key, item.title) for item in items], "item"), strict=True))
    by_number = {0: ""} | {item.number: item_keys[id(item)] for item in items}
    section_keys = assign([(section.own.key, section.title) for section in sections], "section")
    made = tuple(
        ParsedSection(
            section.title, section.line, section.depth, section.parent, section.words,
            tuple(_parsed(item, item_keys[id(item)]) for item in section.items), tuple(section.code), (),
            inline.links(section.words, section.line), key, section.unknown, _unread(section, by_number),
        )
        for section, key in zip(sections, section_keys, strict=True)
    )  # fmt: skip
    front = (Unread("", settings.unread),) if settings.unread else ()
    return ParsedTemplate(
        part.title[:200], part.line, part.words, made, tuple(part.code), (), inline.links(part.words, part.line), sheet,
        settings.variables, settings.parameters, settings.tiers, settings.occasion, settings.source,
        (*front, *_unread(part, by_number)),
    )  # fmt: skip


def _unread(part: _Part, keys: Mapping[int, str]) -> tuple[Unread, ...]:
    return tuple(Unread(keys[number], text) for number, text in part.unread)


def _parsed(item: _Part, key: str) -> ParsedItem:
    own, text = item.own, item.words
    keys = max(own.keys or 2, 2) if own.critical else own.keys or 2
    paths = derived_paths(item.title, text) if own.paths is None else own.paths
    return ParsedItem(
        item.title, text, item.line, own.critical, keys, item.depth, tuple(item.code), tuple(item.fill_ins),
        inline.links(text, item.line), paths, key, own.result(),
    )  # fmt: skip


def derived_paths(title: str, text: str) -> tuple[str, ...]:
    """The repository paths an item names in its title and the first line of its text."""
    return inline.paths(f"{title}\n{text.split(chr(10), 1)[0]}")
