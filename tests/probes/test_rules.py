"""Where probes may go: every spelling of an internal address is refused, and nothing leaves the machine."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest

from apps.probes import egress
from apps.probes.egress import allowed, network
from apps.probes.egress.network import is_here
from apps.probes.rules import TargetRefused, parse_address, parse_target
from apps.zones.rules import METADATA, Policy
from project import env

DEFAULT = Policy()
V4 = ["127.0.0.1", "127.255.255.254", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254"]
V4 += ["100.64.0.1", "100.100.100.200", "0.0.0.0", "198.18.0.1", "192.0.0.8", "224.0.0.1", "255.255.255.255"]
V6 = ["::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1", "ff02::1", "100::1", "5f00::1"]
V6 += ["2001::1", "2001:db8::1", "64:ff9b:1::1", "3fff::1", "4000::1", "8000::1", "2001:10::1"]
DECOYS = ["http://user@127.0.0.1/", "http://example.com@127.0.0.1/", "http://127.0.0.1:80@example.com/"]
DECOYS += ["http://user:pass@example.com/", "http://example.com\\@127.0.0.1/", "http://example.com#@127.0.0.1/"]
DECOYS += [
    "http://127.0.0.1%2f@example.com/",
    "http://127.0.0.1%00.example.com/",
    "http://127.0.0.1\t/",
    "http://\n127.0.0.1/",
]
DECOYS += [
    " http://127.0.0.1/",
    "http://127.0.0.1 /",
    "http://[::1%25lo]/",
    "http://[fe80::1%eth0]/",
    "http://[::1/",
    "http://::1/",
]
DECOYS += ["file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "ftp://example.com/", "dict://127.0.0.1:11211/"]
DECOYS += [
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "unix:///tmp/x",
    "//127.0.0.1/",
    "javascript:alert(1)",
    "",
    "http://",
]
DECOYS += [
    "data:text/html,x",
    "ldap://127.0.0.1/",
    "http:127.0.0.1",
    "http:///127.0.0.1",
    "https://",
    "http://?x",
    "http://#",
]
DECOYS += ["http://example.com:0/", "http://example.com:65536/", "http://example.com:-1/", "http://example.com:8o/"]
DECOYS += [
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://127.0.0.1./",
    "http://0x7f.0x0.0x0.0x1/",
    "http://127.0.0.0x1/",
]
DECOYS += ["http://0177.0.0.01/", "http://127.0.0.1.0/", "http://1/", "http://0/", "http://127.1/", "http://127.0.1/"]
DECOYS += [
    "http://４.4.4.0x8/",
    "http://[::ffff:7f00:1]:80/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    "http://exa mple.com/",
]
DECOYS += [
    "http://exam\u200bple.com/",
    "http://example.com\u202e/",
    "http://-a.com/",
    "http://a..b/",
    "http://%31%32%37.0.0.1/",
]


def spellings(text: str) -> list[str]:
    """The ways to write one internal IPv4 address that some reader somewhere understands."""
    address = IPv4Address(text)
    number, parts = int(address), [int(part) for part in text.split(".")]
    high, low = number >> 16, number & 0xFFFF
    return [
        text,
        f"{text}.",
        str(number),
        hex(number),
        f"0{number:o}",
        ".".join(hex(part) for part in parts),
        ".".join(f"0{part:o}" for part in parts),
        ".".join(f"{part:04d}" for part in parts),
        f"{parts[0]}.{number & 0xFFFFFF}",
        f"{parts[0]}.{parts[1]}.{low}",
        text.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)}),
        text.replace(".", "\u3002"),
        f"[::ffff:{text}]",
        f"[::ffff:{high:x}:{low:x}]",
        f"[::{high:x}:{low:x}]",
        f"[64:ff9b::{text}]",
        f"[2002:{high:x}:{low:x}::1]",
        f"[2001:0:{high:x}:{low:x}::1]",
        f"[2001:0:1:2:0:0:{high ^ 0xFFFF:x}:{low ^ 0xFFFF:x}]",
    ]


CORPUS = [f"http://{form}/latest" for text in V4 for form in spellings(text)]
CORPUS += [f"https://[{address}]/" for address in V6] + DECOYS


class Nowhere:
    """A network that notes what it is asked and never lets a packet out."""

    def __init__(self, *answers: str) -> None:
        self.answers = [ip_address(answer) for answer in answers]
        self.looked_up: list[str] = []
        self.connected: list[str] = []

    async def resolve(self, host, port):
        self.looked_up.append(host)
        return self.answers

    async def connect(self, address, port):
        self.connected.append(str(address))
        raise AssertionError(f"a packet to {address} would have left")


def ask(url: str, network: Nowhere, policy: Policy = DEFAULT) -> None:
    target = parse_target(url)
    way = egress.Network(network.resolve, network.connect)
    asyncio.run(egress.fetch(target, method="GET", policy=policy, seconds=1, network=way))


def test_the_corpus_has_at_least_150_forms():
    assert len(set(CORPUS)) >= 300


@pytest.mark.parametrize("url", CORPUS)
def test_no_spelling_of_an_internal_address_gets_out(url):
    network = Nowhere("127.0.0.1")
    with pytest.raises((TargetRefused, egress.Refused)) as refused:
        ask(url, network)
    assert not network.connected
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("answer", [*V4, *V6, "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1"])
def test_a_name_that_leads_to_an_internal_address_is_refused(answer):
    network = Nowhere(answer)
    with pytest.raises(egress.Refused) as refused:
        ask("http://rebound.example/", network)
    assert not network.connected
    assert answer not in str(refused.value), "what an internal name resolves to is nobody's business"


def test_one_internal_address_among_public_ones_refuses_the_name():
    network = Nowhere("93.184.216.34", "10.0.0.1")
    with pytest.raises(egress.Refused):
        ask("http://mixed.example/", network)
    assert network.looked_up == ["mixed.example"]
    assert not network.connected


def test_a_public_name_is_looked_up_once_and_reached_by_its_address():
    network = Nowhere("93.184.216.34")
    with pytest.raises(AssertionError, match=r"93\.184\.216\.34"):
        ask("http://public.example/", network)
    assert network.looked_up == ["public.example"]


@pytest.mark.parametrize(
    "url", ["http://8.8.8.8/", "https://1.1.1.1:8443/", "http://[2606:4700::1111]/", "http://[64:ff9b::808:808]/"]
)
def test_public_addresses_on_standard_ports_are_let_out(url):
    network = Nowhere()
    with pytest.raises(AssertionError, match="would have left"):
        ask(url, network)


def test_an_odd_port_is_refused_until_it_is_listed():
    public = ip_address("93.184.216.34")
    assert "port 6379" in DEFAULT.refusal(public, 6379)
    assert Policy.parse(":6379").refusal(public, 6379) == ""
    assert Policy.parse("93.184.216.34:6379").refusal(public, 6379) == ""
    assert Policy.parse("93.184.216.34:6379").refusal(ip_address("93.184.216.35"), 6379)


def test_listing_a_port_for_the_public_opens_no_internal_address():
    assert Policy.parse(":6379").refusal(ip_address("127.0.0.1"), 6379)


def test_listed_addresses_and_networks_may_be_asked():
    policy = Policy.parse("127.0.0.1:9000, 10.20.0.0/16\n[::1]:9000 fd00::/8")
    for address, port in [
        ("127.0.0.1", 9000),
        ("10.20.3.4", 5000),
        ("::1", 9000),
        ("fd00::7", 1),
        ("::ffff:127.0.0.1", 9000),
    ]:
        assert policy.refusal(ip_address(address), port) == ""
    for address, port in [("127.0.0.1", 9001), ("127.0.0.2", 9000), ("10.21.0.1", 80), ("::1", 80), ("fe80::1", 80)]:
        assert policy.refusal(ip_address(address), port)


@pytest.mark.parametrize("address", sorted(METADATA, key=str))
def test_a_metadata_address_can_never_be_listed(address):
    with pytest.raises(ValueError, match="can never be listed"):
        Policy.parse(str(address))
    assert "metadata" in Policy.parse("0.0.0.0/0 ::/0").refusal(address, 80)


@pytest.mark.parametrize(
    "text", ["64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "::ffff:169.254.169.254", "::169.254.169.254"]
)
def test_a_metadata_address_in_disguise_is_refused_even_if_everything_is_listed(text):
    assert "metadata" in Policy.parse("::/0, 0.0.0.0/0").refusal(IPv6Address(text), 80)


@pytest.mark.parametrize(
    "bad",
    [
        "localhost",
        "localhost:80",
        "10.0.0.5/8",
        "127.0.0.1:",
        "127.0.0.1:http",
        ":0",
        ":99999",
        "[::1",
        "[::1]80",
        "[::1]:x",
        "1.2.3",
        "*",
        "http://10.0.0.1",
    ],
)
def test_a_bad_entry_is_named_with_what_to_write_instead(bad):
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        Policy.parse(f"10.0.0.0/8, {bad}")
    assert f"“{bad}”" in str(refused.value)
    assert "KEYTURN_PROBE_ALLOW" in str(refused.value)
    assert "127.0.0.1:9000" in str(refused.value)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("HTTP://Example.COM", "http://example.com/"),
        ("https://example.com:443/a?b=c#d", "https://example.com/a?b=c"),
        ("http://bücher.example:81/ü?q=ä", "http://xn--bcher-kva.example:81/%C3%BC?q=%C3%A4"),
        ("http://[2606:4700:0::1111]:80/%2e%2e/x", "http://[2606:4700::1111]/%2e%2e/x"),
        ("http://host_1.example/a//b;c?x=[1]", "http://host_1.example/a//b;c?x=%5B1%5D"),
    ],
)
def test_an_address_has_one_form_in_which_it_is_asked(url, asked):
    assert parse_target(url).url == asked
    assert parse_target(asked).url == asked


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


def test_an_address_that_is_shown_as_it_was_typed_is_of_plain_letters():
    assert parse_address("xn--bcher-kva.example:443").host == "xn--bcher-kva.example"
    for shown in ("d\u0430ta.example:5432", "bücher.example:443", "\uff44\uff42.example:5432"):
        with pytest.raises(TargetRefused, match="as it is looked up: "):
            parse_address(shown)
