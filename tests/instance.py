"""What the instance's chain says last, and invitations by their links: what tests of accounts and teams ask about."""

from apps.accounts.models import Invitation
from apps.ledger import selectors as history
from apps.ledger.chain import INSTANCE
from apps.ledger.models import Entry


def last_line() -> history.EntryText:
    """The last entry as people read it."""
    return history.lines(history.history(INSTANCE))[-1]


def entries() -> int:
    """How many entries the chain has."""
    return Entry.objects.filter(stream_id=INSTANCE).count()


def invitation_of(token: str) -> Invitation:
    """The invitation whose link holds the token."""
    return Invitation.objects.with_token(token).get()
