"""What a deployment that went by the emergency lane still owes, and what one that would go lacks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.core.wording import plural
from apps.deployments.models import Deployment, Emergency, EmergencyReview

from .summaries import ItemSummary, summaries


@dataclass(frozen=True)
class Debts:
    """What an emergency owes: the items of then as they stand now, of which some lack keys, and its review."""

    emergency: Emergency
    review: EmergencyReview
    items: Sequence[ItemSummary]

    @property
    def unsigned(self) -> list[ItemSummary]:
        """Those of its items that still lack a key, and that nothing lets through."""
        return [item for item in self.items if item.lacks_keys]

    @property
    def is_reviewed(self) -> bool:
        """Whether two people signed its review."""
        return self.review.sign_off.is_settled

    @property
    def is_settled(self) -> bool:
        """Whether both debts are paid."""
        return self.is_reviewed and not self.unsigned

    @property
    def why_not_end(self) -> str:
        """Why its deployment cannot end yet; empty if it can."""
        owed = [f"the keys of {plural(len(self.unsigned), 'item')}"] if self.unsigned else []
        owed += [] if self.is_reviewed else ["a review that two people signed"]
        return f"This went by the emergency lane and still owes {' and '.join(owed)}. Then it can end." if owed else ""

    def is_overdue(self, now: datetime) -> bool:
        """Whether something is owed although its time is over."""
        due_at = self.emergency.due_at
        return due_at is not None and now > due_at and not self.is_settled


def debts_of(deployment: Deployment, items: Iterable[ItemSummary] | None = None) -> Debts | None:
    """What it owes, if it went by the emergency lane; `items`, where they are read already. Up to five queries."""
    found = Emergency.objects.filter(deployment=deployment).select_related("review__sign_off", "sign_off")
    signed = ("signatures", "contributions", "revisions", "rejections")
    emergency = found.prefetch_related(
        "owed", "sign_off__signatures", *(f"review__sign_off__{name}" for name in signed)
    ).first()
    if emergency is None:
        return None
    emergency.deployment = deployment
    emergency.review.emergency = emergency
    owed = {row.item_id for row in emergency.owed.all()}
    items = summaries(deployment) if items is None else items
    return Debts(emergency, emergency.review, [item for item in items if item.id in owed])
