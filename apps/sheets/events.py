"""What the ledger remembers of sheets, in the past tense."""

from uuid import UUID

from apps.ledger.events import Event, committed, event


@event("sheet.completed", "completed the sign-off sheet: production-ready {answer}, verdict {verdict}")
class SheetCompleted(Event):
    """The sign-off sheet was filled in and signed for the first time."""

    sheet: UUID
    meaning: str
    slot: int
    answer: str
    verdict: str
    caveats_owner: UUID | None
    caveats_due_on: str
    name: str = committed()
    issues: str = committed()
    resolution: str = committed()
    caveats: str = committed()
    caveats_owner_name: str = committed()
    version: str = committed()


@event("sheet.sent_back", "sent the sign-off sheet back: {reason}")
class SheetSentBack(Event):
    """The sheet was not accepted."""

    sheet: UUID
    name: str = committed()
    reason: str = committed()


@event("sheet.verified")
class SheetVerified(Event):
    """A second person signed the sheet, which closed the deployment."""

    sheet: UUID
    meaning: str
    slot: int
    answer: str
    verdict: str
    outcome: str
    name: str = committed()

    def text(self) -> str:
        return f"verified the sign-off sheet and closed the deployment: {self.outcome.replace('_', ' ')}"
