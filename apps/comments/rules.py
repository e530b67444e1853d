"""Who a text mentions: `@` and the name of somebody, as people type it."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from apps.core.wording import folded

AT = "@"
MOST_LOOKED_AT = 100  # places of a text where a name may begin: what comes after them mentions nobody


class TextPart(NamedTuple):
    """A part of a text, and whether it mentions somebody."""

    text: str
    is_mention: bool


def mentioned(text: str, people: Collection[tuple[UUID, str]]) -> list[tuple[UUID, str]]:
    """Who a text mentions, each once in order, and the name as it stands there.

    people: (id, name) of everybody who can be mentioned, several names for one person as well. Names are compared in
    whatever case; of two that fit the longer one is meant. Who has the same name as somebody else is mentioned too.
    """
    called: dict[str, list[UUID]] = {}
    for person, name in people:
        called.setdefault(folded(name), []).append(person)
    found: dict[UUID, str] = {}
    for _, name in _places(text, {name for _, name in people}):
        for person in called[folded(name)]:
            found.setdefault(person, name)
    return list(found.items())


def parts_of(text: str, names: Collection[str]) -> list[TextPart]:
    """The text in parts in order: what mentions one of these names, and what stands between."""
    parts, end = [], 0
    for place, name in _places(text, names):
        parts += [TextPart(text[end:place], is_mention=False), TextPart(AT + name, is_mention=True)]
        end = place + len(AT) + len(name)
    return [part for part in (*parts, TextPart(text[end:], is_mention=False)) if part.text]


def _places(text: str, names: Collection[str]) -> Iterator[tuple[int, str]]:
    """Where a name is mentioned, and how it is spelt there. Inside a word, as in an address, an @ mentions nobody."""
    by_length: dict[int, set[str]] = {}
    for name in filter(None, names):
        by_length.setdefault(len(name), set()).add(folded(name))
    begin = {name[:1] for of_length in by_length.values() for name in of_length}
    place, left = text.find(AT), MOST_LOOKED_AT
    while place >= 0 and left:
        first = text[place + 1 : place + 2]
        if first and folded(first)[:1] in begin and not text[max(place - 1, 0) : place].isalnum():
            left -= 1
            after = text[place + 1 : place + 1 + max(by_length) + 1]
            fits = (after[:length] for length in sorted(by_length, reverse=True) if _is_name(after, by_length, length))
            if name := next(fits, ""):
                yield place, name
        place = text.find(AT, place + 1)


def _is_name(after: str, by_length: Mapping[int, Collection[str]], length: int) -> bool:
    """Whether a text begins with a name of that length, and no letter goes on with it."""
    return not after[length : length + 1].isalnum() and folded(after[:length]) in by_length[length]
