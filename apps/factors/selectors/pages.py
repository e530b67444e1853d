"""What the pages show on which people see and change what they sign in with."""

import base64
from datetime import datetime
from typing import Any

from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings
from django.core import signing
from django.db.models import QuerySet

from apps.accounts import selectors as people
from apps.accounts.models import User
from apps.factors import permissions
from apps.factors.models import Factor
from apps.factors.rules import ENROLLED_WITHIN, Known

SEALED = "keyturn.enrolment"  # what signs secrets on their way through a page is used for nothing else
LOW = 4  # recovery codes left, from which on the page says so


def recovery_codes(person: User) -> Factor | None:
    """Their recovery codes, if they made some."""
    return Factor.objects.filter(user=person, type=Factor.Type.RECOVERY_CODES).first()


def visible_passkeys(person: User) -> QuerySet[Factor]:
    """Their own passkeys."""
    return Factor.objects.filter(user=person, type=Factor.Type.WEBAUTHN)


def factors_page(person: User, now: datetime, host: str) -> dict[str, Any]:
    """What somebody signs in and signs with, and where they are signed in, for a browser at that host."""
    found = [*Factor.objects.filter(user=person).order_by("pk")]
    by_type = {factor.type: factor for factor in found}
    recovery = by_type.get(Factor.Type.RECOVERY_CODES)
    left = len(recovery.wrap().get_unused_codes()) if recovery else 0
    passkeys = [factor for factor in found if factor.type == Factor.Type.WEBAUTHN]
    known = Known(person.has_usable_password(), Factor.Type.TOTP in by_type, len(passkeys))
    return {
        "passkeys": passkeys,
        "codes": by_type.get(Factor.Type.TOTP),
        "recovery": recovery,
        "left": left,
        "is_low": recovery is not None and left < LOW,
        "known": known,
        "may_sign": permissions.prove(person, now),
        "may_make_recovery_codes": permissions.make_recovery_codes(person, known),
        "sessions": people.sessions_of(person),
        **cost(person),
        **where_passkeys_work(host),
    }


def cost(person: User) -> dict[str, Any]:
    """What a change of factors costs somebody, to be said beforehand: whether others hear of it."""
    return {"has_teams": bool(person.teams)}


def where_passkeys_work(host: str) -> dict[str, Any]:
    """Whether this browser can use passkeys: they are bound to a name, and no address is one."""
    rp_id = settings.KEYTURN_RP_ID
    works = host == rp_id or host.endswith(f".{rp_id}")
    return {"passkeys_work": works, "rp_id": rp_id}


def sealed(secret: str, person: User) -> str:
    """A secret that nobody has yet, as it travels through the page that shows it; for minutes, and for that person."""
    return signing.TimestampSigner(salt=f"{SEALED} {person.pk}").sign(encrypt(secret))


def unsealed(text: str, person: User) -> str:
    """The secret of the page; empty where it is too old or of somebody else."""
    try:
        signer = signing.TimestampSigner(salt=f"{SEALED} {person.pk}")
        return str(decrypt(signer.unsign(text, max_age=ENROLLED_WITHIN)))
    except signing.BadSignature:
        return ""


def picture(svg: str) -> str:
    """A picture as an address that holds it whole."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def readable_codes(factor: Factor) -> list[str]:
    """Recovery codes that were not used yet, in two groups each."""
    return [f"{code[:4]} {code[4:]}" for code in factor.wrap().get_unused_codes()]
