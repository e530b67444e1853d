"""The Common Expression Language, as its library reads it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from . import apart
from .values import NoValue, visible

LATE = "it takes too much time or memory for this answer; compare less of it"


@lru_cache(maxsize=2048)
def _program(expression: str) -> Any:
    import cel  # brings a command line along that takes a fifth of a second, at every start of every process

    return cel.compile(expression)


def can_be_read(expression: str) -> bool:
    """Whether it is an expression of the language."""
    try:
        _program(expression)
    except (ValueError, RuntimeError):
        return False
    return True


class TooLong(NoValue):
    """It could not be said within the time and memory that there is for it."""


def holds(expression: str, values: Mapping[str, Any], about: str, *, is_apart: bool = False) -> bool:
    """Whether it is true for these values. Raises NoValue where one is missing or of another sort.

    is_apart: asks in another process, with a limit, what takes longer than once through a value; raises TooLong.
    """
    try:
        found = apart.evaluate(expression, values) if is_apart else _program(expression).execute(dict(values))
    except apart.LimitExceeded:
        raise TooLong(f"{about} could not be judged: {LATE}.") from None
    except (KeyError, IndexError) as error:
        raise NoValue(f"{about}: {visible(str(error))} is not in the answer.") from error
    except (TypeError, ValueError, RuntimeError, ArithmeticError) as error:
        raise NoValue(f"{about} could not be compared: the value is of another sort.") from error
    if not isinstance(found, bool):
        raise NoValue(f"{about} is neither true nor false.")
    return found
