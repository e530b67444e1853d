"""Writing a rollback plan. Called inside its owner's transaction, and the owner records it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from apps.accounts.models import User
from apps.core.permissions import require

from . import permissions
from .models import RollbackPlan


@dataclass(frozen=True)
class Step:
    """One step as written: what to do and, optionally, the command that does it."""

    title: str
    command: str = ""


def fill_in_plan(
    plan: RollbackPlan,
    *,
    by: User,
    owner: User | None,
    steps: Sequence[Step],
    verification: str,
    last_rehearsed_on: date | None,
) -> RollbackPlan:
    """Replace the whole plan with what was written."""
    require(permissions.fill_in_plan(by, plan))
    plan.owner, plan.verification, plan.last_rehearsed_on = owner, verification, last_rehearsed_on
    plan.steps = [asdict(step) for step in steps]
    plan.save(update_fields=["owner", "verification", "last_rehearsed_on", "steps"])
    return plan
