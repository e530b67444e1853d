"""Writing down the way back."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from django.db import transaction

from apps.accounts.models import User
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.deployments import permissions
from apps.deployments.events import RollbackPlanFilledIn
from apps.deployments.models import Deployment
from apps.ledger import commands as ledger
from apps.rollback.models import RollbackPlan, Step


@transaction.atomic
def fill_in_rollback_plan(
    deployment: Deployment,
    *,
    by: User,
    owner: User | None,
    steps: Sequence[Step],
    verification: str,
    last_rehearsed_on: date | None,
) -> RollbackPlan:
    """Replace the rollback plan with what was written."""
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.fill_in_rollback_plan(by, deployment))
    if owner and not owner.memberships.filter(team=deployment.team).exists():
        raise WrongState(f"{owner.full_name} is not in {deployment.team.name}. Choose somebody who is.")
    plan = deployment.rollback_plan
    plan.owner, plan.verification, plan.last_rehearsed_on = owner, verification, last_rehearsed_on
    plan.steps = [asdict(step) for step in steps]
    plan.save(update_fields=["owner", "verification", "last_rehearsed_on", "steps"])
    filled = RollbackPlanFilledIn(
        owner=plan.owner_id,
        steps=len(steps),
        last_rehearsed_on=last_rehearsed_on.isoformat() if last_rehearsed_on else "",
        missing=plan.missing,
        plan=plan.content(),
    )
    ledger.record(deployment.stream, filled, by=by, rows=[plan])
    return plan
