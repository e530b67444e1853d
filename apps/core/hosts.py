"""Hosts in one spelling each; what two readers could understand differently is refused."""

import re
from ipaddress import IPv4Address, IPv6Address

import idna

HOST_LENGTH = 253  # characters, without the dot at its end
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\Z")
_NUMBER = re.compile(r"([0-9]+|0x[0-9a-f]*)\Z")


def host_of(name: str) -> str:
    """The host in ASCII and lower case: an address in its one usual form, without brackets, or a name.

    Raises ValueError with a sentence for the person who wrote it.
    """
    try:
        if "%" in name:
            raise ValueError("a network card or an escape, neither is part of a host")
        if name.startswith("["):
            return str(IPv6Address(name.removeprefix("[").removesuffix("]")))
        host = name.lower() if name.isascii() else idna.encode(name, uts46=True).decode().lower()
    except ValueError as error:
        raise ValueError(f"“{name}” is not a host name or an address.") from error
    last = host.removesuffix(".").rpartition(".")[2]
    if _NUMBER.match(last):
        return _quad(host.removesuffix("."))
    if len(host.removesuffix(".")) > HOST_LENGTH or not _NAME.match(host.removesuffix(".")):
        raise ValueError(f"“{name}” is not a host name or an address.")
    return host


def _quad(host: str) -> str:
    """An IPv4 address; the short, octal and hexadecimal spellings are refused, nobody reads them alike."""
    try:
        return str(IPv4Address(host))
    except ValueError as error:
        raise ValueError(f"“{host}” looks like an address. Write it as four decimal numbers.") from error
