"""Whether a PostgreSQL accepts connections, asked without credentials as `pg_isready` does."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from apps.probes import egress
from apps.probes.conditions import ANYTHING, TEXT, Value
from apps.probes.conditions.values import visible
from apps.probes.rules import Target, parse_address

from .kind import Kind, elapsed, setting
from .outcome import Reading
from .wire import Wire

PROTOCOL = 3 << 16  # 3.0
MESSAGE_BYTES = 8192
LONGEST_ANSWER = 500  # characters
EXPECTED = (b"R", b"E", b"S", b"K", b"Z", b"N")  # authentication, error, and what follows once somebody is in
LETS_IN = 0
AUTHENTICATIONS = {
    LETS_IN: "lets in",
    3: "asks for a password",
    5: "asks for a password (MD5)",
    10: "asks for a password (SCRAM)",
}
# Errors about who asks, by the beginning of their code: whatever refuses these accepts connections.
ABOUT_WHO_ASKS = ("28", "3D")


@dataclass(frozen=True)
class PostgreSql(Kind):
    """Where to ask, as host:port, and who says to be asking. The start-up message is all that is sent.

    accepts: it asks for credentials, lets in, or refuses only this user or database. answer: what it said.
    code: the SQLSTATE of an error, empty without one. latency: from looking up the name to the answer.
    """

    LABEL = "PostgreSQL"
    FACTS = {"peer": "Answered by", "answer": "Answer", "code": "Error code"}

    VALUES = {"accepts": ANYTHING, "latency": "ms", "answer": TEXT, "code": TEXT}
    USUAL = "accepts == true"

    address: str = setting(
        forms.CharField,
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "db.example.com:5432", "autocomplete": "off"}),
        help_text="Host and port. A worker of this server connects and hangs up before any password.",
    )
    user: str = setting(forms.CharField, default="postgres", max_length=63, help_text="postgres if empty.")
    database: str = setting(forms.CharField, default="postgres", max_length=63, help_text="postgres if empty.")

    @property
    def target(self) -> Target:
        return parse_address(self.address)

    def asked(self) -> dict[str, str]:
        return {"method": "PostgreSQL", "url": f"{self.address}/{self.database}"}

    def problems(self) -> Iterator[tuple[str, str]]:
        for name in ("user", "database"):
            if not getattr(self, name).isprintable():
                yield name, "A name has no invisible characters."

    async def ask(self, **way: Any) -> Reading:
        """Begin a session, and end it at the first answer."""
        began = time.perf_counter()
        async with egress.connect(self.target, **way) as (stream, peer):
            wire = Wire(stream, "the PostgreSQL protocol")
            await wire.say(self._begin())
            accepts, answer, code = await _answer(wire)
            latency = elapsed(began)
        values = {"accepts": Value(accepts), "latency": latency, "answer": Value(answer), "code": Value(code)}
        return Reading(
            answered=f"Answered “{answer}” in {latency}",
            values=values,
            response={"peer": peer, "answer": answer, "code": code},
            hint=f"It said: {answer.rstrip('.')}.",
        )

    def _begin(self) -> bytes:
        """The start-up message."""
        parameters = {"user": self.user, "database": self.database, "application_name": "keyturn"}
        words = b"".join(part.encode() + b"\0" for pair in parameters.items() for part in pair)
        body = PROTOCOL.to_bytes(4, "big") + words + b"\0"
        return (len(body) + 4).to_bytes(4, "big") + body


async def _answer(wire: Wire) -> tuple[bool, str, str]:
    """Whether it accepts, what it said, and the code of an error."""
    sign, body = await _message(wire)
    if sign not in (b"R", b"E"):
        raise wire.broken()
    method = int.from_bytes(body[:4], "big")
    if sign == b"R" and method == LETS_IN:  # and only then looks for the user and for room
        sign, body = await _message(wire)
    if sign == b"E":
        code, words = _error(body, wire)
        return code.startswith(ABOUT_WHO_ASKS), words, code
    return True, AUTHENTICATIONS.get(method, "asks for credentials"), ""


async def _message(wire: Wire) -> tuple[bytes, bytes]:
    head = await wire.exactly(5)
    sign, length = head[:1], int.from_bytes(head[1:], "big") - 4
    if sign not in EXPECTED or not 1 <= length <= MESSAGE_BYTES:
        raise wire.broken()
    return sign, await wire.exactly(length)


def _error(body: bytes, wire: Wire) -> tuple[str, str]:
    """Code and words of an error."""
    fields = {part[:1]: part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}
    if not {b"C", b"M"} <= set(fields):
        raise wire.broken()
    return visible(fields[b"C"][:5]), visible(fields[b"M"][:LONGEST_ANSWER])
