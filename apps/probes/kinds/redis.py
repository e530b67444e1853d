"""Whether a Redis, or what speaks like one, answers, and what it says of itself."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from apps.probes import egress
from apps.probes.conditions import NUMBER, TEXT, Value
from apps.probes.conditions.values import visible
from apps.probes.rules import Target, parse_address
from apps.secrets.rules import Binding, Destination, SecretValue, masked

from . import trust
from .kind import Kind, elapsed, setting
from .outcome import Reading
from .wire import Wire

INFO_BYTES = 64 * 1024
SHOWN = ("answer", "role", "version")
# What INFO calls it, and what it is called here.
TEXTS = {"role": "role", "redis_version": "version"}
NUMBERS = {"connected_clients": "clients", "connected_slaves": "replicas"}


@dataclass(frozen=True)
class Redis(Kind):
    """Where to ask, as host:port. PING and INFO are all that is said, after AUTH where it signs in.

    answer: PONG, or the error that came instead. latency: from looking up the name to that answer.
    memory_share: of the most that it may use, where there is such a limit.
    """

    LABEL = "Redis"
    ABOUT = "answers to PING, its role and version"
    FACTS = {"peer": "Answered by", "answer": "Answer to PING", "role": "Role", "version": "Version"}

    VALUES = {
        "answer": TEXT,
        "latency": "ms",
        "role": TEXT,
        "version": TEXT,
        "used_memory": "MB",
        "memory_share": "%",
        "clients": NUMBER,
        "replicas": NUMBER,
    }
    USUAL = 'answer == "PONG"'

    address: str = setting(
        forms.CharField,
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "cache.example.com:6379", "autocomplete": "off"}),
        help_text="Host and port. A worker of this server sends PING and INFO.",
    )
    secret: str = trust.secret("the user below, or of all of it")
    user: str = setting(
        forms.CharField,
        default="",
        label="User",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        help_text="Of its access control list. The default user if empty.",
    )
    tls: bool = trust.tls()
    server_name: str = trust.server_name()
    authorities: str = trust.authorities()

    @property
    def target(self) -> Target:
        return parse_address(self.address)

    @property
    def destination(self) -> Destination:
        """Its password goes over TLS to rediss://, in the clear to redis://, whichever the secret is bound to."""
        return Binding("rediss" if self.tls else "redis", self.target.host, self.target.port)

    def asked(self) -> dict[str, str]:
        return {"method": "PING", "url": f"{self.address}{' over TLS' if self.tls else ''}"}

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.user and not self.secret:
            yield "secret", "A user signs in with a password: name the secret that it is."
        if not self.user.isprintable():
            yield "user", "A name has no invisible characters."
        yield from trust.problems_of_wire(self.tls, self.server_name, self.authorities)

    async def ask(self, *, secret: SecretValue | None = None, **way: Any) -> Reading:
        """PING, and after a PONG also INFO, which whoever has fewer rights may not ask.

        Where AUTH is refused, that is the answer.
        """
        began = time.perf_counter()
        hidden = [secret.reveal()] if secret else []
        async with egress.connect(self.target, **way) as (stream, peer):
            if self.tls:
                stream = await trust.secured(stream, self.target.host, self.server_name, self.authorities)
            wire = Wire(stream, "the Redis protocol")
            answer = "OK"
            if secret:
                parts = [part.encode() for part in (self.user, secret.reveal()) if part]
                answer = await _reply(wire, b"AUTH", *parts, hidden=hidden)
            if answer == "OK":
                answer = await _reply(wire, b"PING", hidden=hidden)
            latency = elapsed(began)
            info = await _reply(wire, b"INFO", hidden=hidden) if answer == "PONG" else ""
        values = {"answer": Value(answer), "latency": latency, **_values(info)}
        shown = {name: str(values[name].data) for name in SHOWN if name in values}
        return Reading(f"Answered {answer} in {latency}", values, {"peer": peer} | shown)


async def _reply(wire: Wire, *command: bytes, hidden: list[str]) -> str:
    """What a command is answered: a line, an error without its sign, or a text of announced length; `hidden` masked."""
    await wire.say(b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in command))
    first = await wire.line()
    sign, rest = first[:1], first[1:]
    if sign in (b"+", b"-"):
        return visible(masked(rest, hidden).decode("utf-8", "replace"))
    if sign != b"$" or not re.fullmatch(rb"\d{1,5}", rest) or int(rest) > INFO_BYTES:
        raise wire.broken()
    text = await wire.exactly(int(rest))
    if await wire.exactly(2) != b"\r\n":
        raise wire.broken()
    return visible(masked(text, hidden).decode("utf-8", "replace").replace("\r\n", "\n"))


def _values(info: str) -> dict[str, Value]:
    """What INFO says, as far as it is there and as it should be."""
    facts = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    numbers = {name: Decimal(text) for name, text in facts.items() if re.fullmatch(r"[0-9]{1,18}", text)}
    found = {ours: Value(facts[theirs]) for theirs, ours in TEXTS.items() if theirs in facts}
    found |= {ours: Value(int(numbers[theirs])) for theirs, ours in NUMBERS.items() if theirs in numbers}
    used, most = numbers.get("used_memory"), numbers.get("maxmemory")
    if used is not None:
        found["used_memory"] = Value(used, "MB")
    if used is not None and most:
        found["memory_share"] = Value(used / most, "%")
    return found
