"""What the ledger remembers about proposals: in the chain of the deployment, and in that of the template."""

from dataclasses import dataclass
from uuid import UUID

from apps.deployments.events import OfItem
from apps.ledger.events import Event, committed, event


@dataclass(frozen=True, kw_only=True)
class ProposalEvent(Event):
    """What every entry of a template about a proposal says: which, and where it was learned."""

    team: UUID
    template: UUID
    proposal: UUID
    code: str
    item_title: str = committed()


@event("change.proposed", "proposed a change from {code}: {item_title}")
class ChangeProposed(ProposalEvent):
    """What became of an item on a deployment was proposed for the template."""


@event("proposal.taken", "took into the draft what {code} proposed: {item_title}")
class ProposalTaken(ProposalEvent):
    """The draft was changed as a deployment proposed."""


@event("proposal.dismissed", "dismissed what {code} proposed: {item_title}")
class ProposalDismissed(ProposalEvent):
    """The template stays as it is."""


@event("item.proposed", "proposed item {number} for the template, as it was {what} here")
class ItemProposed(OfItem):
    """The same in the chain of the deployment."""

    proposal: UUID
    what: str


@event("item.proposal_settled", "settled what was proposed of item {number}: {answer} the template")
class ItemProposalSettled(OfItem):
    """Whoever edits the template decided over a proposal."""

    proposal: UUID
    answer: str
