"""What the ledger remembers of comments."""

from uuid import UUID

from apps.deployments.events import OfItem
from apps.ledger.events import committed, event

MOST_QUOTED = 300


@event("comment.written")
class CommentWritten(OfItem):
    """Somebody commented on an item. `mentioned` are the ids of whom it mentions."""

    comment: UUID
    mentioned: list[str]
    message: str = committed()

    def text(self) -> str:
        quoted = self.message if len(self.message) <= MOST_QUOTED else f"{self.message[:MOST_QUOTED]}…"
        return f"wrote about item {self.number}: {quoted}"


@event("comment.withdrawn", "withdrew a comment about item {number}; its text stays on record")
class CommentWithdrawn(OfItem):
    """Whoever wrote it takes it back."""

    comment: UUID
