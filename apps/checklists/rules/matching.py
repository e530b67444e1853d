"""Which item of a new text is which item of the old version, so that its key goes on."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

THRESHOLD = 0.6  # of trigrams that two titles share, from 0 to 1
RAREST = 12  # terms by which an item looks for others like it
MOST_SHARING = 40  # a term that more items share tells none of them from the others
COMPARED = 6  # candidates whose similarity is worked out, for each item
_READ = 1_000  # characters of a text that are compared

By = Literal["key", "words", "title", "similar"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What an item is recognised by. key: "" where it has none yet; section: its key or title."""

    key: str
    title: str
    text: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Positions of one item in the old and in the new list, and what it was recognised by."""

    old: int
    new: int
    by: By


def match(old: Sequence[Entry], new: Sequence[Entry]) -> tuple[Match, ...]:
    """The items that both lists have, in the order of the new one: each at most once, and always the same.

    First by key, then by equal words, then by an equal title in the same section, then the most similar.
    """
    found: list[Match] = []
    left_old, left_new = dict(enumerate(old)), dict(enumerate(new))
    steps: tuple[tuple[By, Callable[[Entry], Hashable]], ...] = (
        ("key", lambda entry: entry.key),
        ("words", lambda entry: (entry.title, entry.text, entry.section)),
        ("words", lambda entry: (entry.title, entry.text)),
        ("title", lambda entry: (entry.title, entry.section)),
    )
    for by, recognised in steps:
        _take(found, left_old, left_new, [Match(*pair, by) for pair in _equal(left_old, left_new, recognised)])
    _take(found, left_old, left_new, _similar(left_old, left_new))
    return tuple(sorted(found, key=lambda one: one.new))


def _take(found: list[Match], left_old: dict[int, Entry], left_new: dict[int, Entry], matches: Sequence[Match]) -> None:
    """Adds matches, the best first, whose items are still free."""
    for one in matches:
        if one.old in left_old and one.new in left_new:
            del left_old[one.old], left_new[one.new]
            found.append(one)


def _equal(
    left_old: dict[int, Entry], left_new: dict[int, Entry], recognised: Callable[[Entry], Hashable]
) -> list[tuple[int, int]]:
    """Pairs that are recognised by the same; the first with the first, the second with the second."""
    places = defaultdict(list)
    for at, entry in reversed(left_old.items()):
        if recognised(entry):
            places[recognised(entry)].append(at)
    return [
        (places[recognised(entry)].pop(), at)
        for at, entry in left_new.items()
        if places.get(recognised(entry))
    ]  # fmt: skip


# Similar ones


def _similar(left_old: dict[int, Entry], left_new: dict[int, Entry]) -> list[Match]:
    """Pairs above the threshold, the most similar first. Never all with all: only those that share a rare term."""
    terms = {at: _terms(entry) for at, entry in left_old.items()}
    sharing = defaultdict(list)
    for at, own in terms.items():
        for term in own:
            sharing[term].append(at)
    pairs = []
    for at, entry in left_new.items():
        own = _terms(entry)
        rare = sorted((term for term in own if term in sharing), key=lambda term: (len(sharing[term]), term))[:RAREST]
        votes = Counter(place for term in rare if len(sharing[term]) <= MOST_SHARING for place in sharing[term])
        for place, _count in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))[:COMPARED]:
            score = _likeness(left_old[place], entry)
            if score >= THRESHOLD:
                pairs.append((-score, left_old[place].section != entry.section, place, at))
    return [Match(place, at, "similar") for _score, _elsewhere, place, at in sorted(pairs)]


def _likeness(one: Entry, other: Entry) -> float:
    """How alike two items are, from 0 to 1: by their titles, or by both where texts are more so."""
    titles = _shared(_trigrams(one.title), _trigrams(other.title))
    texts = _shared(_trigrams(one.text), _trigrams(other.text)) if one.text and other.text else 0.0
    return max(titles, (titles + texts) / 2)


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    """Dice's coefficient of two sets."""
    return 2 * len(one & other) / ((len(one) + len(other)) or 1)


def _terms(entry: Entry) -> set[str]:
    """What an item is found by: trigrams of its title, and neighbouring words of its title and text."""
    words = f"{entry.title} \n {entry.text[:_READ]}".casefold().split(" ")
    return {*_trigrams(entry.title), *map(" ".join, pairwise(word for word in words if word))}


def _trigrams(text: str) -> frozenset[str]:
    words = f"  {' '.join(text[:_READ].casefold().split())} "
    return frozenset(words[at : at + 3] for at in range(len(words) - 2))
