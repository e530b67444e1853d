"""Who may be done with a notice."""

from apps.accounts.models import Team, User
from apps.accounts.roles import Capability
from apps.core.permissions import ALLOW, Verdict, deny, not_now

from .models import Notice, Webhook

ONLY_ADMINS = "Only an admin of the team says where its word is sent. Ask one to do it."
NOT_YOURS = "Only whoever a notice is for is done with it."


def finish_notice(by: User, notice: Notice) -> Verdict:
    """Whoever it is for; what waits leaves only by being done."""
    if by.pk != notice.person_id:
        return deny(NOT_YOURS)
    if notice.is_waiting:
        return not_now("This waits for you, so it leaves by being done: open it and do it, or give it to somebody.")
    return ALLOW


def reopen_notice(by: User, notice: Notice) -> Verdict:
    """Whoever it is for; what was settled by itself stays settled."""
    if by.pk != notice.person_id:
        return deny(NOT_YOURS)
    if notice.settled:
        return not_now("This was settled by what was done since, so there is nothing to take back.")
    return ALLOW


def make_webhook(by: User, team: Team) -> Verdict:
    """Whether they may have the team's word sent somewhere."""
    return ALLOW if by.may(Capability.MANAGE, team.pk) else deny(ONLY_ADMINS)


def remove_webhook(by: User, webhook: Webhook) -> Verdict:
    """Whether they may end that."""
    if not (may := make_webhook(by, webhook.team)):
        return may
    return not_now("This webhook was removed already.") if webhook.removed_at else ALLOW


def edit_reach(by: User, person: User) -> Verdict:
    """Everybody says it for themselves."""
    return ALLOW if by.pk == person.pk else deny("Everybody says only for themselves how they are reached.")


def finish_all(by: User) -> Verdict:
    """Everybody, with what is theirs."""
    return ALLOW
