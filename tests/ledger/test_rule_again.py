"""The two-person rule is judged once more when everything is verified: a wrong key is found even if it was recorded.

The guard is lifted and put back, and every signature gets its proper entry: tables and ledger agree.
"""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from apps.accounts import commands as accounts
from apps.accounts.models import Membership, User
from apps.accounts.roles import Role
from apps.deployments import commands as deployments
from apps.deployments.events import ItemSigned, WaiverApproved
from apps.deployments.models import Item, Waiver
from apps.ledger import commands as ledger
from apps.signoff.models import Signature, SignOff
from project import verification
from tests import cast as casting
from tests.cast import again
from tests.tampering import lifted

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> SimpleNamespace:
    return casting.stage()


def store(sign_off: SignOff, by: User, slot: int, meaning: str) -> Signature:
    with lifted("signoff_two_person_rule"):
        return Signature.objects.create(
            sign_off=sign_off,
            revision=sign_off.revision,
            slot=slot,
            signer=by,
            name=by.full_name,
            meaning=meaning,
            digest=sign_off.digest,
            signed_at=timezone.now(),
            intent=uuid.uuid4(),
        )


def said_of(signature: Signature, item: Item) -> dict[str, Any]:
    return {
        "item": item.id,
        "number": item.number,
        "rev": signature.revision,
        "rev_digest": signature.digest,
        "meaning": signature.meaning,
        "slot": signature.slot,
        "required": signature.sign_off.required,
        "signature": signature.id,
        "signed_at": signature.signed_at,
        "name": signature.name,
    }


def force_key(item: Item, by: User, slot: int) -> None:
    """Turn a key of an item whatever the rule says, and record it."""
    item = casting.load(item)
    meaning = "verified" if slot > 1 else "performed"
    signed = ItemSigned(**said_of(store(item.sign_off, by, slot, meaning), item), pinned_run="")
    with transaction.atomic():
        ledger.record(item.deployment.stream, signed, by=by)


def force_approval(waiver: Waiver, by: User) -> None:
    item = casting.load(waiver.item)
    said = said_of(store(SignOff.objects.get(waiver=waiver), by, 1, "approved"), item)
    with transaction.atomic():
        ledger.record(item.deployment.stream, WaiverApproved(**said, waiver=waiver.id), by=by)


def found() -> list[str]:
    return [fault.what for fault in verification.verify().faults]


def test_a_contributor_who_verified_is_found(made):
    casting.fill_in(made.items[0], made.reviewer)
    casting.sign(made.items[0], made.member)
    force_key(made.items[0], made.reviewer, 2)
    assert found() == ["item 1: who contributed turned a key that others turn"]


def test_a_stranger_who_performed_is_found(made):
    stranger = casting.join(made.other_team, by=made.stranger, username="nils", full_name="Nils Berg", role=Role.LEAD)
    force_key(made.items[0], stranger, 1)
    assert found() == ["item 1: who turned a key had no role to do so"]


def test_an_auditor_who_performed_is_found(made):
    force_key(made.items[0], made.auditor, 1)
    assert found() == ["item 1: who turned a key had no role to do so"]


def test_a_member_who_verified_is_found(made):
    casting.sign(made.items[0], made.lead)
    force_key(made.items[0], made.member, 2)
    assert found() == ["item 1: who turned a key had no role to do so"]


def test_a_second_key_without_a_first_is_found(made):
    force_key(made.items[0], made.reviewer, 2)
    assert found() == ["item 1: a key was turned out of order"]


def test_a_requester_who_approved_is_found(made):
    waiver = deployments.request_waiver(made.items[0], by=again(made.reviewer), justification="We go without it")
    force_approval(waiver, made.reviewer)
    assert found() == ["the waiver of item 1: who contributed turned a key that others turn"]


def test_a_key_turned_before_somebody_left_or_changed_her_role_stays_right(made):
    casting.sign(made.items[0], made.reviewer)
    casting.sign(made.items[0], made.other_reviewer)
    accounts.remove_member(Membership.objects.get(user=made.reviewer), by=again(made.lead))
    accounts.change_role(Membership.objects.get(user=made.other_reviewer), by=again(made.lead), role=Role.AUDITOR)
    assert found() == []
