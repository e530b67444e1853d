"""What was carried over is judged once more when everything is verified, by the chain and by the rows."""

import uuid
from types import SimpleNamespace

import pytest
from django.utils import timezone

from apps.deployments import commands as deployments
from apps.deployments.events import ItemSigned
from apps.deployments.models import CarriedItem, Item
from apps.ledger import commands as ledger
from apps.reruns import commands
from apps.reruns.events import ItemReopened
from apps.signoff.models import Signature
from tests.cast import again, sign
from tests.deployments.rows import one
from tests.deployments.templates import item
from tests.ledger.test_conditions_again import faults
from tests.reruns.ended import ended, rerun
from tests.signoff.subjects import proved_series
from tests.stages import fixtures_on_top
from tests.tampering import lifted

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


def add_rerun(people: SimpleNamespace) -> None:
    people.parent = ended(people)
    people.deployment = deployments.open_review(rerun(people, people.parent), by=again(people.lead))


made_of_file, made = fixtures_on_top("people", add_rerun)


def test_nothing_is_found_where_items_were_carried_over_and_opened_again(made):
    commands.reopen_item(item(made.deployment, "backup"), by=again(made.lead))
    sign(item(made.deployment, "backup"), made.member)
    assert faults() == []


def test_a_key_of_an_item_that_was_carried_over_is_found(made):
    backup, series = item(made.deployment, "backup"), proved_series(again(made.reviewer))
    with lifted("deployments_inapplicable"):
        key = Signature.objects.create(
            sign_off=backup.sign_off, revision=1, slot=1, signer=made.reviewer, name="Ruth", meaning="performed",
            digest=backup.sign_off.digest, signed_at=timezone.now(), intent=uuid.uuid4(),
            means="password", series=series,
        )  # fmt: skip
    event = ItemSigned(item=backup.pk, number=1, meaning="performed", slot=1, required=2, name="Ruth")
    ledger.record(made.deployment.stream, event, by=again(made.reviewer), rows=[key])
    found = " ".join(faults())
    assert "was written for an item that was carried over" in found
    assert "item 1 of api 2.5.0 → production is carried over, and has keys of its own" in found


def test_what_is_carried_over_after_the_deployment_began_is_found(made):
    late, origin = item(made.deployment, "late"), item(made.parent, "late")
    with lifted():
        row = CarriedItem.objects.create(item=late, origin=origin)
    event = ItemReopened(item=late.pk, number=late.number, parent_code="PAY-1")
    ledger.record(made.deployment.stream, event, by=again(made.lead), rows=[row])
    found = faults()
    assert any("was carried over after the deployment began" in each for each in found)
    assert any("does not have the keys for it" in each for each in found)


def test_what_says_something_else_than_its_parent_signed_is_found(made):
    """Whoever holds the application's secret proves the changed row as well; the parent still does not bear it out."""
    backup = item(made.deployment, "backup")
    with lifted():
        one(Item, backup, text="One copy.")
    event = ItemReopened(item=backup.pk, number=1, parent_code="PAY-1")
    ledger.record(made.deployment.stream, event, by=again(made.lead), rows=Item.objects.filter(pk=backup.pk))
    assert [each for each in faults() if "signed something else" in each]
