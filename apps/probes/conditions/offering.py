"""What an answer offers to be a condition: each value by the name that conditions reach it by."""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from .grammar import parse
from .judging import PASS
from .values import ANYTHING, UNITS, Measured, Series, Value, is_number, visible

MOST = 40
DEEPEST = 3
LONGEST_TEXT = 80
# What is another at every answer is no limit: moments, counts of an age, and names that were made up for one answer.
FLEETING_NAMES = {"header.age", "header.date", "header.etag", "header.expires", "header.last-modified"}
FLEETING_TEXT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*"  # 2026-11-30T07:00:00Z
    r"|\w{3,9},? \d{1,2}[ -]\w{3}[ -]\d{2,4} \d\d:\d\d.*"  # Mon, 30 Nov 2026 07:00:00 GMT
    r"|\d{9,}(?:\.\d+)?"  # a number of seconds or an id
    r"|(?:[0-9a-f]{2}-)?(?=.*\d)[0-9A-Fa-f]{8,}(?:-[0-9A-Za-z]+)*"  # an id in hexadecimal digits, a UUID
)
MOMENTS = (10**9, 10**10), (10**12, 10**13), (10**15, 10**16), (10**18, 10**19)  # since 1970: s, ms, µs, ns
PLAIN_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)


def offered(measured: Measured) -> list[tuple[str, str, str]]:
    """(name, value as people read it, the condition that it holds now) of each, at most MOST.

    What the condition would not say of the value is left out: a text with a line end, or that only looks like another.
    """
    units = {name: _unit_of(value) for name, value in measured.items()}
    found = (each for name, value in measured.items() for each in _of(name, value))
    return [*islice((each for each in found if _holds(each[2], units, measured)), MOST)]


def _unit_of(value: Value | Series) -> str:
    parts = [part for _, part in value.values] if isinstance(value, Series) else [value]
    return next((part.unit for part in parts if part.unit), ANYTHING)


def _holds(condition: str, units: Mapping[str, str], measured: Measured) -> bool:
    """Whether what somebody would take over is that one condition, which holds now."""
    try:
        [read] = parse(condition, units)
    except ValueError:  # BadCondition, or not one of them
        return False
    return read.expression == condition and read.judge(measured).verdict == PASS


def _of(name: str, value: Value | Series) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, Series):
        yield from ((name, f"{visible(part)}: {one}", _condition(name, one)) for part, one in value.values[:5])
    elif not value.doubt:
        yield from _parts(name, value, 0)


def _parts(name: str, value: Value, depth: int) -> Iterator[tuple[str, str, str]]:
    data = value.data
    if isinstance(data, dict) and depth < DEEPEST:
        for key, inner in data.items():
            path = f".{key}" if PLAIN_NAME.fullmatch(str(key)) else f"[{json.dumps(str(key), ensure_ascii=False)}]"
            yield from _parts(name + path, Value(inner), depth + 1)
    elif isinstance(data, list):
        yield f"size({name})", str(len(data)), f"size({name}) >= {len(data)}"
    elif name not in FLEETING_NAMES and _is_lasting(value):
        yield name, str(value), _condition(name, value)


def _is_lasting(value: Value) -> bool:
    """Whether a later answer may have the same value, or one that can be compared with it."""
    data = value.data
    if isinstance(data, str):
        return _is_short(data) and not FLEETING_TEXT.fullmatch(data)
    if is_number(data) and not value.unit:
        return not any(first <= data < end for first, end in MOMENTS)
    return is_number(data) or isinstance(data, bool)


def _is_short(text: str) -> bool:
    return 0 < len(text) <= LONGEST_TEXT and visible(text) == text and not re.search(r'["\\\n]', text)


def _condition(name: str, value: Value) -> str:
    """A condition that it meets now: of a time half as much again, of days at least so many, else what it is."""
    data: Any = value.data
    if value.unit == "d":
        return f"{name} > {Decimal(data) / UNITS['d'][1] // 2} d"
    if value.unit in UNITS:
        return f"{name} < {Value(Decimal(data) * 2, value.unit)}"
    return f'{name} == "{data}"' if isinstance(data, str) else f"{name} == {value}"
