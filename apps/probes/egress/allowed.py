"""Where probes may go: what an administrator listed, but never to where Keyturn keeps its own data."""

import socket
import time
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address

from django.conf import settings

from apps.zones.rules import IPAddress, Policy

LOOKED_UP_AGAIN = 60.0  # seconds
_looked_up: dict[tuple[str, int], float] = {}
_led_to: dict[tuple[str, int], set[tuple[IPAddress, int]]] = {}


def policy_for(listed: Policy | None = None) -> Policy:
    """Where probes of a zone may go by what it lists, or those of this instance by KEYTURN_PROBE_ALLOW.

    Raises ValueError if that cannot be read.
    """
    listed = Policy.parse(settings.KEYTURN_PROBE_ALLOW) if listed is None else listed
    return replace(listed, own=_own(tuple(settings.KEYTURN_OWN_SERVICES)))


def _own(services: tuple[tuple[str, int], ...]) -> frozenset[tuple[IPAddress, int]]:
    """The addresses of database and broker, looked up again as often as names pass to another machine.

    A name that nobody can look up just now leads where it led before; one that nobody ever could leads no probe there.
    """
    now = time.monotonic()
    for service in services:
        if now - _looked_up.get(service, -LOOKED_UP_AGAIN) >= LOOKED_UP_AGAIN:
            _looked_up[service] = now
            with suppress(OSError, UnicodeError):
                host, port = service
                rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                _led_to[service] = {(ip_address(str(row[4][0]).partition("%")[0]), port) for row in rows}
    return frozenset(there for service in services for there in _led_to.get(service, ()))
