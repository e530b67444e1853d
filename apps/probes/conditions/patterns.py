"""Regular expressions: proven before they are stored, for one may take a tenth of a second to make, and pages wait."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import lru_cache

from . import apart
from .grammar import UNREADABLE, BadCondition
from .judging import Condition

TOGETHER_SECONDS = 0.5  # of computing, for all patterns of a probe
TOO_LONG = (
    "The patterns here take too long together. Take some out, or write simpler ones: .{50} is quicker than \\w{50}."
)


def patterns_together() -> AbstractContextManager[None]:
    """Have all patterns that are proven meanwhile share the time of one probe's."""
    return apart.within(TOGETHER_SECONDS)


def require_patterns(conditions: Iterable[Condition]) -> None:
    """Refuse patterns that cannot be read, or that are not soon made, one by one or together. Raises BadCondition."""
    with patterns_together():
        for each in conditions:
            if each.operator == "matches":
                _require_pattern(each.cel)


def _require_pattern(matching: str) -> None:
    try:
        is_pattern = _is_pattern(matching)
    except apart.Spent:
        raise BadCondition(TOO_LONG) from None
    if not is_pattern:
        raise BadCondition(UNREADABLE)


@lru_cache(maxsize=256)
def _is_pattern(matching: str) -> bool:
    """Whether a comparison with a regular expression can be asked. Raises apart.Spent, which says nothing of it."""
    try:
        return apart.evaluate(matching, {"it": ""}) is not None
    except apart.Spent:
        raise
    except (apart.LimitExceeded, KeyError, IndexError, TypeError):
        return False
