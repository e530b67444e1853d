"""Something to be signed, without an owner above it: signoff's own tests need none."""

import hashlib
import uuid
from types import SimpleNamespace
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.events import SignedOut
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.factors.models import SigningSeries
from apps.factors.rules import Means
from apps.ledger import commands as ledger
from apps.signoff import commands as signoff
from apps.signoff.models import Signature, SignOff
from apps.signoff.rules import Meaning
from tests.cast import keyed, proof

FIRST = hashlib.sha256(b"what is to be signed").hexdigest()
SECOND = hashlib.sha256(b"what is to be signed, changed").hexdigest()


STREAM = "deployment/1b6f0c1e-9d2a-4b6e-8d19-3f0a7a1c2b3d"


class Owner(SimpleNamespace):
    """What a sign-off needs of whatever it is the keys of."""

    pk: uuid.UUID

    def __init__(self, needed_keys: int = 2, contributor_keys: int = 1, *, passkey: bool = False) -> None:
        super().__init__(
            pk=uuid.uuid4(),
            needed_keys=needed_keys,
            contributor_keys=contributor_keys,
            passkey=passkey,
            verifier=Role.REVIEWER,
        )

    @classmethod
    def subject_of(cls, pk: uuid.UUID) -> str:
        return f"other:{pk.hex}"


def subject(
    cast: Any, *, required: int = 2, contributor_keys: int = 1, is_open: bool = True, passkey: bool = False
) -> SignOff:
    """A stored sign-off of the cast's team."""
    owner: Any = Owner(required, contributor_keys, passkey=passkey)
    return fresh(signoff.store(owner, team=cast.team, stream=STREAM, digest=FIRST, is_open=is_open))


def fresh(sign_off: SignOff) -> SignOff:
    """The sign-off as a command loads it: locked, with what the rule reads."""
    return SignOff.objects.prefetch_related("signatures", "contributions").get(pk=sign_off.pk)


def sign(
    sign_off: SignOff, by: User, *, meaning: Meaning = Meaning.PERFORMED, intent: uuid.UUID | None = None
) -> Signature:
    """Turn the next key over what is there now."""
    with transaction.atomic():
        now = fresh(sign_off)
        return signoff.sign(now, shown=now.digest, meaning=meaning, **keyed(by, intent) | {"by": by})


def series_of(person: User, **fields: Any) -> SigningSeries:
    """A stored series of signings of somebody, right in every field that `fields` does not replace."""
    series = proof(person).series
    for name, value in fields.items():
        setattr(series, name, value)
    series.save(force_insert=True)
    return series


def proved_series(person: User) -> SigningSeries:
    """A series of signings that an entry proves."""
    series = series_of(person)
    ledger.record(ledger.INSTANCE, SignedOut(), by=person, rows=[series])
    return series


def signature(sign_off: SignOff, by: User, **fields: Any) -> Signature:
    """A signature made by hand, not stored: right in every field that `fields` does not replace."""
    now = fresh(sign_off)
    if not {"series", "series_id"} & {*fields}:
        fields["series"] = series_of(by)
    right = {
        "sign_off": now,
        "revision": now.revision,
        "slot": len(now.turned) + 1,
        "signer": by,
        "name": by.full_name,
        "meaning": Meaning.PERFORMED,
        "digest": now.digest,
        "signed_at": timezone.now(),
        "intent": uuid.uuid4(),
        "means": Means.PASSWORD,
    }
    return Signature(**(right | fields))
