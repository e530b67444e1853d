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


@event("probe.attached", "attached {probe_kind} probe “{name}” to item {number}")
class ProbeAttached(Event):
    """A probe gathers proof for an item."""

    item: UUID
    number: int
    probe: UUID
    probe_kind: str
    name: str = committed()


@event("probe.detached", "took the probe from item {number}: {reason}")
class ProbeDetached(Event):
    """An item has no probe any more."""

    item: UUID
    number: int
    probe: UUID | None
    reason: str = committed()
