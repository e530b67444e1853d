from apps.accounts.models import User
from apps.accounts.roles import Capability
from apps.core.permissions import ALLOW, Verdict, deny

from .models import RollbackPlan


def fill_in_plan(user: User, plan: RollbackPlan) -> Verdict:
    """Whether she may write the plan."""
    if not user.may(Capability.EDIT, plan.team_id):
        return deny("Your role reads only. Ask a lead for another role.")
    return ALLOW
