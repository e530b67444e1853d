"""What the ledger of a deployment remembers, in the past tense."""

from uuid import UUID

from apps.core.wording import plural
from apps.ledger.events import Event, committed, event


@event("deployment.created", "created {service} {version} → {environment} with {items} items")
class DeploymentCreated(Event):
    """A deployment was made from a checklist, with so many items."""

    team: UUID
    number: int
    items: int
    service: str = committed()
    version: str = committed()
    environment: str = committed()


@event("review.opened", "opened the review")
class ReviewOpened(Event):
    """Keys can be turned from now on."""


@event("deployment.edited")
class DeploymentEdited(Event):
    """The window was moved."""

    window_start: str
    window_end: str

    def text(self) -> str:
        return f"set the window to {self.window_start or 'open'} – {self.window_end or 'open'}"


@event("deployment.cancelled", "cancelled the deployment: {reason}")
class DeploymentCancelled(Event):
    """The deployment was given up."""

    reason: str = committed()


@event("items.assigned")
class ItemsAssigned(Event):
    """Items got an owner, or lost theirs."""

    items: list[str]
    numbers: list[int]
    owner: UUID | None
    owner_name: str = committed()

    def text(self) -> str:
        what = f"item {self.numbers[0]}" if len(self.numbers) == 1 else plural(len(self.numbers), "item")
        return f"assigned {what} to {self.owner_name}" if self.owner else f"took {what} from its owner"


@event("item.edited")
class ItemEdited(Event):
    """Title or text of an item changed; keys turned before fell out."""

    item: UUID
    number: int
    invalidated: int
    title: str = committed()
    body: str = committed()

    def text(self) -> str:
        return f"changed the text of item {self.number}{keys_lost(self.invalidated)}"


@event("item.filled_in")
class ItemFilledIn(Event):
    """Result or blanks of an item were written."""

    item: UUID
    number: int
    invalidated: int
    result: str = committed()
    fill_ins: list[dict[str, str]] = committed()

    def text(self) -> str:
        return f"wrote down the result of item {self.number}{keys_lost(self.invalidated)}"


@event("item.signed", "turned key {slot} of {required} of item {number}: {meaning}")
class ItemSigned(Event):
    """One person turned a key of an item."""

    item: UUID
    number: int
    meaning: str
    slot: int
    required: int
    name: str = committed()


@event("item.rejected", "rejected item {number}: {reason}")
class ItemRejected(Event):
    """An item was sent back."""

    item: UUID
    number: int
    invalidated: int
    name: str = committed()
    reason: str = committed()


@event("waiver.requested", "asked for a waiver of item {number}: {justification}")
class WaiverRequested(Event):
    """Somebody asked to go without an item."""

    item: UUID
    number: int
    waiver: UUID
    required: int
    justification: str = committed()


@event("waiver.approved", "approved the waiver of item {number} ({slot} of {required})")
class WaiverApproved(Event):
    """Another person agreed to go without an item."""

    item: UUID
    number: int
    waiver: UUID
    meaning: str
    slot: int
    required: int
    name: str = committed()


@event("waiver.ended", "ended the waiver of item {number}: {why}")
class WaiverEnded(Event):
    """A waiver no longer holds or is no longer asked for."""

    item: UUID
    number: int
    waiver: UUID
    why: str = committed()


@event("rollback_plan.filled_in")
class RollbackPlanFilledIn(Event):
    """The way back was written down."""

    owner: UUID | None
    steps: int
    last_rehearsed_on: str
    missing: list[str]
    plan: dict[str, object] = committed()

    def text(self) -> str:
        state = f"still missing {', '.join(self.missing)}" if self.missing else "complete"
        return f"wrote the rollback plan: {self.steps} steps, {state}"


def keys_lost(invalidated: int) -> str:
    """How a sentence ends that cost so many keys."""
    return f"; {plural(invalidated, 'key')} fell out" if invalidated else ""
