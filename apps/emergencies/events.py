"""What the ledger remembers of the emergency lane, in the past tense."""

from uuid import UUID

from apps.core.wording import plural
from apps.deployments.events import numbered
from apps.ledger.events import Event, committed, event


@event("emergency.authorised")
class EmergencyAuthorised(Event):
    """One decider let it go before every key was turned."""

    emergency: UUID
    meaning: str
    numbers: list[int]
    due_at: str
    reviewer: UUID
    name: str = committed()
    reviewer_name: str = committed()
    reason: str = committed()

    def text(self) -> str:
        owed = f"{numbered(self.numbers)} and a review are owed until {self.due_at}"
        return f"authorised the emergency lane alone; {owed}: {self.reason}"


@event("emergency.review_written", "wrote the review of the emergency lane")
class ReviewWritten(Event):
    """Somebody wrote the review and turned its first key."""

    review: UUID
    meaning: str
    slot: int
    name: str = committed()
    findings: str = committed()
    prevention: str = committed()


@event("emergency.review_sent_back", "sent the review of the emergency lane back: {reason}")
class ReviewSentBack(Event):
    """The review was not accepted."""

    review: UUID
    name: str = committed()
    reason: str = committed()


@event("emergency.review_verified")
class ReviewVerified(Event):
    """A second person signed the review; `unsigned` items were still owed."""

    review: UUID
    meaning: str
    slot: int
    unsigned: int
    name: str = committed()

    def text(self) -> str:
        rest = f"; the keys of {plural(self.unsigned, 'item')} are still owed" if self.unsigned else ""
        return f"verified the review of the emergency lane{rest}"
