"""What a form brings along: what it was filled with, so that it overwrites nothing newer, and what it makes once."""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4, uuid5

from .errors import Changed, Stale
from .wording import exact

NOTHING = "-"  # the fingerprint of a form that was opened before there was anything to edit
UNSEEN = ""  # that of a form which brought none along: whoever sent it saw nothing of what is saved
LENGTH = 24  # hexadecimal digits of each field's digest


def texts(**values: Any) -> dict[str, str]:
    """What a form edits, each value as people read it: an empty text for None, moments to the minute."""
    return {name: _text(value) for name, value in values.items()}


def fingerprint(values: Mapping[str, str]) -> str:
    """A digest of each value by its name, for the hidden field `basis` of a form."""
    return " ".join(f"{name}:{_digest(value)}" for name, value in values.items()) or NOTHING


def require_unchanged(shown: str | None, now: Mapping[str, str], typed: Mapping[str, str]) -> None:
    """Refuse to overwrite what was saved after `shown` was taken; None asks for nothing.

    now: what is saved. typed: what is to be saved; whoever types what is saved already overwrites nothing, and where
    nothing is saved there is nothing to overwrite for whoever saw nothing.
    """
    if shown is not None and (changed := changed_since(shown, now, typed)):
        raise Changed(now, changed)


def changed_since(shown: str, now: Mapping[str, str], typed: Mapping[str, str]) -> list[str]:
    """The names of what `typed` would overwrite although it was saved after `shown` was taken."""
    seen = dict(part.partition(":")[::2] for part in shown.split())
    return [
        name
        for name, value in now.items()
        if seen.get(name) != _digest(value) and typed.get(name) != value and (value or name in seen)
    ]


def require_same(shown: str | None, now: Mapping[str, str], act: str) -> None:
    """Refuse to take away what is another by now than was `shown`; None asks for nothing. `act` is what to do then."""
    if shown == UNSEEN:
        raise Stale(
            f"This did not say what its page showed. Nothing was done: reload the page, look again, then {act}."
        )
    if shown is not None and shown != fingerprint(now):
        raise Stale(f"This changed after you opened it. Nothing was done: read what stands there now, then {act}.")


def id_of_intent(intent: UUID | None, *what: object) -> UUID:
    """The id of what a form makes: by its intent, and by where, by whom and from what; a new one without an intent.

    The form sent twice gets the same id, so the row is there already; anything else sent from its page another.
    """
    return uuid4() if intent is None else uuid5(intent, "\0".join(map(str, what)))


def _digest(value: str) -> str:
    return sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH]


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return exact(value, "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)
