"""Where probes may go: what an administrator listed, but never to where Keyturn keeps its own data."""

import socket
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from ipaddress import ip_address

from django.conf import settings

from apps.zones.rules import IPAddress, Policy


def policy_for(listed: Policy | None = None) -> Policy:
    """Where probes of a zone may go by what it lists, or those of this instance by KEYTURN_PROBE_ALLOW.

    Raises ValueError if that cannot be read.
    """
    listed = Policy.parse(settings.KEYTURN_PROBE_ALLOW) if listed is None else listed
    return replace(listed, own=_own(tuple(settings.KEYTURN_OWN_SERVICES)))


@lru_cache(maxsize=8)
def _own(services: tuple[tuple[str, int], ...]) -> frozenset[tuple[IPAddress, int]]:
    """The addresses of database and broker, looked up once: a name that nobody can look up leads no probe there."""
    found = set()
    for host, port in services:
        with suppress(OSError, UnicodeError):
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found |= {(ip_address(str(row[4][0]).partition("%")[0]), port) for row in rows}
    return frozenset(found)
