"""What a person is asked about an import: lines nobody understood, warnings, and what can be made of a line."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import groupby

from apps.checklists.markdown.document import ParsedDocument
from apps.checklists.markdown.proposals import Change, ParameterChange, proposals


class FindingKind(StrEnum):
    """The kinds of findings, in the order in which pages list them."""

    NOT_UNDERSTOOD = "not_understood"
    WARNING = "warning"
    PLACEHOLDER = "placeholder"  # a number that has to be filled in before publishing
    LIST = "list"
    PROBE = "probe"
    PARAMETER = "parameter"
    KEYS = "keys"
    CRITICAL = "critical"
    CONDITION = "condition"
    VARIABLE = "variable"


# What somebody has to have seen; all others are offers that can wait.
NEEDS = frozenset({FindingKind.NOT_UNDERSTOOD, FindingKind.WARNING, FindingKind.PLACEHOLDER})


@dataclass(frozen=True, slots=True)
class Finding:
    """One question about a line. changes: of each template by its place in the document; lines: become items.

    It is known by its line, its kind and its sentence: where one of these is another, it is another question, and
    nobody has answered it.
    """

    line: int
    kind: FindingKind
    text: str
    changes: tuple[tuple[int, Change], ...] = ()
    lines: tuple[int, ...] = ()
    warning: str = ""  # which kind of warning: credentials, link and the like

    @property
    def key(self) -> str:
        """Its name among those of its line, as decisions are stored."""
        return f"{self.kind}-{sha256(self.text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"

    @property
    def id(self) -> str:
        """Its name in forms."""
        return f"{self.line}-{self.key}"

    @property
    def needs_somebody(self) -> bool:
        """Whether somebody has to have seen it."""
        return self.kind in NEEDS

    @property
    def can_be_taken(self) -> bool:
        """Whether it offers a change; others are only seen."""
        return bool(self.changes or self.lines)

    @property
    def placeholder(self) -> ParameterChange | None:
        """The number that lacks, where it is about one."""
        if self.kind is not FindingKind.PLACEHOLDER:
            return None
        return next(change for _template, change in self.changes if isinstance(change, ParameterChange))


def findings(document: ParsedDocument) -> tuple[Finding, ...]:
    """Everything that is asked about a document, in the order of its lines."""
    lines = [line.line for line in document.lines]
    if not lines:
        return ()
    offered = list(_offers(document, lines))
    numbers = {one.line for one in offered if one.kind is FindingKind.PLACEHOLDER}
    found = [*_not_understood(document), *_warnings(document, numbers), *offered]
    return tuple(sorted(found, key=lambda one: one.line))


def _offers(document: ParsedDocument, lines: list[int]) -> Iterator[Finding]:
    """What can be made of lines. The same sentence about the same line, in several templates too, is asked once.

    lines: those that say something; what is about a text without a heading is asked about its first line.
    """
    together: dict[tuple[int, str, str], list[tuple[int, Change]]] = {}
    for place, template in enumerate(document.templates):
        for one in proposals(template):
            line = lines[min(bisect_left(lines, one.line), len(lines) - 1)]
            together.setdefault((line, one.kind, one.text), []).append((place, one.change))
    for (line, kind, text), changes in together.items():
        yield Finding(line, FindingKind(kind), text, tuple(changes))


def _warnings(document: ParsedDocument, numbers: set[int]) -> Iterator[Finding]:
    """What may be wrong, and lists that may be items; a number that can be typed at once is no warning besides."""
    found: dict[tuple[int, str], Finding] = {}
    for one in document.suggestions:
        if one.kind == "list":
            found[one.line, one.text] = Finding(one.line, FindingKind.LIST, one.text, lines=one.lines)
        elif not one.is_note and not (one.kind == "threshold" and one.line in numbers):
            found[one.line, one.text] = Finding(one.line, FindingKind.WARNING, one.text, warning=one.kind)
    yield from found.values()


def _not_understood(document: ParsedDocument) -> Iterator[Finding]:
    """The lines that nothing was made of, a block of them at once."""
    for block, lines in groupby(document.not_understood, lambda line: line.block):
        count = sum(1 for _line in lines)
        what = f"Nothing was made of these {count} lines" if count > 1 else "Nothing was made of this line"
        yield Finding(block, FindingKind.NOT_UNDERSTOOD, f"{what}: kept word for word, and on no board.")
