"""No packet leaves the policy: every client, asked for hostile addresses, with what it connects to counted beneath.

What is counted are the audit events that CPython's sockets raise in C, whatever library uses them: connections,
datagrams, lookups. None of them is let through but to what a test allows, so nothing leaves this machine either.
`tests/house/test_clients.py` finds a client that is not among these.
"""

import asyncio
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import pytest

from apps.probes.kinds import KINDS
from apps.probes.models import Run
from apps.probes.tasks.asking import Way, outcome_of
from apps.zones.rules import METADATA, Policy
from tests.probes import hostile
from tests.probes.hostile import serving
from tests.probes.samples import SAMPLES
from tests.probes.test_rules import CORPUS, spellings

PUBLIC = "93.184.216.34"
MORE = ["192.0.2.1", "192.88.99.1", "203.0.113.5", "198.51.100.7", "240.0.0.1", "239.255.255.250", "168.63.129.16"]
URLS = sorted({*CORPUS, *(f"http://{form}/" for text in MORE for form in spellings(text))})
CLIENTS = sorted(name for name in KINDS if name in SAMPLES and KINDS[name].parse(SAMPLES[name].settings(9)).target)
OWN = frozenset({(ip_address("10.0.0.5"), 5432), (ip_address("127.0.0.1"), 6379)})
# A zone whose administrators listed everything there is.
EVERYTHING = replace(Policy.parse("0.0.0.0/0 [::/0]"), own=OWN)


@dataclass
class Packets:
    """What was tried since it was switched on; `allowed` are the addresses that are let through."""

    allowed: set[tuple[str, int]] = field(default_factory=set)
    connected: list[Any] = field(default_factory=list)
    is_on: bool = False

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_on or event not in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            return
        place = arguments[1] if len(arguments) > 1 else None
        self.connected.append(place)
        if not isinstance(place, tuple) or place[:2] not in self.allowed:
            raise ConnectionRefusedError("nothing leaves this test")


COUNTED = Packets()
sys.addaudithook(COUNTED.hear)


@contextmanager
def counting(*allowed: tuple[str, int]) -> Iterator[Packets]:
    """Count from here on, and let through what is allowed."""
    COUNTED.allowed, COUNTED.connected, COUNTED.is_on = set(allowed), [], True
    try:
        yield COUNTED
    finally:
        COUNTED.is_on = False


class Rebinding:
    """A resolver that says something else each time it is asked, and never the truth."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = answers, Counter[str]()

    def __call__(self, host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        found = self.answers[min(self.asked[host], len(self.answers) - 1)]
        self.asked[host] += 1
        families = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [(families[ip_address(each).version], socket.SOCK_STREAM, 6, "", (each, port or 0)) for each in found]


def asking(name: str, url: str) -> dict[str, Any]:
    """The settings of a kind for a hostile address."""
    settings = SAMPLES[name].settings(9)
    where = next(key for key in ("url", "address", "server") if key in settings)
    if "://" in settings[where]:
        return settings | {where: url}
    parts = url.partition("://")[2].partition("/")[0]
    has_port = urlsplit(f"//{parts}").netloc.rpartition(":")[2].isdigit() and not parts.endswith("]")
    return settings | {where: parts if has_port else f"{parts}:443"}


async def tried(name: str, url: str, policy: Policy) -> str:
    """What became of asking once, as a worker does: "refused" before anything is asked, or the outcome's verdict."""
    try:
        kind = KINDS[name].parse(asking(name, url))
    except ValueError:
        return "refused"
    run = Run(kind=name, config={**kind.as_json(), "timeout_ms": 1000})
    return (await outcome_of(run, None, Way(policy))).verdict


def all_tried(name: str, policy: Policy, urls: list[str] = URLS) -> Counter[str]:
    async def story() -> list[str]:
        return [await tried(name, url, policy) for url in urls]

    return Counter(asyncio.run(story()))


def test_there_are_enough_addresses_and_every_client_is_one():
    assert len(URLS) >= 400
    assert {"http", "tcp", "tls", "dns", "redis", "postgresql", "prometheus"} <= set(CLIENTS)


@pytest.mark.parametrize("name", CLIENTS)
def test_no_packet_leaves_for_any_hostile_address(name, monkeypatch, record_property):
    monkeypatch.setattr(socket, "getaddrinfo", Rebinding(["127.0.0.1"]))
    with counting() as counted:
        outcomes = all_tried(name, Policy())
    record_property("figure", f"{name}: {len(URLS)} addresses, {dict(outcomes)}, packets {len(counted.connected)}")
    assert counted.connected == []
    assert outcomes["passed"] == outcomes["failed"] == 0
    assert outcomes["inconclusive"] > 200  # what can be read is judged where it leads, the rest was never asked
    assert sum(outcomes.values()) == len(URLS)


@pytest.mark.parametrize("name", CLIENTS)
def test_nothing_that_is_always_closed_is_reached_where_everything_is_listed(name, monkeypatch):
    closed = [f"http://{form}/" for text in ("169.254.169.254", "100.100.100.200") for form in spellings(text)]
    closed += [f"http://[{address}]/" if ":" in str(address) else f"http://{address}/" for address in METADATA]
    closed += [
        "http://10.0.0.5:5432/",
        "http://[::ffff:10.0.0.5]:5432/",
        "http://127.0.0.1:6379/",
        "http://[::1]:6379/",
    ]
    monkeypatch.setattr(socket, "getaddrinfo", Rebinding(["169.254.169.254"]))
    with counting() as counted:
        outcomes = all_tried(name, EVERYTHING, closed)
    assert counted.connected == []
    assert outcomes["passed"] == outcomes["failed"] == 0


REBOUND = {
    "to this machine": (["127.0.0.1"],),
    "to this machine at the second look": ([PUBLIC], ["127.0.0.1"]),
    "to a network at the third": ([PUBLIC], [PUBLIC], ["10.0.0.1"]),
    "to a mixed answer": ([PUBLIC, "10.0.0.1"],),
    "to the metadata of a cloud": ([PUBLIC], ["169.254.169.254"]),
    "to one in disguise": ([PUBLIC], ["64:ff9b::a9fe:a9fe", "::ffff:127.0.0.1"]),
}


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("answers", REBOUND.values(), ids=REBOUND)
def test_a_name_that_is_bound_anew_leads_nowhere_inside(name, answers, monkeypatch):
    """A connection goes to the address that was judged, and each look is judged anew."""
    monkeypatch.setattr(socket, "getaddrinfo", Rebinding(*answers))
    monkeypatch.setattr("apps.probes.tasks.asking.FIRST_PAUSE", 0.001)
    monkeypatch.setattr("apps.probes.tasks.asking.LEAST_SECONDS", 0.01)
    with counting() as counted:
        verdict = asyncio.run(tried(name, "http://rebound.example/", Policy()))
    assert verdict != "passed"
    assert {place[:2] for place in counted.connected} <= {(PUBLIC, 443), (PUBLIC, 80)}


def test_a_redirect_leads_to_no_hostile_address(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", Rebinding(["10.0.0.1"]))
    leads = iter(URLS)

    async def redirecting(reader, writer):
        await hostile.heard(reader, hostile.REQUEST)
        where = next(leads).encode("ascii", "ignore").replace(b"\r", b"").replace(b"\n", b"")
        writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + where + b"\r\n\r\n")
        await writer.drain()

    async def story():
        async with serving(redirecting) as port:
            policy = Policy.parse(f"127.0.0.1:{port}")
            config = {"url": f"http://127.0.0.1:{port}/", "follows": True, "conditions": "redirects > 0"}
            run = Run(kind="http", config=KINDS["http"].parse(config).as_json())
            with counting(("127.0.0.1", port)) as counted:
                verdicts = [(await outcome_of(run, None, Way(policy))).verdict for _ in URLS]
            return port, counted.connected, verdicts

    port, connected, verdicts = asyncio.run(story())
    assert {place[:2] for place in connected} == {("127.0.0.1", port)}
    assert "passed" not in verdicts


@pytest.mark.parametrize("name", CLIENTS)
def test_what_is_allowed_is_counted_and_reached(name):
    """The counter would see a packet: of each client it sees the one to where it may go."""

    async def story():
        async with serving(SAMPLES[name].good) as port:
            run = Run(kind=name, config=KINDS[name].parse(SAMPLES[name].settings(port)).as_json())
            with counting(("127.0.0.1", port)) as counted:
                outcome = await outcome_of(run, None, Way(Policy.parse("127.0.0.1")))
            return port, outcome, counted.connected

    port, outcome, connected = asyncio.run(story())
    assert outcome.verdict == "passed"
    assert {place[:2] for place in connected} == {("127.0.0.1", port)}


def test_the_counter_lets_nothing_else_through():
    with counting() as counted, socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        with pytest.raises(ConnectionRefusedError):
            tcp.connect(("127.0.0.1", 9))
        with pytest.raises(ConnectionRefusedError):
            udp.sendto(b"x", ("127.0.0.1", 9))
    assert len(counted.connected) == 2
