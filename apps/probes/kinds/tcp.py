"""A plain TCP connection, and the text that a service greets with."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django import forms

from apps.probes import egress
from apps.probes.conditions import TEXT, Value
from apps.probes.rules import Target, parse_address

from .kind import Kind, elapsed, setting
from .outcome import Reading, read, shown

GREETING_BYTES = 512
QUIET_SECONDS = 1.0  # after which a service without a line end has said all


@dataclass(frozen=True)
class Tcp(Kind):
    """Where to connect, as host:port. The greeting is the first line that comes, and is read only if it is judged."""

    LABEL = "TCP connection"
    ABOUT = "whether a port takes connections, its greeting"
    FACTS = {"peer": "Answered by"}

    VALUES = {"latency": "ms", "greeting": TEXT}
    USUAL = "latency < 5 s"

    address: str = setting(
        forms.CharField,
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "db.example.com:5432", "autocomplete": "off"}),
        help_text="Host and port. A worker of this server connects.",
    )

    @property
    def target(self) -> Target:
        return parse_address(self.address)

    def asked(self) -> dict[str, str]:
        return {"method": "TCP", "url": self.address}

    async def ask(self, **way: Any) -> Reading:
        """Connect, and read the greeting if a condition is about it."""
        began = time.perf_counter()
        reads = any("greeting" in condition.names for condition in self.judges())
        async with egress.connect(self.target, **way) as (stream, peer):
            latency = elapsed(began)
            data = await _greeting(stream) if reads else b""
        text = read(data, is_cut=len(data) >= GREETING_BYTES)
        doubt = "" if text.is_whole else "Parts of the greeting are no UTF-8 and were not read."
        return Reading(
            answered=f"Accepted a connection in {latency}",
            values={"latency": latency, "greeting": Value(text.text, doubt=doubt)},
            response={"peer": peer, "snippet": shown(data)},
        )


async def _greeting(stream: egress.Stream) -> bytes:
    """The first line that the service says, until it hangs up, says no more, or there is enough of it."""
    data = piece = await stream.read(GREETING_BYTES)
    with suppress(TimeoutError):
        while piece and b"\n" not in data and len(data) < GREETING_BYTES:
            async with asyncio.timeout(QUIET_SECONDS):
                piece = await stream.read(GREETING_BYTES - len(data))
            data += piece
    return data
