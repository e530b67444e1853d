"""What the parts of a document gather while it is read, and the frozen values they become."""

from dataclasses import dataclass, field

from . import blanks, inline, spans, titles
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

    def owner(self) -> tuple[str, int]:
        """What the lines that were added belong to: words for the preview, and the item's number or 0."""
        return self.name, self.number


@dataclass(slots=True)
class ItemBuilder(Builder):
    source: str = ""
    detail: str = ""
    keys: int = 2
    indent: int = 0
    last_line: int = 0
    cut: int = -1  # indent of the first line under it, taken off all of them
    is_row: bool = False

    def build(self) -> ParsedItem:
        found = tuple(self.fill_ins)
        title, detail = (self.title, self.detail) if self.is_row else titles.title_and_detail(self.source, found)
        is_marked = self.last_line > self.line and title != self.source
        if not detail and (self.links or is_marked or blanks.have_words(self.source)):
            detail = spans.without_comments(self.source)  # a title shows a link's words; its address stays in the text
        if self.is_row:
            title, detail = titles.shortened(title, title + "\n\n" + detail if detail else title, detail)
        guidance = self.guidance()
        text = "\n\n".join(part for part in (detail, guidance) if part)
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
