"""Attributes of a line: one comment at its end that no page shows, `<!-- keyturn key=p95 critical if="…" -->`."""

import re
from collections.abc import Iterable

Attributes = tuple[tuple[str, str | None], ...]  # (name, value) in order; None is a name without a value

LONGEST_COMMENT = 20_000  # characters
_OPENING = re.compile(r"<!--[ \t]*keyturn(?=[ \t]|-->)")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,60}")
_ONE = re.compile(r'[ \t]+([a-z][a-z0-9_-]{0,60})(?:="((?:[^"\\]|\\.)*)"|=([^\s"=<>]+))?(?=[ \t]|$)')
_WORD = re.compile(r"[\w.,:/@%+*#~$&;!?'()-]+")
_ESCAPES = {"\n": "n", "\r": "r", "\t": "t", "<": "l", ">": "g", '"': '"', "\\": "\\"}  # a comment ends at -->
_UNESCAPED = {escape: char for char, escape in _ESCAPES.items()}


def split(line: str) -> tuple[str, Attributes | None]:
    """A line without its comment and the space before it, and what it says; (line, None) where it ends with none."""
    stripped = line.rstrip()
    if not stripped.endswith("-->"):
        return line, None
    start = stripped.rfind("<!--")
    opening = _OPENING.match(stripped, start)
    if opening is None or len(stripped) - start > LONGEST_COMMENT:
        return line, None
    found = parse(stripped[opening.end() : -3])
    return (line, None) if found is None else (stripped[:start].removesuffix(" "), found)


def parse(inside: str) -> Attributes | None:
    """What stands in a comment after "keyturn"; None where it is not written as attributes are."""
    inside = inside.strip(" \t")
    inside, at, found = f" {inside}" if inside else "", 0, []
    while at < len(inside):
        one = _ONE.match(inside, at)
        if one is None:
            return None
        found.append((one[1], _unescaped(one[2]) if one[2] is not None else one[3]))
        at = one.end()
    return tuple(found)


def comment(attributes: Iterable[tuple[str, str | None]]) -> str:
    """The comment that says these attributes; empty where there are none."""
    words = written(attributes)
    return f"<!-- keyturn {words} -->" if words else ""


def written(attributes: Iterable[tuple[str, str | None]]) -> str:
    """The attributes as `parse` reads them."""
    return " ".join(name if value is None else f"{name}={_written(value)}" for name, value in attributes)


def is_name(text: str) -> bool:
    """True for what can name an attribute."""
    return bool(_NAME.fullmatch(text))


def _written(value: str) -> str:
    if _WORD.fullmatch(value) and "--" not in value:
        return value
    return '"' + re.sub(r'[\n\r\t<>"\\]', lambda found: "\\" + _ESCAPES[found[0]], value) + '"'


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _UNESCAPED.get(found[1], found[1]), text) if "\\" in text else text
