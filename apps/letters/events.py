"""The events of passwords and addresses that come by letter, in the instance's ledger."""

from uuid import UUID

from apps.ledger.events import Event, committed, event


@event("password.link_sent", "mailed {name} a link to set a new password")
class ResetMailed(Event):
    """Somebody asked for a new password, and the address of this account got a link."""

    person: UUID
    name: str = committed()


@event("password.reset", "set a new password for {name} by a link that was mailed; signing is suspended")
class PasswordReset(Event):
    """Whoever reads the mail of this account set a new password; every session ended, no factor changed."""

    person: UUID
    name: str = committed()


@event("address.verified", "confirmed the mail address {address} of {name}")
class AddressVerified(Event):
    """Whoever is signed in opened the link that was mailed there; from now on this address counts."""

    person: UUID
    address: str = committed()
    name: str = committed()
