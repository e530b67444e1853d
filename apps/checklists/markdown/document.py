"""What a checklist text becomes: plain frozen values, in the order of the text."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

TITLE_LENGTH = 200


class Fate(StrEnum):
    """What one line of the source becomes; the values are the importer's public vocabulary."""

    TITLE = "title"
    SECTION = "section"
    ITEM = "item"
    GUIDANCE = "guidance"
    COMMAND = "command"
    CODE = "code"
    FILL_IN = "fill_in"
    LINK = "link"
    SIGN_OFF = "sign_off"
    NOT_UNDERSTOOD = "not_understood"
    LEFT_OUT = "left_out"  # only ever by a person's choice


@dataclass(frozen=True, slots=True)
class Choice:
    """A person's correction of one line; None leaves what the reader decided."""

    fate: Fate | None = None
    critical: bool | None = None
    keys: int | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A block of code or of shell commands, as it stands in the source without its common indent."""

    language: str
    text: str
    line: int
    is_command: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """An address named in the text."""

    text: str
    url: str
    line: int


@dataclass(frozen=True, slots=True)
class Field:
    """A blank to fill in: of an item, of a section or of the sign-off sheet."""

    label: str
    line: int
    kind: str = "text"  # text, date, choice
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do or to check."""

    title: str
    text: str
    line: int
    critical: bool = False
    keys: int = 2
    depth: int = 0
    code: tuple[Code, ...] = ()
    fill_ins: tuple[Field, ...] = ()
    links: tuple[Link, ...] = ()
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it, up to the next heading."""

    title: str
    line: int
    depth: int = 1
    parent: str = ""
    guidance: str = ""
    items: tuple[Item, ...] = ()
    code: tuple[Code, ...] = ()
    fill_ins: tuple[Field, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """One checklist of the document."""

    title: str
    line: int
    guidance: str = ""
    sections: tuple[Section, ...] = ()
    code: tuple[Code, ...] = ()
    fill_ins: tuple[Field, ...] = ()
    links: tuple[Link, ...] = ()
    sign_off_fields: tuple[Field, ...] = ()
    variables: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """The items of all sections, in order."""
        return tuple(item for section in self.sections for item in section.items)

    def parts(self) -> Iterator["Template | Section | Item"]:
        """The template, its sections and their items: everything that holds code, blanks and links."""
        yield self
        for section in self.sections:
            yield section
            yield from section.items


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank, and what it became."""

    line: int
    text: str
    fate: Fate
    block: int  # the first line of the block this line belongs to
    owner: str = ""  # what it landed on, in words: "on item 3", "in Testing"
    item: int = 0  # its item's running number in its template, 0 where it belongs to none
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something a person should look at before publishing."""

    line: int
    kind: str  # credentials secret fixed_date placeholder threshold link; condition and critical are mere notes
    text: str

    @property
    def is_note(self) -> bool:
        """True where nothing is wrong and there is only something to decide."""
        return self.kind in ("condition", "critical")


@dataclass(frozen=True, slots=True)
class Document:
    """A whole source text, understood."""

    templates: tuple[Template, ...]
    lines: tuple[Line, ...]
    suggestions: tuple[Suggestion, ...] = ()
    problem: str = ""  # a sentence when there is nothing to publish

    @property
    def not_understood(self) -> tuple[Line, ...]:
        """The lines that found no place."""
        return tuple(line for line in self.lines if line.fate is Fate.NOT_UNDERSTOOD)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names any of its templates leaves to the deployment."""
        return tuple(sorted({name for template in self.templates for name in template.variables}))

    def totals(self) -> dict[str, int]:
        """Counts over all templates; what several templates share counts once."""
        parts = [part for template in self.templates for part in template.parts()]
        commands = {code.line for part in parts for code in part.code if code.is_command}
        blanks = {(field.line, field.label) for part in parts for field in part.fill_ins}
        sheet = {(field.line, field.label) for template in self.templates for field in template.sign_off_fields}
        return {
            "templates": len(self.templates),
            "sections": sum(len(template.sections) for template in self.templates),
            "items": sum(len(template.items) for template in self.templates),
            "commands": len(commands),
            "fill_ins": len(blanks),
            "sign_off_fields": len(sheet),
        }


def as_json(document: Document) -> dict[str, Any]:
    """The document as plain values: what `import_checklist --dry-run` prints.

    commands are the texts of shell blocks, code all other blocks, fill_ins labels; text and guidance are Markdown.
    """
    return {
        "templates": [_template(template) for template in document.templates],
        "totals": document.totals(),
        "lines": [{"line": one.line, "fate": str(one.fate), "also": list(one.also)} for one in document.lines],
        "not_understood": [{"line": one.line, "text": one.text} for one in document.not_understood],
        "suggestions": [asdict(one) for one in document.suggestions],
        "problem": document.problem,
    }


def _template(template: Template) -> dict[str, Any]:
    return {
        "title": template.title,
        "line": template.line,
        "guidance": template.guidance,
        "variables": list(template.variables),
        "sign_off_fields": [asdict(field) for field in template.sign_off_fields],
        "sections": [_section(section) for section in template.sections],
        **_held(template),
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "line": section.line,
        "depth": section.depth,
        "parent": section.parent,
        "guidance": section.guidance,
        "items": [_item(item) for item in section.items],
        **_held(section),
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "title": item.title,
        "text": item.text,
        "line": item.line,
        "critical": item.critical,
        "keys": item.keys,
        "depth": item.depth,
        "paths": list(item.paths),
        **_held(item),
    }


def _held(part: Template | Section | Item) -> dict[str, Any]:
    return {
        "commands": [code.text for code in part.code if code.is_command],
        "code": [asdict(code) for code in part.code if not code.is_command],
        "fill_ins": [field.label for field in part.fill_ins],
        "links": [asdict(link) for link in part.links],
    }
