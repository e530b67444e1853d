"""What the ledger remembers of the proof of items, in the past tense."""

from uuid import UUID

from apps.deployments.events import keys_lost
from apps.ledger.events import Event, committed, event


@event("evidence.attached")
class EvidenceAttached(Event):
    """A file, link or note was laid before an item."""

    item: UUID
    number: int
    invalidated: int
    evidence: UUID
    evidence_kind: str
    sha256: str
    size: int
    title: str = committed()

    def text(self) -> str:
        return f"attached {self.evidence_kind} “{self.title}” to item {self.number}{keys_lost(self.invalidated)}"


@event("evidence.removed")
class EvidenceRemoved(Event):
    """Evidence no longer speaks for an item; it stays on record."""

    item: UUID
    number: int
    invalidated: int
    evidence: UUID
    title: str = committed()

    def text(self) -> str:
        return f"took “{self.title}” away from item {self.number}{keys_lost(self.invalidated)}"


@event("probe.attached")
class ProbeAttached(Event):
    """A probe gathers proof for an item."""

    item: UUID
    number: int
    probe: UUID
    probe_kind: str
    name: str = committed()

    def text(self) -> str:
        return f"attached {self.probe_kind} probe “{self.name}” to item {self.number}"


@event("probe.detached")
class ProbeDetached(Event):
    """An item has no probe any more."""

    item: UUID
    number: int
    probe: UUID | None
    reason: str = committed()

    def text(self) -> str:
        return f"took the probe from item {self.number}: {self.reason}"
