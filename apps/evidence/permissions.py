from apps.accounts.models import Team, User
from apps.accounts.roles import READS_ONLY, Capability
from apps.core.permissions import ALLOW, Verdict, deny


def file_evidence(user: User, team: Team) -> Verdict:
    """Whether they may add proof."""
    return ALLOW if user.may(Capability.EDIT, team.id) else deny(READS_ONLY)
