"""Who a text mentions: `@` and the name of somebody, as people type it."""

from collections.abc import Collection, Iterator
from typing import NamedTuple
from uuid import UUID

from apps.core.wording import folded

AT = "@"


class TextPart(NamedTuple):
    """A part of a text, and whether it mentions somebody."""

    text: str
    is_mention: bool


def mentioned(text: str, people: Collection[tuple[UUID, str]]) -> list[tuple[UUID, str]]:
    """Who a text mentions, each once in order, and the name as it stands there.

    people: (id, name) of everybody who can be mentioned, several names for one person as well. Names are compared in
    whatever case; of two that fit the longer one is meant. Who has the same name as somebody else is mentioned too.
    """
    found: dict[UUID, str] = {}
    for _, name in _places(text, {name for _, name in people}):
        for person, called in people:
            if folded(called) == folded(name):
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
    longest_first = sorted(((folded(name), len(name)) for name in names if name), key=lambda one: -one[1])
    place = text.find(AT)
    while place >= 0:
        if not text[:place][-1:].isalnum():
            after = text[place + 1 :]
            fits = (after[:length] for name, length in longest_first if _is_name(after, name, length))
            if name := next(fits, ""):
                yield place, name
        place = text.find(AT, place + 1)


def _is_name(after: str, name: str, length: int) -> bool:
    """Whether a text begins with a name, and no letter goes on with it."""
    return folded(after[:length]) == name and not after[length : length + 1].isalnum()
