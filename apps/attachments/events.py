"""What the ledger remembers of the proof of items, in the past tense."""

from uuid import UUID

from apps.deployments.events import RevisesItem
from apps.ledger.events import committed, event


@event("evidence.attached", "attached {evidence_kind} “{title}” to item {number}")
class EvidenceAttached(RevisesItem):
    """A file, link or note was laid before an item."""

    evidence: UUID
    evidence_kind: str
    sha256: str
    size: int
    title: str = committed()


@event("evidence.removed", "took “{title}” away from item {number}")
class EvidenceRemoved(RevisesItem):
    """Evidence no longer speaks for an item; it stays on record."""

    evidence: UUID
    title: str = committed()


@event("evidence.replaced", "replaced “{title}” of item {number} by revision {revision}")
class EvidenceReplaced(RevisesItem):
    """A newer revision of a piece took the place of the one before it, which stays on record."""

    evidence: UUID
    replaced: UUID
    revision: int
    evidence_kind: str
    sha256: str
    size: int
    title: str = committed()


@event("probe.attached", "attached {probe_kind} probe “{name}” to item {number}")
class ProbeAttached(RevisesItem):
    """A probe gathers proof for an item."""

    probe: UUID
    probe_kind: str
    name: str = committed()


@event("probe.detached", "took the probe from item {number}: {reason}")
class ProbeDetached(RevisesItem):
    """An item has no probe any more."""

    probe: UUID | None
    reason: str = committed()
