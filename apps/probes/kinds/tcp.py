"""A plain TCP connection, and the text that a service greets with."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from apps.probes import egress
from apps.probes.rules import Target, parse_address

from .kind import TEXT_LENGTH, Kind, setting, text_problems
from .outcome import Outcome, read, shown

GREETING_BYTES = 512


@dataclass(frozen=True)
class Tcp(Kind):
    """Where to connect, as host:port, and the text to read in the first 512 bytes; "" reads nothing."""

    LABEL = "TCP connection"
    FACTS = {"peer": "Answered by"}

    address: str = setting(
        forms.CharField,
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "db.example.com:5432", "autocomplete": "off"}),
        help_text="Host and port. A worker of this server connects.",
    )
    greeting: str = setting(
        forms.CharField,
        default="",
        label="Greets with",
        max_length=TEXT_LENGTH,
        help_text=f"Looked for in the first {GREETING_BYTES} bytes, e.g. “220”. Empty: nothing is read.",
    )

    @property
    def target(self) -> Target:
        return parse_address(self.address)

    def problems(self) -> Iterator[tuple[str, str]]:
        return text_problems("greeting", self.greeting)

    def asked(self) -> dict[str, str]:
        return {"method": "TCP", "url": self.address}

    def expectations(self) -> list[str]:
        return ["accepts a connection", *([f"greets with “{self.greeting}”"] if self.greeting else [])]

    async def ask(self, asked: Outcome, **way: Any) -> Outcome:
        """Connect, and read the greeting if one is expected."""
        began = time.perf_counter()
        async with egress.connect(self.target, **way) as (stream, peer):
            elapsed_ms = round((time.perf_counter() - began) * 1000)
            data = await _greeting(stream, self.greeting.encode()) if self.greeting else b""
        text = read(data, is_cut=len(data) >= GREETING_BYTES)
        missing = self.greeting not in text
        return self.verdict(
            asked,
            elapsed_ms=elapsed_ms,
            answered="Accepted a connection",
            response={"peer": peer, "snippet": shown(data)},
            failures=[f"“{self.greeting}” is not in the first {len(data)} bytes."] if missing and text.is_whole else [],
            doubts=[f"“{self.greeting}” was not found, but parts of the greeting are no UTF-8 and were not read."]
            if missing and not text.is_whole
            else [],
        )


async def _greeting(stream: egress.Stream, expected: bytes) -> bytes:
    """What the service said until the expected text came, it hung up, or there was enough of it."""
    data = b""
    while expected not in data and len(data) < GREETING_BYTES:
        piece = await stream.read(GREETING_BYTES - len(data))
        if not piece:
            break
        data += piece
    return data
