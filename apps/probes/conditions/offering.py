"""What an answer offers to be a condition: each value by the name that conditions reach it by."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from .values import UNITS, Measured, Series, Value, is_number, visible

MOST = 40
DEEPEST = 3
LONGEST_TEXT = 80
PLAIN_NAME = re.compile(r"[A-Za-z_][\w-]*")


def offered(measured: Measured) -> list[tuple[str, str, str]]:
    """(name, value as people read it, the condition that it holds now) of each, at most MOST."""
    found = [each for name, value in measured.items() for each in _of(name, value)]
    return found[:MOST]


def _of(name: str, value: Value | Series) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, Series):
        yield from ((name, f"{visible(part)}: {one}", _condition(name, one)) for part, one in value.values[:5])
    elif not value.doubt:
        yield from _parts(name, value, 0)


def _parts(name: str, value: Value, depth: int) -> Iterator[tuple[str, str, str]]:
    data = value.data
    if isinstance(data, dict) and depth < DEEPEST:
        for key, inner in data.items():
            path = f".{key}" if PLAIN_NAME.fullmatch(str(key)) else f"[{json.dumps(str(key))}]"
            yield from _parts(name + path, Value(inner), depth + 1)
    elif isinstance(data, list):
        yield f"size({name})", str(len(data)), f"size({name}) >= {len(data)}"
    elif is_number(data) or isinstance(data, bool) or (isinstance(data, str) and _is_short(data)):
        yield name, str(value), _condition(name, value)


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
