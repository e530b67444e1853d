from apps.accounts.models import Team, User
from apps.accounts.roles import Capability
from apps.core.permissions import ALLOW, Verdict, deny

from .models import Probe


def define_probe(user: User, team: Team) -> Verdict:
    """Whether they may say what is asked automatically."""
    if not user.may(Capability.EDIT, team.id):
        return deny("Your role reads only. Ask a lead for another role, or a colleague to set up the probe.")
    return ALLOW


def change_probe(user: User, probe: Probe) -> Verdict:
    """Whether they may change what is asked."""
    if not user.may(Capability.EDIT, probe.team_id):
        return deny("Your role reads only. Ask a lead for another role, or a colleague to change the probe.")
    return ALLOW


def request_run(user: User, probe: Probe) -> Verdict:
    """Whether they may have it asked now. Running a probe is not contributing."""
    if not user.may(Capability.EDIT, probe.team_id):
        return deny("Your role reads only. Ask a colleague to run the probe.")
    return ALLOW
