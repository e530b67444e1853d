"""What the ledger remembers of follow-ups; that one began, the event of what left it says."""

from uuid import UUID

from apps.ledger.events import Event, committed, event


@event("follow_up.changed")
class FollowUpChanged(Event):
    """Somebody else does it, or until another day; `owner_before` and `due_before` are what was agreed until then."""

    follow_up: UUID
    owner: UUID
    due_on: str
    owner_before: UUID
    due_before: str
    what: str = committed()
    owner_name: str = committed()
    owner_name_before: str = committed()

    def text(self) -> str:
        """From whom to whom, and from which day to which, as far as it changed."""
        given = f"gave a follow-up from {self.owner_name_before} to {self.owner_name}"
        moved = f"from {self.due_before} to {self.due_on}"
        if self.due_on == self.due_before:
            return f"{given}, until {self.due_on}: {self.what}"
        if self.owner == self.owner_before:
            return f"moved a follow-up of {self.owner_name} {moved}: {self.what}"
        return f"{given} and moved it {moved}: {self.what}"


@event("follow_up.closed", "closed a follow-up with “{outcome}”: {what}")
class FollowUpClosed(Event):
    """What had to be done afterwards was done, or is no longer needed."""

    follow_up: UUID
    what: str = committed()
    outcome: str = committed()
