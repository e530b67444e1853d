"""What the ledger remembers of tokens, in the chain of the deployment. What is reported is an event of probes."""

from dataclasses import dataclass
from uuid import UUID

from apps.deployments.events import OfItem
from apps.ledger.events import committed, event


@dataclass(frozen=True, kw_only=True)
class OfToken(OfItem):
    """What concerns a token says which, and of which probe."""

    probe: UUID
    token: UUID
    name: str = committed()


@event("token.issued", "made the token “{name}”, by which a script reports to item {number} until {until}")
class TokenIssued(OfToken):
    """A script may report to the probe of an item from now on. The row that the entry proves has its digest."""

    until: str


@event("token.revoked", "revoked the token “{name}” of item {number}")
class TokenRevoked(OfToken):
    """Nobody reports by it any more."""
