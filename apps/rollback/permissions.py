from apps.accounts.models import User
from apps.accounts.roles import READS_ONLY, Capability
from apps.core.permissions import ALLOW, Verdict, deny

from .models import RollbackPlan


def fill_in_plan(user: User, plan: RollbackPlan) -> Verdict:
    """Whether they may write the plan."""
    return ALLOW if user.may(Capability.EDIT, plan.team_id) else deny(READS_ONLY)
