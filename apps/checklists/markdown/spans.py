"""Code, escapes and comments inside a line: what no other pattern may look into, and what of it is shown.

`mask` puts a sign in the place of each of them; what was found in the masked text is turned back into its source or
into what people read.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

SEARCHED = 20_000  # characters of a line that are searched; the rest is passed on unread
OPEN, CLOSE = "\ufdd0", "\ufdd1"  # no characters: no text that people type holds them
_TICKS = re.compile(r"`+")
_NEXT = re.compile(
    r"(?P<ticks>`+)|(?P<blank>(?:\\_){3,})|\\(?P<escaped>[!-/:-@\[-`{-~])|"
    r"(?P<comment><!--(?:(?!-->|<!--).){0,2000}-->)"
)
_MASKED = re.compile(f"{OPEN}(\\d{{1,6}}){CLOSE}")


@dataclass(frozen=True, slots=True)
class Masked:
    """A line in which every piece of code, escape and comment is one sign."""

    text: str
    pieces: tuple[tuple[str, str], ...] = ()  # the source of each, and what is shown of it

    def source(self, part: str) -> str:
        """A part of the masked text as it stands in the source."""
        return _MASKED.sub(lambda found: self.pieces[int(found[1])][0], part) if self.pieces else part

    def plain(self, part: str) -> str:
        """A part of the masked text as people read it."""
        return _MASKED.sub(lambda found: self.pieces[int(found[1])][1], part) if self.pieces else part

    def shown(self, part: str) -> str:
        """A part of the masked text as it stands in the source, without its comments."""
        return _MASKED.sub(lambda found: _uncommented(self.pieces[int(found[1])][0]), part) if self.pieces else part


@lru_cache(maxsize=128)
def mask(text: str, *, brackets: bool = True) -> Masked:
    """The first 20,000 characters masked; without `brackets`, `\\[ \\]` stays what it may be: a box."""
    text = text[:SEARCHED]
    if not ("`" in text or "\\" in text or "<!--" in text) or OPEN in text or CLOSE in text:
        return Masked(text)
    pieces: list[tuple[str, str]] = []
    out: list[str] = []
    done = 0
    for start, end, shown in _hidden(text):
        if shown in ("[", "]") and not brackets:
            continue
        out += (text[done:start], f"{OPEN}{len(pieces)}{CLOSE}")
        pieces.append((text[start:end], shown))
        done = end
    return Masked("".join((*out, text[done:])), tuple(pieces))


def without_comments(text: str) -> str:
    """The text without the comments in it; those in code are code."""
    if "<!--" not in text:
        return text
    masked = mask(text)
    return (masked.shown(masked.text) + text[SEARCHED:]).strip()


def only_code(text: str) -> str:
    """What stands between the ticks of a text that is one piece of code and nothing else; empty for any other."""
    masked = mask(text.strip()) if text.lstrip()[:1] == "`" else None
    return masked.pieces[0][1] if masked and len(masked.pieces) == 1 and _MASKED.fullmatch(masked.text) else ""


def _hidden(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, what is shown) of every piece, in order."""
    closing = _ticks(text) if "`" in text else {}
    at = 0
    while found := _NEXT.search(text, at):
        at = found.end()
        if found["ticks"]:
            same = closing[len(found["ticks"])]
            index = bisect_left(same, at)
            if index < len(same) and text[at : same[index]].strip(" \t_"):  # only a blank stands in `____`
                end = same[index] + len(found["ticks"])
                yield found.start(), end, _inner(text[at : same[index]])
                at = end
        elif found["comment"]:
            yield found.start() - _gap(text, found.start()), at, ""
        elif not found["blank"]:
            yield found.start(), at, found["escaped"]


def _gap(text: str, start: int) -> int:
    """The blank before a comment goes with it."""
    return int(text[start - 1 : start] in (" ", "\t"))


def _ticks(text: str) -> dict[int, list[int]]:
    """Where runs of ticks begin, by their length: a code span ends at the next run as long as its own."""
    starts: dict[int, list[int]] = defaultdict(list)
    for run in _TICKS.finditer(text):
        starts[run.end() - run.start()].append(run.start())
    return starts


def _inner(code: str) -> str:
    """What a code span shows: a blank on either side keeps ticks apart and is no part of it."""
    return code[1:-1] if code[0] == code[-1] == " " else code


def _uncommented(source: str) -> str:
    return "" if source.lstrip().startswith("<!--") else source
