"""The DNS kind: what it asks for, and how records are compared."""

import asyncio
import time
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest

from apps.probes import egress
from apps.probes.kinds import Dns
from apps.probes.kinds.dns import HIDDEN
from apps.zones.rules import Policy
from tests import clock
from tests.probes.samples import naming, run


@pytest.mark.parametrize(
    ("record", "text", "shown"),
    [
        ("A", "192.0.2.7", "192.0.2.7"),
        ("AAAA", "2001:DB8::7", "2001:db8::7"),
        ("CNAME", "Web.Example.NET.", "web.example.net"),
        ("NS", "ns1.example.com.", "ns1.example.com"),
        ("MX", "10 Mail.example.com.", "10 mail.example.com"),
        ("TXT", '"v=spf1 " "-all"', "v=spf1 -all"),
    ],
)
def test_a_record_is_compared_as_people_write_it(record, text, shown):
    outcome = run("dns", naming(text), record=record, conditions=f'records[0] == "{shown}"\ncount == 1\nttl > 1 min')
    assert outcome.verdict == "passed", outcome.explanation
    assert outcome.response["records"] == shown


def test_a_text_with_control_characters_is_shown_safely():
    assert run("dns", naming(r'"a\027[0mb"'), record="TXT").response["records"] == "a⟨U+001B⟩[0mb"


def test_a_name_that_there_is_not_has_no_records():
    outcome = run("dns", naming(rcode=3))
    assert (outcome.verdict, outcome.response["answer"]) == ("failed", "NXDOMAIN")
    assert run("dns", naming(rcode=3), conditions='answer == "NXDOMAIN"\ncount == 0').verdict == "passed"


def test_records_of_another_type_do_not_count():
    assert run("dns", naming(), conditions="count == 0").verdict == "passed"


def test_a_server_that_will_not_say_leaves_no_value():
    outcome = run("dns", naming(rcode=5))
    assert outcome.verdict == "inconclusive"
    assert outcome.explanation == "There is no value for records. The server answered REFUSED."


def test_many_records_are_cut():
    outcome = run("dns", naming(*(f"192.0.2.{n}" for n in range(150))), conditions="count == 100")
    assert outcome.verdict == "passed"


def looked_up(*addresses: str, error: Exception | None = None, allow: str = "", **settings: Any) -> Any:
    async def resolve(host: str, port: int) -> list[Any]:
        if error:
            raise error
        return [ip_address(each) for each in addresses]

    network = egress.Network(resolve, egress.dial)
    return asyncio.run(
        Dns.parse({"domain": "www.example.com"} | settings).run(policy=Policy.parse(allow), network=network)
    )


def test_without_a_server_it_looks_the_name_up_as_every_probe_does():
    found = ("93.184.216.34", "2606:2800:220:1::1")
    assert looked_up(*found).response["records"] == "93.184.216.34"
    assert looked_up(*found, record="AAAA").response["records"] == "2606:2800:220:1::1"
    assert looked_up(error=egress.Nameless("The name has no address.")).verdict == "failed"
    assert looked_up(error=egress.Unresolved("Nobody knows.")).verdict == "inconclusive"


def test_a_lookup_that_hangs_ends_with_the_deadline_and_is_no_missing_name(monkeypatch):
    monkeypatch.setattr(egress.network.socket, "getaddrinfo", lambda *_, **__: time.sleep(3))
    config = replace(Dns.parse({"domain": "www.example.com"}), timeout_ms=300)
    began = clock.seconds()
    outcome = asyncio.run(config.run(policy=Policy()))
    assert clock.seconds() - began < 1
    assert (outcome.verdict, outcome.explanation) == ("failed", "No complete answer within 0.3 s.")


def test_where_probes_may_not_go_is_not_told():
    assert looked_up("10.0.0.5").response["records"] == HIDDEN
    assert looked_up("10.0.0.5", allow="10.0.0.0/8").response["records"] == "10.0.0.5"


SETTINGS = {"server": "9.9.9.9:53", "domain": "www.example.com"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"domain": ""}, "not a host name"),
        ({"domain": "10.0.0.1"}, "write a name"),
        ({"domain": "a b"}, "invisible character"),
        ({"domain": "a.example:80"}, "not a host name"),
        ({"server": "9.9.9.9"}, "Write host and port"),
        ({"record": "ANY"}, "one of A, AAAA"),
        ({"server": "", "record": "TXT"}, "Name a DNS server to ask for TXT"),
        ({"conditions": "ttl > 60"}, "needs a unit"),
    ],
)
def test_a_bad_setting_is_refused_with_what_to_do(values, message):
    with pytest.raises(ValueError, match=message):
        Dns.parse(SETTINGS | values)


def test_it_says_what_it_does():
    assert Dns.parse(SETTINGS).summary() == "A www.example.com at 9.9.9.9:53: count >= 1"
    assert Dns.parse({"domain": "www.example.com"}).summary() == "A www.example.com: count >= 1"
