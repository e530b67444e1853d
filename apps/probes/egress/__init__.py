"""The one way out: every request a probe makes leaves through `fetch`, every other connection through `connect`.

A name is resolved once, all of its addresses have to pass the policy, and the connection goes to the address that was
judged, while Host and the TLS name stay the name. One deadline covers all from lookup to the last byte. Nothing is
followed, kept alive, unpacked or taken from the environment.
"""

import asyncio
import hashlib
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, cast

import httpcore

from apps.core import VERSION
from apps.probes.rules import Target
from apps.secrets.rules import SecretValue, masked
from apps.zones.rules import IPAddress, Policy, arrival

from .allowed import policy_for
from .errors import (
    EgressError,
    Late,
    Nameless,
    NoAnswer,
    NotConnected,
    Refused,
    Unresolved,
    Untrusted,
)  # fmt: skip
from .locks import search_sniffio_once
from .network import CONNECT_SECONDS, INTERNET, LOOKUP_SECONDS, LOOPBACK, Network, Stream, dial, is_here, lookup
from .tls import trusting, trusting_anybody

search_sniffio_once()
WIRE_BYTES = 256 * 1024
HEADER_BYTES = 64 * 1024
ADDRESSES_TRIED = 4
HEADERS = (
    ("User-Agent", f"Keyturn-probe/{VERSION}"),
    ("Accept", "*/*"),
    ("Accept-Encoding", "identity"),
    ("Connection", "close"),
)


class _Full(Exception):
    """The answer is longer than what a probe reads."""


@dataclass(frozen=True)
class Sent:
    """What goes along with a request. headers: beside ours, of which they replace those of the same name.

    context: of `trusting`, whom TLS trusts; server_name: who has to answer by it, the host if empty.
    secret: what is in the headers; wherever the answer has it, it is masked from here on.
    """

    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    context: ssl.SSLContext | None = None
    server_name: str = ""
    secret: SecretValue | None = None


NOTHING = Sent()


@dataclass(frozen=True)
class Response:
    """What came back. Times in milliseconds; `body` is at most the cap, `is_truncated` says that there was more."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_truncated: bool
    elapsed_ms: int
    peer: str
    certificate: dict[str, Any] | None
    tls: str

    @property
    def sha256(self) -> str:
        """SHA-256 of the body that was read, lowercase hex."""
        return hashlib.sha256(self.body).hexdigest()

    def header(self, name: str) -> str:
        """The first value of a header, empty without one."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


async def fetch(
    target: Target,
    *,
    method: str,
    policy: Policy,
    seconds: float,
    network: Network = INTERNET,
    sent: Sent = NOTHING,
) -> Response:
    """Ask `target` once and read its answer up to the caps. Raises an EgressError, never anything else of the net."""
    hidden = [sent.secret.reveal()] if sent.secret else []
    backend = _Backend(target, policy, network, hidden)
    began = time.perf_counter()
    async with (
        _in_words(backend, seconds),
        httpcore.AsyncHTTPConnection(
            httpcore.URL(target.url).origin, ssl_context=sent.context or trusting(), network_backend=backend
        ) as connection,
        connection.stream(method, target.url, **_message(sent)) as response,
    ):
        backend.is_in_headers = False
        data, is_truncated = await _body(response)
        answer = Response(
            status=response.status,
            headers=tuple(_masked_header(key, value, hidden) for key, value in response.headers),
            body=masked(data, hidden, is_cut=is_truncated),
            is_truncated=is_truncated,
            elapsed_ms=round((time.perf_counter() - began) * 1000),
            peer=backend.peer,
            certificate=backend.certificate,
            tls=backend.tls,
        )
    return answer


@asynccontextmanager
async def connect(
    target: Target, *, policy: Policy, seconds: float, network: Network = INTERNET
) -> AsyncIterator[tuple[Stream, str]]:
    """A plain connection to host and port of `target`, and who answered, for kinds that do not speak HTTP.

    The deadline covers what is done with it too. Raises an EgressError, never anything else of the net.
    """
    backend = _Backend(target, policy, network)
    backend.is_in_headers = False
    async with _in_words(backend, seconds):
        stream = await backend.connect_tcp(target.host, target.port)
        try:
            yield stream, backend.peer
        finally:
            await stream.aclose()


async def addresses_of(
    target: Target, *, policy: Policy, seconds: float, network: Network = INTERNET
) -> list[tuple[IPAddress, bool]]:
    """The addresses of a name, each with whether probes may go there. Raises Nameless if it has none."""
    async with _in_words(_Backend(target, policy, network), seconds):
        found = await network.resolve(target.host, target.port)
        return [(address, not policy.refusal(address, 443)) for address in found]


@asynccontextmanager
async def _in_words(backend: "_Backend", seconds: float) -> AsyncIterator[None]:
    """One deadline, and whatever goes wrong until then as an EgressError."""
    target = backend.target
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise Late(seconds) from error
    except httpcore.TimeoutException as error:
        raise NotConnected(f"{target.host} did not accept a connection within {CONNECT_SECONDS:g} s.") from error
    except httpcore.ConnectError as error:
        raise _connect_problem(backend, error) from error
    except (httpcore.RemoteProtocolError, httpcore.LocalProtocolError) as error:
        raise NoAnswer(f"What answered does not keep to HTTP: {_first_line(error, backend.hidden)}.") from error
    except (httpcore.NetworkError, OSError) as error:
        raise NoAnswer("The connection broke before the answer was complete.") from error
    except _Full as error:
        raise NoAnswer("The answer is longer than what a probe reads.") from error


def _message(sent: Sent) -> dict[str, Any]:
    """What goes along, as httpcore takes it."""
    named = {name.lower() for name, _ in sent.headers}
    ours = [(name, value) for name, value in HEADERS if name.lower() not in named]
    extensions = {"sni_hostname": sent.server_name} if sent.server_name else {}
    return {"headers": [*ours, *sent.headers], "content": sent.body or None, "extensions": extensions}


def _masked_header(name: bytes, value: bytes, hidden: list[str]) -> tuple[str, str]:
    return masked(name, hidden).decode("latin-1"), masked(value, hidden).decode("latin-1")


async def _body(response: httpcore.Response) -> tuple[bytes, bool]:
    """What was read of the body, and whether there was more than a probe reads."""
    read = bytearray()
    try:
        async for chunk in response.aiter_stream():
            read += chunk
    except _Full:
        return bytes(read), True
    return bytes(read), False


class _Backend(httpcore.AsyncNetworkBackend):
    """Connects for httpcore, but only to where the policy lets it; counts what came and keeps what TLS agreed on."""

    def __init__(self, target: Target, policy: Policy, network: Network, hidden: Iterable[str] = ()) -> None:
        self.target, self.policy, self.network, self.hidden = target, policy, network, [*hidden]
        self.seen, self.is_in_headers = 0, True
        self.peer = self.tls = ""
        self.certificate: dict[str, Any] | None = None

    def allowance(self) -> int:
        """How many more bytes may be read. Raises _Full when none are."""
        left = (HEADER_BYTES if self.is_in_headers else WIRE_BYTES) - self.seen
        if left <= 0:
            raise _Full
        return left

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> Stream:
        """Resolve once, judge every answer, then connect to one of the judged addresses."""
        literal = self.target.address
        addresses = [literal] if literal else await self.network.resolve(self.target.host, self.target.port)
        shown = "" if literal else self.target.host
        for address in addresses:
            if refusal := self.policy.refusal(address, self.target.port, shown=shown):
                raise Refused(refusal)
            if self.policy.keeps(LOOPBACK, self.target.port) and is_here(arrival(address)):
                raise Refused(self.policy.own_refusal(shown or str(address), self.target.port))
        if not addresses:
            raise NoAnswer(f"The name {self.target.host} has no address.")
        return _MeteredStream(await self._first(addresses[:ADDRESSES_TRIED]), self)

    async def _first(self, addresses: list[IPAddress]) -> Stream:
        """The first address that accepts, in the resolver's order."""
        for address in addresses[:-1]:
            try:
                return await self._connected(address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._connected(addresses[-1])

    async def _connected(self, address: IPAddress) -> Stream:
        stream = await self.network.connect(address, self.target.port)
        peer = stream.get_extra_info("server_addr")
        if not peer or (ip_address(peer[0].partition("%")[0]), peer[1]) not in _same(address, self.target.port):
            await stream.aclose()
            raise Refused("The connection ended somewhere else than where it was sent.")
        self.peer = f"{address} port {self.target.port}"
        return stream

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None
    ) -> Stream:
        """Never: a socket of this machine is no target."""
        raise Refused("Probes do not open sockets of this machine.")


class _MeteredStream(Stream):
    """A stream that reads no more than its backend allows."""

    def __init__(self, stream: Stream, backend: _Backend) -> None:
        self._stream, self._backend = stream, backend

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(min(max_bytes, self._backend.allowance()), timeout)
        self._backend.seen += len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Stream:
        stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        spoken = stream.get_extra_info("ssl_object")
        self._backend.certificate, self._backend.tls = spoken.getpeercert(), spoken.version() or ""
        return _MeteredStream(stream, self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _same(address: IPAddress, port: int) -> list[tuple[IPAddress, int]]:
    return [(each, port) for each in (address, getattr(address, "ipv4_mapped", None)) if each]


def _connect_problem(backend: _Backend, error: Exception) -> NoAnswer:
    """A sentence for a connection that did not come about."""
    target, cause = backend.target, cast("BaseException | None", error)
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Untrusted(f"The certificate of {target.host} is not valid: {cause.verify_message.rstrip('.')}.")
        if isinstance(cause, ssl.SSLError):
            return NoAnswer(f"{target.host} did not agree on TLS ({cause.reason or 'handshake failed'}).")
        cause = cause.__cause__ or cause.__context__
    if backend.peer:
        return NoAnswer(f"{target.host} hung up before TLS was agreed on.")
    return NotConnected(f"{target.host} does not accept connections on port {target.port}.")


def _first_line(error: Exception, hidden: list[str]) -> str:
    """What is wrong, which may repeat what came: masked before it is cut, for nobody finds half a secret."""
    return masked((str(error).splitlines() or ["no HTTP"])[0], hidden)[:200].rstrip(".")
