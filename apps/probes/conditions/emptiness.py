"""What asks a list of an empty one has no value: where nothing is there nothing was judged.

CEL has `all` of an empty list hold, and with it `!exists(…)`, `size(list.filter(…)) == 0` and `!(… in list)`: that
nothing was wrong with what was not there. What may be empty is said first: `size(list) == 0 || …` asks no further. A
line that says no more than `x in list` cannot hold of an empty one: it fails.
"""

import json
from collections.abc import Sequence
from typing import Protocol

# Each of these goes through a whole list, and one inside the other as often as the list is long.
MACROS = {"all", "exists", "exists_one", "existsOne", "filter", "map"}
OPENING, CLOSING = {"(", "[", "{"}, {")", "]", "}"}
JOINING = {"&&", "||", "?", ":", ","}
# What binds as `in` does: what stands before `in` goes on beyond them, what follows it ends there.
RELATING = {"==", "!=", "<", "<=", ">", ">=", "in"}


class Read(Protocol):
    """One token of a condition."""

    @property
    def kind(self) -> str: ...

    @property
    def text(self) -> str: ...


def of_some(tokens: Sequence[Read], written: Sequence[str]) -> str:
    """An expression in CEL in which what asks a list is missing a value where the list is empty.

    written: each of its tokens in CEL.
    """
    before, after = [""] * len(written), [""] * len(written)
    for begin, end, first, last in _questions(tokens):
        some, named = (" ".join(written[first:last]), "".join(token.text for token in tokens[first:last]))
        before[begin] += f"(size({some}) > 0 ? ("
        after[end - 1] = f") : {{}}[{json.dumps(f'an entry of {named}')}])" + after[end - 1]
    return " ".join(f"{opens}{text}{closes}" for opens, text, closes in zip(before, written, after, strict=True))


def _questions(tokens: Sequence[Read]) -> list[tuple[int, int, int, int]]:
    """Where each question begins and ends, and where its list does; those around others come before them."""
    found = []
    for at, token in enumerate(tokens):
        if token.kind == "part" and token.text[1:] in MACROS and _text(tokens, at + 1) == "(":
            begin = _begin_of_list(tokens, at)
            found.append((begin, _end_of_call(tokens, at + 1), begin, at))
        elif token.kind == "name" and token.text == "in" and at:
            end = _end_of_operand(tokens, at + 1)
            if end > at + 1 and not _is_all(tokens, at, end):
                found.append((_begin_of_operands(tokens, at), end, at + 1, end))
    return sorted(found, key=lambda question: (question[0], -question[1]))


def _is_all(tokens: Sequence[Read], at: int, end: int) -> bool:
    """Whether a condition says no more than that something is in a list."""
    turning = {"!", *OPENING, *JOINING, *RELATING}
    return end == len(tokens) and not any(_text(tokens, place) in turning for place in range(at))


def _text(tokens: Sequence[Read], at: int) -> str:
    """The sign, or word, at a place; nothing for a text in quotation marks, which may read like one."""
    return tokens[at].text if 0 <= at < len(tokens) and tokens[at].kind != "text" else ""


def _begin_of_list(tokens: Sequence[Read], at: int) -> int:
    """Where the list before a macro begins: a name with its parts, a call, or what stands in brackets."""
    begin = at
    while begin:
        last = tokens[begin - 1]
        if last.kind == "part":
            begin -= 1
        elif _text(tokens, begin - 1) in CLOSING:
            begin = _opening(tokens, begin - 1)
        else:
            return begin - 1 if last.kind == "name" and last.text != "in" else begin
    return begin


def _opening(tokens: Sequence[Read], at: int) -> int:
    """The bracket that the one at this place closes; the beginning where there is none."""
    depth = 0
    for place in range(at, -1, -1):
        depth += (_text(tokens, place) in CLOSING) - (_text(tokens, place) in OPENING)
        if not depth:
            return place
    return 0


def _end_of_call(tokens: Sequence[Read], at: int) -> int:
    """The place after the bracket that closes the one at this place."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += (_text(tokens, place) in OPENING) - (_text(tokens, place) in CLOSING)
        if not depth:
            return place + 1
    return len(tokens)


def _begin_of_operands(tokens: Sequence[Read], at: int) -> int:
    """Where what stands before `in` begins, and whatever it is compared with before."""
    depth = 0
    for place in range(at - 1, -1, -1):
        text = _text(tokens, place)
        depth += (text in CLOSING) - (text in OPENING)
        if depth < 0 or (not depth and text in JOINING):
            return place + 1
    return 0


def _end_of_operand(tokens: Sequence[Read], at: int) -> int:
    """Where the list after `in` ends."""
    depth = 0
    for place in range(at, len(tokens)):
        text = _text(tokens, place)
        depth += (text in OPENING) - (text in CLOSING)
        if depth < 0 or (not depth and text in JOINING | RELATING):
            return place
    return len(tokens)
