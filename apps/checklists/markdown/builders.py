"""What the parts of a document gather while it is read, and the frozen values they become."""

from dataclasses import dataclass, field, replace

from . import blanks, code, continuation, inline, spans, titles
from .blocks import Block
from .document import Code, Field, ParsedItem, ParsedLink, ParsedSection

GuidanceLine = tuple[int, str, int]  # line number, text, how many lines of the source it stands for


@dataclass(slots=True)
class Builder:
    """What a template, a section or an item gathers while it is read."""

    title: str
    line: int
    depth: int = 0
    parent: str = ""
    critical: bool = False
    name: str = ""  # how the preview calls it
    number: int = 0  # of an item in its template
    guidance_lines: list[GuidanceLine] = field(default_factory=list)
    code: list[Code] = field(default_factory=list)
    fill_ins: list[Field] = field(default_factory=list)
    links: list[ParsedLink] = field(default_factory=list)

    def guidance(self) -> str:
        return as_markdown(self.guidance_lines)

    def asks(self, fields: tuple[Field, ...]) -> tuple[Field, ...]:
        """Blanks as it holds them."""
        return fields

    def owner(self) -> tuple[str, int]:
        """What the lines that were added belong to: words for the preview, and the item's number or 0."""
        return self.name, self.number


@dataclass(slots=True)
class ItemBuilder(Builder):
    source: str = ""
    detail: str = ""
    keys: int = 2
    indent: int = 0
    last_line: int = 0  # of its sentence
    last_text: str = ""
    end_line: int = 0  # of anything that belongs to it
    cut: int = -1  # indent of the first line under it, taken off all of them
    is_row: bool = False
    names_links: bool = False  # its sentence does, of which a title shows the words only
    notes: list[str] = field(default_factory=list)  # what its footnotes say

    def read_line(self, block: Block, *, is_paragraph: bool = True) -> None:
        """Take in a line of its sentence: words, blanks and addresses."""
        self.source = continuation.joined(self.source, block.text)
        self.last_line = block.line if is_paragraph else 0
        self.last_text = block.lines[-1]
        self.fill_ins.extend(blanks.fields(block.text, block.line))
        found = inline.links(block.text, block.line)
        self.links.extend(found)
        self.names_links = self.names_links or bool(found)

    def asks(self, fields: tuple[Field, ...]) -> tuple[Field, ...]:
        """Answers without a question, `☐ Yes ☐ No`, answer the item."""
        title = inline.plain(blanks.without_blanks(self.source))[:200].rstrip(": ")
        return tuple(replace(one, label=title) if one.label == " / ".join(one.options) else one for one in fields)

    def build(self) -> ParsedItem:
        found = tuple(self.fill_ins)
        title, detail = (self.title, self.detail) if self.is_row else titles.title_and_detail(self.source, found)
        is_marked = self.last_line > self.line and title != self.source
        if not detail and (self.names_links or is_marked or blanks.have_words(self.source)):
            detail = spans.without_comments(self.source)  # a title shows a link's words; its address stays in the text
        if self.is_row:
            title, detail = titles.shortened(title, title + "\n\n" + detail if detail else title, detail)
        command = spans.only_code(detail) or spans.only_code(self.source)
        if code.is_shell(command):  # a piece of code that is all a text says is there to be run
            self.code.insert(0, Code("shell", code.session(command)[0], self.line, is_command=True))
            detail = "" if spans.only_code(detail) else detail
        guidance = self.guidance()
        if self.notes and not self.is_row:
            detail = detail or spans.without_comments(self.source)
        text = "\n\n".join(part for part in (detail, guidance, *dict.fromkeys(self.notes)) if part)
        return ParsedItem(
            title, text, self.line, self.critical, self.keys, self.depth, tuple(self.code), tuple(self.fill_ins),
            tuple(self.links), inline.paths(f"{self.source}\n{self.detail}"),
        )  # fmt: skip


@dataclass(slots=True)
class SectionBuilder(Builder):
    items: list[ItemBuilder] = field(default_factory=list)
    level: int = 0

    def build(self) -> ParsedSection:
        items = tuple(item.build() for item in self.items)
        return ParsedSection(
            self.title, self.line, self.depth, self.parent, self.guidance(), items,
            tuple(self.code), tuple(self.fill_ins), tuple(self.links),
        )  # fmt: skip


@dataclass(slots=True)
class TemplateBuilder(Builder):
    sections: list[SectionBuilder] = field(default_factory=list)
    sign_off: list[Field] = field(default_factory=list)
    items: int = 0


def as_markdown(lines: list[GuidanceLine]) -> str:
    """Guidance as one text, with a blank line where the source had one."""
    out: list[str] = []
    last = 0
    for line, text, height in lines:
        if out and line > last + 1:
            out.append("")
        out.append(text)
        last = line + height - 1
    return "\n".join(out)
