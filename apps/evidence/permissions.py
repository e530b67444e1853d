from apps.accounts.models import Team, User
from apps.accounts.roles import Capability
from apps.core.permissions import ALLOW, Verdict, deny


def file_evidence(user: User, team: Team) -> Verdict:
    """Whether she may add proof."""
    if not user.may(Capability.EDIT, team.id):
        return deny("Your role reads only. Ask a lead for another role.")
    return ALLOW
