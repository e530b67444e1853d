"""What somebody signs in and signs with: one-time codes, recovery codes and passkeys, added and taken away.

Every change asks for proof of who it is, is one entry that proves the row, ends the other sessions, and suspends
signing for a day: who stole an account cannot make it sign.
"""

from uuid import UUID

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from apps.accounts.commands.parts import end_sessions, suspend_signing
from apps.accounts.models import User
from apps.accounts.rules import Suspension
from apps.core.errors import WrongState
from apps.core.permissions import require
from apps.core.shown import require_unchanged, texts
from apps.factors import events, permissions, rules, selectors
from apps.factors.models import Factor, LastUse
from apps.ledger import commands as ledger
from apps.ledger.events import Event

from .ceremonies import registered
from .confirming import Evidence, confirm

DOES_NOT_FIT = (
    "This code does not fit the secret that is shown. Look at the app again: it shows another one every 30 seconds. "
    "If it never fits, the clock of the phone is wrong."
)
KNOWN = "This passkey is registered already. Use another one, or remove it first."
GONE = "It is not there any more. Reload the page."


def add_codes(secret: str, code: str, evidence: Evidence, *, by: User) -> Factor:
    """Make one-time codes from a secret, in the place of those from before; `code` shows that the app has it."""
    require(permissions.add_codes(by))
    step = next((each for each in rules.time_steps(timezone.now()) if _fits(secret, each, code)), None)
    if step is None:
        raise WrongState(DOES_NOT_FIT)
    present = selectors.codes(by)
    if present and constant_time_compare(decrypt(present.data["secret"]), secret):
        return present  # sent twice
    confirm(evidence, by=by)
    with transaction.atomic():
        person = _locked(by)
        factor = selectors.codes(by) or Factor(user=person, type=Factor.Type.TOTP)
        is_new = factor.pk is None
        factor.data, factor.created_at = {"secret": encrypt(secret)}, timezone.now()
        factor.save()
        LastUse.objects.update_or_create(factor=factor, defaults={"counter": step, "purpose": "enrolment"})
        event = events.CodesAdded(person=by.pk, is_new=is_new, name=by.full_name)
        _record(event, person, Suspension.FACTOR_ADDED, by=by, factors=[factor])
    return factor


def _fits(secret: str, step: int, code: str) -> bool:
    typed = "".join(code.split())
    return typed.isascii() and constant_time_compare(typed, format_hotp_value(hotp_value(secret, step)))


def remove_codes(evidence: Evidence, *, by: User) -> None:
    """Take one-time codes away; recovery codes go with the last second factor."""
    require(permissions.remove_codes(by, selectors.known(by)))
    confirm(evidence, by=by)
    with transaction.atomic():
        person = _locked(by)
        require(permissions.remove_codes(by, selectors.known(by)))
        event = events.CodesRemoved(person=by.pk, name=by.full_name)
        _remove(selectors.codes(by), event, person, by=by)


def add_passkey(name: str, challenge: UUID, credential: str, evidence: Evidence, *, by: User) -> Factor:
    """Register a passkey: its owner is verified, it signs in without a name, and no other account has it.

    challenge, credential: the question that `ask_passkey` asked, and RegistrationResponseJSON.
    """
    require(permissions.add_passkey(by, selectors.known(by)))
    confirm(evidence, by=by)
    stored, counter = registered(challenge, credential, by)
    with transaction.atomic():
        person = _locked(by)
        require(permissions.add_passkey(by, selectors.known(by)))
        ledger.next_sequence(ledger.INSTANCE)  # whoever registers the same one at this moment waits, and finds it
        if Factor.objects.filter(type=Factor.Type.WEBAUTHN, data__credential__id=stored["id"]).exists():
            raise WrongState(KNOWN)
        data = {"name": name, "credential": stored}
        factor = Factor.objects.create(user=person, type=Factor.Type.WEBAUTHN, data=data)
        LastUse.objects.create(factor=factor, counter=counter, purpose="registration")
        event = events.PasskeyAdded(person=by.pk, passkey=factor.passkey or {}, called=name, name=by.full_name)
        _record(event, person, Suspension.FACTOR_ADDED, by=by, factors=[factor])
    return factor


def remove_passkey(passkey: Factor, evidence: Evidence, *, by: User) -> None:
    """Take a passkey away; what it signed stays valid."""
    require(permissions.remove_passkey(by, passkey, selectors.known(by)))
    confirm(evidence, by=by)
    with transaction.atomic():
        person = _locked(by)
        require(permissions.remove_passkey(by, passkey, selectors.known(by)))
        factor = Factor.objects.filter(pk=passkey.pk).first()
        called = passkey.data["name"]
        event = events.PasskeyRemoved(person=by.pk, passkey=passkey.passkey or {}, called=called, name=by.full_name)
        _remove(factor, event, person, by=by)


@transaction.atomic
def rename_passkey(passkey: Factor, *, by: User, name: str, shown: str | None = None) -> Factor:
    """Call a passkey something else, unless it is called otherwise by now than was `shown`. It stays what it is."""
    _locked(by)
    factor = Factor.objects.filter(pk=passkey.pk).first()
    if factor is None:
        raise WrongState(GONE)
    require(permissions.rename_passkey(by, factor))
    before = str(factor.data["name"])
    require_unchanged(shown, texts(name=before), texts(name=name))
    if name != before:
        factor.data = {**factor.data, "name": name}
        factor.save(update_fields=["data"])
        event = events.PasskeyRenamed(person=by.pk, before=before, after=name, name=by.full_name)
        ledger.record(ledger.INSTANCE, event, by=by, rows=[factor])
    return factor


def make_recovery_codes(evidence: Evidence, *, by: User) -> Factor:
    """Ten codes, each of which lets somebody in once where their factors are lost; those from before stop working."""
    require(permissions.make_recovery_codes(by, selectors.known(by)))
    confirm(evidence, by=by)
    with transaction.atomic():
        person = _locked(by)
        require(permissions.make_recovery_codes(by, selectors.known(by)))
        factor = selectors.recovery_codes(by) or Factor(user=person, type=Factor.Type.RECOVERY_CODES)
        factor.data = {"seed": encrypt(RecoveryCodes.generate_seed()), "used_mask": 0}
        factor.created_at = timezone.now()
        factor.save()
        event = events.RecoveryCodesMade(person=by.pk, name=by.full_name)
        ledger.record(ledger.INSTANCE, event, by=by, rows=[factor])
    return factor


def _locked(by: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=by.pk)


def _remove(factor: Factor | None, event: Event, person: User, *, by: User) -> None:
    """Delete a factor, with the recovery codes where nothing is left that they would stand in for."""
    if factor is None:
        raise WrongState(GONE)
    others = Factor.objects.filter(user=person).exclude(pk=factor.pk)
    codes = others.filter(type=Factor.Type.RECOVERY_CODES)
    is_last = not others.exclude(type=Factor.Type.RECOVERY_CODES).exists()
    removed = [factor, *(codes if is_last else [])]
    _record(event, person, Suspension.FACTOR_REMOVED, by=by, removed=removed)
    Factor.objects.filter(pk__in=[each.pk for each in removed]).delete()


def _record(
    event: Event, person: User, why: Suspension, *, by: User,
    factors: list[Factor] | None = None, removed: list[Factor] | None = None,
) -> None:  # fmt: skip
    suspend_signing(person, why)
    end_sessions(person, but=by.session_key)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[person, *(factors or [])], removed=removed or [])
