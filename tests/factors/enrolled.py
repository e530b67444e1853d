"""What somebody proves themselves by, made as pages make it: passkeys of a software authenticator, and codes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt
from django.utils import timezone

from apps.accounts.models import User
from apps.factors import commands
from apps.factors.commands import Evidence
from apps.factors.models import Factor
from apps.factors.rules import PERIOD, Purpose
from apps.ledger.commands import SYSTEM
from tests.cast import BY_PASSWORD, PASSWORD, again
from tests.factors.authenticator import SoftAuthenticator

SECRET = generate_totp_secret()


def code(secret: str = SECRET, *, steps: int = 0) -> str:
    """The code of this period, or of one so many later."""
    return format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // PERIOD + steps))


def with_codes(person: User, evidence: Evidence = BY_PASSWORD, secret: str = SECRET) -> Factor:
    """One-time codes for somebody who has a password and nothing else; the code of the period before is used up."""
    return commands.add_codes(secret, code(secret, steps=-1), evidence, by=again(person))


def enrolled(person: User) -> SoftAuthenticator:
    """A device with a passkey of somebody who has one-time codes as well; they sign nothing for a day."""
    phone = SoftAuthenticator()
    with_codes(person, secret=generate_totp_secret())
    evidence = Evidence(password=PASSWORD, code=code(decrypt(codes_of(person).data["secret"])))
    with_passkey(person, phone, evidence)
    return phone


@contextmanager
def a_day_ago() -> Iterator[None]:
    """Whoever changes what they prove themselves by in here signs again afterwards."""
    now = timezone.now
    with patch.object(timezone, "now", lambda: now() - timedelta(hours=25)):
        yield


def codes_of(person: User) -> Factor:
    """What their one-time codes are made from."""
    return Factor.objects.get(user=person, type=Factor.Type.TOTP)


def asked(purpose: Purpose, person: User | None = None) -> tuple[UUID, dict[str, Any]]:
    """A question: its number and its options."""
    found = commands.ask_passkey(purpose, by=person or SYSTEM, person=person)
    return UUID(found["challenge"]), found["options"]


def with_passkey(person: User, phone: SoftAuthenticator, evidence: Evidence = BY_PASSWORD, **untrue: Any) -> Factor:
    """A passkey for somebody, made by that device; `untrue` is what it does wrong."""
    challenge, options = asked(Purpose.ADD, person)
    credential = json.dumps(phone.register(options, **untrue))
    return commands.add_passkey("phone", challenge, credential, evidence, by=again(person))


def proof(person: User, phone: SoftAuthenticator, **untrue: Any) -> Evidence:
    """That it is them, by their passkey."""
    return answered(Purpose.PROVE, phone, person, **untrue)


def answered(purpose: Purpose, phone: SoftAuthenticator, person: User | None = None, **untrue: Any) -> Evidence:
    """The answer of a device to a question."""
    challenge, options = asked(purpose, person)
    return Evidence(challenge=challenge, answer=json.dumps(phone.answer(options, **untrue)))


def sign_in(phone: SoftAuthenticator, **untrue: Any) -> User:
    """Somebody signs in by passkey alone."""
    evidence = answered(Purpose.SIGN_IN, phone, **untrue)
    assert evidence.challenge
    return commands.sign_in_by_passkey(evidence.challenge, evidence.answer, by=SYSTEM)
