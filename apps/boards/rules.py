"""What two deployments differ in, item by item: pure functions of facts, without a database."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps.deployments.states import ItemState

NOT_DONE, NOT_YET = "not done", "not done yet"
SIGNED, CARRIED, WAIVED, REJECTED, FAILED = "signed", "carried over", "waived", "rejected", "failed"
# What came out of an item, in a word. A deployment that goes on may still do what is not done.
OUTCOMES = {
    ItemState.OPEN: NOT_DONE,
    ItemState.HALF: NOT_DONE,
    ItemState.PENDING: NOT_DONE,
    ItemState.UNPROVEN: NOT_DONE,
    ItemState.VERIFIED: SIGNED,
    ItemState.WAIVED: WAIVED,
    ItemState.EXPIRED: NOT_DONE,
    ItemState.FAILED: FAILED,
    ItemState.REJECTED: REJECTED,
    ItemState.INVALIDATED: NOT_DONE,
    ItemState.NOT_APPLICABLE: "does not apply",
    ItemState.CARRIED: CARRIED,
}
# An item that is carried over came out as it was signed, and has no evidence of its own that could differ.
ALIKE = ({NOT_DONE, NOT_YET}, {SIGNED, CARRIED})
SILENT = (NOT_YET, CARRIED)


class Aspect(StrEnum):
    """What an item of two deployments differs in, the gravest first."""

    WORSE = "worse"
    RESULT = "result"
    MEASURED = "measured"
    WAIVED = "waived"
    LIMIT = "limit"
    KEYS = "keys"
    TEXT = "text"
    TERMS = "terms"
    ANSWER = "answer"
    EVIDENCE = "evidence"
    ONLY = "only"
    UNDONE = "undone"


ORDER = {aspect: place for place, aspect in enumerate(Aspect)}
# One of the two has not come that far: no difference in what they ask or in what came out.
NO_DIFFERENCE = frozenset({Aspect.UNDONE})


@dataclass(frozen=True, slots=True)
class ItemOf:
    """An item of one of two deployments, in plain values.

    key: "" where it was added on the board. texts: title, text, commands and labels as the template has them, names of
    limits and variables unfilled. terms: what else it asks, by name. limits: those it uses, in words by their labels;
    None where its checklist no longer has it. answers: (label, answer) of filled blanks, and what was written as
    result. evidence: the kind of each piece. measured: by its probe, "" for nothing. is_over: its deployment ended.
    """

    number: int
    key: str
    title: str
    state: ItemState
    is_over: bool = False
    texts: tuple[Any, ...] = ()
    keys: int = 2
    critical: bool = False
    terms: Mapping[str, Any] | None = None
    limits: Mapping[str, str] | None = None
    answers: tuple[tuple[str, str], ...] = ()
    evidence: tuple[str, ...] = ()
    measured: str = ""

    @property
    def outcome(self) -> str:
        """What came out of it, in a word."""
        found = OUTCOMES[self.state]
        return NOT_YET if found == NOT_DONE and not self.is_over else found


@dataclass(frozen=True, slots=True)
class Compared:
    """An item of either deployment or of both. terms and limits: names of those that differ."""

    before: ItemOf | None
    after: ItemOf | None
    aspects: frozenset[Aspect]
    terms: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether it differs in what it asks or in what came out."""
        return bool(self.aspects - NO_DIFFERENCE)

    @property
    def weight(self) -> int:
        """The gravest of what it differs in, as a number: the smaller, the graver."""
        return min((ORDER[aspect] for aspect in self.aspects), default=len(ORDER))


def compare(before: Sequence[ItemOf], after: Sequence[ItemOf]) -> list[Compared]:
    """Every item of both: in the order of `after`, then those that only `before` has."""
    return [_compared(*pair) for pair in matched(before, after)]


def matched(before: Sequence[ItemOf], after: Sequence[ItemOf]) -> Iterator[tuple[ItemOf | None, ItemOf | None]]:
    """The same item of both by its key. Where one has none, by a title that only it has, letter by letter."""
    by_key = {item.key: item for item in before if item.key}
    known = {item.key for item in after if item.key}
    by_title = _only([item for item in before if item.key not in known])
    alone = _only([item for item in after if item.key not in by_key])
    found = []
    for item in after:
        other = by_key.get(item.key) if item.key else None
        if other is None and alone.get(item.title) is item:
            other = by_title.get(item.title)
            other = None if other and other.key and item.key else other
        found.append(other)
        yield other, item
    taken = {id(item) for item in found if item}
    yield from ((item, None) for item in before if id(item) not in taken)


def _only(items: Iterable[ItemOf]) -> dict[str, ItemOf]:
    """Items by their titles, without those that share one."""
    items = list(items)
    counts = Counter(item.title for item in items)
    return {item.title: item for item in items if counts[item.title] == 1}


def _compared(before: ItemOf | None, after: ItemOf | None) -> Compared:
    if before is None or after is None:
        return Compared(before, after, frozenset({Aspect.ONLY}))
    terms, limits = _unlike(before.terms or {}, after.terms or {}), _limits(before, after)
    found = {
        Aspect.MEASURED: bool(before.measured and after.measured) and before.measured != after.measured,
        Aspect.TEXT: before.texts != after.texts,
        Aspect.KEYS: (before.keys, before.critical) != (after.keys, after.critical),
        Aspect.TERMS: bool(terms),
        Aspect.LIMIT: bool(limits),
        Aspect.ANSWER: _answers_differ(before, after, before.answers, after.answers),
        Aspect.EVIDENCE: _answers_differ(before, after, sorted(before.evidence), sorted(after.evidence)),
    }
    aspects = {aspect for aspect, holds in found.items() if holds} | _outcome(before, after)
    return Compared(before, after, frozenset(aspects), terms, limits)


def _outcome(before: ItemOf, after: ItemOf) -> set[Aspect]:
    """What is to say of what came out of both."""
    both = {before.outcome, after.outcome}
    if len(both) == 1 or both in ALIKE:
        return set()
    if before.outcome in (SIGNED, CARRIED) and after.outcome in (FAILED, REJECTED):
        return {Aspect.WORSE, Aspect.RESULT}
    if WAIVED in both:
        return {Aspect.WAIVED, Aspect.RESULT}
    return {Aspect.UNDONE} if both in ({SIGNED, NOT_YET}, {CARRIED, NOT_YET}) else {Aspect.RESULT}


def _limits(before: ItemOf, after: ItemOf) -> tuple[str, ...]:
    """Names of limits that differ; none where one checklist has no such item to name them."""
    return () if before.limits is None or after.limits is None else _unlike(before.limits, after.limits)


def _unlike(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys([*after, *before]) if before.get(name) != after.get(name))


def _answers_differ(before: ItemOf, after: ItemOf, old: Sequence[Any], new: Sequence[Any]) -> bool:
    """Whether both say something else: who has not said anything yet may still say the same."""
    silent = (not old and before.outcome in SILENT) or (not new and after.outcome in SILENT)
    return old != new and not silent
