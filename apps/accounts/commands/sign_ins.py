"""Who signs in, with which password, and how long wrong ones wait."""

from django.contrib.auth import authenticate, hashers
from django.db import transaction
from django.utils import timezone

from apps.accounts import events, permissions, rules
from apps.accounts.models import OpenSession, SignInTries, User
from apps.core.errors import NotAllowed
from apps.core.permissions import require
from apps.core.wording import plural
from apps.ledger import commands as ledger
from apps.live import publish as live

from .parts import count_try, end_sessions, suspend_signing, tries_of


def sign_in(username: str, password: str, *, address: str, by: ledger.Actor, browser: str = "") -> User:
    """Return whose name and password these are, or refuse and say how long to wait.

    Who has second factors is not signed in by it: the view asks for one of them.

    browser: what names a browser in which this name signed in before. It waits for its own wrong passwords only, also
    where somebody guesses the same name behind the same address.
    The try is counted before the password is looked at, so that many at once wait like many in a row.
    """
    where = browser or address
    tries, wait = _count_try(where, username, is_known=bool(browser))
    person = authenticate(username=username, password=password)
    rehashed = _rehashed(person, password) if isinstance(person, User) else ""
    with transaction.atomic():
        if isinstance(person, User):
            _forget_tries(where, username)
            person = _locked(person, rehashed)
            accepted = events.PasswordAccepted() if person.second_factors else events.SignedIn()
            ledger.record(ledger.INSTANCE, accepted, by=person, rows=[person])
            return person
        known = User.objects.called(username.strip()).values_list("username", flat=True).first()
        event = events.SignInFailed(tries=tries, username=known or "", address=address)
        ledger.record(ledger.INSTANCE, event, by=by)
    raise NotAllowed("Name or password is wrong." + (f" Next try in {plural(wait, 'second')}." if wait > 1 else ""))


def _rehashed(person: User, password: str) -> str:
    """The password hashed as settings ask for today; empty where it is stored so already."""
    today = hashers.get_hasher()
    is_of_today = hashers.identify_hasher(person.password).algorithm == today.algorithm
    return "" if is_of_today and not today.must_update(person.password) else hashers.make_password(password)


def _locked(found: User, rehashed: str) -> User:
    """The person as they are now, locked; a password that was `rehashed` is stored."""
    person = User.objects.select_for_update(no_key=True).get(pk=found.pk)
    if person.password != found.password:
        raise NotAllowed("Your password was changed a moment ago. Sign in with the new one.")
    if rehashed:
        person.password = rehashed
        person.save(update_fields=["password"])
    return person


@transaction.atomic
def sign_out(*, by: User) -> None:
    """Note that somebody signed out; the view ends the session."""
    require(permissions.sign_out(by))
    OpenSession.objects.filter(person=by, session_key=by.session_key).delete()
    ledger.record(ledger.INSTANCE, events.SignedOut(), by=by)


@transaction.atomic
def become(person: User, *, by: ledger.Actor) -> User:
    """Let anyone be `person`, in a demo."""
    require(permissions.become(person))
    ledger.record(ledger.INSTANCE, events.Became(person=person.pk, name=person.full_name), by=by)
    return person


def change_password(
    person: User, *, by: ledger.Actor, password: str, old: str | None = None, session: str = ""
) -> User:
    """Set a new password; every other session of this person ends. Without the old one it suspends signing for a day.

    session: the key of the one that goes on. old: what somebody at a page types as the password so far; as in a
    sign-in, the try is counted before it is read.
    """
    if old is not None:
        _confirm_password(person, old, by=by)
    return _set_password(person, by=by, hashed=hashers.make_password(password), session=session, is_reset=old is None)


def _confirm_password(person: User, old: str, *, by: ledger.Actor) -> None:
    tries, wait = count_try(rules.password_key(person.pk))
    is_right = User.objects.get(pk=person.pk).check_password(old)
    with transaction.atomic():
        if is_right:
            SignInTries.objects.filter(key=rules.password_key(person.pk)).delete()
            return
        ledger.record(ledger.INSTANCE, events.PasswordRefused(person=person.pk, tries=tries), by=by)
    raise NotAllowed("This is not your password now." + (f" Next try in {plural(wait, 'second')}." if wait > 1 else ""))


@transaction.atomic
def _set_password(person: User, *, by: ledger.Actor, hashed: str, session: str, is_reset: bool) -> User:
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    require(permissions.change_password(by, person))
    person.password = hashed
    person.save(update_fields=["password"])
    if is_reset:
        suspend_signing(person, rules.Suspension.PASSWORD_SET)
    end_sessions(person, but=session)
    event = events.PasswordChanged(person=person.pk, name=person.full_name)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[person])
    live.announce(live.PEOPLE)
    return person


@transaction.atomic
def _count_try(address: str, username: str, *, is_known: bool) -> tuple[int, int]:
    """Count one try under all its keys, or refuse while one of them waits.

    Returns how many tries of the name from there it makes, and the seconds until the next one. Where the name signed
    in before, it waits for its own tries only: those from elsewhere, or of other names from the same office, could
    lock its owner out for ever.
    """
    now, limits = timezone.now(), rules.limits(address, username)
    rows = tries_of(limits, now)
    mine = rows[rules.tries_key(address, username)]
    counted = [mine] if is_known or mine.was_right else list(rows.values())
    require(permissions.sign_in(max(row.waits_until for row in counted), now))
    for row in counted:
        row.count(now, *limits[row.key])
    SignInTries.objects.bulk_update(counted, ["tries", "last_at", "waits_until"])
    return mine.tries, int((max(row.waits_until for row in counted) - now).total_seconds())


def _forget_tries(address: str, username: str) -> None:
    """Begin to count anew after a right password. Of the address only this try is taken back: it counts wrong ones."""
    all_of_it, here = rules.tries_key(address), rules.tries_key(address, username)
    rows = {row.key: row for row in SignInTries.objects.lock([here, rules.tries_key("", username), all_of_it])}
    if rows[here].was_right:
        del rows[all_of_it]  # which did not count it, and may go on waiting for somebody else's
    for row in rows.values():
        row.tries, row.waits_until = max(0, row.tries - 1) if row.key == all_of_it else 0, row.last_at
        row.was_right = row.key != all_of_it
    SignInTries.objects.bulk_update(rows.values(), ["tries", "waits_until", "was_right"])
