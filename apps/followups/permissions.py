"""Who may work on what is to be done afterwards, also once the deployment that left it has ended."""

from apps.accounts.models import User
from apps.accounts.roles import READS_ONLY, Capability
from apps.core.permissions import ALLOW, Verdict, deny, not_now

from .models import FollowUp


def close_follow_up(user: User, follow_up: FollowUp) -> Verdict:
    """Members say what was done."""
    if follow_up.closed_at:
        return not_now("This follow-up is closed; what was done stays as it was written.")
    return ALLOW if user.may(Capability.EDIT, follow_up.team_id) else deny(READS_ONLY)


change_follow_up = close_follow_up
