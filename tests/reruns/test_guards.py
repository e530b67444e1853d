"""What the database refuses about what is carried over, and that the guard, nothing else, is what refuses it."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from apps.deployments import commands as deployments
from apps.deployments.models import Attachment, CarriedItem, Deployment, Item, Waiver
from apps.deployments.selectors import carried_faults
from apps.evidence import commands as evidence
from apps.evidence.models import Kind
from apps.reruns import commands
from apps.rollback.models import RollbackPlan
from apps.signoff.models import Contribution, Signature
from tests import cast as casting
from tests.cast import again
from tests.deployments.rows import one, own, stored_sign_off
from tests.deployments.templates import item, line, review, start
from tests.reruns.ended import close, ended, rerun, sign
from tests.signoff.subjects import series_of
from tests.tampering import lifted, settle
from tests.waivers import asking

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SimpleNamespace]:
    """What has ended, run again once as a draft and once in review, with one item opened; made once."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = casting.people()
        cast.parent = ended(cast)
        cast.draft = rerun(cast, cast.parent)
        cast.run = deployments.open_review(rerun(cast, cast.parent, items=["pinned"]), by=again(cast.lead))
        commands.reopen_item(item(cast.run, "tests"), by=again(cast.lead))
        cast.running = review(cast, line("backup", text="Both copies."))
        sign(cast, cast.running, "backup")
        settle()
        yield cast
        transaction.set_rollback(True)


@pytest.fixture
def cast(made: SimpleNamespace, db: None) -> SimpleNamespace:
    return made


def carry(target: Item, origin: Item, **values: Any) -> CarriedItem:
    return CarriedItem.objects.create(item=target, origin=origin, **values)


def refused(answer: str, guard: str, act: Any) -> None:
    """`act` is refused with these words, and done once this guard alone is lifted."""
    with pytest.raises(IntegrityError, match=answer), transaction.atomic():
        act()
    with lifted(guard), transaction.atomic():
        act()


BEGINS = "deployments_carrieditem_begins"


def test_what_is_carried_over_was_signed_by_everybody_it_takes(cast):
    refused("all keys were turned", BEGINS, lambda: carry(item(cast.draft, "late"), item(cast.parent, "late")))


def test_a_waiver_is_not_carried_over(cast):
    refused("all keys were turned", BEGINS, lambda: carry(item(cast.draft, "mail"), item(cast.parent, "mail")))


def test_what_has_not_ended_carries_nothing_over(cast):
    draft = start(cast, line("backup", text="Both copies."))
    with pytest.raises(IntegrityError, match="all keys were turned"), transaction.atomic():
        carry(item(draft, "backup"), item(cast.running, "backup"))


def test_it_comes_from_what_is_run_again(cast):
    draft = start(cast, line("backup", text="Both copies."))
    refused("comes from what is run again", BEGINS, lambda: carry(item(draft, "backup"), item(cast.parent, "backup")))


@pytest.mark.parametrize(
    ("column", "value"),
    [("title", "Another"), ("text", "One copy."), ("result", "Done"), ("commands", ["rm"]), ("critical", True)],
)
def test_it_says_what_was_signed(cast, column, value):
    target = item(cast.run, "pinned")
    with lifted("deployments_item_changes", "signoff_signoff_fixed"):
        one(Item, target, keys=2)  # what is critical takes two
        one(Item, target, **{column: value})
    with lifted("deployments_deployment_moves"):
        one(Deployment, cast.run, state="draft")
    refused("says what was signed", BEGINS, lambda: carry(target, item(cast.parent, "pinned")))


def test_another_answer_is_not_what_was_signed(cast):
    origin = item(cast.parent, "tests")
    draft = rerun(cast, cast.parent, items=["tests"])
    target = item(draft, "tests")
    with pytest.raises(IntegrityError, match="says what was signed"), transaction.atomic():
        carry(target, origin)
    with lifted("deployments_item_changes"):
        one(Item, target, fill_ins=origin.fill_ins, result=origin.result)
    assert carry(target, origin)


def test_nothing_is_carried_over_once_the_review_is_open(cast):
    target = item(cast.run, "pinned")
    refused("when a deployment begins", BEGINS, lambda: carry(target, item(cast.parent, "pinned")))


def test_nothing_begins_as_opened_again(cast):
    draft = rerun(cast, cast.parent, items=["backup"])
    opened = {"opened_at": timezone.now(), "opened_by": cast.lead, "opened_by_name": "Lead"}
    target, origin = item(draft, "backup"), item(cast.parent, "backup")
    refused("when a deployment begins", BEGINS, lambda: carry(target, origin, **opened))


@pytest.mark.parametrize("column", ["origin", "item"])
def test_it_is_only_ever_opened_again(cast, column):
    row = item(cast.run, "backup").carried
    other = item(cast.parent if column == "origin" else cast.run, "mail")
    refused("only ever opened", "deployments_carrieditem_changes", lambda: one(CarriedItem, row, **{column: other}))


def test_what_was_opened_again_is_not_carried_over_again(cast):
    row = item(cast.run, "tests").carried
    closed = {"opened_at": None, "opened_by": None, "opened_by_name": ""}
    refused("only ever opened", "deployments_carrieditem_changes", lambda: one(CarriedItem, row, **closed))


def test_it_is_kept_for_good(cast):
    row = item(cast.run, "backup").carried
    with pytest.raises(IntegrityError, match="kept for good"), transaction.atomic():
        CarriedItem.objects.filter(pk=row.pk).delete()


def test_what_a_closed_deployment_carries_over_stays(cast):
    closed = close(cast, rerun(cast, cast.parent))
    opened = {"opened_at": timezone.now(), "opened_by": cast.lead, "opened_by_name": "Lead"}
    row = item(closed, "backup").carried
    refused("carries over stays", "deployments_carrieditem_changes", lambda: one(CarriedItem, row, **opened))


def test_it_takes_no_keys(cast):
    sign_off = item(cast.run, "backup").sign_off
    key = {"name": "M", "meaning": "performed", "digest": sign_off.digest, "signed_at": timezone.now()}
    key |= {"means": "password", "series": series_of(cast.member)}
    refused(
        "carried over takes no keys",
        "deployments_inapplicable",
        lambda: Signature.objects.create(
            sign_off=sign_off, revision=1, slot=1, signer=cast.member, intent=sign_off.pk, **key
        ),
    )


def test_it_takes_no_waiver(cast):
    terms = asking.terms(cast.member)
    waiver = Waiver(item=item(cast.run, "backup"), justification="Why not", requested_by=cast.member, **terms)
    waiver.requested_by_name = "M"
    own(waiver, stored_sign_off(cast.team, contributor_keys=0))
    Contribution.objects.create(sign_off=waiver.sign_off, round=1, person=cast.member, name="M")
    refused("carried over takes no keys", "deployments_waiver_begins", lambda: waiver.save(force_insert=True))


def test_it_takes_no_evidence(cast):
    filed = evidence.file_evidence(cast.team, by=again(cast.member), kind=Kind.NOTE, title="x", text="x")
    row = Attachment(item=item(cast.run, "backup"), evidence=filed, position=1)
    refused("carried over takes no keys", "deployments_attachment_begins", lambda: row.save(force_insert=True))


@pytest.mark.parametrize(
    ("column", "value"), [("title", "Else"), ("text", "Else"), ("result", "Else"), ("commands", [])]
)
def test_it_stays_as_it_was_signed(cast, column, value):
    target = item(cast.run, "alerts")
    values = {column: ["rm"] if column == "commands" else value}
    refused("stays as it was signed", "deployments_item_changes", lambda: one(Item, target, **values))


@pytest.mark.parametrize("column", ["service", "environment", "parent"])
def test_what_has_ended_is_run_again_for_the_same_place(cast, column):
    values = {name: getattr(cast.draft, name) for name in ("team", "template_version", "service", "environment")}
    plan = RollbackPlan.objects.create(team=cast.team)
    wrong = cast.running if column == "parent" else "elsewhere"
    fields = {**values, "parent": cast.parent, "version": "3", "change": "x", column: wrong}
    number = cast.team.deployments.count() + 1
    refused(
        "what has ended is run again",
        "deployments_deployment_begins",
        lambda: Deployment.objects.create(
            **fields, number=number, rollback_plan=plan, created_by=cast.lead, created_by_name="Lead"
        ),
    )


def test_a_deployment_keeps_its_parent(cast):
    act = lambda: one(Deployment, cast.draft, change="Something else")  # noqa: E731
    refused("keeps its team and number", "deployments_deployment_moves", act)


def test_what_the_rows_bear_out_is_found_in_order(cast):
    assert not list(carried_faults())


def tampered(cast: SimpleNamespace) -> dict[str, tuple[Callable[[], Any], str]]:
    """What somebody may have changed behind the application's back, and what verifying says of it."""
    row, origin = item(cast.draft, "backup").carried, item(cast.parent, "backup")
    keys = Signature.objects.filter(sign_off=origin.sign_off)
    return {
        "another text there": (lambda: one(Item, origin, text="One copy."), "signed something else"),
        "another result here": (lambda: one(Item, row.item, result="Never"), "signed something else"),
        "keys taken away": (keys.delete, "does not have the keys"),
        "an item nobody signed": (lambda: one(CarriedItem, row, origin=item(cast.parent, "late")), "have the keys"),
        "one that runs": (lambda: one(CarriedItem, row, origin=item(cast.running, "backup")), "or not over"),
        "another parent": (lambda: one(Deployment, cast.draft, parent=cast.running), "not of what it runs again"),
        "a parent that runs": (lambda: one(Deployment, cast.draft, parent=cast.running), "is not over"),
        "another place": (lambda: one(Deployment, cast.draft, environment="staging"), "another place"),
    }


@pytest.mark.parametrize("what", [
    "another text there", "another result here", "keys taken away", "an item nobody signed", "one that runs",
    "another parent", "a parent that runs", "another place",
])  # fmt: skip
def test_what_the_parent_does_not_bear_out_is_found(cast, what):
    act, says = tampered(cast)[what]
    with lifted():
        act()
    assert any(says in str(fault) for fault in carried_faults()), list(map(str, carried_faults()))
