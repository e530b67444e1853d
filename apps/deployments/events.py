"""What the ledger of a deployment remembers, in the past tense."""

from dataclasses import dataclass
from uuid import UUID

from apps.core.wording import agreeing, plural
from apps.ledger.events import Event, committed, event

MOST_LISTED = 12


def numbered(numbers: list[int]) -> str:
    """ "item 3", "items 3, 5 and 8"; with many, the first and how many more."""
    listed = [str(number) for number in numbers[:MOST_LISTED]]
    if len(numbers) > MOST_LISTED:
        listed.append(f"{len(numbers) - MOST_LISTED} more")
    words = " and ".join(filter(None, [", ".join(listed[:-1]), *listed[-1:]]))
    return f"{agreeing(len(numbers), 'item')} {words}"


@dataclass(frozen=True, kw_only=True)
class OfItem(Event):
    """What concerns one item says which."""

    item: UUID
    number: int


@dataclass(frozen=True, kw_only=True)
class RevisesItem(OfItem):
    """What changes what an item's keys cover says how many fell out."""

    invalidated: int

    def text(self) -> str:
        return super().text() + (f"; {plural(self.invalidated, 'key')} fell out" if self.invalidated else "")


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


@event("deployment.upgraded")
class DeploymentUpgraded(Event):
    """A newer version of its checklist was taken over. How many items and keys that concerned; the board is another."""

    version: UUID
    before: int
    after: int
    invalidated: int
    stayed: int
    added: int
    left: int
    changed: int

    def text(self) -> str:
        keys = f"{plural(self.invalidated, 'key')} fell out, {self.stayed or 'none'} stayed"
        return (
            f"upgraded its checklist from version {self.before} to {self.after}: {plural(self.added, 'item')} added, "
            f"{self.left or 'none'} left, {self.changed or 'none'} changed; {keys}"
        )


@event("deployment.edited")
class DeploymentEdited(Event):
    """The window was moved; an end that is open is empty."""

    window_start: str
    window_end: str
    start_before: str
    end_before: str

    def text(self) -> str:
        now = f"{self.window_start or 'open'} – {self.window_end or 'open'}"
        if not (self.start_before or self.end_before):
            return f"set the window to {now}"
        return f"moved the window from {self.start_before or 'open'} – {self.end_before or 'open'} to {now}"


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


@event("items.planned")
class ItemsPlanned(Event):
    """Until when items are to be done was said, or taken back; a day in UTC, empty for none."""

    items: list[str]
    numbers: list[int]
    due_on: str

    def text(self) -> str:
        what = numbered(self.numbers)
        return f"set {what} to be done until {self.due_on}" if self.due_on else f"took the due date from {what}"


@event("item.added", "added item {number}, which is not in the template: {title}")
class ItemAdded(Event):
    """An item was added on the board. It names no item, since open boards have no row of it yet."""

    added: UUID
    number: int
    title: str = committed()
    body: str = committed()


@event("item.edited", "changed the text of item {number}")
class ItemEdited(RevisesItem):
    """Title or text of an item changed; keys turned before fell out."""

    title: str = committed()
    body: str = committed()
    title_before: str = committed()
    body_before: str = committed()


@event("item.filled_in", "wrote down the result of item {number}")
class ItemFilledIn(RevisesItem):
    """Result or blanks of an item were written."""

    result: str = committed()
    fill_ins: list[dict[str, str]] = committed()
    result_before: str = committed()
    fill_ins_before: list[dict[str, str]] = committed()


@event("items.judged")
class ItemsJudged(Event):
    """An answer changed which items apply; of those that do not, why, by number."""

    items: list[str]
    apply: list[int]
    out: list[int]
    reasons: dict[str, str] = committed()

    def text(self) -> str:
        parts = [f"{numbered(self.out)} {agreeing(len(self.out), 'does', 'do')} not apply"] if self.out else []
        if self.apply:
            parts.append(f"{numbered(self.apply)} {agreeing(len(self.apply), 'applies', 'apply')} again")
        return f"changed which items apply: {', '.join(parts)}"


@event("item.signed", "turned key {slot} of {required} of item {number}: {meaning}")
class ItemSigned(OfItem):
    """One person turned a key of an item."""

    meaning: str
    slot: int
    required: int
    name: str = committed()


@event("item.rejected", "rejected item {number}: {reason}")
class ItemRejected(OfItem):
    """An item was sent back."""

    invalidated: int
    name: str = committed()
    reason: str = committed()


@event("item.key_withdrawn", "withdrew their key {slot} of item {number}: {reason}")
class ItemKeyWithdrawn(RevisesItem):
    """Whoever had turned a key took it back; every key of the item fell out."""

    slot: int
    name: str = committed()
    reason: str = committed()


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
