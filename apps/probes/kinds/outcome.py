"""What a kind of probe takes and gives back."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from apps.probes.rules import Policy

PASSED, FAILED, INCONCLUSIVE = "passed", "failed", "inconclusive"
SNIPPET_BYTES = 2048


class BadSetting(ValueError):
    """One setting that a kind cannot take; the message is a sentence for the person who typed it."""

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting


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


class Config(Protocol):
    """What a person configured: a frozen dataclass, JSON in and JSON out."""

    @property
    def timeout_ms(self) -> int:
        """How long a run may take, at most 60,000."""

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Read stored or typed values. Raises BadSetting, or another ValueError with a sentence."""

    def as_json(self) -> dict[str, Any]:
        """Every value, so that `parse` gives the same configuration again; no floats."""

    def refusal(self, policy: Policy) -> str:
        """Why this can never be asked, known without asking; empty when it may be."""

    def summary(self) -> str:
        """One line: what is asked and what is expected."""


class Kind(Protocol):
    """One module of this folder."""

    LABEL: str
    FACTS: Mapping[str, str]
    Config: type[Any]

    async def run(self, config: Any, *, policy: Policy) -> Outcome:
        """Ask once. Never raises for what the target does."""


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
