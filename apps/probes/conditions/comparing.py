"""What was measured beside what was measured before: the difference in words."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from .values import in_unit, plain, quantity, sort_of


class Change(NamedTuple):
    """What a condition measured in the baseline and measures now, and the difference; empty where there is none."""

    expression: str
    before: str
    now: str
    difference: str


def difference(before: str, now: str) -> str:
    """How much more or less is now than was before, as “+38 %”; of zero in the unit; empty where they are no numbers.

    before, now: values as runs store them, “210 ms”.
    """
    old, new = quantity(before), quantity(now)
    if old is None or new is None or sort_of(old[1]) != sort_of(new[1]):
        return ""
    by = new[0] - old[0]
    if not by:
        return "no change"
    if not old[0]:
        return f"{_sign(by)}{plain(abs(in_unit(by, new[1])))} {new[1]}".strip()
    share = abs(by / old[0]) * 100
    return f"{_sign(by)}{plain(share.quantize(Decimal(1) if share >= 1 else Decimal('0.01')))} %"


def changes_since(before: Iterable[Mapping[str, Any]], now: Iterable[Mapping[str, Any]]) -> list[Change]:
    """The conditions that both runs judged, in the order of now. before, now: `Run.conditions`."""
    then = {each["expression"]: each["value"] for each in before}
    return [
        Change(line, then[line], each["value"], difference(then[line], each["value"]))
        for each in now
        if (line := each["expression"]) in then
    ]


def _sign(number: Decimal) -> str:
    return "+" if number > 0 else "−"
