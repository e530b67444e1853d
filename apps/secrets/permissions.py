"""Who may set, bind and remove secrets, and why not. Nobody may read one."""

from collections.abc import Sequence
from uuid import UUID

from apps.accounts.models import Team, User
from apps.accounts.roles import Capability
from apps.core.permissions import ALLOW, Verdict, deny, not_now
from apps.core.wording import plural

from .models import Secret

ONLY_ADMINS = "Only an admin of the team sets secrets. Ask one to do it."


def set_secret(by: User, team: Team) -> Verdict:
    """Whether they may give the team a secret."""
    return _leads(by, team.pk)


def rotate_secret(by: User, secret: Secret) -> Verdict:
    """Whether they may give it a new value."""
    return _leads(by, secret.team_id)


def bind_secret(by: User, secret: Secret) -> Verdict:
    """Whether they may say where it may be sent."""
    return _leads(by, secret.team_id)


def remove_secret(by: User, secret: Secret, *, used_by: Sequence[str]) -> Verdict:
    """Whether they may remove it; `used_by` are the names of what makes use of it now."""
    if used_by:
        others = f" and {plural(len(used_by) - 1, 'more')}" if len(used_by) > 1 else ""
        return not_now(f"“{used_by[0]}”{others} uses it. Let that ask without it, then remove the secret.")
    return _leads(by, secret.team_id)


def _leads(by: User, team_id: UUID) -> Verdict:
    return ALLOW if by.may(Capability.MANAGE, team_id) else deny(ONLY_ADMINS)
