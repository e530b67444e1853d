"""The events of single sign-on in the instance's ledger."""

from uuid import UUID

from apps.ledger.events import Event, committed, event


@event("identity.linked", "let {name} sign in by {issuer}")
class IdentityLinked(Event):
    """An account is signed in to by whoever is this subject at this issuer; signing is suspended for a day."""

    person: UUID
    issuer: str
    subject: str = committed()
    name: str = committed()


@event("identity.unlinked", "let {name} no longer sign in by {issuer}")
class IdentityUnlinked(Event):
    """An account is no longer signed in to by that."""

    person: UUID
    issuer: str
    subject: str = committed()
    name: str = committed()
