"""Who may have a letter sent, and whether a link still works."""

from datetime import datetime
from math import ceil

from apps.accounts.models import User
from apps.core import mail
from apps.core.permissions import ALLOW, Verdict, deny, not_now
from apps.core.wording import plural

from .models import Letter

NO_MAIL = (
    "This Keyturn sends no mail. Ask whoever runs it to set a new password: python manage.py changepassword NAME. "
    "A passkey signs you in without one."
)
OVER = "This link does nothing now: it works once, and for 30 minutes. Ask for another one."
NOT_YOURS = "This link is of another account. Sign in with the one that wrote the address down, and open it again."
NO_LONGER = "This link does nothing now: it works once, and for a day. Write the address down again."


def ask_reset(waits_until: datetime | None, now: datetime) -> Verdict:
    """Whether a letter may be asked for at all, and for this address from there now."""
    if not mail.is_configured():
        return not_now(NO_MAIL)
    if waits_until and waits_until > now:
        minutes = ceil((waits_until - now).total_seconds() / 60)
        return not_now(f"This was asked for too often. Try again in {plural(minutes, 'minute')}.")
    return ALLOW


def reset_password(found: tuple[Letter, User] | None, now: datetime) -> Verdict:
    """Whether this link still sets a password."""
    if found is None or found[0].ends_at <= now or not found[1].has_usable_password():
        return not_now(OVER)
    return ALLOW


def verify_address(by: User, found: tuple[Letter, User] | None, now: datetime) -> Verdict:
    """Whether this link still confirms an address, to whom it is who is signed in."""
    if found is None or found[0].ends_at <= now:
        return not_now(NO_LONGER)
    return ALLOW if found[1].pk == by.pk else deny(NOT_YOURS)
