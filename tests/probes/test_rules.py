"""Where probes may go: every spelling of an internal address is refused, and nothing leaves the machine."""

import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest

from apps.probes import egress
from apps.probes.rules import TargetRefused, parse_address, parse_target
from apps.zones.rules import METADATA, Policy

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


def test_an_address_that_is_shown_as_it_was_typed_is_of_plain_letters():
    assert parse_address("xn--bcher-kva.example:443").host == "xn--bcher-kva.example"
    for shown in ("d\u0430ta.example:5432", "bücher.example:443", "\uff44\uff42.example:5432"):
        with pytest.raises(TargetRefused, match="as it is looked up: "):
            parse_address(shown)
