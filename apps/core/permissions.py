"""A permission is a verdict with a reason; commands require it, buttons show it."""

from dataclasses import dataclass

from .errors import NotAllowed, WrongState


@dataclass(frozen=True)
class Verdict:
    """Yes, or no and why. `error` is the refusal raised when a command requires it."""

    allowed: bool
    reason: str = ""
    error: type[NotAllowed] | type[WrongState] = NotAllowed

    def __bool__(self) -> bool:
        return self.allowed


ALLOW = Verdict(True)


def deny(reason: str) -> Verdict:
    """This person may not; somebody else might."""
    return Verdict(False, reason)


def not_now(reason: str) -> Verdict:
    """Nobody may while things are as they are."""
    return Verdict(False, reason, WrongState)


def require(verdict: Verdict) -> None:
    """Raise the verdict's refusal unless it allows."""
    if not verdict:
        raise verdict.error(verdict.reason)
