"""What happened to secrets. No entry has a value, nor a digest of one: who has that tries guesses.

authorities: SHA-256 of each certificate that may vouch for where a secret goes, beside the usual ones.
"""

from uuid import UUID

from apps.ledger.events import Event, committed, event


@event("secret.set", "set the secret “{name}”")
class SecretSet(Event):
    """A team got a secret."""

    team: UUID
    secret: UUID
    name: str = committed()
    bindings: list[str] = committed()
    authorities: list[str] = committed(default_factory=list)


@event("secret.rotated", "gave the secret “{name}” a new value, version {version}")
class SecretRotated(Event):
    """A secret got a new value; the one before was destroyed."""

    team: UUID
    secret: UUID
    version: int
    name: str = committed()


@event("secret.bound", "said where the secret “{name}” may be sent")
class SecretBound(Event):
    """A secret may be sent to other hosts than before."""

    team: UUID
    secret: UUID
    name: str = committed()
    bindings: list[str] = committed()
    authorities: list[str] = committed(default_factory=list)


@event("secret.removed", "removed the secret “{name}”")
class SecretRemoved(Event):
    """A secret is gone, value and all."""

    team: UUID
    secret: UUID
    name: str = committed()


@event("secrets.encrypted_again", "encrypted {count} secrets with the key {key}")
class SecretsEncryptedAgain(Event):
    """Whoever runs the server changed keys; the values stayed. `key` names the key and tells nothing of it."""

    count: int
    key: str
