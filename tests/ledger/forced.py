"""Keys that break a rule, stored and recorded all the same: what only the judge can find."""

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.deployments.events import ItemSigned
from apps.deployments.models import Item
from apps.ledger import commands as ledger
from apps.signoff.models import Signature, SignOff
from project import verification
from tests import cast as casting
from tests.signoff.subjects import proved_series
from tests.tampering import lifted


def store(sign_off: SignOff, by: User, slot: int, meaning: str, **fields: object) -> Signature:
    """A key as it is, right in every field that `fields` does not replace."""
    proper = {
        "revision": sign_off.revision,
        "digest": sign_off.digest,
        "means": "password",
        "series": proved_series(by),
    }
    with lifted("signoff_two_person_rule", "signoff_signoff_fixed"):
        return Signature.objects.create(
            sign_off=sign_off,
            slot=slot,
            signer=by,
            name=by.full_name,
            meaning=meaning,
            signed_at=timezone.now(),
            intent=uuid.uuid4(),
            **(proper | fields),
        )


def words(signature: Signature, item: Item) -> dict[str, Any]:
    """What an event says of it."""
    return {
        "item": item.id,
        "number": item.number,
        "meaning": signature.meaning,
        "slot": signature.slot,
        "required": signature.sign_off.required,
        "name": signature.name,
    }


def force_key(item: Item, by: User, slot: int, *, recorded_by: User | None = None, **fields: object) -> None:
    """Turn a key of an item whatever the rule says, and record it."""
    item = casting.load(item)
    signature = store(item.sign_off, by, slot, "verified" if slot > 1 else "performed", **fields)
    with transaction.atomic():
        event = ItemSigned(**words(signature, item))
        ledger.record(item.deployment.stream, event, by=recorded_by or by, rows=[signature])


def found() -> list[str]:
    """What verifying says."""
    return [fault.what for fault in verification.verify().faults]
