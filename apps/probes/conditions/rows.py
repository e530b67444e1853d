"""Conditions as rows of a form: a value, a sign, a limit, and what follows where it does not hold.

A row without a sign is an expression of any other shape and stands as it was written. Rows and lines say the same:
`text_of(rows_of(text))` is how a text of conditions is stored.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .grammar import compared, without_warning
from .lines import lines_of, squeezed

# What people call each sign of a comparison.
SIGNS = {
    "==": "is",
    "!=": "is not",
    "<": "is under",
    "<=": "is at most",
    ">": "is over",
    ">=": "is at least",
    "in": "is one of",
    "contains": "contains",
    "matches": "matches",
}
WARN = "warn: "


@dataclass(frozen=True)
class ConditionRow:
    """One condition, in parts. limit: with its unit, and `, warn 200 ms` where that is asked. warns: nothing more."""

    value: str = ""
    sign: str = ""
    limit: str = ""
    warns: bool = False

    @property
    def line(self) -> str:
        """The condition in one line; empty where nothing was written."""
        if not self.value and not self.limit:
            return ""
        return WARN * self.warns + " ".join(filter(None, (self.value, self.sign, self.limit)))


def rows_of(text: str) -> list[ConditionRow]:
    """A row for each line that holds anything; what cannot be read is an expression."""
    return [_row_of(line) for line in lines_of(text)]


def text_of(rows: Iterable[ConditionRow]) -> str:
    """A line for each row in which anything was written."""
    return "\n".join(line for line in (squeezed(row.line) for row in rows) if line)


def _row_of(line: str) -> ConditionRow:
    rest, warns = without_warning(line)
    if not rest:
        return ConditionRow(line)
    value, sign, limit = compared(rest) or (rest, "", "")
    return ConditionRow(value, sign, limit, warns)
