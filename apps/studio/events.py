"""What the ledger remembers about the editing of a draft. Each names the version and, where there is one, the part."""

from dataclasses import dataclass
from uuid import UUID

from apps.ledger.events import Event, committed, event


@dataclass(frozen=True, kw_only=True)
class DraftEvent(Event):
    """One edit of a draft; `what` says in words what it did."""

    version: UUID
    number: int
    what: str = committed()

    def text(self) -> str:
        return f"edited the draft of version {self.number}: {self.what}"


@event("draft.edited")
class DraftEdited(DraftEvent):
    """What the template says of itself was edited: its title, guidance, limits, variables, tiers or sheet."""


@event("draft_item.edited")
class DraftItemEdited(DraftEvent):
    """What an item says was edited."""


@event("draft_items.edited")
class DraftItemsEdited(DraftEvent):
    """One field of several items was set."""


@event("draft_items.added")
class DraftItemsAdded(DraftEvent):
    """Items came."""


@event("draft_items.removed")
class DraftItemsRemoved(DraftEvent):
    """Items went."""


@event("draft_items.moved")
class DraftItemsMoved(DraftEvent):
    """Items changed places."""


@event("draft_items.indented")
class DraftItemsIndented(DraftEvent):
    """Items became sub-items, or were brought up."""


@event("draft_section.added")
class DraftSectionAdded(DraftEvent):
    """A section came."""


@event("draft_section.edited")
class DraftSectionEdited(DraftEvent):
    """What a section says was edited."""


@event("draft_section.moved")
class DraftSectionMoved(DraftEvent):
    """A section changed places."""


@event("draft_section.removed")
class DraftSectionRemoved(DraftEvent):
    """A section and its items went."""


@event("draft_problem.accepted")
class DraftProblemAccepted(DraftEvent):
    """A problem that does not stand in the way of publishing was accepted with a reason, or is open again."""


@event("draft_content.replaced")
class DraftContentReplaced(DraftEvent):
    """What a draft says was replaced by a text; items that both have keep their keys."""


@event("step.undone")
class StepUndone(DraftEvent):
    """An edit was taken back."""


@event("step.redone")
class StepRedone(DraftEvent):
    """An edit that was taken back was made again."""
