"""What the ledger remembers of what people said."""

from uuid import UUID

from apps.deployments.events import OfItem
from apps.ledger.events import committed, event

MOST_QUOTED = 300


@event("comment.written")
class CommentWritten(OfItem):
    """Somebody said something about an item. `mentioned` are the ids of whom it mentions."""

    comment: UUID
    mentioned: list[str]
    said: str = committed()

    def text(self) -> str:
        quoted = self.said if len(self.said) <= MOST_QUOTED else f"{self.said[:MOST_QUOTED]}…"
        return f"wrote about item {self.number}: {quoted}"


@event("comment.withdrawn", "withdrew a comment about item {number}; what it said stays on record")
class CommentWithdrawn(OfItem):
    """Whoever said it takes it back."""

    comment: UUID
