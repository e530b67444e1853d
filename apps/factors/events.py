"""The events of factors and signings in the instance's ledger."""

from uuid import UUID

from apps.core.wording import plural
from apps.ledger.events import Event, committed, event


@event("signing.paused")
class SigningPaused(Event):
    """Somebody typed too many wrong passwords or codes in a row; signing by them pauses."""

    person: UUID
    tries: int
    name: str = committed()

    def text(self) -> str:
        tries = plural(self.tries, "wrong try", "wrong tries")
        return f"signing by password and code pauses for {self.name} after {tries}"
