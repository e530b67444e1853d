"""Proving who signs: what was typed or confirmed is looked at, counted, and never counts twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from apps.accounts.models import User
from apps.core.errors import Unproven
from apps.core.permissions import require
from apps.core.statements import fetched
from apps.core.wording import plural
from apps.factors import events, permissions, rules, selectors
from apps.factors.assertions import Assertion
from apps.factors.models import Factor, LastUse, SigningSeries, Tries
from apps.factors.rules import Known, Means
from apps.ledger import commands as ledger

# As SQL text: every key that is turned by password or code asks both, and putting them together took half of proving.
COUNT = """
UPDATE factors_tries SET last_at = %s, tries = CASE WHEN paused_until IS NOT NULL OR last_at < %s THEN 1 ELSE tries + 1
END, paused_until = CASE WHEN paused_until IS NULL AND last_at >= %s AND tries >= %s THEN %s END
WHERE person_id = %s AND (paused_until IS NULL OR paused_until <= %s) RETURNING tries
"""
FORGET = "UPDATE factors_tries SET tries = 0, paused_until = NULL WHERE person_id = %s"
LEFT = "{} left, then signing by password or code pauses for 15 minutes."
ENROL = "Nothing was signed: you have nothing to prove who you are by. Add a passkey or one-time codes to your account."


@dataclass(frozen=True)
class Claim:
    """What somebody typed or confirmed to prove who they are."""

    purpose: str
    password: str
    code: str
    confirm: bool


@dataclass(frozen=True)
class Proof:
    """That it was this person: by which means, in which series, and over which statement where a passkey signed one.

    passkey: id and public key of that passkey (assertions.passkey_of).
    """

    person: User
    means: Means
    series: SigningSeries
    assertion: Assertion | None = None
    passkey: Mapping[str, str] | None = None


def prove(
    *,
    by: User,
    purpose: str,
    password: str = "",
    code: str = "",
    assertion: str = "",
    statement: str = "",
    confirm: bool = False,
) -> Proof:
    """Return what shows that it is `by` who signs, or refuse and count the wrong try before it is looked at.

    The first signing of a series asks for everything that the person can show, later ones for one factor of it.
    purpose: what it is for; the same sent twice counts once. assertion: what their passkey answered, as JSON;
    statement: what it was asked to sign, as the server sent it.
    """
    now = timezone.now()
    require(permissions.prove(by, now))
    known, series = selectors.known(by), selectors.open_series(by, selectors.session_of(by), now)
    if assertion:
        signed = Assertion.read(assertion, statement, person=by, session=selectors.session_of(by), now=now)
        return _by_passkey(signed, purpose, by, series, now)
    claim = Claim(purpose, password, code, confirm)
    means = rules.typed_means(known, in_series=series is not None)
    if means is None:
        return _by_tick(claim, by, known, series, now)
    _count_try(by, now)
    if not _fits(claim, by, means, now):
        raise Unproven(_wrong(by, means))
    _forget_tries(by)
    return Proof(by, means, series or _begin(by, means, now))


def _by_tick(claim: Claim, by: User, known: Known, series: SigningSeries | None, now: datetime) -> Proof:
    """Only the people of a demonstration have neither password nor factor and sign all the same."""
    if known.can_prove or not settings.KEYTURN_DEMO:
        raise Unproven(ENROL if not known.can_prove else "Nothing was signed: confirm by your passkey.")
    if not claim.confirm:
        raise Unproven("Nothing was signed: confirm that you read this and sign it.")
    return Proof(by, Means.TICK, series or _begin(by, Means.TICK, now))


def _by_passkey(assertion: Assertion, purpose: str, by: User, series: SigningSeries | None, now: datetime) -> Proof:
    """A passkey shows everything at once; wrong passwords of others never keep it out."""
    factor = next((f for f in selectors.passkeys(by) if f.credential.credential_id == assertion.credential_id), None)
    if factor is None:
        raise Unproven("Nothing was signed: this passkey is not one of yours. Choose another, or add it first.")
    assertion.check(factor.credential)
    if not counts_on(factor, assertion.counter, purpose):
        raise Unproven("Nothing was signed: this passkey counted on from an older copy of itself. Use another one.")
    return Proof(by, Means.PASSKEY, series or _begin(by, Means.PASSKEY, now), assertion, factor.passkey)


def _begin(by: User, means: Means, now: datetime) -> SigningSeries:
    """A new series, stored with the first signature of it."""
    row = SigningSeries(
        person=by, person_name=by.full_name, session=selectors.session_of(by), means=means, began_at=now
    )
    row.ends_at = now + rules.SERIES
    return row


def _fits(claim: Claim, by: User, means: Means, now: datetime) -> bool:
    """Whether what was typed is right. Both are looked at in any case: how long it takes tells nothing."""
    asks_password, asks_code = means in rules.BY_PASSWORD, means in rules.BY_CODE
    password = not asks_password or by.check_password(claim.password)
    step = _step_of(claim.code, by, now) if asks_code else None
    if not password or (asks_code and step is None):
        return False
    return step is None or _use(step[0], step[1], claim.purpose)


def _step_of(code: str, by: User, now: datetime) -> tuple[Factor, int] | None:
    """The factor and the time step of RFC 6238 that a code stands for; None for a wrong one."""
    factor = selectors.codes(by)
    typed = "".join(code.split())
    if factor is None or not typed.isascii():
        return None
    secret = decrypt(factor.data["secret"])
    right = [
        step
        for step in rules.time_steps(now)
        if constant_time_compare(typed, format_hotp_value(hotp_value(secret, step)))
    ]
    return (factor, right[-1]) if right else None


def counts_on(factor: Factor, counter: int, purpose: str) -> bool:
    """Whether a signature counter goes on (WebAuthn 6.1.1), and note it; one that never counted stays at 0."""
    if counter == 0:
        return not LastUse.objects.filter(factor=factor, counter__gt=0).exists()
    return _use(factor, counter, purpose)


@transaction.atomic
def _use(factor: Factor, counter: int, purpose: str) -> bool:
    """Let a factor count at `counter`: once, and only on from where it counted last. The same purpose twice is once."""
    LastUse.objects.bulk_create([LastUse(factor=factor, counter=-1)], ignore_conflicts=True)
    last = LastUse.objects.select_for_update(no_key=True).get(pk=factor.pk)
    if counter <= last.counter:
        return counter == last.counter and purpose == last.purpose
    last.counter, last.purpose = counter, purpose
    last.save()
    return True


def _count_try(by: User, now: datetime) -> None:
    """Count one try before it is looked at, so that many at once are as many as in a row; refuse while it pauses.

    One statement: whoever comes at the same moment waits for it and is counted after.
    """
    begun, ends_at = now - rules.PAUSE, now + rules.PAUSE
    counted = fetched(COUNT, now, begun, begun, rules.FREE_TRIES - 1, ends_at, by.pk, now)
    if not counted:
        row, is_new = Tries.objects.get_or_create(pk=by.pk, defaults={"tries": 1, "last_at": now})
        require(permissions.type_proof(row, now))
        if not is_new:  # made by another try at this moment
            _count_try(by, now)


def _forget_tries(by: User) -> None:
    fetched(FORGET, by.pk)


@transaction.atomic
def _wrong(by: User, means: Means) -> str:
    """What is said of a wrong try, which of the two was wrong never; the one that pauses signing is recorded."""
    row = Tries.objects.get(pk=by.pk)
    if row.paused_until:
        event = events.SigningPaused(person=by.pk, tries=row.tries, name=by.full_name)
        ledger.record(ledger.INSTANCE, event, by=by)
    what = {
        Means.PASSWORD: "this is not your password",
        Means.CODE: "this code does not fit, or was used already",
    }.get(means, "password and code do not fit together. Keyturn does not say which")
    left = rules.FREE_TRIES - row.tries
    pause = (
        LEFT.format(plural(left, "try", "tries")) if left > 0 else "Signing by password or code pauses for 15 minutes."
    )
    return f"Nothing was signed: {what}. {pause}"
