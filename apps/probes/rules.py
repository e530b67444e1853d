"""Where a probe may go, as pure functions: no clock, no network, no Django."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from apps.core.hosts import host_of
from apps.core.shown import texts

IPAddress = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SETTING = "KEYTURN_PROBE_ALLOW"
STANDARD_PORTS = frozenset({80, 443, 8443})
DEFAULT_PORTS = {"http": 80, "https": 443}
URL_LENGTH = 2000

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

_PATH_UNQUOTED = "/%:@!$&'()*+,;=~"


class TargetRefused(ValueError):
    """A URL that no probe may ask; the message is a sentence for the person who wrote it."""


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
    """

    listed: tuple[Listed, ...] = ()
    ports: frozenset[int] = STANDARD_PORTS
    own: frozenset[tuple[IPAddress, int]] = frozenset()

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
        reached = _reached(address)
        name = shown or str(address)
        if any(inner in METADATA for inner in (reached, *_embedded(address))):
            return f"{name} leads to a cloud's metadata service, which no probe may ask."
        if getattr(address, "scope_id", None):
            return f"{name} names a network card; write the address without “%”."
        if any(self._is_own(inner, port) for inner in (reached, *_embedded(address))):
            return f"{name} port {port} is where Keyturn keeps its own data, which no probe may ask."
        if any(entry.covers(reached, port) for entry in self.listed):
            return ""
        if any(reached in network for network in INTERNAL):
            return (
                f"{name} is an internal address, which probes may not reach. "
                f"An administrator can list it in {SETTING}, with its port."
            )
        if port not in self.ports:
            return (
                f"Probes use ports {_words(self.ports)}; port {port} is none of them. "
                f"An administrator can list it in {SETTING}."
            )
        return ""

    def _is_own(self, reached: IPAddress, port: int) -> bool:
        """Whether that is one of `own`; every loopback address leads to this machine."""
        here = reached.is_loopback or reached.is_unspecified
        return any(port == closed and (reached == own or (here and own.is_loopback)) for own, closed in self.own)


@dataclass(frozen=True)
class Target:
    """A URL taken apart: scheme http or https, host in ASCII (no brackets), port, path with query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def address(self) -> IPAddress | None:
        """The address, when the URL names one instead of a host."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None

    @property
    def url(self) -> str:
        """The URL as it is asked."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def parse_target(url: str) -> Target:
    """Take a URL apart. Raises TargetRefused for whatever two readers could understand differently."""
    if len(url) > URL_LENGTH:
        raise TargetRefused(f"The address is longer than {URL_LENGTH} characters.")
    if any(character.isspace() or not character.isprintable() or character == "\\" for character in url):
        raise TargetRefused("The address contains a space, a backslash or an invisible character; take it out.")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise TargetRefused("This is not a web address. Write it like https://example.com/health.") from error
    if parts.scheme not in DEFAULT_PORTS or not parts.netloc:
        raise TargetRefused("Write the whole address, beginning with http:// or https://.")
    if "@" in parts.netloc:
        raise TargetRefused("Leave user names and passwords out of the address; everybody in the team can read it.")
    return Target(parts.scheme, _host(parts), _url_port(parts), _path(parts))


def parse_address(text: str) -> Target:
    """Take host:port apart, for kinds that do not speak HTTP. Raises TargetRefused as for a URL."""
    if not re.search(r":[0-9]+\Z", text) or re.search(r"[/?#]", text):
        raise TargetRefused("Write host and port, like db.example.com:5432.")
    return parse_target(f"http://{text}/")


def _path(parts: SplitResult) -> str:
    """Path and query, percent-encoded; the part after “#” is never sent."""
    path = quote(parts.path or "/", safe=_PATH_UNQUOTED)
    return f"{path}?{quote(parts.query, safe=_PATH_UNQUOTED + '?')}" if parts.query else path


def _host(parts: SplitResult) -> str:
    try:
        return host_of(re.sub(r":[0-9]*\Z", "", parts.netloc))
    except ValueError as error:
        raise TargetRefused(str(error)) from error


def _url_port(parts: SplitResult) -> int:
    try:
        if parts.port == 0:
            raise ValueError("nobody listens there")
        return parts.port or DEFAULT_PORTS[parts.scheme]
    except ValueError as error:
        raise TargetRefused("The port after “:” is a number from 1 to 65535.") from error


def _reached(address: IPAddress) -> IPAddress:
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
    if network.num_addresses == 1 and _reached(network.network_address) in METADATA:
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


def setup_of(name: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """What the form of a probe edits."""
    return texts(name=name, **{setting: value or "" for setting, value in settings.items()})


def slot_of(now: datetime, seconds: int) -> datetime:
    """When the slot began that `now` is in, of a schedule that has one every so many seconds since 1970."""
    passed = int(now.timestamp())
    return datetime.fromtimestamp(passed - passed % seconds, UTC)
