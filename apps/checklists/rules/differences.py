"""What changed between two contents of a template, item by item; and two texts word by word."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

MOST_TOKENS = 1_500  # of a text that is compared word by word; a longer one is compared line by line
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")

Kind = Literal["added", "removed", "changed", "moved"]
Piece = tuple[Literal["same", "added", "removed"], str]
# Of two texts, as the tag `difference` shows them: (same|added|removed, its characters as `named` tells them apart).
NamedPieces = list[tuple[str, tuple[tuple[str, str], ...]]]


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


# Two texts


def words(before: str, after: str) -> tuple[Piece, ...]:
    """The pieces of two texts, in order: what both have, what was removed, what was added."""
    return tuple(piece for piece in _pieces(before, after) if piece[1])


def named_pieces(before: str, after: str) -> NamedPieces:
    """The pieces of two texts, with the names of characters that are not seen."""
    return [(how, named(text)) for how, text in words(before, after)]


def _pieces(before: str, after: str) -> Iterator[Piece]:
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    yield "same", "".join(old[:start])
    middle = old[start : len(old) - end], new[start : len(new) - end]
    if max(map(len, middle)) <= MOST_TOKENS:
        yield from _compared(*middle)
    else:
        yield from _by_lines("".join(middle[0]), "".join(middle[1]))
    yield "same", "".join(old[len(old) - end :])


def _by_lines(before: str, after: str) -> Iterator[Piece]:
    """Long texts line by line, and as one replacement where they have too many lines for that as well."""
    lines = _LINE.findall(before), _LINE.findall(after)
    if max(map(len, lines)) > MOST_TOKENS:
        yield from (("removed", before), ("added", after))
    else:
        yield from _compared(*lines)


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            yield "same", "".join(old[old_from:old_to])
        else:
            yield "removed", "".join(old[old_from:old_to])
            yield "added", "".join(new[new_from:new_to])


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """How many tokens two texts begin with alike."""
    return next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]),
                min(len(old), len(new)))  # fmt: skip


# Characters that nobody sees

_NAMES = {
    "\u00a0": "NBSP", "\u00ad": "SHY", "\u034f": "CGJ", "\u061c": "ALM", "\u180e": "MVS", "\u200b": "ZWSP",
    "\u200c": "ZWNJ", "\u200d": "ZWJ", "\u200e": "LRM", "\u200f": "RLM", "\u202a": "LRE", "\u202b": "RLE",
    "\u202c": "PDF", "\u202d": "LRO", "\u202e": "RLO", "\u202f": "NNBSP", "\u2060": "WJ", "\u2066": "LRI",
    "\u2067": "RLI", "\u2068": "FSI", "\u2069": "PDI", "\ufeff": "BOM", "\u3000": "IDSP", "\t": "TAB",
    "\u2028": "LS", "\u2029": "PS", "\r": "CR",
}  # fmt: skip
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and a symbol that show nothing
KEYCAP = "\u20e3"  # makes a key of a digit and a selector before it


def named(text: str) -> tuple[tuple[str, str], ...]:
    """The text in pieces of (characters, name): name is "" for what is seen, NBSP, RLO, U+2800 … for what is not.

    A joiner or selector inside an emoji is part of what is seen.
    """
    pieces: list[tuple[str, str]] = []
    around = f"\n{text}\n"
    for at, char in enumerate(text, 1):
        name = _name(char, around[at - 1], around[at + 1])
        if not name and pieces and not pieces[-1][1]:
            pieces[-1] = (pieces[-1][0] + char, "")
        else:
            pieces.append((char, name))
    return tuple(pieces)


def _name(char: str, before: str, after: str) -> str:
    if char == "\n" or " " <= char <= "~":
        return ""
    selects = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    in_picture = unicodedata.category(before) in ("So", "Sk", "Sm") or before == "\ufe0f" or after == KEYCAP
    if in_picture and (selects or char == "\u200d"):
        return ""
    unseen = unicodedata.category(char) in ("Cf", "Cc", "Zs", "Zl", "Zp", "Co", "Cn", "Cs") or char in _BLANKS
    return _NAMES.get(char, f"U+{ord(char):04X}") if unseen or selects or char in _NAMES else ""
