"""Who may prove who they are, and why not now."""

from datetime import datetime
from math import ceil

from apps.accounts.models import User
from apps.core.clock import Clock
from apps.core.permissions import ALLOW, Verdict, not_now
from apps.core.wording import plural

from .models import Tries


def prove(person: User, now: datetime) -> Verdict:
    """Whether they may sign at all now: not for a day after a change of what they prove themselves by."""
    until = person.signing_suspended_until
    if until is None or until <= now:
        return ALLOW
    why, when = person.get_signing_suspended_for_display(), Clock(person.time_zone).beside(until)
    return not_now(
        f"You sign again from {when}: signing is suspended for 24 hours because {why}. Somebody else of the team may "
        "sign meanwhile. If that was not you, end your other sessions and tell an admin of your team."
    )


def type_proof(tries: Tries, now: datetime) -> Verdict:
    """Whether a password or a code is looked at now. Nobody's guesses keep a passkey out."""
    if tries.paused_until is None or tries.paused_until <= now:
        return ALLOW
    minutes = ceil((tries.paused_until - now).total_seconds() / 60)
    return not_now(
        f"Nothing was signed: signing by password or code pauses for {plural(minutes, 'minute')} after too many wrong "
        "tries. A passkey works all the time."
    )
