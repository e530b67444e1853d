"""The events of notices in the instance's ledger."""

from uuid import UUID

from apps.ledger.events import Event, committed, event


@event("reach.edited")
class ReachEdited(Event):
    """Somebody chose how they are reached; `paces` has the kinds for which they chose another than the usual."""

    paces: dict[str, str]
    quiet_from: int
    quiet_to: int
    digest_at: int

    def text(self) -> str:
        quiet = "" if self.quiet_from == self.quiet_to else f", quiet from {self.quiet_from}:00 to {self.quiet_to}:00"
        return f"chose how they are reached: digest at {self.digest_at}:00{quiet}"


@event("webhook.made", "made the webhook “{name}” to {place}")
class WebhookMade(Event):
    """A team has its word sent somewhere; the address is a secret of the team."""

    team: UUID
    webhook: UUID
    shape: str
    kinds: list[str]
    name: str = committed()
    place: str = committed()


@event("webhook.removed", "removed the webhook “{name}”")
class WebhookRemoved(Event):
    """Nothing is sent there any more; what was sent stays in its log."""

    team: UUID
    webhook: UUID
    name: str = committed()
