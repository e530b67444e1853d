"""Proof of who somebody is before they change what they sign in with: counted as when they sign, never twice."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.commands.parts import suspend_signing
from apps.accounts.models import OpenSession, User
from apps.accounts.rules import BY_SSO, Suspension
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.core.wording import plural
from apps.factors import events, permissions, rules, selectors
from apps.factors.models import Factor, Tries
from apps.factors.rules import Known, Purpose
from apps.ledger import commands as ledger

from .ceremonies import confirm_by_passkey
from .proving import _count_try, _forget_tries, _step_of, _use

NOTHING = (
    "This account has neither a password nor a passkey to prove who you are by. Whoever runs this Keyturn sets a "
    "password with manage.py changepassword; then come back."
)
SIGN_IN_AGAIN = (
    "This account has nothing else to prove who you are by: sign out, sign in again by single sign-on, and come back "
    "within ten minutes."
)
JUST_NOW = timedelta(minutes=10)
WRONG = "{what} Nothing was changed. {left}"
RECOVERY_DIGITS = 8


@dataclass(frozen=True)
class Evidence:
    """What somebody typed, or what their passkey answered, to prove who they are."""

    password: str = ""
    code: str = ""
    challenge: UUID | None = None
    answer: str = ""


def confirm(evidence: Evidence, *, by: User, recovers: bool = True) -> None:
    """Refuse unless this shows that it is `by`: a passkey, or the password and, where there are factors, a code.

    recovers: whether a recovery code is one, which lets somebody in and hands nothing over that signs.
    """
    known = selectors.known(by)
    if evidence.answer and evidence.challenge:
        confirm_by_passkey(evidence.challenge, evidence.answer, Purpose.PROVE, person=by, asked=by)
        return
    if not known.can_prove:
        if settings.KEYTURN_DEMO:  # whose people have neither, and can be anybody anyway
            return
        if recovers and _signed_in_just_now(by):
            return
        raise WrongState(SIGN_IN_AGAIN if settings.KEYTURN_OIDC_ISSUER else NOTHING)
    now = timezone.now()
    require(permissions.change_factors(by, Tries.objects.filter(pk=by.pk).first(), now))
    _count_try(by, now)
    if not _fits(evidence, by, known, recovers=recovers):
        raise WrongState(_wrong(by, known))
    _forget_tries(by)


def _signed_in_just_now(by: User) -> bool:
    """Whether single sign-on let them in to this session minutes ago: the first factor of who has nothing else."""
    since = timezone.now() - JUST_NOW
    here = OpenSession.objects.filter(person=by, session_key=by.session_key, means=BY_SSO)
    return bool(by.session_key) and here.filter(since__gt=since).exists()


def _fits(evidence: Evidence, by: User, known: Known, *, recovers: bool) -> bool:
    """Password first and always: a wrong one uses up no code."""
    right = by.check_password(evidence.password) if known.password else True
    if not rules.proves_by_code(known):
        return right and known.password
    return right and accepts_code(by, evidence.code, f"change factors {uuid4()}", recovers=recovers)


def accepts_code(person: User, code: str, purpose: str, *, recovers: bool = True) -> bool:
    """Whether a one-time code or a recovery code is theirs; from then on it counts no more."""
    typed = "".join(character for character in code if character not in " -\u2010\u2011")
    if len(typed) == RECOVERY_DIGITS:
        return recovers and _accepts_recovery_code(person, typed)
    step = _step_of(typed, person, timezone.now())
    return step is not None and _use(step[0], step[1], purpose)


@transaction.atomic
def _accepts_recovery_code(person: User, code: str) -> bool:
    """Each works once. It lets somebody in and never signs: whoever used one signs nothing for a day."""
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    factors = Factor.objects.filter(user=person, type=Factor.Type.RECOVERY_CODES)
    factor = factors.select_for_update(no_key=True).first()
    if factor is None or not factor.wrap().validate_code(code):
        return False
    factor = factors.get()
    left = len(factor.wrap().get_unused_codes())
    suspend_signing(person, Suspension.RECOVERY_CODE)
    event = events.RecoveryCodeUsed(person=person.pk, left=left, name=person.full_name)
    ledger.record(ledger.INSTANCE, event, by=person, rows=[person, factor])
    return True


@transaction.atomic
def _wrong(by: User, known: Known) -> str:
    row = Tries.objects.get(pk=by.pk)
    if row.paused_until:
        event = events.SigningPaused(person=by.pk, tries=row.tries, name=by.full_name)
        ledger.record(ledger.INSTANCE, event, by=by)
    what = "This is not your password."
    if rules.proves_by_code(known):
        what = "This does not fit. Keyturn does not say which of password and code is wrong; each code works once."
    left = rules.FREE_TRIES - row.tries
    pause = f"{plural(left, 'try', 'tries')} left, then this pauses for 15 minutes." if left > 0 else "This pauses now."
    return WRONG.format(what=what, left=pause)
