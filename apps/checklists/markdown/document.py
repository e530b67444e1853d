"""What a checklist text becomes: plain frozen values, in the order of the text."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from apps.checklists.rules.conditions import Condition
from apps.checklists.rules.parameters import Parameter
from apps.checklists.rules.variables import Variable

TITLE_LENGTH = 200


class LineType(StrEnum):
    """What one line of the source becomes; the values are public: `import_checklist --dry-run` prints them."""

    TITLE = "title"
    SECTION = "section"
    ITEM = "item"
    GUIDANCE = "guidance"
    COMMAND = "command"
    CODE = "code"
    FILL_IN = "fill_in"
    LINK = "link"
    SIGN_OFF = "sign_off"
    LAYOUT = "layout"  # says nothing itself: a rule, the names of columns whose rows are items
    FRONT_MATTER = "front_matter"  # settings above the text
    NOT_UNDERSTOOD = "not_understood"
    LEFT_OUT = "left_out"  # only ever by a person's choice


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's correction of one line; None leaves what the reader decided."""

    line_type: LineType | None = None
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
class ParsedLink:
    """An address named in the text."""

    text: str
    url: str
    line: int


@dataclass(frozen=True, slots=True)
class Field:
    """A blank to fill in: of an item, of a section or of the sign-off sheet."""

    label: str
    line: int
    kind: str = "text"  # one of `rules.fill_ins.KINDS`
    options: tuple[str, ...] = ()
    unit: str = ""  # of a number


@dataclass(frozen=True, slots=True)
class Unread:
    """Lines that nothing was made of, word for word; after: the key of the item they stood below, "" where none is."""

    after: str
    text: str


@dataclass(frozen=True, slots=True)
class Probe:
    """What a machine can ask for an item: a kind, which need not exist yet, and its settings as text."""

    kind: str
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Properties:
    """What attributes say of an item. max_age_days: of its evidence; minutes: what it takes; tiers: () means all.

    passkey: every key of it is turned with a passkey.
    """

    evidence_kinds: tuple[str, ...] = ()
    max_age_days: int | None = None
    passkey: bool = False
    probe: Probe | None = None
    conditions: tuple[Condition, ...] = ()
    owner_role: str = ""
    controls: tuple[str, ...] = ()
    runbooks: tuple[tuple[str, str], ...] = ()  # (text, address) of links that are no part of its text
    minutes: int | None = None
    tiers: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str | None], ...] = ()  # those that nobody knows


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """One thing to do or to check."""

    title: str
    text: str
    line: int
    critical: bool = False
    keys: int = 2
    depth: int = 0
    code: tuple[Code, ...] = ()
    fill_ins: tuple[Field, ...] = ()
    links: tuple[ParsedLink, ...] = ()
    paths: tuple[str, ...] = ()
    key: str = ""
    properties: Properties = Properties()


@dataclass(frozen=True, slots=True)
class ParsedSection:
    """A heading and what stands under it, up to the next heading."""

    title: str
    line: int
    depth: int = 1
    parent: str = ""
    guidance: str = ""
    items: tuple[ParsedItem, ...] = ()
    code: tuple[Code, ...] = ()
    fill_ins: tuple[Field, ...] = ()
    links: tuple[ParsedLink, ...] = ()
    key: str = ""
    attributes: tuple[tuple[str, str | None], ...] = ()
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedTemplate:
    """One checklist of the document."""

    title: str
    line: int
    guidance: str = ""
    sections: tuple[ParsedSection, ...] = ()
    code: tuple[Code, ...] = ()
    fill_ins: tuple[Field, ...] = ()
    links: tuple[ParsedLink, ...] = ()
    sign_off_fields: tuple[Field, ...] = ()
    variables: tuple[Variable, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    tiers: tuple[str, ...] = ()
    occasion: str = ""
    source: str = ""  # where its facts come from
    unread: tuple[Unread, ...] = ()

    @property
    def items(self) -> tuple[ParsedItem, ...]:
        """The items of all sections, in order."""
        return tuple(item for section in self.sections for item in section.items)

    def parts(self) -> Iterator["ParsedTemplate | ParsedSection | ParsedItem"]:
        """The template, its sections and their items: everything that holds code, blanks and links."""
        yield self
        for section in self.sections:
            yield section
            yield from section.items


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line that is not blank, and what it became."""

    line: int
    text: str
    line_type: LineType
    block: int  # the first line of the block this line belongs to
    owner: str = ""  # what it belongs to, in words: "on item 3", "in Testing"
    item: int = 0  # its item's running number in its template, 0 where it belongs to none
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something a person should check before publishing."""

    line: int
    kind: str  # credentials secret fixed_date placeholder threshold link attribute front_matter, or a mere note
    text: str
    lines: tuple[int, ...] = ()  # all it is about, where that is not its line alone

    @property
    def is_note(self) -> bool:
        """True where nothing is wrong and there is only something to decide."""
        return self.kind in ("condition", "critical", "list")


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a whole source text becomes."""

    templates: tuple[ParsedTemplate, ...]
    lines: tuple[SourceLine, ...]
    suggestions: tuple[Suggestion, ...] = ()
    problem: str = ""  # a sentence when there is nothing to publish

    @property
    def not_understood(self) -> tuple[SourceLine, ...]:
        """The lines that are part of no template."""
        return tuple(line for line in self.lines if line.line_type is LineType.NOT_UNDERSTOOD)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names any of its templates leaves to the deployment."""
        return tuple(sorted({one.name for template in self.templates for one in template.variables}))

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


def as_json(document: ParsedDocument) -> dict[str, Any]:
    """The document as plain values: what `import_checklist --dry-run` prints.

    commands are the texts of shell blocks, code all other blocks, fill_ins labels; text and guidance are Markdown.
    """
    values = asdict(document)
    return values | {
        "templates": [as_values(template) for template in values["templates"]],
        "totals": document.totals(),
        "lines": [{name: line[name] for name in ("line", "line_type", "also")} for line in values["lines"]],
        "not_understood": [{"line": one.line, "text": one.text} for one in document.not_understood],
    }


def as_values(values: dict[str, Any]) -> dict[str, Any]:
    """A template, section or item with its commands apart from other code, and so for all parts of it."""
    lists = {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
    below = {name: [as_values(child) for child in values[name]] for name in ("sections", "items") if name in values}
    own = {
        "commands": [code["text"] for code in values["code"] if code["is_command"]],
        "code": [code for code in values["code"] if not code["is_command"]],
        "fill_ins": [field["label"] for field in values["fill_ins"]],
    }
    return values | lists | below | own
