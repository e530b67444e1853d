"""The events of notices in the instance's ledger."""

from apps.ledger.events import Event, event


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
