from uuid import UUID

from apps.ledger.events import Event, event


@event("gate.moved")
class GateMoved(Event):
    """A gate began, or one of its keys was turned."""

    gate: UUID

    def text(self) -> str:
        return "did something to a gate"
