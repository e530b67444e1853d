"""What the ledger remembers of waivers, in the past tense."""

from uuid import UUID

from apps.deployments.events import OfItem
from apps.ledger.events import committed, event


@event("waiver.requested", "asked for a waiver of item {number} until {until}: {justification}")
class WaiverRequested(OfItem):
    """Somebody asked to go without an item."""

    waiver: UUID
    required: int
    until: str
    justification: str = committed()


@event("waiver.approved", "approved the waiver of item {number} ({slot} of {required})")
class WaiverApproved(OfItem):
    """Another person agreed to go without an item."""

    waiver: UUID
    meaning: str
    slot: int
    required: int
    name: str = committed()


@event("waiver.expired", "noted that the waiver of item {number} expired ({until})")
class WaiverExpired(OfItem):
    """The moment came until which a waiver let its item through, or was asked for."""

    waiver: UUID
    until: str


@event("waiver.ended", "ended the waiver of item {number}: {why}")
class WaiverEnded(OfItem):
    """A waiver no longer holds or is no longer asked for."""

    waiver: UUID
    why: str = committed()
