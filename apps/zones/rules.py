"""Zones as pure functions: what may be called so, and where probes of one may go. No clock, no network, no Django."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from uuid import UUID

from apps.ledger import chain

IPAddress = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SETTING = "KEYTURN_PROBE_ALLOW"
# The product's own queues, and the one that Celery has by default: no zone is served by their workers.
PROBES = "probes"  # of those that ask from this Keyturn's own network
OWN_QUEUES = ("celery", "commands", "keyturn", "notices", PROBES, "records")
QUEUE_LENGTH = 40
WORKERS = "workers"  # the group of what workers note of themselves
BEAT_SECONDS = 10  # a worker says so often that it is alive
ALIVE_SECONDS = 35  # and is held to be so long after it did
FORGOTTEN_SECONDS = 24 * 3600
LATEST = 2**32  # seconds since 1970 that are a moment for whoever shows them
STANDARD_PORTS = frozenset({80, 443, 8443})

# `is_global` alone calls several of these public (64:ff9b::7f00:1, 224.0.0.1, 192.0.0.8, fec0::1, 2002:7f00:1::),
# and differs between Python releases, so everything that is not the public internet is written out.
INTERNAL = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/3",
        "4000::/2",
        "8000::/1",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
NAT64 = IPv6Network("64:ff9b::/96")
IPV4_COMPATIBLE = IPv6Network("::/96")

# What a cloud tells the machine that asks, credentials included: AWS (machine, task, pod), Google, Azure, Alibaba,
# Oracle, Tencent.
METADATA = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "169.254.0.23",
    )
)


@dataclass(frozen=True)
class Listed:
    """One entry of the setting: a network, and the one port that it opens, or None for every port."""

    network: Network
    port: int | None

    def covers(self, address: IPAddress, port: int) -> bool:
        """Whether this entry lets a probe reach `address` at `port`."""
        return address in self.network and self.port in (None, port)


@dataclass(frozen=True)
class Policy:
    """Where probes may connect: the public internet on standard ports, and what an administrator listed.

    own: addresses and ports of this Keyturn's database and broker, which stay closed whatever is listed.
    sought: ports of those whose address nobody knows yet, which stay closed everywhere until somebody does.
    opened_in: where an administrator lists more, as a refusal says it.
    """

    listed: tuple[Listed, ...] = ()
    ports: frozenset[int] = STANDARD_PORTS
    own: frozenset[tuple[IPAddress, int]] = frozenset()
    sought: frozenset[int] = frozenset()
    opened_in: str = SETTING

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Read the setting: addresses and networks, optionally with a port, and bare `:port`s for public addresses.

        Raises ValueError with the token and what to write instead.
        """
        tokens = text.replace(",", " ").split()
        ports = {_port(token[1:], token) for token in tokens if re.match(r":[^:]", token)}
        listed = tuple(_listed(token) for token in tokens if not re.match(r":[^:]", token))
        return cls(listed, STANDARD_PORTS | ports)

    def refusal(self, address: IPAddress, port: int, *, shown: str = "") -> str:
        """Why a probe may not connect there, as a sentence; empty when it may. `shown` stands for the address."""
        reached = arrival(address)
        name = shown or str(address)
        if any(inner in METADATA for inner in (reached, *_embedded(address))):
            return f"{name} leads to a cloud's metadata service, which no probe may ask."
        if getattr(address, "scope_id", None):
            return f"{name} names a network card; write the address without “%”."
        if any(self.keeps(inner, port) for inner in (reached, *_embedded(address))):
            return self.own_refusal(name, port)
        if port in self.sought:
            return (
                f"Keyturn keeps its own data somewhere at port {port}, and its name could not be looked up yet, so no "
                "probe goes to that port. Try again in a minute; if it stays so, the log of the worker names it."
            )
        if any(entry.covers(reached, port) for entry in self.listed):
            return ""
        if any(reached in network for network in INTERNAL):
            return (
                f"{name} is an internal address, which probes may not reach. "
                f"An administrator can list it in {self.opened_in}, with its port."
            )
        if port not in self.ports:
            return (
                f"Probes use ports {_words(self.ports)}; port {port} is none of them. "
                f"An administrator can list it in {self.opened_in}."
            )
        return ""

    def keeps(self, reached: IPAddress, port: int) -> bool:
        """Whether that is one of `own`; every loopback address leads to this machine."""
        here = reached.is_loopback or reached.is_unspecified
        return any(port == closed and (reached == own or (here and own.is_loopback)) for own, closed in self.own)

    @staticmethod
    def own_refusal(name: str, port: int) -> str:
        """Why nobody asks what is one of `own`."""
        return f"{name} port {port} is where Keyturn keeps its own data, which no probe may ask."


def arrival(address: IPAddress) -> IPAddress:
    """The address a packet sent there would arrive at: the IPv4 one inside mapped and NAT64 forms."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _embedded(address: IPAddress) -> Iterator[IPv4Address]:
    """IPv4 addresses that older transition schemes carry inside an IPv6 one."""
    if isinstance(address, IPv6Address):
        if address.sixtofour:
            yield address.sixtofour
        if address.teredo:
            yield from address.teredo
        if address in IPV4_COMPATIBLE:
            yield IPv4Address(int(address) & 0xFFFFFFFF)


def _listed(token: str) -> Listed:
    match = re.fullmatch(
        r"\[(?P<six>[^\]]+)\](?::(?P<p>.*))?|(?P<four>[^:\[\]]+):(?P<q>[^:]*)|(?P<bare>[^\[\]]+)", token
    )
    if match is None:
        raise ValueError(_bad(token, "is not an address or a network"))
    port = match["p"] if match["six"] else match["q"]
    text = match["six"] or match["four"] or match["bare"]
    try:
        network = ip_network(text)
    except ValueError as error:
        raise ValueError(_bad(token, f"is not an address or a network ({error})")) from error
    if network.num_addresses == 1 and arrival(network.network_address) in METADATA:
        raise ValueError(_bad(token, "is a cloud's metadata service and can never be listed; take it out"))
    return Listed(network, None if port is None else _port(port, token))


def _port(text: str, token: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65536):
        raise ValueError(_bad(token, "has no port between 1 and 65535 after its colon"))
    return int(text)


def _bad(token: str, what: str) -> str:
    return (
        f"{SETTING}: “{token}” {what}. Write addresses or networks, each with a port if only one is meant, "
        "separated by commas: 127.0.0.1:9000, 10.20.0.0/16, [fd00::5]:8443, and :8080 for one more public port."
    )


def _words(ports: frozenset[int]) -> str:
    *most, last = sorted(ports)
    return f"{', '.join(map(str, most))} and {last}"


def why_no_queue(name: str) -> str:
    """Why a zone cannot have a queue of that name, as a sentence; empty when it can."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name) or len(name) > QUEUE_LENGTH:
        return "A queue is called by small letters, digits and hyphens, beginning with a letter: factory-north."
    if name in OWN_QUEUES:
        return f"“{name}” is a queue of Keyturn itself. Choose another name for that of the zone."
    return ""


def entries_of(text: str) -> list[str]:
    """What a widening lists, one entry each, in one spelling and order. Raises ValueError as `Policy.parse` does."""
    policy = Policy.parse(text)
    listed = [_spelt(each) for each in policy.listed]
    return sorted({*listed, *(f":{port}" for port in policy.ports - STANDARD_PORTS)})


def widening_digest(queue: str, allow: str, team: UUID | None) -> str:
    """What a second administrator confirms: of which zone, and what it opens."""
    return chain.digest(chain.canonical({"zone": queue, "allow": allow, "team": str(team) if team else None}))


def opened(entry: str) -> str:
    """What an entry opens, in words."""
    if re.match(r":[^:]", entry):
        return f"port {entry[1:]} of every public address"
    [listed] = Policy.parse(entry).listed
    port = "every port" if listed.port is None else f"port {listed.port}"
    many = listed.network.num_addresses > 1
    return f"{port} of {listed.network if many else listed.network.network_address}"


def _spelt(listed: Listed) -> str:
    alone = listed.network.num_addresses == 1
    host = str(listed.network.network_address if alone else listed.network)
    host = f"[{host}]" if ":" in host else host
    return host if listed.port is None else f"{host}:{listed.port}"


@dataclass(frozen=True)
class Worker:
    """A worker that said it is alive: which queues it serves, how many tasks it is at, how many it can be.

    seen: seconds since 1970.
    """

    name: str
    queues: tuple[str, ...]
    busy: int
    size: int
    seen: float
    version: str

    @classmethod
    def noted(cls, name: str, note: Mapping[str, Any]) -> "Worker | None":
        """The worker that said so of itself; None where that is no note of a worker, as that of another version."""
        match note:
            case {
                "queues": [*queues],
                "busy": int() as busy,
                "size": int() as size,
                "seen": int() | float() as seen,
                "version": str() as version,
            } if 0 <= seen < LATEST and all(isinstance(queue, str) for queue in queues):
                return cls(name, tuple(queues), busy, size, seen, version)
        return None

    def is_alive(self, now: float) -> bool:
        """Whether it was seen lately."""
        return now - self.seen < ALIVE_SECONDS

    def is_gone(self, now: float) -> bool:
        """Whether it was seen so long ago that nobody asks for it any more."""
        return now - self.seen > FORGOTTEN_SECONDS

    def serves(self, queue: str) -> bool:
        """Whether it takes what waits in that queue."""
        return queue in self.queues


def nobody_serves(queue: str) -> str:
    """That no worker serves a queue, and what to do."""
    if queue in OWN_QUEUES:
        return f"No worker serves the queue {queue} of this Keyturn. Start one; docs/production.md says what it needs."
    return f"No worker serves the zone {queue}. Start one in its network: {command_of(queue)}"


def command_of(queue: str) -> str:
    """How a worker of that queue is started."""
    return f"celery -A project.celery worker -Q {queue} -n {queue}@%h -c 2"
