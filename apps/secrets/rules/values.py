"""What a secret may be called and may hold."""

import re

from .masking import MASK

SHORTEST, LONGEST = 6, 4096  # characters of a value; a shorter one would be masked wherever its few letters stand
NAME_LENGTH = 60
_NAME = re.compile(r"[a-z][a-z0-9._-]*\Z")


def why_no_name(name: str) -> str:
    """What is wrong with a name, as a sentence; empty for a good one."""
    if len(name) > NAME_LENGTH:
        return f"A name has at most {NAME_LENGTH} characters."
    if not _NAME.match(name):
        return "Begin with a small letter, then small letters, digits and . - _ only: prometheus-token."
    return ""


def why_no_value(value: str) -> str:
    """What is wrong with a value, as a sentence that does not show it; empty for a good one."""
    if not SHORTEST <= len(value) <= LONGEST:
        return (
            f"A secret has between {SHORTEST} and {LONGEST} characters. "
            "A shorter one is guessed, and cannot be masked in what a server answers."
        )
    if not (value.isascii() and value.isprintable()):
        return "A secret is one line of letters, digits and signs of ASCII, as headers and passwords carry them."
    if value != value.strip():
        return "The value begins or ends with a blank, which is a mistake of copying as a rule. Copy it without."
    if len(set(value)) < 3:
        return "The value repeats one or two characters, so masking it would mask half of every answer."
    return ""


class SecretValue:
    """A secret on its way from the database to the host it is bound to. Printed, logged or stored, it is the mask."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself, for what sends it and for what masks it."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is not stored and not sent to another process")
