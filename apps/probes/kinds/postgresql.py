"""Whether a PostgreSQL accepts connections, asked as `pg_isready` does, and whether it lets somebody in."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django import forms

from apps.probes import egress
from apps.probes.conditions import ANYTHING, TEXT, Value
from apps.probes.conditions.values import visible
from apps.probes.rules import Target, parse_address
from apps.secrets.rules import Binding, Destination, SecretValue, masked

from . import scram, trust
from .kind import Kind, elapsed, setting
from .outcome import Reading
from .wire import Wire

PROTOCOL = 3 << 16  # 3.0
MESSAGE_BYTES = 8192
LONGEST_ANSWER = 500  # characters
EXPECTED = (b"R", b"E", b"S", b"K", b"Z", b"N")  # authentication, error, and what follows once somebody is in
LETS_IN, SASL, SASL_CONTINUE, SASL_FINAL = 0, 10, 11, 12
TLS_WANTED = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
GOODBYE = b"X\0\0\0\4"
MOST_MESSAGES = 100  # between letting in and being ready
AUTHENTICATIONS = {
    LETS_IN: "lets in",
    3: "asks for a password",
    5: "asks for a password (MD5)",
    10: "asks for a password (SCRAM)",
}
# Errors about who asks, by the beginning of their code: whatever refuses these accepts connections.
ABOUT_WHO_ASKS = ("28", "3D")


class Reply(NamedTuple):
    """Whether it accepts, what it said, the code of an error, and whether it let somebody in by a password."""

    accepts: bool
    words: str
    code: str = ""
    signed_in: bool = False


@dataclass(frozen=True)
class PostgreSql(Kind):
    """Where to ask, as host:port, and who says to be asking. Without a secret the start-up message is all that is sent.

    accepts: it asks for credentials, lets in, or refuses only this user or database. answer: what it said.
    code: the SQLSTATE of an error, empty without one. latency: from looking up the name to the answer.
    signed_in: with a secret, whether it lets in by SCRAM-SHA-256; a password is sent in no other way.
    """

    LABEL = "PostgreSQL"
    ABOUT = "accepts sessions, or signs somebody in"
    FACTS = {"peer": "Answered by", "answer": "Answer", "code": "Error code"}

    VALUES = {"accepts": ANYTHING, "latency": "ms", "answer": TEXT, "code": TEXT, "signed_in": ANYTHING}
    USUAL = "accepts == true"

    address: str = setting(
        forms.CharField,
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "db.example.com:5432", "autocomplete": "off"}),
        help_text="Host and port. Without a secret a worker hangs up before any password.",
    )
    user: str = setting(forms.CharField, default="postgres", max_length=63, help_text="postgres if empty.")
    database: str = setting(forms.CharField, default="postgres", max_length=63, help_text="postgres if empty.")

    secret: str = trust.secret("that user")
    tls: bool = trust.tls()
    server_name: str = trust.server_name()
    authorities: str = trust.authorities()

    @classmethod
    def tidied(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Of one that signs in, that it does is usual."""
        usual = {"conditions": "signed_in == true"} if values["secret"] and not values["conditions"].strip() else {}
        return super().tidied(values | usual)

    @property
    def target(self) -> Target:
        return parse_address(self.address)

    @property
    def destination(self) -> Destination:
        """Where its password proves itself, which no SCRAM sends."""
        return Binding("postgresql", self.target.host, self.target.port)

    def asked(self) -> dict[str, str]:
        return {"method": "PostgreSQL", "url": f"{self.address}/{self.database}{' over TLS' if self.tls else ''}"}

    def problems(self) -> Iterator[tuple[str, str]]:
        for name in ("user", "database"):
            if not getattr(self, name).isprintable():
                yield name, "A name has no invisible characters."
        yield from trust.problems_of_wire(self.tls, self.server_name, self.authorities)

    async def ask(self, *, secret: SecretValue | None = None, **way: Any) -> Reading:
        """Begin a session, and end it at the first answer, or once it let somebody in."""
        began = time.perf_counter()
        async with egress.connect(self.target, **way) as (stream, peer):
            if self.tls:
                stream = await self._secured(stream)
            wire = Wire(stream, "the PostgreSQL protocol")
            await wire.say(self._begin())
            first = await _message(wire)
            is_in = await _signed_in(wire, first, secret) if secret else None
            answer = is_in or await _answer(wire, first)
            latency = elapsed(began)
        hidden = [secret.reveal()] if secret else []
        answer = answer._replace(words=visible(masked(answer.words, hidden)[:LONGEST_ANSWER]))
        values = {
            "accepts": Value(answer.accepts),
            "latency": latency,
            "answer": Value(answer.words),
            "code": Value(answer.code),
        }
        if secret:
            values["signed_in"] = Value(answer.signed_in)
        return Reading(
            answered=f"Answered “{answer.words}” in {latency}",
            values=values,
            response={"peer": peer, "answer": answer.words, "code": answer.code},
            hint=f"It said: {answer.words.rstrip('.')}.",
        )

    async def _secured(self, stream: egress.Stream) -> egress.Stream:
        """The connection over TLS, if the server speaks it; what came along in the clear is not believed."""
        await stream.write(TLS_WANTED)
        if await stream.read(1) != b"S":
            raise egress.NoAnswer("It does not speak TLS.")
        return await trust.secured(stream, self.target.host, self.server_name, self.authorities)

    def _begin(self) -> bytes:
        """The start-up message."""
        parameters = {"user": self.user, "database": self.database, "application_name": "keyturn"}
        words = b"".join(part.encode() + b"\0" for pair in parameters.items() for part in pair)
        body = PROTOCOL.to_bytes(4, "big") + words + b"\0"
        return (len(body) + 4).to_bytes(4, "big") + body


async def _answer(wire: Wire, first: tuple[bytes, bytes]) -> Reply:
    """What it said to the start-up message."""
    sign, body = first
    if sign not in (b"R", b"E"):
        raise wire.broken()
    method = int.from_bytes(body[:4], "big")
    if sign == b"R" and method == LETS_IN:  # and only then looks for the user and for room
        sign, body = await _message(wire)
    if sign == b"E":
        return _error(body, wire)
    return Reply(True, AUTHENTICATIONS.get(method, "asks for credentials"))


async def _signed_in(wire: Wire, first: tuple[bytes, bytes], secret: SecretValue) -> Reply | None:
    """What signing in came to; None where it does not ask for that by SCRAM-SHA-256, and nothing is sent."""
    sign, body = first
    if sign != b"R" or int.from_bytes(body[:4], "big") != SASL or scram.NAME not in body[4:].split(b"\0"):
        return None
    exchange = scram.Exchange(secret)
    try:
        begin = len(exchange.first).to_bytes(4, "big") + exchange.first
        await _send(wire, scram.NAME + b"\0" + begin)
        began = await _of_sasl(wire, SASL_CONTINUE)
        if isinstance(began, Reply):
            return began
        proof = await asyncio.to_thread(exchange.answered, began)
        await _send(wire, proof)
        ended = await _of_sasl(wire, SASL_FINAL)
        if isinstance(ended, Reply):
            return ended
        exchange.require_proof(ended)
    except scram.NoProof as error:
        raise egress.NoAnswer(str(error)) from error
    return await _ready(wire)


async def _of_sasl(wire: Wire, expected: int) -> bytes | Reply:
    """What the server says in this step; what it came to, where that is an error."""
    sign, body = await _message(wire)
    if sign == b"E":
        return _error(body, wire)
    if sign != b"R" or int.from_bytes(body[:4], "big") != expected:
        raise wire.broken()
    return body[4:]


async def _ready(wire: Wire) -> Reply:
    """What comes after it let somebody in: it is ready, or has no room or no such database."""
    for _ in range(MOST_MESSAGES):
        sign, body = await _message(wire)
        if sign == b"E":
            return _error(body, wire)
        if sign == b"Z":
            await wire.say(GOODBYE)
            return Reply(True, "signed in", signed_in=True)
    raise wire.broken()


async def _send(wire: Wire, body: bytes) -> None:
    await wire.say(b"p" + (len(body) + 4).to_bytes(4, "big") + body)


async def _message(wire: Wire) -> tuple[bytes, bytes]:
    head = await wire.exactly(5)
    sign, length = head[:1], int.from_bytes(head[1:], "big") - 4
    if sign not in EXPECTED or not 1 <= length <= MESSAGE_BYTES:
        raise wire.broken()
    return sign, await wire.exactly(length)


def _error(body: bytes, wire: Wire) -> Reply:
    """What an error says; whether it accepts follows from what it is about."""
    fields = {part[:1]: part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}
    if not {b"C", b"M"} <= set(fields):
        raise wire.broken()
    code = visible(fields[b"C"][:5])
    return Reply(code.startswith(ABOUT_WHO_ASKS), fields[b"M"], code)
