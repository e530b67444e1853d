"""Two texts word by word, and two contents that somebody signs part by part: what both have, was removed, was added."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

MOST_TOKENS = 1_500  # of a text that is compared word by word; a longer one is compared line by line
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")

Piece = tuple[Literal["same", "added", "removed"], str]
# Of two texts, as the tag `difference` shows them: (same|added|removed, its characters as `named` tells them apart).
NamedPieces = list[tuple[str, tuple[tuple[str, str], ...]]]


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


# What somebody signs


@dataclass(frozen=True, slots=True)
class PartChange:
    """One part of what is signed that changed: what it is called, and its text before and after in one."""

    label: str
    pieces: NamedPieces


def changed_parts(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[PartChange]:
    """The parts in which two contents differ, in the order of the newer one; every value as people read it."""
    names = [name for name in dict.fromkeys([*after, *before]) if before.get(name) != after.get(name)]
    return [PartChange(_called(name), named_pieces(read(before.get(name)), read(after.get(name)))) for name in names]


def read(value: Any) -> str:
    """A plain value of JSON as people read it: what it holds, a line each."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping) and set(value) == {"label", "value"}:
        return f"{value['label']}: {read(value['value'])}"
    if isinstance(value, Mapping):
        return "\n".join(f"{_called(str(name))}: {read(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(read(each) for each in value)
    return "" if value is None else str(value)


def _called(name: str) -> str:
    return name.replace("_", " ").capitalize()
