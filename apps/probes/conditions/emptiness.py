"""`all` of an empty list, which CEL holds to be true: where nothing is there nothing was judged, so it has no value."""

import json
from collections.abc import Sequence
from typing import Protocol

CLOSING = {")": "(", "]": "["}


class Read(Protocol):
    """One token of a condition."""

    @property
    def kind(self) -> str: ...

    @property
    def text(self) -> str: ...


def of_some(tokens: Sequence[Read], written: Sequence[str]) -> list[str]:
    """An expression in CEL, token by token, in which `list.all(…)` is missing a value where the list is empty.

    What may be empty is said before it: `size(list) == 0 || list.all(…)` asks no further, as CEL does.
    """
    at = next((at for at in range(len(tokens) - 1) if _asks_all(tokens, at)), None)
    if at is None:
        return [*written]
    begin, end = _begin_of_list(tokens, at), _end_of_call(tokens, at + 1)
    some = " ".join(written[begin:at])
    missing = json.dumps(f"an entry of {''.join(token.text for token in tokens[begin:at])}")
    asked = " ".join(written[begin:end])
    return [*written[:begin], f"(size({some}) > 0 ? {asked} : {{}}[{missing}])", *written[end:]]


def _asks_all(tokens: Sequence[Read], at: int) -> bool:
    return (tokens[at].kind, tokens[at].text, tokens[at + 1].text) == ("part", ".all", "(")


def _begin_of_list(tokens: Sequence[Read], at: int) -> int:
    """Where the list before `.all` begins: a name with its parts, a call, or what stands in brackets."""
    begin = at
    while begin:
        last = tokens[begin - 1]
        if last.kind == "part":
            begin -= 1
        elif last.kind == "sign" and last.text in CLOSING:
            begin = _opening(tokens, begin - 1)
        else:
            return begin - 1 if last.kind == "name" else begin
    return begin


def _opening(tokens: Sequence[Read], at: int) -> int:
    """The bracket that the one at this place closes; the beginning where there is none."""
    depth = 0
    for place in range(at, -1, -1):
        if tokens[place].kind == "sign":
            depth += (tokens[place].text in CLOSING) - (tokens[place].text in CLOSING.values())
        if not depth:
            return place
    return 0


def _end_of_call(tokens: Sequence[Read], at: int) -> int:
    """The place after the bracket that closes the one at this place."""
    depth = 0
    for place in range(at, len(tokens)):
        if tokens[place].kind == "sign":
            depth += (tokens[place].text in CLOSING.values()) - (tokens[place].text in CLOSING)
        if not depth:
            return place + 1
    return len(tokens)
