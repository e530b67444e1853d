"""Who may propose, approve and withdraw commands, and why not."""

from apps.accounts.models import Team, User
from apps.accounts.roles import READS_ONLY, Capability
from apps.core.permissions import ALLOW, Verdict, deny, not_now
from apps.signoff import permissions as signoff

from .models import SWITCHED_OFF, Command

WITHDRAWN = "This command was withdrawn. Propose it again if it is to run."


def propose_command(user: User, team: Team) -> Verdict:
    """Members propose, once the team runs commands."""
    if not user.may(Capability.EDIT, team.pk):
        return deny(READS_ONLY)
    return ALLOW if team.runs_commands else not_now(SWITCHED_OFF)


def approve_command(user: User, command: Command) -> Verdict:
    """Two people approve; the second is a reviewer who did not propose it."""
    if command.withdrawn_at:
        return not_now(WITHDRAWN)
    if not (may := propose_command(user, command.team)):
        return may
    if not command.sign_off.turned and not user.may(Capability.REVIEW, command.team_id):
        return deny("A reviewer approves commands. Ask one of them.")
    return signoff.sign(user, command.sign_off)


def withdraw_command(user: User, command: Command) -> Verdict:
    """Any member takes a command out of use: stopping needs no second person."""
    if not user.may(Capability.EDIT, command.team_id):
        return deny(READS_ONLY)
    return not_now("This command is withdrawn already.") if command.withdrawn_at else ALLOW
