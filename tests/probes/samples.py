"""One sample of each kind: settings that fit a server, and servers that do and do not fit them.

`test_kinds.py` asks all of them; a new kind adds its own and gets that whole suite.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.probes.kinds import KINDS, Outcome
from apps.probes.rules import Policy
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
)

LOOPBACK = Policy.parse("127.0.0.1")
HELLO = b"\x16\x03\x01"  # begins what a TLS client sends first
CONTEXT, AUTHORITIES = certified()


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
}


def run(name: str, behave: Behave, *, policy: Policy = LOOPBACK, **settings: Any) -> Outcome:
    """The outcome of asking a server that behaves so."""

    async def story() -> Outcome:
        async with serving(behave) as port:
            probe = KINDS[name].parse(SAMPLES[name].settings(port) | settings)
            return await probe.run(policy=policy)

    return asyncio.run(story())
