"""Where probes may go: what an administrator listed, but never to where Keyturn keeps its own data."""

import logging
import socket
import threading
import time
from dataclasses import replace
from ipaddress import ip_address

from django.conf import settings

from apps.zones.rules import IPAddress, Policy

from .network import LOOKUP_SECONDS, LOOPBACK, is_here

LOOKED_UP_AGAIN = 60.0  # seconds
SOUGHT_AGAIN = 10.0  # seconds, while nobody knows where a name leads
logger = logging.getLogger(__name__)
_looked_up: dict[tuple[str, int], float] = {}
_led_to: dict[tuple[str, int], set[tuple[IPAddress, int]]] = {}
_one_at_a_time = threading.Lock()


def policy_for(listed: Policy | None = None) -> Policy:
    """Where probes of a zone may go by what it lists, or those of this instance by KEYTURN_PROBE_ALLOW.

    Raises ValueError if that cannot be read.
    """
    listed = Policy.parse(settings.KEYTURN_PROBE_ALLOW) if listed is None else listed
    services = tuple(settings.KEYTURN_OWN_SERVICES)
    with _one_at_a_time:  # whoever comes second waits for what the first one finds
        _refresh(services)
        own = frozenset(there for service in services for there in _led_to.get(service, ()))
        sought = frozenset(port for host, port in services if (host, port) not in _led_to)
    return replace(listed, own=own | _by_other_addresses(own), sought=sought)


def _by_other_addresses(own: frozenset[tuple[IPAddress, int]]) -> frozenset[tuple[IPAddress, int]]:
    """What is on this machine may be reached by each of its addresses: loopback stands for all of them."""
    return frozenset((LOOPBACK, port) for address, port in own if not address.is_loopback and is_here(address))


def _refresh(services: tuple[tuple[str, int], ...]) -> None:
    """Find out where database and broker are, again as often as names pass to another machine.

    A name that nobody can look up just now leads where it led before. The system's resolver knows no deadline: what it
    finds later counts from then on.
    """
    now = time.monotonic()
    asking = []
    for service in services:
        often = LOOKED_UP_AGAIN if service in _led_to else SOUGHT_AGAIN
        if now - _looked_up.get(service, -often) >= often:
            _looked_up[service] = now
            asking.append(threading.Thread(target=_ask, args=service, name="keyturn-own", daemon=True))
    for each in asking:
        each.start()
    for each in asking:
        each.join(max(0.0, now + LOOKUP_SECONDS - time.monotonic()))
    for host, port in services:
        if asking and (host, port) not in _led_to:
            logger.warning("probes: nobody says where %s is, so no probe goes to port %s", host, port)


def _ask(host: str, port: int) -> None:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return
    _led_to[host, port] = {(ip_address(str(row[4][0]).partition("%")[0]), port) for row in rows}
