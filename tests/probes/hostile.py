"""Servers on loopback that behave badly, and good ones to compare with. Each is one coroutine per connection."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\n"
REQUEST = b"\r\n\r\n"  # ends what an HTTP client sends first


@asynccontextmanager
async def serving(behave: Behave, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Run `behave` for every connection; yields the port. It may bring a `tls` of its own."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await behave(reader, writer)
        writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=tls or getattr(behave, "tls", None))
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def answering(raw: bytes, *, after: bytes = REQUEST) -> Behave:
    """Read what is asked, send `raw`, hang up."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader, after)
        writer.write(raw)
        await writer.drain()

    return behave


def talking(*turns: tuple[bytes, bytes]) -> Behave:
    """Hear the end of each question, and send its answer."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for after, raw in turns:
            await heard(reader, after)
            writer.write(raw)
            await writer.drain()

    return behave


def dripping(start: bytes, piece: bytes, *, after: bytes = REQUEST, pause: float = 0.05) -> Behave:
    """Send `start`, then `piece` again and again, slowly, for ever."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader, after)
        writer.write(start)
        while True:
            writer.write(piece)
            await writer.drain()
            if pause:
                await asyncio.sleep(pause)

    return behave


def flooding(start: bytes, piece: bytes, *, after: bytes = REQUEST) -> Behave:
    """Send `start`, then `piece` as fast as it is taken, for ever."""
    return dripping(start, piece, after=after, pause=0)


async def heard(reader: asyncio.StreamReader, after: bytes) -> None:
    """Wait for the end of what a client sends first; b"" where the server speaks first."""
    if after:
        await reader.readuntil(after)


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept, read everything, say nothing."""
    await reader.read(-1)


def resetting(start: bytes, *, after: bytes = REQUEST) -> Behave:
    """Answer half of something, then reset the connection."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader, after)
        writer.write(start)
        await writer.drain()
        writer.transport.abort()

    return behave


leaving = answering(b"")


def sized(body: bytes, *headers: bytes) -> bytes:
    """A whole answer with its length."""
    return OK + b"".join(h + b"\r\n" for h in headers) + b"Content-Length: %d\r\n\r\n" % len(body) + body


BOMB = gzip.compress(b"0" * 50_000_000)
NOISE = bytes(range(256)) * 8


def of_any_protocol(after: bytes) -> dict[str, Behave]:
    """Servers that are hostile whatever protocol is spoken to them; `after` ends what the client sends first."""
    return {
        "says nothing": silent,
        "hangs up": answering(b"", after=after),
        "resets": resetting(b"\x00", after=after),
        "speaks noise": answering(NOISE, after=after),
        "drips noise": dripping(b"", NOISE[:1], after=after),
        "floods noise": flooding(b"", NOISE, after=after),
        "drips line ends": dripping(b"", b"\r\n", after=after),
        "floods line ends": flooding(b"", b"\r\n" * 512, after=after),
        "floods zeros": flooding(b"", bytes(4096), after=after),
        "sends a bomb": answering(BOMB, after=after),
        "writes to the terminal": answering(b"\x1b]0;owned\x07\x1b[2J\r\n" * 20, after=after),
        "speaks SSH": answering(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", after=after),
    }


HOSTILE: dict[str, Behave] = of_any_protocol(REQUEST) | {
    "drips headers": dripping(OK, b"X-Drip: 1\r\n"),
    "drips a body": dripping(OK + b"Content-Length: 100000\r\n\r\n", b"x"),
    "drips chunks": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "drips 1xx answers": dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "floods headers": flooding(OK, b"X-Flood: " + b"x" * 900 + b"\r\n"),
    "floods one header": flooding(OK + b"X: ", b"x" * 4096),
    "floods 1xx answers": flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
    "floods the status line": flooding(b"", b"H" * 4096),
    "resets in a header": resetting(OK + b"Content-Le"),
    "closes early": answering(OK + b"Content-Length: 1000\r\n\r\nabc"),
    "has invalid chunks": answering(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"),
    "has two lengths": answering(OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
    "has a negative length": answering(OK + b"Content-Length: -1\r\n\r\nabc"),
    "has a NUL header": answering(OK + b"X-\x00: y\r\n\r\n"),
}


def over_tls(behave: Behave, context: ssl.SSLContext) -> Behave:
    """The same behind TLS."""

    async def secured(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await behave(reader, writer)

    secured.tls = context  # type: ignore[attr-defined]
    return secured


def certificate(folder: Path, *, days: int = 30, name: str = "localhost") -> tuple[ssl.SSLContext, Path]:
    """A server context with a fresh certificate of its own for `name`, and the file to trust; for `days` from now."""
    secret = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    named = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    today = datetime.now(UTC)
    made = x509.CertificateBuilder(subject, subject, secret.public_key(), x509.random_serial_number())
    made = made.not_valid_before(today - timedelta(days=400)).not_valid_after(today + timedelta(days=days, hours=1))
    made = made.add_extension(x509.SubjectAlternativeName([named]), critical=False)
    key, cert = folder / "key.pem", folder / "cert.pem"
    key.write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    cert.write_bytes(made.sign(secret, SHA256()).public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert


def certified(*, days: int = 30, name: str = "127.0.0.1") -> tuple[ssl.SSLContext, str]:
    """The same with the certificate as PEM."""
    with TemporaryDirectory() as folder:
        context, cert = certificate(Path(folder), days=days, name=name)
        return context, cert.read_text()
