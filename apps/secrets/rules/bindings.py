"""Where a secret may go: hosts with scheme and port, exactly or everything below a name."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from apps.core.hosts import host_of

DEFAULT_PORTS = {"https": 443, "http": 80, "postgresql": 5432, "redis": 6379, "rediss": 6379}
MOST_BINDINGS = 20
BINDING_LENGTH = 300
EXAMPLE = "https://metrics.example.com or https://*.example.com:8443"
_FORM = re.compile(
    r"(?:(?P<scheme>[a-z]+)://)?(?P<wild>\*\.)?(?P<host>\[[^\]]*\]|[^\[\]:/@?#\s]+)(?::(?P<port>[0-9]+))?/?\Z"
)


class Destination(Protocol):
    """Where something is about to be sent."""

    @property
    def scheme(self) -> str: ...

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...


@dataclass(frozen=True, order=True)
class Binding:
    """Where a secret may go. `host` is as `host_of` writes it, or `*.` and a name for all hosts below it."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Binding":
        """Read one; https without a scheme, the port of the scheme without one. Raises ValueError with a sentence."""
        match = _FORM.match(text)
        if match is None or len(text) > BINDING_LENGTH:
            raise ValueError(f"“{text[:80]}” is not a host. Write one a line, without a path: {EXAMPLE}.")
        scheme = match["scheme"] or "https"
        if scheme not in DEFAULT_PORTS:
            raise ValueError(f"“{scheme}” is no scheme that carries a secret. Write one of {', '.join(DEFAULT_PORTS)}.")
        port = int(match["port"] or DEFAULT_PORTS[scheme])
        if not 0 < port < 65536:
            raise ValueError(f"“{text}” has no port between 1 and 65535 after its colon.")
        return cls(scheme, _host(match["host"], is_suffix=bool(match["wild"])), port)

    def covers(self, scheme: str, host: str, port: int) -> bool:
        """Whether it means this scheme, host and port."""
        if (scheme, port) != (self.scheme, self.port):
            return False
        host = host.removesuffix(".")
        if self.host.startswith("*."):
            return host.endswith(self.host[1:]) and "*" not in host
        return host == self.host

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}")


def bindings_of(lines: Iterable[str]) -> list[str]:
    """Bindings as they are stored, each once and sorted, from lines of text. Raises ValueError with a sentence."""
    typed = [line.strip() for line in lines if line.strip()]
    if len(typed) > MOST_BINDINGS:
        raise ValueError(
            f"A secret goes to at most {MOST_BINDINGS} hosts. Use {EXAMPLE.split()[-1]} for many below one."
        )
    if not typed:
        raise ValueError(f"Write at least one host that the secret may be sent to: {EXAMPLE}.")
    return [str(binding) for binding in sorted({Binding.parse(line) for line in typed})]


def covering(bindings: Sequence[str], scheme: str, host: str, port: int) -> bool:
    """Whether one of these lets a secret go there."""
    return any(Binding.parse(text).covers(scheme, host, port) for text in bindings)


def _host(text: str, *, is_suffix: bool) -> str:
    host = host_of(text).removesuffix(".")
    if is_suffix and ("." not in host or ":" in host or host.replace(".", "").isdecimal()):
        raise ValueError(f"“*.{host}” is too wide. After the star belongs a name of two parts or more: *.example.com.")
    return f"*.{host}" if is_suffix else host
