"""How names are looked up and addresses are connected to, before any policy."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import httpcore

from apps.zones.rules import IPAddress

from .errors import Nameless, Unresolved

Stream = httpcore.AsyncNetworkStream
LOOKUP_SECONDS = 3.0
MOST_LOOKUPS = 256  # that are under way in a process: each holds a thread, for as long as its name server likes
LOOPBACK = ip_address("127.0.0.1")
_lookups = threading.BoundedSemaphore(MOST_LOOKUPS)
CONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class Network:
    """How to look up a name and how to connect to an address; tests bring their own."""

    resolve: Callable[[str, int], Awaitable[list[IPAddress]]]
    connect: Callable[[IPAddress, int], Awaitable[Stream]]


async def lookup(host: str, port: int) -> list[IPAddress]:
    """Every address of a name. Raises NoAnswer if it has none, Unresolved if nobody could say.

    In a thread of its own that nobody waits for: the system's resolver knows no deadline.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[Any]] = loop.create_future()

    def settle(result: list[Any] | Exception) -> None:
        if not found.done():
            found.set_exception(result) if isinstance(result, Exception) else found.set_result(result)

    def ask() -> None:
        try:
            result: list[Any] | Exception = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            result = error
        finally:
            _lookups.release()
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result)

    _begin(ask, host)
    try:
        async with asyncio.timeout(LOOKUP_SECONDS):
            rows = await found
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
            raise Nameless(f"The name {host} has no address.") from error
        raise Unresolved(f"The name {host} could not be looked up ({error.strerror}).") from error
    except (TimeoutError, UnicodeError) as error:
        raise Unresolved(f"The name {host} could not be looked up within {LOOKUP_SECONDS:.0f} s.") from error
    return list(dict.fromkeys(ip_address(row[4][0]) for row in rows))


def _begin(ask: Callable[[], None], host: str) -> None:
    """Have a name looked up in a thread, of which there are only so many. Raises Unresolved."""
    if not _lookups.acquire(blocking=False):
        raise Unresolved(f"The name {host} was not looked up: too many others are, and nobody answers. Try again.")
    try:
        threading.Thread(target=ask, name="keyturn-lookup", daemon=True).start()
    except RuntimeError:
        _lookups.release()
        raise Unresolved(f"The name {host} was not looked up: this machine has no thread left for it.") from None


def is_here(address: IPAddress) -> bool:
    """Whether an address is one of this machine's own, as only the system knows: nothing is sent."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as ours:
            ours.bind((str(address), 0))
    except OSError:
        return False
    return True


async def dial(address: IPAddress, port: int) -> Stream:
    """A plain TCP connection to an address."""
    return await httpcore.AnyIOBackend().connect_tcp(str(address), port, timeout=CONNECT_SECONDS)


INTERNET = Network(lookup, dial)
