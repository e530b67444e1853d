"""Passive checks: kinds that nobody asks, because a person or a program reports to them."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from apps.probes import egress

from .kind import Kind
from .outcome import INCONCLUSIVE, Outcome, Reading

LINK = re.compile(r"https?://[\x21-\x7e]{1,1990}")


class BadReport(ValueError):
    """A report that a probe cannot take; the message is a sentence for whoever sent it."""


@dataclass(frozen=True, kw_only=True)
class Passive(Kind):
    """A kind that is reported to. It goes nowhere, takes no secret, and has neither a schedule nor a try."""

    IS_PASSIVE = True
    NEXT = "It waits for its first report."
    FURTHER = "after how many reports it counts"

    @property
    def target(self) -> None:
        """It goes nowhere."""
        return

    async def ask(self, **way: Any) -> Reading:
        """Nobody asks it; whoever does all the same learns nothing."""
        raise egress.EgressError("Nobody asks this probe: it waits for what is reported to it.")

    def outcome(self, reading: Reading, *, by: str) -> Outcome:
        """What a report comes to. by: who reported, as pages and records say it."""
        request = self.asked() | {"expected": self.conditions.splitlines()}
        asked = Outcome(INCONCLUSIVE, "Nothing was reported.", request=request)
        return self.judged(replace(reading, response={"by": by, **reading.response}), asked)

    @property
    def interval(self) -> timedelta | None:
        """How often something has to be reported; None for whenever there is something."""
        return None

    @property
    def grace(self) -> timedelta:
        """How much later than that a report still is in time."""
        return timedelta()

    def expected_by(self, since: datetime) -> datetime | None:
        """By when the next report has to be there, if the last one came at `since`; None for whenever it comes."""
        return None if self.interval is None else since + self.interval + self.grace
