"""How often a deployment was opened again after it had ended, and which entries came of that."""

from collections.abc import Iterator, Sequence

from apps.deployments.events import DeploymentCancelled
from apps.deployments.models import Deployment
from apps.deployments.states import Outcome
from apps.ledger.models import Entry
from apps.records.document import facts
from apps.sheets.events import DeploymentReopened, SheetVerified

from . import words

ENDS = (SheetVerified.kind, DeploymentCancelled.kind)


def amendments(deployment: Deployment, entries: Sequence[Entry]) -> Iterator[facts.Amendment]:
    """Each with the numbers of its entries, up to where it ended again or to the last one."""
    reopened = [entry.sequence for entry in entries if entry.kind == DeploymentReopened.kind]
    ended = [entry.sequence for entry in entries if entry.kind in ENDS]
    agreed = deployment.reopenings.exclude(agreed_at=None).order_by("asked_at", "pk")
    rows = agreed.select_related("sign_off").prefetch_related("sign_off__signatures")
    for row, first in zip(rows, reopened, strict=False):
        yield facts.Amendment(
            closed_at=row.closed_at,
            outcome=words.OUTCOMES[Outcome(row.outcome)],
            closed_by=row.closed_by_name,
            asked_by=row.asked_by_name,
            agreed_by=row.sign_off.turned[-1].name,
            reason=row.reason,
            at=row.agreed_at,
            first=first,
            last=next((last for last in ended if last > first), entries[-1].sequence),
        )
