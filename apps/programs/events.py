"""What the ledger remembers of commands, each in a chain of its own."""

from dataclasses import dataclass
from uuid import UUID

from apps.ledger.events import Event, committed, event


@dataclass(frozen=True, kw_only=True)
class CommandEvent(Event):
    """What every entry about a command has: which, whose, and its digest."""

    team: UUID
    command: UUID
    digest: str
    title: str = committed()


@event("command.proposed", "proposed the command “{title}”: {argv}")
class CommandProposed(CommandEvent):
    """A program with its arguments and limits was written down for two people to approve.

    argv: JSON in ASCII, in which a character that nobody sees, or that looks like another, stands as its code.
    """

    argv: str = committed()


@event("command.approved", "approved the command “{title}” as key {slot}")
class CommandApproved(CommandEvent):
    """One of two people approved it at its digest."""

    slot: int
    meaning: str
    name: str = committed()


@event("command.withdrawn", "withdrew the command “{title}”")
class CommandWithdrawn(CommandEvent):
    """It runs no more."""
