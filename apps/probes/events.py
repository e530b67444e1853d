"""What happened to probes. Names, addresses and results in words are committed: they can carry what is private."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from apps.core.wording import lasting
from apps.ledger.events import Event, committed, event


@event("probe.defined", "defined probe “{name}”")
class ProbeDefined(Event):
    """A team got a probe."""

    team: UUID
    probe: UUID
    probe_kind: str
    name: str = committed()
    config: dict[str, Any] = committed()


@event("probe.changed", "changed probe “{name}”")
class ProbeChanged(Event):
    """What a probe asks or expects changed; its earlier runs keep what they asked."""

    team: UUID
    probe: UUID
    probe_kind: str
    version: int
    name: str = committed()
    config: dict[str, Any] = committed()


@event("probe.tried", "tried, before it is saved, what changes things where it is asked: {asked}")
class ProbeTried(Event):
    """A person had something sent that may change things. It is no run, and what came back proves nothing."""

    item: UUID
    probe_kind: str
    asked: str = committed()
    config: dict[str, Any] = committed()


@event("probe.requested", "asked for a run of probe “{name}”")
class ProbeRequested(Event):
    """A person ordered one run."""

    item: UUID
    probe: UUID
    run: UUID
    series: UUID
    name: str = committed()


@event("items.probed", "asked for a run of each of {runs} probes")
class ItemsProbed(Event):
    """A person ordered runs of several probes at once, each of one item."""

    items: list[str]
    series: UUID
    runs: int
    names: list[str] = committed()


@event("items.cancelled", "cancelled {runs} probe runs that nobody had begun")
class ItemsCancelled(Event):
    """The runs of a series that still waited are not made; what each probe said before counts again."""

    items: list[str]
    series: UUID
    runs: int


@event("probe.scheduled")
class ProbeScheduled(Event):
    """A probe runs by the clock from now on, every so many seconds; None where it no longer does."""

    item: UUID
    probe: UUID
    seconds: int | None
    name: str = committed()

    def text(self) -> str:
        when = (
            f"to run every {lasting(timedelta(seconds=self.seconds))}"
            if self.seconds
            else "to run only when somebody asks"
        )
        return f"set probe “{self.name}” {when}"


@event("probe.reported")
class ProbeReported(Event):
    """Something was reported to a probe that nobody asks, or was not in time; `run_digest` is the run's digest.

    reporter: the token, or that there was none; empty where the person who acts measured it.
    """

    item: UUID
    probe: UUID
    run: UUID
    series: UUID
    state: str
    value: str
    unit: str
    limit: str
    run_digest: str
    name: str = committed()
    reporter: str = committed()
    explanation: str = committed()

    def text(self) -> str:
        did = f"took a report of {self.reporter} to" if self.reporter else "measured for"
        return f"{did} probe “{self.name}”: {self.state}. {self.explanation}"


@event("baseline.set", "set the run of {at} as the baseline of probe “{name}”")
class BaselineSet(Event):
    """What a probe measured before the change, which later runs are compared with."""

    item: UUID
    probe: UUID
    run: UUID
    at: str
    name: str = committed()


@event("probe.recorded")
class ProbeRecorded(Event):
    """A run ended in its one result; `run_digest` is the run's digest."""

    item: UUID
    probe: UUID
    run: UUID
    attempt: int
    state: str
    value: str
    unit: str
    limit: str
    run_digest: str
    name: str = committed()
    explanation: str = committed()

    def text(self) -> str:
        result = "no result" if self.state == "lost" else self.state
        return f"ran probe “{self.name}”: {result}. {self.explanation}"
