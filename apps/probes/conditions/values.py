"""What probes measure: numbers with units, texts, and whatever an answer holds."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

# Each unit: what it measures, and how many of the base (s, B, 1) one is.
UNITS: dict[str, tuple[str, Decimal]] = {
    "ms": ("time", Decimal("0.001")),
    "s": ("time", Decimal(1)),
    "min": ("time", Decimal(60)),
    "h": ("time", Decimal(3600)),
    "d": ("time", Decimal(86_400)),
    "%": ("share", Decimal("0.01")),
    "B": ("size", Decimal(1)),
    "KB": ("size", Decimal(1000)),
    "MB": ("size", Decimal(1000**2)),
    "GB": ("size", Decimal(1000**3)),
    "KiB": ("size", Decimal(1024)),
    "MiB": ("size", Decimal(1024**2)),
    "GiB": ("size", Decimal(1024**3)),
}
# What a kind says of a value that has no unit: a plain number, a text, or whatever an answer has there.
NUMBER, TEXT, ANYTHING = "number", "text", "anything"
MOST_DIGITS = 10  # of a value in the unit of its limit: a third of a minute is better said in seconds
LONGEST_SHOWN = 80  # characters of a text
WRITTEN = re.compile(r"(?P<number>-?[0-9]+(?:\.[0-9]+)?) ?(?P<unit>[A-Za-z%]*)")
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # categories of characters that nobody sees
HUGE = Decimal(10) ** 24  # a number from here on is no longer written out


class NoValue(Exception):
    """There is nothing to judge; the message says what is missing."""


@dataclass(frozen=True)
class Value:
    """What was measured: a number in the base of its unit, a text, a boolean, or what JSON has.

    unit: of UNITS, in which it is shown; "" for what has none. doubt: why it is not the whole of what there was.
    """

    data: Any
    unit: str = ""
    doubt: str = ""

    def __str__(self) -> str:
        if isinstance(self.data, bool) or self.data is None:
            return {True: "true", False: "false", None: "null"}[self.data]
        if isinstance(self.data, (int, float, Decimal)):
            return f"{plain(in_unit(self.data, self.unit))} {self.unit}".strip()
        if isinstance(self.data, str):
            return f"“{_shortened(self.data)}”"
        return f"a list of {len(self.data)}" if isinstance(self.data, list) else "an object"


@dataclass(frozen=True)
class Series:
    """One value for each of several names, of which all have to hold."""

    values: tuple[tuple[str, Value], ...]


Measured = Mapping[str, Value | Series]


def written_number(text: str) -> Decimal:
    """A number of JSON as it was written. Raises ValueError for an exponent that no number here has."""
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text[:40]} is no number that can be compared") from error


def in_unit(number: float | Decimal, unit: str) -> Decimal:
    """A number in the base, in `unit`."""
    exact = number if isinstance(number, Decimal) else Decimal(repr(number))
    return exact / UNITS[unit][1] if unit in UNITS else exact


def plain(number: Decimal) -> str:
    """A number as people write it: at most four decimals, no zeros at the end, an exponent only where it is huge."""
    if not number.is_finite():
        return str(number)
    if abs(number) >= HUGE:
        return f"{number:.4e}"
    text = f"{number:.4f}" if abs(number) >= 1 or number == 0 else f"{number:.6f}"
    return text.rstrip("0").rstrip(".").removesuffix("-0") or "0"


def quantity(text: str) -> tuple[Decimal, str] | None:
    """The number in the base and the unit of a value or a limit as it is written: “300 ms”; None for anything else."""
    found = WRITTEN.fullmatch(text)
    if found is None or found["unit"] not in ("", *UNITS):
        return None
    return Decimal(found["number"]) * (UNITS[found["unit"]][1] if found["unit"] else 1), found["unit"]


def in_one_unit(value: str, limit: str) -> tuple[str, str]:
    """A value and its limit in one unit: “212 ms” and “3 s” are “0.212 s” and “3 s”.

    In that of the limit, which a person wrote; in that of the value where it says the value and the other does not.
    What is no number with a unit stays as it is.
    """
    measured, bound = quantity(value), quantity(limit)
    if not measured or not bound or measured[1] == bound[1] or sort_of(measured[1]) != sort_of(bound[1]):
        return value, limit
    exact = in_unit(measured[0], bound[1])
    if len(exact.normalize().as_tuple().digits) > MOST_DIGITS:
        return value, f"{plain(in_unit(bound[0], measured[1]))} {measured[1]}"
    return f"{exact.normalize():f} {bound[1]}", limit


def sort_of(unit: str) -> str:
    """What a unit measures; empty for none."""
    return UNITS[unit][0] if unit else ""


def reached(value: Value, path: tuple[str | int, ...]) -> Value:
    """The value at a path. Raises NoValue where the answer ends before it."""
    data, shown = value.data, str(path[0])
    for part in path[1:]:
        if value.doubt:
            raise NoValue(value.doubt)
        try:
            data = _part_of(data, part)
        except (KeyError, IndexError):
            raise NoValue(visible(f"{shown} has no {part}{_having(data)}.")) from None
        shown += f"[{part}]" if isinstance(part, int) else f".{part}"
    return replace(value, data=data)


def _part_of(data: Any, part: str | int) -> Any:
    """Raises KeyError or IndexError."""
    if isinstance(data, dict) and isinstance(part, str):
        return data[part]
    if isinstance(data, list) and isinstance(part, int) and part >= 0:
        return data[part]
    raise KeyError(part)


def _having(data: Any) -> str:
    """What there is instead, for whoever looks for it."""
    if isinstance(data, dict) and data:
        return f", it has {', '.join(_shortened(str(name)) for name in [*data][:6])}"
    return f", it has {len(data)}" if isinstance(data, list) else ""


def for_cel(data: Any) -> Any:
    """As CEL takes it: decimals as floats, integers beyond its range too."""
    if isinstance(data, Decimal):
        return float(data)
    if isinstance(data, int) and not isinstance(data, bool) and abs(data) >= 2**63:
        return float(data)
    if isinstance(data, dict):
        return {str(name): for_cel(value) for name, value in data.items()}
    return [for_cel(value) for value in data] if isinstance(data, (list, tuple)) else data


def is_number(data: Any) -> bool:
    return isinstance(data, (int, float, Decimal)) and not isinstance(data, bool)


def visible(text: str) -> str:
    """A text that is safe to store and to look at: no control and no hidden characters but line feeds and tabs."""
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    hidden = character not in "\n\t" and unicodedata.category(character) in HIDDEN
    return f"⟨U+{ord(character):04X}⟩" if hidden else character


def _shortened(text: str) -> str:
    return visible(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…")
