"""Secrets in what a server answers, masked in every spelling that software commonly gives them.

A value is looked for character by character, each plain or escaped in its own way: percent-encoded, as JSON, HTML and
programming languages escape it, whatever its case. Besides in hexadecimal digits and in base64, of either alphabet and
at each of the three places where it may begin, folded into lines or not.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, TypeVar

MASK = "[masked]"
NAMED = {'"': "quot", "&": "amp", "'": "apos", "<": "lt", ">": "gt"}
# Of base64 with so many bytes before the value, the first character that depends on the value alone.
FIRST_OWN = (0, 2, 3)
SOUGHT = 40  # characters of a value by which it is found; where they stand, all that follows of it is masked
LONGEST_SPELLING = 26  # characters that one of a value becomes at most: &amp;amp;amp;amp;#x0000ff;
BASE64 = re.compile(r"[A-Za-z0-9+/_-]")
FOLD = r"(?:[\r\n]|\\[rn]){0,4}"
AnyText = TypeVar("AnyText", str, bytes)


@dataclass(frozen=True)
class Form:
    """One way to write a value: how each of its characters may be spelled, and what may stand between two.

    starts: the letters, whatever their case, with which it may begin, so that most places of a text are passed quickly.
    """

    characters: tuple[str, ...]
    between: str
    starts: str
    is_base64: bool = False

    @cached_property
    def begins(self) -> re.Pattern[str]:
        """The first characters of it."""
        first = self.between.join(self.characters[:SOUGHT])
        return re.compile(f"(?=[{re.escape(self.starts)}]){first}", re.IGNORECASE)

    @cached_property
    def steps(self) -> list[re.Pattern[str]]:
        """Its characters one by one, each after what may stand before it."""
        known = {one: re.compile(self.between + one, re.IGNORECASE) for one in {*self.characters}}
        return [known[one] for one in self.characters]

    def places(self, text: str, at: int, known: int = 0) -> list[int]:
        """Where its characters begin in a text, from the place on where `known` of them end; last where they end."""
        found = [at]
        while known < len(self.steps) and (match := self.steps[known].match(text, found[-1])):
            found.append(match.end())
            known += 1
        return found


def masked(text: AnyText, values: Iterable[str], *, is_cut: bool = False) -> AnyText:
    """The text with every value in it masked, however it is spelled. Values are ASCII of SHORTEST characters or more.

    is_cut: there was more of the text, so that its end may hold the beginning of a value. As much of it as the longest
    spelling of a value takes is masked, whatever it holds: what is masked only where it is alike tells who can place
    guesses there how a value begins.
    """
    if isinstance(text, bytes):
        return masked(text.decode("latin-1"), values, is_cut=is_cut).encode("latin-1")
    spans = _merged(span for value in values for span in _spans(text, value, is_cut))
    for begin, end in reversed(spans):
        text = text[:begin] + MASK + text[end:]
    return text


def masked_json(value: Any, values: Iterable[str]) -> Any:
    """A JSON value with every text in it masked, names too; a number that shows a value becomes the mask."""
    known = list(values)
    if isinstance(value, str):
        return masked(value, known)
    if isinstance(value, Mapping):
        return {masked(str(name), known): masked_json(inner, known) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked_json(inner, known) for inner in value]
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return MASK if is_number and masked(str(value), known) != str(value) else value


def _spans(text: str, value: str, is_cut: bool) -> Iterator[tuple[int, int]]:
    for form in _forms(value):
        for found in form.begins.finditer(text):
            begin = found.start()
            end = form.places(text, found.end(), min(SOUGHT, len(form.characters)))[-1]
            if form.is_base64:  # the characters beside it share some bits with the value
                begin -= bool(begin and BASE64.match(text[begin - 1]))
                end += bool(BASE64.match(text[end : end + 1]))
            yield begin, end
    if is_cut:
        yield max(0, len(text) - LONGEST_SPELLING * len(value)), len(text)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, those that touch as one."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((begin, end))
    return merged


@lru_cache(maxsize=64)
def _forms(value: str) -> tuple[Form, ...]:
    data = value.encode("ascii")
    hexadecimal = Form(tuple(f"{byte:02x}" for byte in data), r"[:\s-]?", data.hex()[0])
    return _plain(value), hexadecimal, *(_base64(data, before) for before in range(3))


def _plain(value: str) -> Form:
    """Backslashes that follow each other are one: escaping doubles them, and nobody can say how often."""
    found = [
        _spelled(match[0][0], after_backslash=value[: match.start()].endswith("\\"))
        for match in re.finditer(r"\\+|[^\\]", value)
    ]
    return Form(tuple(found), "", f"{value[0]}%&+\\")


def _base64(data: bytes, before: int) -> Form:
    """Its characters that do not depend on what stands before and after; `before`: bytes, modulo three."""
    encoded = b64encode(b"\0" * before + data).decode("ascii")
    own = encoded[FIRST_OWN[before] : (before + len(data)) * 8 // 6]
    either = {"+": "(?:[+-]|%2b)", "/": r"(?:\\{0,8}[/_]|%2f)"}
    starts = own[0] + ("-%_\\" if own[0] in either else "")
    return Form(tuple(either.get(letter, letter) for letter in own), FOLD, starts, is_base64=True)


def _spelled(character: str, *, after_backslash: bool) -> str:
    """A pattern for one character in any of its spellings, or for backslashes in a row. Escapes of escapes are few."""
    code, backslashes = ord(character), r"\\{0,8}" if after_backslash else r"\\{1,8}"
    spellings = [
        rf"{backslashes}(?:u00|x){code:02x}",
        rf"%(?:25){{0,4}}{code:02x}",
        rf"&(?:amp;){{0,4}}#0{{0,4}}{code};",
        rf"&(?:amp;){{0,4}}#x0{{0,4}}{code:x};",
    ]
    if character in NAMED:
        spellings.append(f"&(?:amp;){{0,4}}{NAMED[character]};")
    if character == " ":
        spellings.append(r"\+")
    spellings.append((r"\\{0,8}" if character in "\"'/&<>" else "") + re.escape(character))
    either = f"(?:{'|'.join(spellings)})"
    return rf"(?<!\\){either}++" if character == "\\" else either
