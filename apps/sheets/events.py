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


@event("deployment.reopening_asked", "asked to reopen the deployment: {reason}")
class ReopeningAsked(Event):
    """Somebody wants to open again what has ended."""

    reopening: UUID
    name: str = committed()
    reason: str = committed()


@event("deployment.reopening_ended", "ended the question to reopen the deployment: {why}")
class ReopeningEnded(Event):
    """It was taken back or declined; the deployment stays closed."""

    reopening: UUID
    why: str = committed()


@event("deployment.reopened")
class DeploymentReopened(Event):
    """A second person agreed: what had ended with this outcome is in review again."""

    reopening: UUID
    outcome: str
    asked_by: UUID
    name: str = committed()
    asked_by_name: str = committed()
    reason: str = committed()

    def text(self) -> str:
        ended = self.outcome.replace("_", " ")
        return f"agreed to reopen what was closed as {ended}, as {self.asked_by_name} had asked: {self.reason}"
