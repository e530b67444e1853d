"""Writing down the way back."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from textwrap import indent

from django.db import transaction

from apps.accounts.models import User
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.core.shown import require_unchanged, texts
from apps.deployments import permissions
from apps.deployments.events import RollbackPlanFilledIn
from apps.deployments.models import Deployment
from apps.ledger import commands as ledger
from apps.rollback.models import EDITED, PlanAuthor, RollbackPlan, Step

INDENT = "   "


@transaction.atomic
def fill_in_rollback_plan(
    deployment: Deployment,
    *,
    by: User,
    owner: User | None,
    steps: Sequence[Step],
    verification: str,
    last_rehearsed_on: date | None,
    shown: str | None = None,
) -> RollbackPlan:
    """Replace the rollback plan with what was written, unless it changed since it was `shown`."""
    deployment = Deployment.objects.lock(deployment.pk)
    require(permissions.fill_in_rollback_plan(by, deployment))
    if owner and not owner.memberships.filter(team=deployment.team).exists():
        raise WrongState(f"{owner.full_name} is not in {deployment.team.name}. Choose somebody who is.")
    plan = deployment.rollback_plan
    before, content = written(plan), plan.content()
    plan.owner, plan.verification, plan.last_rehearsed_on = owner, verification, last_rehearsed_on
    plan.steps = [asdict(step) for step in steps]
    require_unchanged(shown, before, written(plan))
    authors = _remember_author(plan, by=by) if plan.content() != content else []
    plan.save(update_fields=[*EDITED, "written_by", "written_by_name"])
    filled = RollbackPlanFilledIn(
        owner=plan.owner_id,
        steps=len(steps),
        last_rehearsed_on=last_rehearsed_on.isoformat() if last_rehearsed_on else "",
        missing=plan.missing(str(owner or "")),
        plan=plan.content(),
    )
    ledger.record(deployment.stream, filled, by=by, rows=[plan, *authors])
    return plan


def _remember_author(plan: RollbackPlan, *, by: User) -> list[PlanAuthor]:
    """Whoever changes the plan wrote what the keys of the sheet cover. Returns the new row, if it is one."""
    plan.written_by, plan.written_by_name = by, by.full_name
    author, is_new = PlanAuthor.objects.get_or_create(plan=plan, person=by, defaults={"name": by.full_name})
    return [author] if is_new else []


def written(plan: RollbackPlan) -> dict[str, str]:
    """What the form of the plan edits. Commands are indented, so that none reads like a step of its own."""
    steps = "\n".join(
        f"{place}. {step['title']}\n{indent(step['command'], INDENT)}" for place, step in enumerate(plan.steps, 1)
    )
    day = plan.last_rehearsed_on
    return texts(owner=plan.owner, steps=steps, verification=plan.verification, last_rehearsed_on=day)
