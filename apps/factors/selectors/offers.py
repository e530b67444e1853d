"""What somebody proves themselves by, and the series of signings they are in."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.rules import network
from apps.core.statements import fetched, instances
from apps.factors import assertions, permissions, rules
from apps.factors.models import Factor, SigningSeries, Tries
from apps.factors.rules import Known, Means

# As SQL text: whatever is signed asks both.
TYPES = "SELECT type FROM mfa_authenticator WHERE user_id = %s"
OPEN_SERIES = """
SELECT {series} FROM factors_signingseries series WHERE person_id = %s AND session = %s AND ends_at > %s
ORDER BY ends_at DESC LIMIT 1
"""


@dataclass(frozen=True)
class Offer:
    """How somebody may prove who they are on a page, or why not now.

    refusal: why they sign nothing now; empty where they may. until: how long one factor is enough, if it is.
    only_passkey: what they would sign takes a passkey.
    """

    refusal: str
    known: Known
    means: Means | None
    until: datetime | None
    only_passkey: bool = False

    def for_key(self, *, takes_passkey: bool) -> "Offer":
        """The same for a key that takes a passkey, if it does: nothing is typed or ticked for it."""
        return replace(self, means=None, only_passkey=True) if takes_passkey else self

    @property
    def password(self) -> bool:
        """Whether a password is asked for."""
        return self.means in rules.BY_PASSWORD

    @property
    def code(self) -> bool:
        """Whether a one-time code is asked for."""
        return self.means in rules.BY_CODE

    @property
    def passkey(self) -> bool:
        """Whether a passkey is offered."""
        return self.known.passkeys > 0

    @property
    def tick(self) -> bool:
        """Whether an explicit yes is all there can be: for the people of a demonstration."""
        return settings.KEYTURN_DEMO and not self.known.can_prove and not self.only_passkey


def offer(person: User) -> Offer:
    """How they may prove who they are when they sign now; three queries."""
    now = timezone.now()
    has, series = known(person), open_series(person, session_of(person), now)
    paused = Tries.objects.filter(pk=person.pk, paused_until__gt=now).first()
    verdict = permissions.prove(person, now)
    if verdict and paused and not has.passkeys:
        verdict = permissions.type_proof(paused, now)
    means = rules.typed_means(has, in_series=series is not None)
    return Offer(verdict.reason, has, None if paused else means, series.ends_at if series else None)


def passkey_question(person: User, turns: list[dict[str, Any]]) -> dict[str, Any]:
    """What the browser needs to ask a passkey of theirs to turn these keys: PublicKeyCredentialRequestOptionsJSON.

    The statement is given back with the answer. What it says of keys is compared with them when they are turned.
    """
    now = timezone.now()
    if not (verdict := permissions.prove(person, now)):
        return {"refused": verdict.reason}
    statement = assertions.statement_of({
        "id": str(uuid4()),
        "person": str(person.pk),
        "name": person.full_name,
        "session": session_of(person),
        "issued_at": now.isoformat(),
        "expires_at": (now + rules.STATEMENT).isoformat(),
        "turns": turns,
    })  # fmt: skip
    known_ids = [{"type": "public-key", "id": factor.passkey_id} for factor in passkeys(person)]
    options = {
        "challenge": assertions.challenge_text(statement),
        "rpId": settings.KEYTURN_RP_ID,
        "allowCredentials": known_ids,
        "userVerification": "required",
        "timeout": int(rules.STATEMENT.total_seconds()) * 1000,
    }
    return {"statement": assertions.sealed(statement), "options": options}


def session_of(person: User) -> str:
    """What names the session and the network that a request of theirs came by."""
    return rules.session_digest(person.session_key, network(person.address))


def known(person: User) -> Known:
    """What they have: one query, beside their own row."""
    types = [kind for (kind,) in fetched(TYPES, person.pk)]
    return Known(
        password=person.has_usable_password(),
        codes=Factor.Type.TOTP in types,
        passkeys=types.count(Factor.Type.WEBAUTHN),
    )


def passkeys(person: User) -> list[Factor]:
    """Their passkeys, oldest first."""
    return [*Factor.objects.filter(user=person, type=Factor.Type.WEBAUTHN).order_by("pk")]


def without_passkey(people: Collection[User]) -> list[User]:
    """Those of these people who have no passkey, in their order; one query."""
    found = Factor.objects.filter(user__in=people, type=Factor.Type.WEBAUTHN)
    have = {*found.values_list("user", flat=True)}
    return [person for person in people if person.pk not in have]


def codes(person: User) -> Factor | None:
    """What their one-time codes are made from."""
    return Factor.objects.filter(user=person, type=Factor.Type.TOTP).first()


def open_series(person: User, session: str, now: datetime) -> SigningSeries | None:
    """The series that goes on in this session, if one does."""
    found = instances(OPEN_SERIES, person.pk, session, now, series=SigningSeries)
    return next((series for (series,) in found), None)
