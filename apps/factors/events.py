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


@event("factors.codes_added")
class CodesAdded(Event):
    """Somebody has one-time codes from now on, or others than before. Signing by them pauses for a day."""

    person: UUID
    is_new: bool
    name: str = committed()

    def text(self) -> str:
        return f"added one-time codes for {self.name}" if self.is_new else f"replaced the one-time codes of {self.name}"


@event("factors.codes_removed", "took the one-time codes of {name} away")
class CodesRemoved(Event):
    """Somebody has no one-time codes any more."""

    person: UUID
    name: str = committed()


@event("factors.passkey_added", "added the passkey “{called}” of {name}")
class PasskeyAdded(Event):
    """Somebody registered a passkey. passkey: its id and its public key (COSE of RFC 9052), in hex."""

    person: UUID
    passkey: dict[str, str]
    called: str = committed()
    name: str = committed()


@event("factors.passkey_removed", "took the passkey “{called}” of {name} away")
class PasskeyRemoved(Event):
    """Somebody has a passkey no more; what it signed stays valid. passkey: as when it was added."""

    person: UUID
    passkey: dict[str, str]
    called: str = committed()
    name: str = committed()


@event("factors.encrypted_again", "encrypted what the codes of {count} people are made from with the key {key}")
class FactorsEncryptedAgain(Event):
    """Whoever runs the server changed keys; the codes stayed. `key` names the key and tells nothing of it."""

    count: int
    key: str


@event("factors.removed", "took every factor of {name} away")
class FactorsRemoved(Event):
    """Whoever runs the server let somebody in who lost what they sign in with, and who signs nothing for a day."""

    person: UUID
    count: int
    name: str = committed()


@event("factors.passkey_renamed", "called the passkey “{before}” of {name} “{after}”")
class PasskeyRenamed(Event):
    """Somebody calls one of their passkeys something else; it is the same as before."""

    person: UUID
    before: str = committed()
    after: str = committed()
    name: str = committed()


@event("factors.recovery_codes_made", "made recovery codes for {name}")
class RecoveryCodesMade(Event):
    """Somebody has ten new recovery codes; those from before stopped working."""

    person: UUID
    name: str = committed()


@event("factors.recovery_code_used")
class RecoveryCodeUsed(Event):
    """Somebody proved who they are by a recovery code, and signs nothing for a day."""

    person: UUID
    left: int
    name: str = committed()

    def text(self) -> str:
        return f"used a recovery code of {self.name}, {self.left} left"


@event("address.asked", "wrote down the mail address {address} for {name}, which has to be confirmed")
class AddressAsked(Event):
    """Somebody wants another address, and a link was mailed there; it counts once it is opened."""

    person: UUID
    address: str = committed()
    name: str = committed()


@event("address.removed", "took the mail address {address} of {name} away")
class AddressRemoved(Event):
    """Somebody has no mail address any more."""

    person: UUID
    address: str = committed()
    name: str = committed()


@event("auth.second_step_failed")
class SecondStepFailed(Event):
    """Somebody knew the password, and the code after it did not fit."""

    person: UUID
    tries: int
    name: str = committed()

    def text(self) -> str:
        return f"failed the second step of signing in as {self.name}, try {self.tries}"
