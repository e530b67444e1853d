"""The board that results from an import: its sections and items, what was taken included; what is all clear folds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from apps.checklists.markdown.document import ParsedTemplate
from apps.checklists.rules.parameters import Parameter, parameters_by_name, pieces
from apps.core.wording import plural
from apps.imports.models import Result
from apps.imports.rules import Finding, FindingKind

from .source import Source

MOST_TICKS = 240  # of the spine; what is longer only begins there
# What an item could have; empty where something is wrong instead, which its row says in whole sentences.
MAYBE = {
    FindingKind.NOT_UNDERSTOOD: "", FindingKind.WARNING: "", FindingKind.PLACEHOLDER: "",
    FindingKind.PROBE: "probe?", FindingKind.PARAMETER: "limit?", FindingKind.KEYS: "keys?",
    FindingKind.CRITICAL: "critical?", FindingKind.CONDITION: "only when?", FindingKind.VARIABLE: "variable?",
    FindingKind.LIST: "items?",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class BoardRow:
    """An item as the board will show it. content: what it says; number: in its template; findings: the open ones."""

    number: int
    line: int
    content: Mapping[str, Any]
    limits: Mapping[str, Parameter]
    findings: Sequence[Finding]

    @property
    def title(self) -> tuple[tuple[str, Parameter | None], ...]:
        """Its title in pieces, limits apart."""
        return pieces(self.content["title"], self.limits)

    @property
    def url(self) -> str:
        """Its line in the source, which is on the same page."""
        return f"#L{self.line}"

    @property
    def tags(self) -> list[str]:
        """What it has besides its title and its keys."""
        own = self.content
        return [
            *([plural(len(own["commands"]), "command")] if own["commands"] else []),
            *([plural(len(own["fill_ins"]), "fill-in")] if own["fill_ins"] else []),
            *(["probe"] if own["probe"] else []),
            *(["only when"] if own["conditions"] else []),
        ]

    @property
    def maybe(self) -> list[str]:
        """What it could have."""
        return list(dict.fromkeys(MAYBE[one.kind] for one in self.findings if MAYBE[one.kind]))

    @property
    def why(self) -> list[str]:
        """What needs somebody, a sentence each."""
        return [one.text for one in self.findings if one.needs_somebody]


@dataclass(frozen=True, eq=False)
class BoardSection:
    """A section of the board. template: the title of its checklist where a new one begins; folded: items not shown."""

    title: str
    parent: str
    template: str
    line: int
    rows: list[BoardRow]
    folded: list[int]  # the lines of the items not shown
    is_clear: bool

    @property
    def at(self) -> int:
        """The line by which what is folded is found."""
        return self.folded[0] if self.folded else self.line

    @property
    def words(self) -> str:
        """How many items are folded: "3 more items, all clear"."""
        count = len(self.folded)
        words = plural(count, "more item") if self.rows else plural(count, "item")
        return f"{words}{', all clear' if self.is_clear else ''}" if count else "no items"


@dataclass(frozen=True)
class _Reach:
    """What of the board a page of the source is about: lines in all, items to show, and what is open about items."""

    lines: frozenset[int]
    shown: frozenset[int]
    findings: Mapping[int, Sequence[Finding]]


def board_of(result: Result, source: Source) -> list[BoardSection]:
    """The sections that a page of the source is about; an item is shown where one of its lines is."""
    findings: dict[int, list[Finding]] = {}
    for block in source.reach:
        if block.item and block.findings:
            findings.setdefault(block.item.line, []).extend(block.findings)
    reach = _Reach(
        frozenset(block.line for block in source.reach),
        frozenset(block.item.line for block in source.page if block.item),
        findings,
    )
    found: list[BoardSection] = []
    for template, content in zip(result.document.templates, result.contents, strict=True):
        name = content["title"] if len(result.contents) > 1 else ""
        for section in _sections(template, content, reach):
            found.append(replace(section, template=name))
            name = ""
    return found


def _sections(template: ParsedTemplate, content: Mapping[str, Any], reach: _Reach) -> Iterator[BoardSection]:
    """Those within reach, of a template and what it says."""
    limits, first = parameters_by_name(content["parameters"]), 1
    for section, says in zip(template.sections, content["sections"], strict=True):
        both = list(enumerate(zip(section.items, says["items"], strict=True), first))
        first += len(both)
        within = [(number, item.line, own) for number, (item, own) in both if item.line in reach.lines]
        if not within and section.line not in reach.lines:
            continue
        rows = [
            BoardRow(number, line, own, limits, reach.findings.get(line, ()))
            for number, line, own in within
            if line in reach.shown
        ]
        folded = [line for _number, line, _own in within if line not in reach.shown]
        is_clear = not any(line in reach.findings for line in folded)
        yield BoardSection(says["title"], says["parent"], "", section.line, rows, folded, is_clear)


def shape(contents: Iterable[Mapping[str, Any]]) -> list[list[tuple[bool, str]]]:
    """The spine of all templates, no longer than fits."""
    left, found = MOST_TICKS, []
    for section in (section for content in contents for section in content["sections"]):
        own = [(item["critical"], "") for item in section["items"][:left]]
        left -= len(own)
        if own:
            found.append(own)
    return found
