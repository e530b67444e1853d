"""Which items apply is judged once more when everything is verified, and no key is turned where one does not."""

import re
import uuid
from types import SimpleNamespace

import pytest
from django.utils import timezone

from apps.deployments.events import ItemSigned, ItemsJudged
from apps.deployments.models import Item
from apps.ledger import commands as ledger
from apps.signoff.models import Signature, SignOff
from apps.waivers.events import WaiverApproved
from project import verification
from tests.cast import again, sign
from tests.deployments.templates import blank, fill, item, line, review, where
from tests.signoff.subjects import proved_series
from tests.tampering import lifted
from tests.waivers import asking

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]
LINES = (
    line("cache", fill_ins=[blank("Cache", "choice", "redis", "none")]),
    line("ping", conditions=[where("item", "redis", name="cache")]),
)  # fmt: skip


@pytest.fixture
def made(people: SimpleNamespace) -> SimpleNamespace:
    people.deployment = review(people, *LINES)
    return people


def faults() -> list[str]:
    """What verifying finds."""
    return [str(each) for each in verification.verify().faults]


def stored(sign_off: SignOff, cast: SimpleNamespace, meaning: str) -> Signature:
    """A key of the reviewer, behind the back of the database's own rules."""
    with lifted("deployments_inapplicable"):
        return Signature.objects.create(
            sign_off=sign_off, revision=sign_off.revision, slot=1, signer=cast.reviewer, name="Ruth", meaning=meaning,
            digest=sign_off.digest, signed_at=timezone.now(), intent=uuid.uuid4(), means="password",
            series=proved_series(cast.reviewer),
        )  # fmt: skip


def test_nothing_is_found_where_items_went_and_came_back_with_their_keys(made: SimpleNamespace) -> None:
    sign(item(made.deployment, "ping"), made.member)
    for answer in ("none", "redis"):
        fill(made.deployment, "cache", answer, by=made.member)
    sign(item(made.deployment, "ping"), made.reviewer)
    assert faults() == []


def test_a_key_of_an_item_that_did_not_apply_is_found(made: SimpleNamespace) -> None:
    fill(made.deployment, "cache", "none", by=made.member)
    ping = item(made.deployment, "ping")
    key = stored(ping.sign_off, made, "performed")
    event = ItemSigned(item=ping.id, number=2, meaning="performed", slot=1, required=2, name="Ruth")
    ledger.record(made.deployment.stream, event, by=again(made.reviewer), rows=[key])
    found = faults()
    assert len(found) == 1
    assert "was written for an item that did not apply" in found[0]


def test_an_approval_of_its_waiver_is_found_too(made: SimpleNamespace) -> None:
    ping = item(made.deployment, "ping")
    waiver = asking.ask(ping, by=again(made.member), justification="Not needed for this release.")
    fill(made.deployment, "cache", "none", by=made.member)
    key = stored(waiver.sign_off, made, "approved")
    event = WaiverApproved(
        item=ping.id, number=2, waiver=waiver.id, meaning="approved", slot=1, required=1, name="Ruth"
    )
    ledger.record(made.deployment.stream, event, by=again(made.reviewer), rows=[key])
    assert [each for each in faults() if "was written for an item that did not apply" in each]


@pytest.mark.parametrize(
    ("answer", "values", "wrong"),
    [
        ("redis", {"applies": False, "inapplicable": "Not today."}, "item 2 of .* is out for no reason"),
        ("none", {"applies": True, "inapplicable": ""}, "item 2 of .* applies, although a condition does not hold"),
    ],
)
def test_an_item_that_is_said_to_apply_or_not_against_its_conditions_is_found(
    made: SimpleNamespace, answer: str, values: dict[str, object], wrong: str
) -> None:
    fill(made.deployment, "cache", answer, by=made.member)
    ping = item(made.deployment, "ping")
    Item.objects.filter(pk=ping.pk).update(**values)
    event = ItemsJudged(items=[str(ping.pk)], apply=[], out=[2], reasons={})
    ledger.record(made.deployment.stream, event, by=again(made.member), rows=Item.objects.filter(pk=ping.pk))
    (found,) = faults()
    assert re.search(wrong, found)
