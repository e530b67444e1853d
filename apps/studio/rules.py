"""How a draft changes, as pure functions: every edit is a list of changes, and undoing is the same list backwards."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import takewhile
from typing import Any, Literal

MOST_DEPTH = 3
GAP = 1 << 20  # between the positions of two rows that follow each other, so that a third fits between them

What = Literal["version", "section", "item", "accepted"]
Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """What becomes of one part of a draft: `before` is None where it comes, `after` where it goes.

    Otherwise both hold the fields that change and no others. `key` is that of the section, item or accepted problem,
    empty for the version itself. Of an item, the field `section` is the key of its section.
    """

    what: What
    key: str
    before: Fields | None
    after: Fields | None

    @property
    def reversed(self) -> "Change":
        """The change that takes this one back."""
        return Change(self.what, self.key, self.after, self.before)


def stored(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Changes as plain values."""
    return [asdict(change) for change in changes]


def from_stored(values: Iterable[Mapping[str, Any]]) -> list[Change]:
    """Changes as they were stored."""
    return [Change(**value) for value in values]


def undoing(changes: Sequence[Change]) -> list[Change]:
    """The changes that take these back, the last one first."""
    return [change.reversed for change in reversed(changes)]


def edited(what: What, key: str, now: Fields, typed: Fields) -> list[Change]:
    """The change of those fields of `typed` that differ from `now`; none where nothing does."""
    after = {name: value for name, value in typed.items() if now[name] != value}
    return [Change(what, key, {name: now[name] for name in after}, after)] if after else []


@dataclass(frozen=True)
class Place:
    """Where an item stands: in which section, at which position there, and how deep."""

    key: str
    section: str
    position: int
    depth: int


def with_children(places: Sequence[Place], keys: Iterable[str]) -> list[Place]:
    """Those items and what stands under them, in order; `places` are all items in order."""
    wanted = set(keys)
    found: dict[str, Place] = {}
    for at, place in enumerate(places):
        if place.key in wanted:
            found |= {each.key: each for each in (place, *takewhile(partial(_is_below, place), places[at + 1 :]))}
    return [place for place in places if place.key in found]


def _is_below(top: Place, other: Place) -> bool:
    return other.section == top.section and other.depth > top.depth


def positions(before: int | None, after: int | None, count: int) -> list[int] | None:
    """`count` positions between two neighbours, None where a neighbour is missing; None where they do not fit."""
    start = before or 0
    if after is None:
        return [start + GAP * place for place in range(1, count + 1)]
    step = (after - start) // (count + 1)
    return [start + step * place for place in range(1, count + 1)] if step > 0 else None


def moved(places: Sequence[Place], keys: Iterable[str], *, section: str, after: str) -> list[Change]:
    """Items and what stands under them, moved into `section` behind the item `after`, "" for the top of it.

    Their depths among each other stay; the topmost is no deeper than one under the item it follows, and what follows
    them no deeper than one under the last: no text says otherwise.
    """
    moving = with_children(places, keys)
    going = {place.key for place in moving}
    staying = [place for place in places if place.section == section and place.key not in going]
    at = next((n for n, place in enumerate(staying, 1) if place.key == after), 0)
    lift = max(0, moving[0].depth - _most(staying, at)) if moving else 0
    found, others = make_room(staying, at, len(moving))
    others += _lifted(staying[at:], max(0, moving[-1].depth - lift)) if moving else []
    return others + [
        change
        for place, position in zip(moving, found, strict=True)
        for change in edited("item", place.key, fields_of(place), {
            "section": section, "position": position, "depth": max(0, place.depth - lift),
        })
    ]  # fmt: skip


def added(
    places: Sequence[Place], keys: Sequence[str], *, section: str, after: str, depth: int
) -> tuple[list[Place], list[Change]]:
    """Where new items go: behind the item `after` and what stands under it, "" for the end of the section.

    With them the changes by which others make room.
    """
    staying = [place for place in places if place.section == section]
    under = with_children(staying, [after])
    at = staying.index(under[-1]) + 1 if under else len(staying)
    found, others = make_room(staying, at, len(keys))
    depth = min(depth, _most(staying, at))
    others += _lifted(staying[at:], depth)
    return [Place(key, section, position, depth) for key, position in zip(keys, found, strict=True)], others


def make_room(staying: Sequence[Place], at: int, count: int, *, what: What = "item") -> tuple[list[int], list[Change]]:
    """Positions for `count` rows behind the first `at` of those that stay, and how others move where none fit."""
    found = positions(
        staying[at - 1].position if at else None, staying[at].position if at < len(staying) else None, count
    )
    if found is not None:
        return found, []
    end = staying[-1].position
    fresh = [end + GAP * place for place in range(1, len(staying) + count + 1)]
    others = [*fresh[:at], *fresh[at + count :]]
    changes = [
        Change(what, place.key, {"position": place.position}, {"position": position})
        for place, position in zip(staying, others, strict=True)
    ]
    return fresh[at : at + count], changes


def _lifted(below: Sequence[Place], depth: int) -> list[Change]:
    """Those that come up where an item of this depth comes before them: all that were deeper than one under it."""
    lift = below[0].depth - depth - 1 if below else 0
    return [
        Change("item", place.key, {"depth": place.depth}, {"depth": place.depth - lift})
        for place in takewhile(lambda place: place.depth > depth + 1, below)
    ]


def _most(staying: Sequence[Place], at: int) -> int:
    """How deep an item may be that follows the first `at`."""
    return min(MOST_DEPTH, staying[at - 1].depth + 1) if at else 0


def fields_of(place: Place) -> dict[str, Any]:
    """Where an item stands, as fields of it."""
    return {"section": place.section, "position": place.position, "depth": place.depth}


def texts_of(values: Fields) -> dict[str, str]:
    """Field values as they are compared with what a page showed, however a database orders the keys of JSON."""

    def text(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value, sort_keys=True)

    return {name: text(value) for name, value in values.items()}


def indented(places: Sequence[Place], keys: Iterable[str], *, by: int) -> list[Change]:
    """Items and what stands under them, made sub-items (`by` 1) or brought up (-1), as far as that goes."""
    moving = {place.key for place in with_children(places, keys)}
    changes: list[Change] = []
    above: Place | None = None
    for place in places:
        depth = place.depth
        if place.key in moving:
            most = above.depth + 1 if above and above.section == place.section else 0
            depth = max(0, min(place.depth + by, most, MOST_DEPTH))
            changes += edited("item", place.key, {"depth": place.depth}, {"depth": depth})
        above = Place(place.key, place.section, place.position, depth)
    return changes


Rows = Mapping[str, Fields]  # sections or items by key, each with its position, an item with the key of its section


def replaced(now: tuple[Rows, Rows], content: Fields) -> list[Change]:
    """What turns the sections and items that are there `now` into those of `content`, the same where keys are."""
    sections, items = now
    wanted = {
        section["key"]: {name: section[name] for name in section if name not in ("key", "items")}
        for section in content["sections"]
    }
    inside = {
        item["key"]: {name: item[name] for name in item if name != "key"} | {"section": section["key"]}
        for section in content["sections"]
        for item in section["items"]
    }
    _number(sections, wanted)
    for key in wanted:
        _number(_within(items, key), _within(inside, key))
    return [*_between("section", sections, wanted), *_between("item", items, inside)]


def _within(items: Rows, section: str) -> dict[str, Any]:
    return {key: item for key, item in items.items() if item["section"] == section}


def _number(now: Rows, wanted: dict[str, Any]) -> None:
    """Give rows positions in their order: those they have where the order is the same."""
    same = list(now) == list(wanted)
    for place, (key, fields) in enumerate(wanted.items(), 1):
        fields["position"] = now[key]["position"] if same else place * GAP


def _between(what: What, now: Rows, wanted: Rows) -> list[Change]:
    gone = [Change(what, key, fields, None) for key, fields in now.items() if key not in wanted]
    come = [Change(what, key, None, fields) for key, fields in wanted.items() if key not in now]
    return gone + come + [
        change for key in wanted if key in now for change in edited(what, key, now[key], wanted[key])
    ]  # fmt: skip


def beside(places: Sequence[Place], sections: Sequence[str], keys: Iterable[str], step: int) -> tuple[str, str] | None:
    """(section, after) by which items go one place up (`step` -1) or down (1), also into the section beside theirs.

    None where they stand at the very end already.
    """
    moving = with_children(places, keys)
    if not moving:
        return None
    first, going = moving[0], {place.key for place in moving}
    staying = [place for place in places if place.section == first.section and place.key not in going]
    at = sum(1 for place in staying if place.position < first.position)
    if not (at if step < 0 else staying[at:]):
        return _in_next_section(places, sections, first.section, step)
    if step > 0:
        return first.section, with_children(staying, [staying[at].key])[-1].key
    over = next((n for n in range(at - 1, -1, -1) if staying[n].depth <= first.depth), 0)
    return first.section, staying[over - 1].key if over else ""


def _in_next_section(
    places: Sequence[Place], sections: Sequence[str], section: str, step: int
) -> tuple[str, str] | None:
    at = sections.index(section) + step
    if not 0 <= at < len(sections):
        return None
    last = next((place.key for place in reversed(places) if place.section == sections[at]), "")
    return sections[at], last if step < 0 else ""


_MARKER = re.compile(r"^\s{0,40}(?:[-*+•◦▪☐☑✓✔]|\d{1,4}[.)])?\s{0,4}(?:\[[ xX]?\]\s{0,4})?")


def titles_of(text: str) -> list[str]:
    """The lines of a pasted list as titles, without bullets, numbers and boxes; empty lines are left out."""
    lines = (" ".join(_MARKER.sub("", line, count=1).split()) for line in text.splitlines())
    return [line[:200] for line in lines if line]
