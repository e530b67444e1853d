"""What open pages hear of a draft: that something changed, as long as they may look."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.sessions.models import Session
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists.models import ChecklistTemplate
from apps.ledger import selectors as ledger


@dataclass(frozen=True)
class DraftListener:
    """One open page: whose it is, in which session."""

    viewer: User
    session: str
    template: UUID
    stream: str

    def missed(self, after: int) -> tuple[int | None, list[str]]:
        """The newest entry; pages ask themselves what it changed for them."""
        return ledger.head(self.stream).sequence, []

    def may_listen(self) -> bool:
        """Whether session and membership are still those it began with."""
        is_open = Session.objects.filter(pk=self.session, expire_date__gt=timezone.now()).exists()
        return is_open and ChecklistTemplate.objects.visible_to(self.viewer).filter(pk=self.template).exists()
