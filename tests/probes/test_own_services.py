"""Keyturn's own services stay closed to probes, by whatever address, and while nobody can say where they are."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest

from apps.probes import egress
from apps.probes.egress import allowed, network
from apps.probes.egress.network import is_here
from apps.probes.rules import parse_address
from apps.zones.rules import Policy
from project import env

OWN = Policy.parse("0.0.0.0/0 [::/0]:5432 127.0.0.1:6379")
OWN = replace(OWN, own=frozenset({(ip_address("10.0.0.5"), 5432), (ip_address("127.0.0.1"), 6379)}))


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("10.0.0.5", 5432), ("::ffff:10.0.0.5", 5432), ("64:ff9b::a00:5", 5432), ("127.0.0.1", 6379),
        ("127.7.7.7", 6379), ("::1", 6379), ("0.0.0.0", 6379), ("::ffff:127.0.0.1", 6379),
    ],
)  # fmt: skip
def test_the_database_and_the_broker_of_keyturn_stay_closed_whatever_is_listed(address, port):
    assert "keeps its own data" in OWN.refusal(ip_address(address), port)


def test_beside_them_what_is_listed_is_open():
    for address, port in (("10.0.0.5", 5433), ("10.0.0.6", 5432), ("127.0.0.1", 6380)):
        assert OWN.refusal(ip_address(address), port) == ""


def test_where_they_are_comes_from_the_addresses_that_keyturn_uses(settings):
    named: list[Any] = [
        {"HOST": "127.0.0.1", "PORT": ""},
        {"HOST": "127.0.0.2,/run/postgresql", "PORT": "6432"},
        None,
        "redis://:secret@[::1]/0",
        "unix:///run/broker.sock",
    ]
    settings.KEYTURN_OWN_SERVICES = env.services(*named)
    settings.KEYTURN_PROBE_ALLOW = "127.0.0.0/8"
    assert settings.KEYTURN_OWN_SERVICES == [("127.0.0.1", 5432), ("127.0.0.2", 6432), ("::1", 6379)]
    assert "keeps its own data" in egress.policy_for().refusal(ip_address("127.0.0.1"), 6432)


def test_what_is_on_this_machine_is_closed_by_each_of_its_addresses(settings, monkeypatch):
    """A broker that listens everywhere, known here as 127.0.0.1, is reached by what others call this machine, too."""
    monkeypatch.setattr(allowed, "_looked_up", {})
    monkeypatch.setattr(allowed, "_led_to", {})
    for module in (egress, allowed):
        monkeypatch.setattr(module, "is_here", lambda address: str(address) == "10.20.0.4")
    asked = []

    async def connect(address: Any, port: int) -> Any:
        asked.append((str(address), port))
        raise OSError("nobody is there")

    def refused(address: str, port: int) -> bool:
        async def story() -> None:
            way = {"policy": egress.policy_for(), "seconds": 2, "network": replace(egress.INTERNET, connect=connect)}
            host = f"[{address}]" if ":" in address else address
            async with egress.connect(parse_address(f"{host}:{port}"), **way):  # type: ignore[arg-type]
                pass

        with pytest.raises(egress.EgressError) as error:
            asyncio.run(story())
        return "keeps its own data" in str(error.value)

    settings.KEYTURN_PROBE_ALLOW = "10.20.0.0/16, 127.0.0.0/8"
    settings.KEYTURN_OWN_SERVICES = [("127.0.0.1", 6379)]
    reached = [("10.20.0.4", 6379), ("::ffff:10.20.0.4", 6379), ("10.20.0.5", 6379), ("10.20.0.4", 6380)]
    assert [refused(*each) for each in reached] == [True, True, False, False]
    settings.KEYTURN_OWN_SERVICES = [("10.20.0.4", 6379)]
    assert [refused(*each) for each in [*reached, ("127.0.0.1", 6379)]] == [True, True, False, False, True]
    assert asked == [("10.20.0.5", 6379), ("10.20.0.4", 6380)] * 2


def test_only_the_system_knows_which_addresses_are_here():
    assert is_here(ip_address("127.0.0.1"))
    assert is_here(ip_address("127.0.0.9"))
    assert not is_here(ip_address("203.0.113.7"))
    assert not is_here(ip_address("2001:db8::7"))


def test_names_that_nobody_answers_for_take_no_more_threads_than_there_are(monkeypatch):
    answers = threading.Event()
    monkeypatch.setattr(network, "_lookups", threading.BoundedSemaphore(3))
    monkeypatch.setattr(network, "LOOKUP_SECONDS", 0.05)
    monkeypatch.setattr(network.socket, "getaddrinfo", lambda *_, **__: answers.wait(9) and [])

    async def asked() -> list[str]:
        tries = await asyncio.gather(*(network.lookup("a.example", 80) for _ in range(5)), return_exceptions=True)
        return [str(each) for each in tries]

    words = asyncio.run(asked())
    assert sum("within" in each for each in words) == 3
    assert sum("too many others are" in each for each in words) == 2
    answers.set()
    for _ in range(100):
        if asyncio.run(asked()) == ["[]"] * 5:
            break
    else:
        pytest.fail("a thread that ended makes no room")


def test_until_somebody_says_where_they_are_their_ports_are_closed_everywhere(settings, monkeypatch, caplog):
    """A worker that starts while names cannot be looked up would ask its own database."""
    now, asked = [1_000.0], list[str]()
    there: list[str] = []

    def led(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        if not there:
            raise OSError("no name server answers")
        return [(0, 0, 0, "", (address, port)) for address in there]

    monkeypatch.setattr(allowed.socket, "getaddrinfo", led)
    monkeypatch.setattr(allowed.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(allowed, "_looked_up", {})
    monkeypatch.setattr(allowed, "_led_to", {})
    settings.KEYTURN_OWN_SERVICES, settings.KEYTURN_PROBE_ALLOW = [("db.internal", 5432)], "192.0.2.0/24 :5432"

    def refusal(address: str, port: int = 5432) -> str:
        return egress.policy_for().refusal(ip_address(address), port)

    for address in ("192.0.2.7", "8.8.8.8", "::ffff:192.0.2.7", "64:ff9b::808:808"):
        assert "could not be looked up yet, so no probe goes to that port" in refusal(address)
    assert refusal("192.0.2.7", 5433) == ""
    assert asked == ["db.internal"]
    assert "nobody says where db.internal is" in caplog.text
    assert "db.internal" not in refusal("8.8.8.8")  # which members read
    there[:] = ["192.0.2.7"]
    now[0] += allowed.SOUGHT_AGAIN
    assert "keeps its own data" in refusal("192.0.2.7")
    assert refusal("192.0.2.8") == ""


def test_who_asks_while_a_name_is_looked_up_waits_for_what_is_found(settings, monkeypatch):
    """Or a worker's first runs would be refused a port that is open."""
    hung = []

    def slowly(host: str, port: int, **_: Any) -> list[Any]:
        hung.append(host)
        time.sleep(0.2)
        return [(0, 0, 0, "", ("192.0.2.7", port))]

    monkeypatch.setattr(allowed.socket, "getaddrinfo", slowly)
    monkeypatch.setattr(allowed, "_looked_up", {})
    monkeypatch.setattr(allowed, "_led_to", {})
    settings.KEYTURN_OWN_SERVICES, settings.KEYTURN_PROBE_ALLOW = [("db.internal", 5432)], "192.0.2.0/24"
    with ThreadPoolExecutor(4) as threads:
        policies = list(threads.map(lambda _: egress.policy_for(), range(4)))
    assert [policy.sought for policy in policies] == [frozenset()] * 4
    assert hung == ["db.internal"]


def test_a_resolver_that_hangs_holds_up_nobody_for_long_and_opens_nothing(settings, monkeypatch):
    answers, hung = threading.Event(), []

    def hang(host: str, port: int, **_: Any) -> list[Any]:
        hung.append(host)
        answers.wait(9)
        return [(0, 0, 0, "", ("192.0.2.7", port))]

    monkeypatch.setattr(allowed.socket, "getaddrinfo", hang)
    monkeypatch.setattr(allowed, "LOOKUP_SECONDS", 0.05)
    monkeypatch.setattr(allowed, "_looked_up", {})
    monkeypatch.setattr(allowed, "_led_to", {})
    settings.KEYTURN_OWN_SERVICES, settings.KEYTURN_PROBE_ALLOW = [("db.internal", 5432)], "192.0.2.0/24"
    found = []
    both = [threading.Thread(target=lambda: found.append(egress.policy_for())) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(9)
    assert [policy.refusal(ip_address("192.0.2.8"), 5432) != "" for policy in found] == [True, True]
    assert hung == ["db.internal"]
    answers.set()
    for _ in range(100):
        if not egress.policy_for().sought:
            break
        time.sleep(0.02)
    assert egress.policy_for().refusal(ip_address("192.0.2.8"), 5432) == ""


def test_a_name_of_ours_that_passes_to_another_machine_stays_closed(settings, monkeypatch):
    """A database that fails over has another address, and a moment without any says nothing."""
    now, there = [1_000.0], ["192.0.2.7"]

    def led(host: str, port: int, **_: Any) -> list[Any]:
        if not there:
            raise OSError("no name server answers")
        return [(0, 0, 0, "", (address, port)) for address in there]

    monkeypatch.setattr(allowed.socket, "getaddrinfo", led)
    monkeypatch.setattr(allowed.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(allowed, "_looked_up", {})
    monkeypatch.setattr(allowed, "_led_to", {})
    settings.KEYTURN_OWN_SERVICES, settings.KEYTURN_PROBE_ALLOW = [("db.internal", 5432)], "192.0.2.0/24"

    def is_closed(address: str) -> bool:
        return "keeps its own data" in egress.policy_for().refusal(ip_address(address), 5432)

    assert (is_closed("192.0.2.7"), is_closed("192.0.2.8")) == (True, False)
    there[:] = ["192.0.2.8"]
    assert is_closed("192.0.2.7")
    now[0] += allowed.LOOKED_UP_AGAIN
    assert (is_closed("192.0.2.7"), is_closed("192.0.2.8")) == (False, True)
    there.clear()
    now[0] += allowed.LOOKED_UP_AGAIN
    assert is_closed("192.0.2.8")
