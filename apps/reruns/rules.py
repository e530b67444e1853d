"""What can be carried over from the deployment that is run again, and why an item is open instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from apps.core.wording import plural
from apps.deployments.states import ItemState

# What keys cover of what a template says, in words.
IN_WORDS = {
    "title": "title",
    "text": "guidance",
    "commands": "command",
    "critical": "whether it is critical",
    "keys": "number of keys",
    "passkey": "whether a passkey signs it",
    "blanks": "what is filled in",
}


@dataclass(frozen=True)
class Reason:
    """Why an item is open: a tag of few words, and a sentence; an item that is carried over has none."""

    tag: str
    why: str


@dataclass(frozen=True)
class CarryFacts:
    """What decides whether an item can be carried over.

    code: of the deployment that is run again, "PAY-11". state: how the item stood there when that ended, None where it
    was not. changed: names of IN_WORDS that are others now. age: days since the oldest proof of it was given.
    max_age: the most days that its template allows, None for any.
    """

    code: str
    state: ItemState | None
    changed: Sequence[str] = ()
    age: int = 0
    max_age: int | None = None


TOUCHED = Reason("re-opens", "")


def why_open(facts: CarryFacts) -> Reason | None:
    """Why an item cannot be carried over; None where it can."""
    if facts.state is None:
        return Reason("new", f"{facts.code} did not have it.")
    if reason := _not_signed(facts.state, facts.code):
        return reason
    if facts.changed:
        words = ", ".join(IN_WORDS[name] for name in facts.changed)
        return Reason("changed", f"Its keys covered something else: {words}.")
    if facts.max_age is not None and facts.age > facts.max_age:
        old = plural(facts.age, "day")
        return Reason("too old", f"What proves it is {old} old, at most {facts.max_age} are allowed.")
    return None


def _not_signed(state: ItemState, code: str) -> Reason | None:
    match state:
        case ItemState.VERIFIED | ItemState.CARRIED:
            return None
        case ItemState.OPEN | ItemState.HALF:
            return Reason("not signed", f"{code} ended before all its keys were turned.")
        case ItemState.PENDING | ItemState.FAILED:
            return Reason("not passing", f"Its probe did not pass when {code} ended.")
        case ItemState.UNPROVEN:
            return Reason("not proven", f"Its proof was missing or too old when {code} ended.")
        case ItemState.REJECTED:
            return Reason("rejected", f"It stood rejected when {code} ended.")
        case ItemState.INVALIDATED:
            return Reason("not signed", f"Its keys had fallen out when {code} ended.")
        case ItemState.EXPIRED:
            return Reason("not signed", f"Its waiver had expired when {code} ended.")
        case ItemState.WAIVED:
            return Reason("waived", f"{code} went without it. A waiver lets one deployment through, not the next.")
        case ItemState.NOT_APPLICABLE:
            return Reason("not signed", f"It did not apply in {code}, so nobody signed it for that.")
        case _:
            assert_never(state)
