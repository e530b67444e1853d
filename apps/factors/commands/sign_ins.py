"""Signing in by a passkey, or by a second factor after the password. Signing in never signs."""

from uuid import UUID, uuid4

from django.db import transaction

from apps.accounts import events as accounts_events
from apps.accounts import rules as limits
from apps.accounts.commands.parts import count_try, forget_tries
from apps.accounts.models import User
from apps.core.errors import NotAllowed, WrongState
from apps.core.wording import plural
from apps.factors import events
from apps.factors.rules import Purpose
from apps.ledger import commands as ledger

from .ceremonies import NOT_YOURS, confirm_by_passkey, owner_of
from .confirming import Evidence, accepts_code

WRONG = "This code does not fit, or was used already."
BY_PASSKEY, BY_CODE, BY_RECOVERY_CODE = "passkey", "password and one-time code", "password and recovery code"
BY_BOTH = "password and passkey"


def sign_in_by_passkey(challenge: UUID, answer: str, *, by: ledger.Actor) -> User:
    """Return whose passkey answered. Nobody's guesses keep it out: there is nothing to guess."""
    person = owner_of(answer)
    if person is None:
        raise WrongState(NOT_YOURS)
    confirm_by_passkey(challenge, answer, Purpose.SIGN_IN, person=person, asked=None)
    return _signed_in(person, BY_PASSKEY)


def confirm_sign_in(person: User, evidence: Evidence, *, by: ledger.Actor, address: str = "") -> tuple[User, str]:
    """Let somebody in who typed their password a moment ago, by a second factor; returns by which means they came.

    address: where they come from; whoever guesses from elsewhere keeps nobody out who came in from there before.
    A try of a code is counted before it is looked at, so that many at once wait like many in a row. A recovery code
    lets in and suspends signing for a day.
    """
    if evidence.answer and evidence.challenge:
        confirm_by_passkey(evidence.challenge, evidence.answer, Purpose.SECOND_STEP, person=person, asked=person)
        return _signed_in(person, BY_BOTH), BY_BOTH
    keys = limits.second_step_key(person.pk, address), limits.second_step_key(person.pk)
    tries, wait = count_try(*keys)
    if accepts_code(person, evidence.code, f"sign in {uuid4()}"):
        forget_tries(*keys)
        means = BY_CODE if len("".join(filter(str.isdigit, evidence.code))) == 6 else BY_RECOVERY_CODE
        return _signed_in(person, means), means
    with transaction.atomic():
        event = events.SecondStepFailed(person=person.pk, tries=tries, name=person.full_name)
        ledger.record(ledger.INSTANCE, event, by=by)
    raise NotAllowed(WRONG + (f" Next try in {plural(wait, 'second')}." if wait > 1 else ""))


@transaction.atomic
def _signed_in(person: User, means: str) -> User:
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk, is_active=True)
    ledger.record(ledger.INSTANCE, accounts_events.SignedIn(means=means), by=person)
    return person
