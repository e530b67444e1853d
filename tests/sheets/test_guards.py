"""What the database refuses about sheets, and that the guard, nothing else, is what refuses it."""

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from apps.accounts.models import User
from apps.deployments import commands as deployments
from apps.deployments.models import Deployment, Item
from apps.sheets import commands as sheets
from apps.sheets.models import Sheet
from apps.sheets.states import OUTCOMES, Answer
from apps.signoff.models import SignOff
from tests import cast as casting
from tests.cast import again
from tests.deployments.rows import one, own, stored_sign_off
from tests.tampering import lifted, settle, sql

pytestmark = [pytest.mark.django_db, pytest.mark.unrecorded]


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SimpleNamespace]:
    """A deployment whose sheet says no and waits for its second key, a cancelled one, and one without a sheet."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = casting.stage()
        casting.sign(cast.items[3], cast.member)
        cast.sheet = casting.complete(cast, answer=Answer.NO)
        cast.closed = casting.deploy(cast.team, cast.version, by=cast.lead)
        deployments.cancel_deployment(cast.closed, by=again(cast.lead), reason="No need")
        cast.without_sheet = casting.deploy(cast.team, cast.version, by=cast.lead)
        settle()
        yield cast
        transaction.set_rollback(True)


@pytest.fixture
def cast(made: SimpleNamespace) -> Iterator[SimpleNamespace]:
    with transaction.atomic():
        yield made
        transaction.set_rollback(True)


def borrowed(cast: SimpleNamespace, item: Item) -> SignOff:
    """The sign-off that an item signed or will sign."""
    return SignOff.objects.get(item=item)


def sheet(cast: SimpleNamespace, sign_off: SignOff, *, deployment: Deployment | None = None) -> None:
    right = {"version_deployed": "1", "answer": "yes", "verdict": "GO"}
    own(Sheet(deployment=deployment or cast.without_sheet, **right), sign_off).save(force_insert=True)


def end(cast: SimpleNamespace, outcome: str) -> None:
    one(Deployment, cast.deployment, state="closed", outcome=outcome, closed_at=timezone.now(), closed_by=cast.lead)


def begin_item(cast: SimpleNamespace, sign_off: SignOff) -> None:
    """Store an item that is right but for its sign-off."""
    first = cast.items[0]
    item = Item(deployment=cast.deployment, section_id=first.section_id, number=99, title="t", keys=2)
    own(item, sign_off).save(force_insert=True)


def caveats(owner: User) -> dict[str, Any]:
    """What a sheet with caveats says of them."""
    answered = {"caveats_owner": owner, "caveats_owner_name": owner.full_name, "caveats_due_on": date(2099, 1, 1)}
    return {"answer": "caveats", "verdict": "GO", "caveats": "Memory", **answered}


def with_caveats(cast: SimpleNamespace, owner: User) -> None:
    """Store a sheet whose caveats somebody answers for."""
    right = {"version_deployed": "1", **caveats(owner)}
    own(Sheet(deployment=cast.without_sheet, **right), stored_sign_off(cast.team)).save(force_insert=True)


def gives_caveats(cast: SimpleNamespace, owner: User) -> None:
    """Change the lines of the sheet, once its first key fell."""
    sheets.send_back_sheet(cast.sheet, by=again(cast.reviewer), reason="Which queue?")
    one(Sheet, cast.sheet, **caveats(owner))


UNDER = "what turned keys cover cannot change under them"
ALONE = "a sign-off belongs to one subject alone"
NO_SHEET = "only a sheet signed by two people"
WRONG = {
    "it is completed by hand": (lambda c: end(c, "completed"), NO_SHEET),
    "it is ended by hand": (lambda c: end(c, "not_released"), NO_SHEET),
    "a sheet that borrows the keys of an item": (lambda c: sheet(c, borrowed(c, c.items[3])), ALONE),
    "a sheet that waits for the keys of an item": (lambda c: sheet(c, borrowed(c, c.items[1])), ALONE),
    "an item that borrows the keys of the sheet": (lambda c: begin_item(c, c.sheet.sign_off), ALONE),
    "the sheet says yes after all": (lambda c: one(Sheet, c.sheet, issues="x"), UNDER),
    "the sheet moves": (
        lambda c: one(Sheet, c.sheet, deployment=c.closed),
        f"a sheet stays with its deployment|{UNDER}",
    ),
    "a sheet one person signs": (
        lambda c: sheet(c, stored_sign_off(c.team, required=1)),
        "two people of the team sign a sheet",
    ),
    "a sheet another team signs": (
        lambda c: sheet(c, stored_sign_off(c.other_team)),
        "two people of the team sign a sheet",
    ),
    "somebody from outside answers for its caveats": (
        lambda c: with_caveats(c, c.stranger),
        "who answers for the caveats is a member of the team",
    ),
    "the caveats of a sheet go to somebody from outside": (
        lambda c: gives_caveats(c, c.stranger),
        "who answers for the caveats is a member of the team",
    ),
    "a sheet for a closed deployment": (
        lambda c: sheet(c, stored_sign_off(c.team), deployment=c.closed),
        "a closed deployment takes no more sheet",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_the_database_refuses_that(cast, what):
    act, answer = WRONG[what]
    with pytest.raises(IntegrityError, match=answer), transaction.atomic():
        act(cast)


@pytest.mark.parametrize("what", WRONG)
def test_without_the_guards_nothing_would_refuse_it(cast, what):
    act, _ = WRONG[what]
    with lifted():
        act(cast)


@pytest.mark.parametrize("answer", Answer)
def test_one_key_ends_no_deployment_whatever_the_sheet_answers(cast, answer):
    lines = caveats(cast.member) if answer == Answer.CAVEATS else {"answer": answer, "verdict": "GO"}
    with lifted("sheets_sheet_changes"):
        one(Sheet, cast.sheet, **lines)
    with pytest.raises(IntegrityError, match=NO_SHEET), transaction.atomic():
        end(cast, OUTCOMES[answer])


def test_two_keys_end_it_as_the_sheet_answers_and_not_otherwise(cast):
    closed = casting.verify(cast, cast.sheet).deployment
    assert closed.outcome == "not_released"
    with lifted("deployments_deployment_moves"), pytest.raises(IntegrityError, match=NO_SHEET), transaction.atomic():
        end(cast, "completed")


def test_a_sheet_is_not_deleted(cast):
    with pytest.raises(IntegrityError, match="kept"), transaction.atomic():
        Sheet.objects.all()._raw_delete("default")


def test_without_the_guards_it_would_be(cast):
    with lifted():
        Sheet.objects.all()._raw_delete("default")


def test_a_sheet_is_not_replaced_or_truncated(cast):
    statement = "INSERT OR REPLACE INTO sheets_sheet SELECT * FROM sheets_sheet"
    if connection.vendor == "postgresql":
        statement = "TRUNCATE sheets_sheet CASCADE"
        settle()
    with pytest.raises(IntegrityError), transaction.atomic():
        sql(statement)


def test_what_is_right_goes_through(cast):
    sheet(cast, stored_sign_off(cast.team))
