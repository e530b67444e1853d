"""Who may prove who they are, and why not now."""

from dataclasses import replace
from datetime import datetime
from math import ceil

from apps.accounts.models import User
from apps.core import mail
from apps.core.clock import Clock
from apps.core.permissions import ALLOW, Verdict, deny, not_now
from apps.core.wording import plural

from .models import Factor, Tries
from .rules import MOST_PASSKEYS, Known, is_way_in

NO_MAIL = "This Keyturn sends no mail, so an address is of no use. Whoever runs it sets KEYTURN_MAIL_URL."


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


def change_factors(person: User, tries: Tries | None, now: datetime) -> Verdict:
    """Whether password and code are looked at now; a passkey is in any case."""
    if tries is None or tries.paused_until is None or tries.paused_until <= now:
        return ALLOW
    minutes = ceil((tries.paused_until - now).total_seconds() / 60)
    return not_now(f"Nothing was changed: after too many wrong tries this pauses for {plural(minutes, 'minute')}.")


def change_address(by: User, email: str) -> Verdict:
    """Everybody has one address, another one or none; without mail none would be of use."""
    if email == by.email:
        return not_now("This is your address already." if email else "You have no address that could be taken away.")
    return ALLOW if mail.is_configured() or not email else not_now(NO_MAIL)


def add_codes(by: User) -> Verdict:
    """Everybody may have one-time codes."""
    return ALLOW


def remove_codes(by: User, known: Known) -> Verdict:
    """Whoever has them may go without."""
    return ALLOW if known.codes else not_now("You have no one-time codes.")


def add_passkey(by: User, known: Known) -> Verdict:
    """Everybody may have passkeys, so many and no more."""
    return (
        ALLOW if known.passkeys < MOST_PASSKEYS else not_now(f"{MOST_PASSKEYS} passkeys are enough. Remove one first.")
    )


def remove_passkey(by: User, passkey: Factor, known: Known) -> Verdict:
    """Everybody removes only their own, and not the only way in."""
    if passkey.user_id != by.pk:
        return deny("Everybody removes only their own passkeys.")
    if not is_way_in(replace(known, passkeys=known.passkeys - 1)):
        return not_now("This passkey is your only way in: you have no password. Add another passkey first.")
    return ALLOW


def rename_passkey(by: User, passkey: Factor) -> Verdict:
    """Everybody says what their own are called."""
    return ALLOW if passkey.user_id == by.pk else deny("Everybody names only their own passkeys.")


def make_recovery_codes(by: User, known: Known) -> Verdict:
    """They stand in for a second factor that was lost."""
    if known.codes or known.passkeys:
        return ALLOW
    return not_now("Recovery codes stand in for one-time codes or a passkey. Add one of these first.")


def confirm_sign_in(person: User) -> Verdict:
    """Who typed the right password a moment ago."""
    return ALLOW


def sign_in_by_passkey(person: User) -> Verdict:
    """Whoever holds a passkey of theirs."""
    return ALLOW
