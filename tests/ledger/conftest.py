"""One honest history for all who tamper with it."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.ledger import histories
from tests.ledger.asking import read_chains
from tests.tampering import leave_alone, lift_all, settle


@pytest.fixture(scope="module")
def history(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[SimpleNamespace]:
    """A closed deployment with everything, a cancelled one and a draft, or the HISTORY of the module; made once."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = getattr(request.module, "HISTORY", histories.closed)()
        cast.stream = cast.deployment.stream
        settle()
        yield cast
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def chains(history: SimpleNamespace, django_db_blocker: DjangoDbBlocker) -> bytes:
    """What its chains say: see tests/ledger/asking.py."""
    with django_db_blocker.unblock():
        return read_chains()


@pytest.fixture
def undone(history: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """The history for one test; afterwards it is as it was, guards included."""
    with transaction.atomic():
        yield history
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def without_guards(history: SimpleNamespace) -> Iterator[None]:
    """Guards are lifted once, from the first test that asks; tests/selection.py lets those that need them go first."""
    with transaction.atomic():
        lift_all()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def tampered(without_guards: None, undone: SimpleNamespace) -> SimpleNamespace:
    """The history without its guards."""
    leave_alone()
    return undone
