from uuid import UUID

from apps.accounts.models import Team, User
from apps.accounts.roles import Capability
from apps.core.permissions import ALLOW, Verdict, deny

from .models import Probe, Series


def define_probe(user: User, team: Team) -> Verdict:
    """Whether they may say what is asked automatically."""
    return _edits(user, team.id, "Ask an admin of the team for another role, or a colleague to set up the probe.")


try_probe = define_probe


def change_probe(user: User, probe: Probe) -> Verdict:
    """Whether they may change what is asked."""
    return _edits(user, probe.team_id, "Ask an admin of the team for another role, or a colleague to change the probe.")


def request_runs(user: User, probe: Probe) -> Verdict:
    """Whether they may have it asked now. Running a probe is not contributing."""
    return _edits(user, probe.team_id, "Ask a colleague to run the probe.")


def schedule_probe(user: User, probe: Probe) -> Verdict:
    """Whether they may have it asked by the clock."""
    return _edits(user, probe.team_id, "Ask a colleague to schedule the probe.")


def record_report(user: User, probe: Probe) -> Verdict:
    """Whether what they measured, or what reports by their token, is taken."""
    return _edits(user, probe.team_id, "Ask a colleague to measure it.")


def set_baseline(user: User, probe: Probe) -> Verdict:
    """Whether they may say what later runs are compared with; it judges nothing."""
    return _edits(user, probe.team_id, "Ask a colleague to set the baseline.")


def cancel_series(user: User, series: Series) -> Verdict:
    """Whether they may call off what nobody has begun; whoever may order it may."""
    return _edits(user, series.team_id, "Ask a colleague to cancel the runs.")


def _edits(user: User, team_id: UUID, instead: str) -> Verdict:
    return ALLOW if user.may(Capability.EDIT, team_id) else deny(f"Your role reads only. {instead}")
