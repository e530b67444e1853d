"""Who may be done with a notice."""

from apps.accounts.models import User
from apps.core.permissions import ALLOW, Verdict, deny, not_now

from .models import Notice

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


def edit_reach(by: User, person: User) -> Verdict:
    """Everybody says it for themselves."""
    return ALLOW if by.pk == person.pk else deny("Everybody says only for themselves how they are reached.")


def finish_all(by: User) -> Verdict:
    """Everybody, with what is theirs."""
    return ALLOW
