"""How one run of a probe ended, and what may be stored of what a target sent."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PASSED, FAILED, INCONCLUSIVE = "passed", "failed", "inconclusive"
SNIPPET_BYTES = 2048


@dataclass(frozen=True)
class Outcome:
    """How one run of a probe ended.

    verdict: "passed"; "failed", the target was asked and is not as expected; or "inconclusive", it could not be asked.
    explanation: one sentence or more, e.g. "Answered 503, expected 200."
    value, unit, limit: what was measured, as decimal strings, e.g. "226", "ms", "300"; empty where nothing was.
    request, response: JSON values without floats that say what was sent and what came back. Pages show
        request["expected"], a list of phrases, response["snippet"], a text, and what the kind's FACTS name.
    """

    verdict: str
    explanation: str
    value: str = ""
    unit: str = ""
    limit: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    response: Mapping[str, Any] = field(default_factory=dict)


def shown(data: bytes) -> str:
    """The beginning of some bytes as text that is safe to store and to look at: no control and no hidden characters."""
    text = data[:SNIPPET_BYTES].decode("utf-8", errors="replace").replace("\r\n", "\n")
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character in "\n\t":
        return character
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn"):
        return f"⟨U+{ord(character):04X}⟩"
    return character
