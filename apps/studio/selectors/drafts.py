"""Drafts as they were last shown, in this process only; what changed since is read and rendered again.

Everything a draft says is read as the database holds it, in one statement; a row of the same values is the same row,
so that an edit costs the row it edited. All of it is made again whenever it is missing (decision 6).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any
from uuid import UUID

from cachetools import LRUCache

from apps.checklists.models import VERSION_FIELDS, AcceptedProblem, TemplateItem, TemplateSection, TemplateVersion
from apps.checklists.rules import problems as rules
from apps.checklists.rules.parameters import Parameter, parameters_by_name
from apps.checklists.rules.problems import ItemFacts, Problem
from apps.core.statements import fetched
from apps.ledger import selectors as ledger
from apps.studio.models import DraftStep
from apps.studio.states import StepState

from .rows import DraftRow

MOST_ROWS = 50_000  # of all drafts together; a row and its HTML take about three kilobytes
COLUMNS = [f'i."{each.column}"' for each in TemplateItem._meta.concrete_fields]
ITEMS = (
    f"SELECT {', '.join(COLUMNS)} FROM checklists_templateitem i "
    "JOIN checklists_templatesection s ON s.id = i.section_id WHERE i.version_id = %s ORDER BY s.position, i.position"
)
KEY = [each.name for each in TemplateItem._meta.concrete_fields].index("key")


@dataclass(eq=False)
class DraftPart:
    """A section with its rows; `stamp` is the entry since which its list of rows is this one."""

    section: TemplateSection
    rows: list[DraftRow]
    accepted_rows: Sequence[AcceptedProblem]
    stamp: int
    first: int = 1  # the number of its first item
    html: dict[tuple[int, bool], bytes] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The key of the section."""
        return self.section.key

    @cached_property
    def own(self) -> dict[str, Any]:
        """What the section says, without its items."""
        return self.section.own()

    @cached_property
    def _apart(self) -> tuple[list[Problem], list[tuple[Problem, AcceptedProblem]]]:
        return rules.apart(rules.section_problems(self.own), {each.key: each for each in self.accepted_rows})

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the section itself and not accepted."""
        return self._apart[0]

    @property
    def accepted(self) -> list[tuple[Problem, AcceptedProblem]]:
        """What is wrong with the section itself and accepted, with who said why."""
        return self._apart[1]


@dataclass(frozen=True, eq=False)
class Draft:
    """Everything of a draft that every viewer sees alike, as of an entry of its template's chain."""

    sequence: int
    version: TemplateVersion
    parts: list[DraftPart]
    facts: ItemFacts
    published: Mapping[str, Any]  # what each item of the last published version says, by key; empty before there is one
    undo: DraftStep | None
    redo: DraftStep | None

    @cached_property
    def rows(self) -> list[DraftRow]:
        """All items in order."""
        return [row for part in self.parts for row in part.rows]

    @cached_property
    def by_key(self) -> dict[str, tuple[int, DraftRow, DraftPart]]:
        """Each item with its number and its section."""
        return {row.key: (part.first + at, row, part) for part in self.parts for at, row in enumerate(part.rows)}

    @cached_property
    def named(self) -> dict[str, Parameter]:
        """Its limits by name."""
        return parameters_by_name(self.version.parameters)

    @cached_property
    def accepted(self) -> dict[str, tuple[Problem, AcceptedProblem]]:
        """All that is wrong with it and accepted, with who said why, by digest."""
        found = [
            pair
            for part in self.parts
            for pairs in (part.accepted, *(row.accepted for row in part.rows))
            for pair in pairs
        ]
        return {accepted.key: (problem, accepted) for problem, accepted in found}

    @cached_property
    def problems(self) -> list[Problem]:
        """All that is wrong with it and not accepted, what blocks first."""
        own = {name: getattr(self.version, name) for name in VERSION_FIELDS}
        found = rules.version_problems(own, len(self.rows))
        for part in self.parts:
            found += part.problems
            found += [problem for row in part.rows for problem in row.problems]
        return rules.in_order(found)

    @cached_property
    def blocking(self) -> int:
        """How many problems must be solved before it is published."""
        return sum(1 for problem in self.problems if problem.blocks)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many rows each filter shows."""
        names = ("changed", "problems", "critical")
        return {"all": len(self.rows), **{name: sum(1 for row in self.rows if name in row.shows) for name in names}}


DRAFTS: LRUCache[UUID, Draft] = LRUCache(MOST_ROWS, getsizeof=lambda draft: 1 + len(draft.rows))
_CACHE_LOCK = Lock()
_READING = [Lock() for _ in range(64)]  # whoever needs a draft that is being read waits for it


def draft_of(version: TemplateVersion) -> Draft:
    """The draft as it is now."""
    sequence = ledger.head(version.template.stream).sequence
    with _READING[version.pk.int % len(_READING)]:
        last = cached(version.pk)
        if last is not None and last.sequence >= sequence:
            return last
        draft = _read(version, sequence, last)
        with _CACHE_LOCK:
            DRAFTS[version.pk] = draft
        return draft


def cached(pk: UUID) -> Draft | None:
    """The draft as it was last read, however long ago."""
    with _CACHE_LOCK:
        return DRAFTS.get(pk)


def forget() -> None:
    """As after a start: nothing is rendered."""
    with _CACHE_LOCK:
        DRAFTS.clear()


def _read(version: TemplateVersion, sequence: int, last: Draft | None) -> Draft:
    version = TemplateVersion.objects.select_related("template__team", "sign_off").get(pk=version.pk)
    sections = list(version.sections.order_by("position"))
    items, raws = _items(version, last)
    # What was read may be newer than `sequence`, never than the entry that is the newest after it.
    stamp = ledger.head(version.template.stream).sequence
    contents = {key: item.own() for key, item in items.items()}
    own = {name: getattr(version, name) for name in VERSION_FIELDS}
    facts = rules.facts_of(own, contents.values())
    published = last.published if last else _published(version)
    circular = {each.key: each for each in rules.circles({key: one["conditions"] for key, one in contents.items()})}
    known = _Known(last, facts, parameters_by_name(version.parameters), published, stamp)
    for each in version.accepted_problems.order_by("pk"):
        known.accepted[each.what, each.part].append(each)
    under: dict[int, list[DraftRow]] = {section.pk: [] for section in sections}
    for key, item in items.items():
        if item.section_id in under:  # else its section came after the sections were read; the next answer has both
            under[item.section_id].append(known.row(item, raws[key], contents[key], circular.get(key)))
    steps = version.steps.order_by("number")
    return Draft(
        sequence=sequence,
        version=version,
        parts=known.parts(sections, under),
        facts=facts,
        published=published,
        undo=steps.filter(state=StepState.DONE).last(),
        redo=steps.filter(state=StepState.UNDONE).first(),
    )


def _items(version: TemplateVersion, last: Draft | None) -> tuple[dict[str, TemplateItem], dict[str, tuple[Any, ...]]]:
    """The items by key in order, those that changed read anew, and what the database holds of each."""
    raws = {raw[KEY]: raw for raw in fetched(ITEMS, version.pk)}
    rows = {row.key: row for row in last.rows} if last else {}
    same = {key: rows[key].item for key, raw in raws.items() if key in rows and rows[key].raw == raw}
    changed = [raw[0] for key, raw in raws.items() if key not in same]
    asked = version.items.all() if len(changed) > len(raws) // 2 else version.items.filter(pk__in=changed)
    found = {item.key: item for item in asked} if changed else {}
    return {key: item for key in raws if (item := same.get(key) or found.get(key))}, raws


def _published(version: TemplateVersion) -> dict[str, Any]:
    """What each item of the last published version of its template says, by key."""
    newest = TemplateVersion.objects.newest_beside(version.pk).first()
    items: Iterable[TemplateItem] = newest.items.select_related("section") if newest else ()
    return {item.key: item.own() for item in items}


class _Known:
    """What was read before, from which rows and sections are taken where they are still the same."""

    def __init__(
        self, last: Draft | None, facts: ItemFacts, named: Mapping[str, Parameter], published: Any, stamp: int
    ) -> None:
        self.rows = {row.key: row for row in last.rows} if last else {}
        self.sections = {part.key: part for part in last.parts} if last else {}
        self.facts, self.named, self.published, self.stamp = facts, named, published, stamp
        self.accepted: dict[tuple[str, str], list[AcceptedProblem]] = defaultdict(list)  # by what and key of their part
        self.is_same = bool(last and last.facts == facts)

    def row(
        self, item: TemplateItem, raw: tuple[Any, ...], content: Mapping[str, Any], circle: Problem | None
    ) -> DraftRow:
        """The row of an item; `circle` is what is wrong with its conditions and those of others together."""
        old, named = self.rows.get(item.key), self.named if "{{" in item.title else {}
        accepted = self.accepted.get(("item", item.key), [])
        is_same = old is not None and old.raw == raw and old.circle == circle and old.named == named
        is_same = is_same and old is not None and old.accepted_rows == accepted
        if old and is_same and self.is_same:
            return old
        found = rules.item_problems(content, self.facts)
        if old and is_same and old.own_problems == found:
            return old
        row = DraftRow(item, raw, self._change(content), named, self.stamp)
        row.content, row.own_problems, row.circle, row.accepted_rows = content, found, circle, accepted
        return row

    def _change(self, content: Mapping[str, Any]) -> str:
        if not self.published:
            return ""
        before = self.published.get(content["key"])
        return "new" if before is None else "" if before == content else "changed"

    def parts(self, sections: Iterable[TemplateSection], under: Mapping[int, list[DraftRow]]) -> list[DraftPart]:
        """The sections with their rows."""
        found, first = [], 1
        for section in sections:
            rows, old = under[section.pk], self.sections.get(section.key)
            accepted = self.accepted.get(("section", section.key), [])
            is_same = old is not None and old.own == section.own() and old.section.position == section.position
            is_same = is_same and old is not None and old.accepted_rows == accepted
            if old and is_same and old.rows == rows and old.first == first:
                found.append(old)
            else:
                keeps = old and is_same and [row.key for row in old.rows] == [row.key for row in rows]
                stamp = old.stamp if old and keeps else self.stamp
                found.append(DraftPart(section, rows, accepted, stamp, first))
            first += len(rows)
        return found
