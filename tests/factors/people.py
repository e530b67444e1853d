"""What people prove themselves by in tests, stored as the commands of factors store it."""

import json
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.utils import timezone

from apps.accounts.events import SignedOut
from apps.accounts.models import User
from apps.factors import rules, selectors
from apps.factors.models import Factor
from apps.ledger import commands as ledger
from apps.signoff.models import SignOff
from apps.signoff.rules import Meaning, turn_of
from tests.factors.authenticator import SoftAuthenticator


def proved(person: User, pk: int) -> Factor:
    """The factor, told of by an entry as its command does."""
    factor = Factor.objects.get(pk=pk)
    ledger.record(ledger.INSTANCE, SignedOut(), by=person, rows=[factor])
    return factor


def give_codes(person: User) -> str:
    """One-time codes; returns what they are made from."""
    secret = generate_totp_secret()
    proved(person, TOTP.activate(person, secret).instance.pk)
    return secret


def code(secret: str, *, steps: int = 0) -> str:
    """The code of this moment, or of so many time steps later."""
    now = int(timezone.now().timestamp()) // rules.PERIOD
    return str(format_hotp_value(hotp_value(secret, now + steps)))


def give_passkey(person: User, **device: Any) -> SoftAuthenticator:
    """A device with a passkey of theirs."""
    phone = SoftAuthenticator(**device)
    options = {"rp": {"id": "localhost"}, "user": {"id": "AAAA"}, "challenge": "AAAA"}
    proved(person, WebAuthn.add(person, "Phone", phone.register(options)).instance.pk)
    return phone


def asked(person: User, *turns: dict[str, Any]) -> dict[str, Any]:
    """What the page asks a passkey to sign."""
    return selectors.passkey_question(person, [*turns])


def turn(on: SignOff, meaning: Meaning = Meaning.PERFORMED, **other: Any) -> dict[str, Any]:
    """The next key of it, as a statement names it."""
    return turn_of(on.pk, on.digest, len(on.turned) + 1, meaning) | other


def answered(question: dict[str, Any], phone: SoftAuthenticator, **how: Any) -> dict[str, Any]:
    """What the browser sends back."""
    return {"statement": question["statement"], "assertion": json.dumps(phone.answer(question["options"], **how))}
