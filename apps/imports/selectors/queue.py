"""The queue of an import: what needs somebody, what can be taken, and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from apps.checklists.rules.parameters import Parameter
from apps.core.shown import fingerprint
from apps.imports.models import ChecklistImport, Result
from apps.imports.rules import Decision, Finding, FindingKind, decision_of, stated, value_of

from .source import Source

MOST_NEEDS, MOST_OFFERS, MOST_DECIDED = 12, 4, 20  # of each list; whoever asks for more of a kind gets MOST_ASKED
MOST_ASKED = 100
LONGEST_LINE = 200
NEEDED, OFFERED, DECIDED = "needs", "offers", "decided"  # groups besides those of a kind
LABELS = {
    FindingKind.NOT_UNDERSTOOD: "Not understood",
    FindingKind.WARNING: "Worth a look",
    FindingKind.PLACEHOLDER: "A number is missing",
    FindingKind.LIST: "Lines that may be items",
    FindingKind.PROBE: "Probes",
    FindingKind.PARAMETER: "Limits from numbers",
    FindingKind.KEYS: "Keys",
    FindingKind.CRITICAL: "Critical",
    FindingKind.CONDITION: "Only when",
    FindingKind.VARIABLE: "Asked at the start",
}

WARNINGS = {
    "credentials": "Default login",
    "secret": "A secret",
    "fixed_date": "A date of another day",
    "link": "Leads nowhere",
    "placeholder": "To fill in",
    "threshold": "A number is missing",
}


@dataclass(frozen=True, eq=False)
class Entry:
    """A finding in the queue. text: its line; place: "item 3" where it is about one; basis: what its form shows."""

    finding: Finding
    decision: Decision
    value: str
    text: str
    place: str
    url: str
    basis: str

    @property
    def label(self) -> str:
        """What kind of finding it is, in words."""
        return WARNINGS.get(self.finding.warning, LABELS[self.finding.kind])

    @property
    def number(self) -> Parameter | None:
        """The limit whose number is missing, where it is about one."""
        return missing.parameter if (missing := self.finding.placeholder) else None

    @property
    def is_taken(self) -> bool:
        """Whether it was taken, and not only seen."""
        return self.decision is Decision.TAKEN


@dataclass(frozen=True, eq=False)
class Group:
    """Open findings of one kind, or all that need somebody: the first of them, and what a form for all shows."""

    name: str
    label: str
    entries: list[Entry]
    count: int
    basis: str
    is_asked: bool
    is_open: bool = False

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.entries)


class Queue:
    """Everything that is asked about an import, as its page lists it; more: the group of which somebody wants more."""

    def __init__(self, imported: ChecklistImport, result: Result, source: Source, more: str) -> None:
        self.decisions, self.source, self.more = imported.decisions, source, more
        self.blocks = {line.line: (line, block) for block in source.blocks for line in block.lines}
        self.open = [one for one in result.findings if decision_of(imported.decisions, one) is Decision.OPEN]
        self.done = [one for one in result.findings if decision_of(imported.decisions, one) is not Decision.OPEN]
        self.undo = imported.steps[-1]["number"] if imported.steps else 0

    @cached_property
    def needs(self) -> Group:
        """What needs somebody, in the order of the lines."""
        return self._group(NEEDED, "Needs you", [one for one in self.open if one.needs_somebody], MOST_NEEDS)

    @cached_property
    def offers(self) -> list[Group]:
        """What can be taken, kind by kind."""
        found: dict[FindingKind, list[Finding]] = {}
        for one in self.open:
            if not one.needs_somebody:
                found.setdefault(one.kind, []).append(one)
        groups = [self._group(kind, LABELS[kind], found[kind], MOST_OFFERS) for kind in FindingKind if kind in found]
        return [replace(group, is_open=group.is_asked or not place) for place, group in enumerate(groups)]

    @cached_property
    def offered(self) -> Group:
        """All that can be taken, as a form for all of it needs it."""
        return self._group(OFFERED, "Suggestions", [one for one in self.open if not one.needs_somebody], 0)

    @cached_property
    def decided(self) -> Group:
        """What was taken or dismissed, to be put back."""
        return self._group(DECIDED, "Decided", self.done, MOST_DECIDED)

    def _group(self, name: str, label: str, findings: Sequence[Finding], most: int) -> Group:
        is_asked = name == self.more
        entries = [self._entry(one) for one in findings[: MOST_ASKED if is_asked else most]]
        return Group(name, label, entries, len(findings), fingerprint(stated(findings, self.decisions)), is_asked)

    def _entry(self, finding: Finding) -> Entry:
        line, block = self.blocks[finding.line]
        return Entry(
            finding,
            decision_of(self.decisions, finding),
            value_of(self.decisions, finding),
            line.text.strip()[:LONGEST_LINE],
            f"item {block.number}" if block.number else "",
            self.source.url(finding.line),
            fingerprint(stated([finding], self.decisions)),
        )
