"""Which records a name has: of a server that is asked, or as this machine looks names up."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
from django import forms

from apps.core.hosts import HOST_LENGTH
from apps.probes import egress
from apps.probes.conditions import ANYTHING, NUMBER, TEXT, Value
from apps.probes.conditions.values import visible
from apps.probes.rules import Target, TargetRefused, parse_address
from apps.zones.rules import IPAddress

from .kind import Kind, elapsed, setting
from .outcome import Reading
from .wire import Wire

TYPES = ("A", "AAAA", "CNAME", "MX", "NS", "TXT")
LOOKED_UP = {"A": 4, "AAAA": 6}
MESSAGE_BYTES = 16 * 1024
MOST_RECORDS = 100
LONGEST_RECORD = 1000  # characters
HIDDEN = "an internal address"
# Codes that say something about the name; the others say that the server cannot or will not.
ABOUT_THE_NAME = ("NOERROR", "NXDOMAIN")


@dataclass(frozen=True, kw_only=True)
class Dns(Kind):
    """What to ask for, and the server to ask by TCP, as host:port; empty for how this machine looks names up.

    records: as texts, in order; count: how many. ttl: the shortest time they may be kept, where a server was asked.
    answer: NOERROR, NXDOMAIN or another code of the server.
    """

    LABEL = "DNS records"
    ABOUT = "which records a name has, of which server"
    FACTS = {"peer": "Answered by", "answer": "Answer", "records": "Records"}

    VALUES = {"records": ANYTHING, "count": NUMBER, "answer": TEXT, "ttl": "s", "latency": "ms"}
    USUAL = "count >= 1"

    server: str = setting(
        forms.CharField,
        default="",
        label="DNS server",
        max_length=300,
        widget=forms.TextInput(attrs={"placeholder": "9.9.9.9:53", "autocomplete": "off"}),
        help_text="Host and port, asked by TCP. Empty: how this machine looks names up, for A and AAAA.",
    )
    domain: str = setting(
        forms.CharField,
        max_length=HOST_LENGTH,
        label="Name to look up",
        widget=forms.TextInput(attrs={"placeholder": "www.example.com", "autocomplete": "off"}),
    )
    record: str = setting(forms.ChoiceField, default="A", choices=[(each, each) for each in TYPES])

    @property
    def target(self) -> Target:
        return parse_address(self.server or f"{self.domain}:53")

    def asked(self) -> dict[str, str]:
        return {"method": self.record, "url": f"{self.domain}{f' at {self.server}' if self.server else ''}"}

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.record not in TYPES:
            yield "record", f"Ask for one of {', '.join(TYPES)}."
        try:
            asked = parse_address(f"{self.domain}:53")
            if asked.address:
                yield "domain", "This is an address; write a name, like www.example.com."
        except TargetRefused as error:
            yield "domain", str(error)
        if not self.server and self.record not in LOOKED_UP:
            yield "server", f"Name a DNS server to ask for {self.record}; without one there are A and AAAA."

    async def ask(self, **way: Any) -> Reading:
        """Ask the server, or look the name up."""
        began = time.perf_counter()
        if not self.server:
            return await self._looked_up(began, **way)
        query = dns.message.make_query(parse_address(f"{self.domain}:53").host, self.record)
        async with egress.connect(self.target, **way) as (stream, peer):
            reply = await _reply(Wire(stream, "DNS"), query)
            latency = elapsed(began)
        code = dns.rcode.to_text(reply.rcode())
        if code not in ABOUT_THE_NAME:
            values = {"answer": Value(code), "latency": latency}
            response = {"peer": peer, "answer": code}
            return Reading(f"Answered {code} in {latency}", values, response, hint=f"The server answered {code}.")
        found = [rrset for rrset in reply.answer if rrset.rdtype == dns.rdatatype.from_text(self.record)]
        records = [_shown(record) for rrset in found for record in rrset][:MOST_RECORDS]
        reading = self._reading(records, code, latency, peer)
        times = {"ttl": Value(min(rrset.ttl for rrset in found), "s")} if found else {}
        return Reading(reading.answered, {**reading.values, **times}, reading.response)

    async def _looked_up(self, began: float, **way: Any) -> Reading:
        """As every probe looks names up; addresses where probes may not go are not told, as nowhere else."""
        found: list[tuple[IPAddress, bool]] = []
        code = "NXDOMAIN"
        with suppress(egress.Nameless):
            found, code = await egress.addresses_of(self.target, **way), "NOERROR"
        of_type = [each for each in found if each[0].version == LOOKED_UP[self.record]]
        records = [str(address) if is_open else HIDDEN for address, is_open in of_type]
        return self._reading(records, code, elapsed(began), "this machine")

    def _reading(self, records: list[str], code: str, latency: Value, peer: str) -> Reading:
        records = sorted(records)
        values = {
            "records": Value(records),
            "count": Value(len(records)),
            "answer": Value(code),
            "latency": latency,
        }
        response = {"peer": peer, "answer": code, "records": ", ".join(records), "snippet": "\n".join(records)}
        return Reading(f"Answered {code} with {len(records)} in {latency}", values, response)


async def _reply(wire: Wire, query: dns.message.Message) -> dns.message.Message:
    """What the server answers to this question."""
    asked = query.to_wire()
    await wire.say(len(asked).to_bytes(2, "big") + asked)
    length = int.from_bytes(await wire.exactly(2), "big")
    if length > MESSAGE_BYTES:
        raise wire.broken()
    try:
        reply = dns.message.from_wire(await wire.exactly(length))
    except (dns.exception.DNSException, ValueError) as error:
        raise wire.broken() from error
    if not query.is_response(reply):
        raise wire.broken()
    return reply


def _shown(record: Any) -> str:
    """A record as conditions compare it: names in small letters without the last dot, texts without quotation marks."""
    if record.rdtype == dns.rdatatype.TXT:
        text = b"".join(record.strings).decode("utf-8", "replace")
    elif record.rdtype == dns.rdatatype.MX:
        text = f"{record.preference} {_name(record.exchange)}"
    elif record.rdtype in (dns.rdatatype.CNAME, dns.rdatatype.NS):
        text = _name(record.target)
    else:
        text = record.to_text()
    return visible(text[:LONGEST_RECORD])


def _name(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
