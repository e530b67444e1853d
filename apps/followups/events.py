"""What the ledger remembers of follow-ups; that one began, the event of what left it says."""

from uuid import UUID

from apps.ledger.events import Event, committed, event


@event("follow_up.changed", "gave a follow-up to {owner_name} until {due_on}: {what}")
class FollowUpChanged(Event):
    """Somebody else does it, or until another day."""

    follow_up: UUID
    owner: UUID
    due_on: str
    what: str = committed()
    owner_name: str = committed()


@event("follow_up.closed", "closed a follow-up with “{outcome}”: {what}")
class FollowUpClosed(Event):
    """What had to be done afterwards was done, or is no longer needed."""

    follow_up: UUID
    what: str = committed()
    outcome: str = committed()
