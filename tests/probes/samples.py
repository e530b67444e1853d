"""One sample of each kind: settings that fit a server, and servers that do and do not fit them.

`test_kinds.py` asks all of them; a new kind adds its own and gets that whole suite.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dns.message
import dns.rcode
import dns.rrset

from apps.probes.kinds import KINDS, Outcome
from apps.zones.rules import Policy
from tests.probes.hostile import (
    HOSTILE,
    Behave,
    answering,
    certified,
    dripping,
    flooding,
    of_any_protocol,
    over_tls,
    resetting,
    serving,
    silent,
    sized,
    talking,
)

LOOPBACK = Policy.parse("127.0.0.1")
HELLO = b"\x16\x03\x01"  # begins what a TLS client sends first
CONTEXT, AUTHORITIES = certified()
PING, INFO = b"PING\r\n", b"INFO\r\n"
ABOUT = b"# Server\r\nredis_version:7.2.4\r\nrole:master\r\nused_memory:1048576\r\nmaxmemory:4194304\r\n"
QUESTION = b"\x03com\0"  # ends the name in a DNS question
BEGUN = b"keyturn\0\0"  # ends the start-up message of a PostgreSQL client
STARTING = b"SFATAL\0C57P03\0Mthe database system is starting up\0\0"
REPORT = b"$%d\r\n%s\r\n" % (len(ABOUT), ABOUT)


@dataclass(frozen=True)
class Sample:
    """What the tests of every kind need of one.

    settings: the configuration for a server on a port of 127.0.0.1; typed into the form it has to fit too.
    good, bad: servers that pass and fail those settings; hostile: servers that never pass them.
    """

    settings: Callable[[int], dict[str, Any]]
    good: Behave
    bad: Behave
    hostile: dict[str, Behave]


def message(sign: bytes, body: bytes) -> bytes:
    """A message of PostgreSQL: its sign and its length, itself included, come first."""
    return sign + (len(body) + 4).to_bytes(4, "big") + body


def counted(result: dict[str, Any], status: str = "success") -> bytes:
    """The answer of a Prometheus."""
    return sized(json.dumps({"status": status, "data": result}).encode(), b"Content-Type: application/json")


def vector(*found: tuple[str, str]) -> dict[str, Any]:
    """The samples of an instant query: a name each, and a number as text."""
    rows = [{"metric": {"instance": name} if name else {}, "value": [1764460800.5, text]} for name, text in found]
    return {"resultType": "vector", "result": rows}


def naming(*records: str, rcode: int = 0, ttl: int = 300, mangled: Callable[[bytes], bytes] = bytes) -> Behave:
    """A DNS server on TCP that has these records for whatever it is asked; `mangled` changes its answer."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = dns.message.from_wire(await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big")))
        reply = dns.message.make_response(asked)
        reply.set_rcode(dns.rcode.Rcode(rcode))
        question = asked.question[0]
        if records:
            reply.answer.append(dns.rrset.from_text(question.name, ttl, "IN", question.rdtype, *records))
        wire = mangled(reply.to_wire())
        writer.write(len(wire).to_bytes(2, "big") + wire)
        await writer.drain()

    return behave


# Those that ask no server, so that nothing of this is about them, and where they are tested instead.
WITHOUT_A_SERVER = {
    "command": "tests/probes/test_kinds_command.py",
    "push": "tests/probes/test_kinds_push.py",
    "manual": "tests/probes/test_kinds_manual.py",
}
SAMPLES = {
    "http": Sample(
        settings=lambda port: {
            "url": f"http://127.0.0.1:{port}/",
            "conditions": 'status in 200..299\nbody contains "ready"',
        },
        good=answering(sized(b"ready")),
        bad=answering(sized(b"starting")),
        hostile=HOSTILE,
    ),
    "tcp": Sample(
        settings=lambda port: {"address": f"127.0.0.1:{port}", "conditions": 'greeting contains "220 ready"'},
        good=answering(b"220 ready\r\n", after=b""),
        bad=answering(b"421 busy\r\n", after=b""),
        hostile=of_any_protocol(b"") | {"greets by halves": dripping(b"220 rea", b"\x00", after=b"")},
    ),
    "tls": Sample(
        settings=lambda port: {
            "address": f"127.0.0.1:{port}",
            "authorities": AUTHORITIES.strip(),
            "conditions": "valid == true",
        },
        good=over_tls(silent, CONTEXT),
        bad=over_tls(silent, certified(name="other.example")[0]),
        hostile=of_any_protocol(HELLO)
        | {
            "speaks HTTP": answering(sized(b"ready"), after=HELLO),
            "floods warnings": flooding(b"", b"\x15\x03\x03\x00\x02\x01\x00" * 99, after=HELLO),
            "drips a record": dripping(b"\x16\x03\x03\x40\x00\x02", b"\x00", after=HELLO),
            "floods records": flooding(b"", b"\x14\x03\x03\x00\x01\x01" * 99, after=HELLO),
            "resets in a record": resetting(b"\x16\x03\x03\x40\x00\x02", after=HELLO),
            "knows no TLS that is used": answering(b"\x15\x03\x01\x00\x02\x02\x46", after=HELLO),
        },
    ),
    "redis": Sample(
        settings=lambda port: {
            "address": f"127.0.0.1:{port}",
            "conditions": 'answer == "PONG"\nrole == "master"',
        },
        good=talking((PING, b"+PONG\r\n"), (INFO, REPORT)),
        bad=talking((PING, b"-NOAUTH Authentication required.\r\n")),
        hostile=of_any_protocol(PING)
        | {
            "floods a line": flooding(b"+PONG", b"x" * 4096, after=PING),
            "drips a line": dripping(b"+PO", b"N", after=PING),
            "promises a gigabyte": talking((PING, b"+PONG\r\n"), (INFO, b"$1000000000\r\n")),
            "promises less than nothing": talking((PING, b"+PONG\r\n"), (INFO, b"$-1\r\n")),
            "drips what it tells": dripping(b"+PONG\r\n$60000\r\n", b"role:", after=PING),
            "tells no end": talking((PING, b"+PONG\r\n"), (INFO, b"$4\r\nrole:master")),
            "hangs after its answer": dripping(b"+PONG\r\n", b"", after=PING),
            "nests without end": flooding(b"", b"*1\r\n" * 512, after=PING),
        },
    ),
    "postgresql": Sample(
        settings=lambda port: {"address": f"127.0.0.1:{port}", "conditions": "accepts == true"},
        good=talking((BEGUN, message(b"R", b"\0\0\0\x0aSCRAM-SHA-256\0\0"))),
        bad=talking((BEGUN, message(b"E", STARTING))),
        hostile=of_any_protocol(BEGUN)
        | {
            "promises a gigabyte": talking((BEGUN, b"R\x40\0\0\0")),
            "promises less than nothing": talking((BEGUN, b"E\xff\xff\xff\xff")),
            "says nothing of an error": talking((BEGUN, message(b"E", bytes(8)))),
            "drips an error": dripping(b"E\0\0\x10\0", b"M", after=BEGUN),
            "floods an error": flooding(b"E\0\0\x1f\xffC57P03\0M", b"x" * 4096, after=BEGUN),
            "is ready without a door": talking((BEGUN, message(b"Z", b"I"))),
            "wants a newer protocol": talking((BEGUN, message(b"v", bytes(8)))),
        },
    ),
    "prometheus": Sample(
        settings=lambda port: {
            "address": f"http://127.0.0.1:{port}",
            "queries": "errors = sum(rate(failed[5m])) / sum(rate(asked[5m]))",
            "conditions": "errors < 0.01",
        },
        good=answering(counted(vector(("", "0.0001")))),
        bad=answering(counted(vector(("", "0.2")))),
        hostile=HOSTILE
        | {
            "tells no number": answering(counted(vector(("", "many")))),
            "tells what is not a number": answering(counted(vector(("", "NaN")))),
            "tells too large a number": answering(counted(vector(("", "1e999999999")))),
            "tells too many": answering(counted(vector(*((f"n{n}", "0") for n in range(1001))))),
            "tells nothing": answering(counted(vector())),
            "nests without end": answering(sized(b"[" * 100_000)),
        },
    ),
    "dns": Sample(
        settings=lambda port: {
            "server": f"127.0.0.1:{port}",
            "domain": "www.example.com",
            "conditions": '"192.0.2.7" in records',
        },
        good=naming("192.0.2.7", "192.0.2.8"),
        bad=naming("192.0.2.9"),
        hostile=of_any_protocol(QUESTION)
        | {
            "answers another question": talking((QUESTION, b"\0\x0c\0\1\x81\x80" + bytes(8))),
            "promises the longest": talking((QUESTION, b"\xff\xff" + bytes(100))),
            "promises nothing": talking((QUESTION, bytes(2))),
            "points in circles": naming("192.0.2.7", mangled=lambda wire: wire[:12] + b"\xc0\x0c" * 20),
            "counts wrong": naming("192.0.2.7", mangled=lambda wire: wire[:6] + b"\xff\xff" + wire[8:]),
            "drips an answer": dripping(b"\x20\0", b"\0", after=QUESTION),
        },
    ),
}


def run(name: str, behave: Behave, *, policy: Policy = LOOPBACK, **settings: Any) -> Outcome:
    """The outcome of asking a server that behaves so."""

    async def story() -> Outcome:
        async with serving(behave) as port:
            probe = KINDS[name].parse(SAMPLES[name].settings(port) | settings)
            return await probe.run(policy=policy)

    return asyncio.run(story())
