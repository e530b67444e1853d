"""An event that only the tests know, and somebody who acts."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.ledger import commands as ledger
from apps.ledger.events import Event, committed, event

STREAM = "deployment/1b6f0c1e-9d2a-4b6e-8d19-3f0a7a1c2b3d"


@event("test.event")
class SomethingDone(Event):
    """Something a test did."""

    item: UUID | None = None
    count: Any = 1
    title: Any = committed(default="Backup taken")

    def text(self) -> str:
        return f"did {self.title}, {self.count} times"


@dataclass(frozen=True)
class Somebody:
    """An actor without an account."""

    id: UUID
    kind: str
    full_name: str = ""


SOMEBODY = Somebody(UUID("7d3c1c0a-52b4-4a55-9a0b-0f6f6f8b2a11"), "person")


def add_entries(times: int = 1, *, stream: str = STREAM, **fields: Any) -> list[Any]:
    """Record the event so often; returns the entries."""
    return [ledger.record(stream, SomethingDone(**fields), by=SOMEBODY) for _ in range(times)]
