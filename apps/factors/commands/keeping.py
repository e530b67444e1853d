"""What whoever runs the server does to factors: encrypt them with another key, and take those away that are lost."""

from allauth.mfa.utils import decrypt, encrypt
from django.db import transaction

from apps.accounts.commands.parts import end_sessions, suspend_signing
from apps.accounts.models import User
from apps.accounts.rules import Suspension
from apps.core.errors import WrongState
from apps.factors import events
from apps.factors.models import Factor
from apps.ledger import commands as ledger
from apps.secrets import keyring

CODES = (Factor.Type.TOTP, Factor.Type.RECOVERY_CODES)


@transaction.atomic
def encrypt_codes_again(*, by: ledger.Actor, most: int) -> tuple[int, int]:
    """Encrypt up to `most` factors with the first key that another one encrypts: (how many, of them no key is here).

    Each call is whole in itself: whoever breaks off between two, or starts it twice, loses nothing.
    """
    known = [key.id for key in keyring.known_keys()]
    if not known:
        raise keyring.NoKey(f"There is no key to encrypt with. Name the new one first in {keyring.SETTING}.")
    locked = Factor.objects.filter(type__in=CODES).select_for_update(no_key=True).order_by("pk")
    old = [factor for factor in locked if factor.key_id != known[0]]
    readable = [factor for factor in old if factor.key_id in known][:most]
    for factor in readable:
        factor.data = factor.data | {factor.secret_field: encrypt(decrypt(factor.data[factor.secret_field]))}
        factor.save(update_fields=["data"])
    if readable:
        event = events.FactorsEncryptedAgain(count=len(readable), key=known[0])
        ledger.record(ledger.INSTANCE, event, by=by, rows=readable)
    return len(readable), sum(factor.key_id not in known for factor in old)


@transaction.atomic
def remove_factors(person: User, *, by: ledger.Actor) -> int:
    """Take everything away that somebody lost, all but their password; returns how many. They sign nothing for a day.

    For whoever runs the server: no page does this.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not person.has_usable_password():
        raise WrongState(f"{person.full_name} has no password to come in by. Set one first: manage.py changepassword.")
    found = list(Factor.objects.filter(user=person).order_by("pk"))
    if not found:
        raise WrongState(f"{person.full_name} has no factor: they sign in by their password.")
    suspend_signing(person, Suspension.FACTOR_REMOVED)
    end_sessions(person)
    event = events.FactorsRemoved(person=person.pk, count=len(found), name=person.full_name)
    ledger.record(ledger.INSTANCE, event, by=by, rows=[person], removed=found)
    Factor.objects.filter(pk__in=[factor.pk for factor in found]).delete()
    return len(found)
