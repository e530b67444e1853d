"""What changed between two contents of a template, item by item; two texts word by word are in core/comparing.py."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["added", "removed", "changed", "moved"]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a content under its own name, and its plain values before and after."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a section or an item. A changed one may be moved too; key and title are the newer ones."""

    kind: Kind
    key: str
    title: str
    fields: tuple[FieldChange, ...] = ()
    moved: bool = False
    section: str = ""  # of an item: the key of the section it stands in, or stood in


@dataclass(frozen=True, slots=True)
class Differences:
    """All that two contents differ in: fields of the template itself, sections, and items in the newer order."""

    template: tuple[FieldChange, ...] = ()
    sections: tuple[Change, ...] = ()
    items: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.template or self.sections or self.items)

    def of_kind(self, kind: Kind) -> tuple[Change, ...]:
        """The items that were added, removed, changed, or only moved."""
        return tuple(one for one in self.items if one.kind == kind)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Differences:
    """What changed from one content to another; sections and items are the same where their keys are."""
    old, new = _sections(before), _sections(after)
    old_items, new_items = _items(before), _items(after)
    return Differences(
        _fields(before, after, without={"sections"}),
        tuple(_changes(old, new, without={"items"})),
        tuple(
            Change(one.kind, one.key, one.title, tuple(each for each in one.fields if each.name != "section"),
                   one.moved, (new_items if one.key in new_items else old_items)[one.key]["section"])
            for one in _changes(old_items, new_items, without=set(), home="section")
        ),
    )  # fmt: skip


def _sections(content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {section["key"]: section for section in content["sections"]}


def _items(content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["key"]: {**item, "section": section["key"]} for section in content["sections"]
            for item in section["items"]}  # fmt: skip


def _changes(
    old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]], *, without: set[str], home: str = ""
) -> Iterator[Change]:
    """Of parts by key: in the newer order, and each that was removed after what stood before it."""
    moved = _moved_at_home(old, new, home)
    gone = _removed_after(old, new)
    for key in ["", *new]:
        if key and key not in old:
            yield Change("added", key, new[key]["title"])
        elif key:
            fields = _fields(old[key], new[key], without=without)
            is_moved = key in moved or any(one.name == home for one in fields)
            fields = tuple(one for one in fields if one.name != home)
            if fields or is_moved:
                yield Change("changed" if fields else "moved", key, new[key]["title"], fields, is_moved)
        for other in gone.get(key, ()):
            yield Change("removed", other, old[other]["title"])


def _moved_at_home(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]], home: str) -> set[str]:
    """Keys that are in both and stand in another order there, each among those of its own section."""
    groups: dict[object, tuple[list[str], list[str]]] = {}
    for at, parts in enumerate((old, new)):
        for key in parts:
            if key in old and key in new and old[key].get(home) == new[key].get(home):
                groups.setdefault(old[key].get(home), ([], []))[at].append(key)
    return {key for before, after in groups.values() for key in _moved(before, after)}


def _removed_after(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[str]]:
    """Keys that are gone, by the nearest key before them that is still there; "" where there is none."""
    found: dict[str, list[str]] = {}
    last = ""
    for key in old:
        if key in new:
            last = key
        else:
            found.setdefault(last, []).append(key)
    return found


def _fields(before: Mapping[str, Any], after: Mapping[str, Any], *, without: set[str]) -> tuple[FieldChange, ...]:
    names = [name for name in dict.fromkeys([*after, *before]) if name not in without]
    return tuple(FieldChange(name, before.get(name), after.get(name)) for name in names
                 if before.get(name) != after.get(name))  # fmt: skip


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The fewest keys without which the others stand in their old order."""
    place = {key: at for at, key in enumerate(before)}
    ends: list[int] = []  # the smallest end of a rising run of each length
    at_end: list[str] = []
    previous: dict[str, str] = {}
    for key in after:
        length = bisect_left(ends, place[key])
        previous[key] = at_end[length - 1] if length else ""
        ends[length : length + 1] = [place[key]]
        at_end[length : length + 1] = [key]
    stays, key = set(), at_end[-1] if at_end else ""
    while key:
        stays.add(key)
        key = previous[key]
    return set(after) - stays
