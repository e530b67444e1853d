"""What the ledger remembers of deployments that run others again."""

from uuid import UUID

from apps.core.wording import plural
from apps.deployments.events import OfItem
from apps.ledger.events import Event, committed, event


@event("deployment.rerun")
class DeploymentRerun(Event):
    """A deployment that has ended was run again: how many items are carried over, and how many are open."""

    team: UUID
    number: int
    parent: UUID
    parent_code: str
    carried: int
    items: int
    change: str = committed()
    service: str = committed()
    version: str = committed()
    environment: str = committed()

    def text(self) -> str:
        return (
            f"ran {self.parent_code} again as {self.service} {self.version} → {self.environment}: "
            f"{plural(self.items - self.carried, 'item')} open, {self.carried or 'none'} carried over; {self.change}"
        )


@event("item.reopened", "opened item {number} again, which was carried over from {parent_code}")
class ItemReopened(OfItem):
    """An item that was carried over is done here instead."""

    parent_code: str
