"""Asking a passkey, and reading what it answered: each question counts once, and only for minutes."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import Stale, Unproven, WrongState
from apps.factors import rules, selectors
from apps.factors.assertions import ALGORITHMS, Assertion, challenge_text, passkey_server, require_own_page
from apps.factors.models import Challenge, Factor
from apps.factors.rules import Purpose
from apps.ledger.commands import Actor

from .proving import counts_on

TOO_LATE = "The passkey was asked too long ago, or answered already. Try again."
NOT_CONFIRMED = "The passkey did not confirm that it was you. Try again, or use another way."
NOT_YOURS = "This passkey is not known here. Choose another one, or use another way."
AN_OLDER_COPY = "This passkey counted on from an older copy of itself, so it is not trusted any more. Use another way."
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


@transaction.atomic
def ask_passkey(purpose: Purpose, *, by: Actor, person: User | None = None) -> dict[str, Any]:
    """A question for a passkey, as WebAuthn takes it in JSON: `challenge` names it, `options` are for the browser.

    person: whose passkeys are asked, or who gets a new one; None where any passkey may sign in.
    """
    now = timezone.now()
    Challenge.objects.filter(ends_at__lt=now).delete()
    asked = Challenge.objects.create(purpose=purpose, person=person, ends_at=now + rules.ANSWERED_WITHIN)
    options = {
        "challenge": challenge_text(asked.statement),
        "timeout": int(rules.ANSWERED_WITHIN.total_seconds() * 1000),
    }
    if purpose == Purpose.ADD:
        assert person is not None
        options |= _new_passkey(person)
    else:
        known = selectors.passkeys(person) if person else []
        options |= {
            "rpId": settings.KEYTURN_RP_ID,
            "userVerification": "required",
            "allowCredentials": [_named(factor) for factor in known],
        }
    return {"challenge": str(asked.pk), "options": options}


def _new_passkey(person: User) -> dict[str, Any]:
    from fido2.utils import websafe_encode

    return {
        "rp": {"id": settings.KEYTURN_RP_ID, "name": "Keyturn"},
        "user": {"id": websafe_encode(person.pk.bytes), "name": person.username, "displayName": person.full_name},
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in ALGORITHMS],
        "authenticatorSelection": {
            "residentKey": "required", "requireResidentKey": True, "userVerification": "required",
        },
        "excludeCredentials": [_named(factor) for factor in selectors.passkeys(person)],
        "attestation": "none",
    }  # fmt: skip


def _named(factor: Factor) -> dict[str, Any]:
    return {"type": "public-key", "id": factor.data["credential"]["id"]}


@transaction.atomic
def take(challenge: UUID, purpose: Purpose, person: User | None) -> Challenge:
    """The question of that number, which is asked no more; refuses another's, a late one and one answered before."""
    found = Challenge.objects.filter(pk=challenge, purpose=purpose, person=person).first()
    taken, _ = Challenge.objects.filter(pk=challenge, purpose=purpose, person=person).delete()
    if found is None or not taken or found.ends_at <= timezone.now():
        raise Stale(TOO_LATE)
    return found


def owner_of(answer: str) -> User | None:
    """Whose passkey says it answered, by the handle that Keyturn gave it; None where that is nobody who is here."""
    from fido2.utils import websafe_decode

    try:
        handle = websafe_decode(json.loads(answer)["response"]["userHandle"])
        return User.objects.filter(pk=UUID(bytes=handle), is_active=True).first()
    except UNREADABLE:
        return None


def confirm_by_passkey(challenge: UUID, answer: str, purpose: Purpose, *, person: User, asked: User | None) -> Factor:
    """The passkey of that person that answered the question, whose owner was verified and whose counter goes on.

    asked: whom the question was for; None where anybody signs in.
    """
    assertion = Assertion(take(challenge, purpose, asked).statement, answer)
    try:
        named, counter = assertion.credential_id, assertion.counter
        factor = next((f for f in selectors.passkeys(person) if f.credential.credential_id == named), None)
        if factor is not None:
            assertion.check(factor.credential)
    except (Unproven, *UNREADABLE) as error:
        raise WrongState(NOT_CONFIRMED) from error
    if factor is None:
        raise WrongState(NOT_YOURS)
    if not counts_on(factor, counter, f"{purpose} {challenge}"):
        raise WrongState(AN_OLDER_COPY)
    return factor


def registered(challenge: UUID, credential: str, person: User) -> tuple[dict[str, Any], int]:
    """A new passkey as allauth stores it, and where its counter begins.

    Refuses what was made for another site, another question, without verifying the person, or is of no kind we check.
    """
    from fido2.utils import websafe_encode
    from fido2.webauthn import RegistrationResponse

    asked = take(challenge, Purpose.ADD, person)
    state = {"challenge": challenge_text(asked.statement), "user_verification": "required"}
    try:
        given = json.loads(credential)
        answer = RegistrationResponse.from_dict(given)
        require_own_page(answer.response.client_data)
        made = passkey_server().register_complete(state, answer)
        found = made.credential_data
        if found is None or found.public_key.get(3) not in ALGORITHMS:
            raise ValueError("no key that we check")
        response = {name: str(given["response"][name]) for name in ("clientDataJSON", "attestationObject")}
    except UNREADABLE as error:
        raise WrongState(NOT_CONFIRMED) from error
    name = str(websafe_encode(found.credential_id))  # as attested; text of the browser may write one id in many ways
    stored = {
        "id": name, "rawId": name, "type": "public-key", "response": response,
        "clientExtensionResults": {"credProps": {"rk": True}},
    }  # fmt: skip
    return stored, made.counter
