"""One sample of each kind: settings that fit a server, and servers that do and do not fit them.

`test_kinds.py` asks all of them; a new kind adds its own and gets that whole suite.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.probes.kinds import KINDS, Outcome
from apps.probes.rules import Policy
from tests.probes.hostile import HOSTILE, Behave, answering, dripping, of_any_protocol, serving, sized

LOOPBACK = Policy.parse("127.0.0.1")


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
}


def run(name: str, behave: Behave, *, policy: Policy = LOOPBACK, **settings: Any) -> Outcome:
    """The outcome of asking a server that behaves so."""

    async def story() -> Outcome:
        async with serving(behave) as port:
            probe = KINDS[name].parse(SAMPLES[name].settings(port) | settings)
            return await probe.run(policy=policy)

    return asyncio.run(story())
