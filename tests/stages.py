"""The cast and its stage for tests: made once a file, and each test finds them as they were.

What `cast.people()` and `cast.stage()` record stays in a transaction around the tests of a file; what a test adds is
undone at its end by the savepoint that pytest-django takes. Each test gets objects of its own, so that what one
remembers about a person or an item is unknown to the next.
"""

import pickle
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from apps.boards.selectors import rendered
from tests import cast


class Made:
    """What was made once. Pickling takes a third of the time that `copy.deepcopy` takes for the same."""

    def __init__(self, made: SimpleNamespace) -> None:
        self._stored = pickle.dumps(made, pickle.HIGHEST_PROTOCOL)

    def copy(self) -> SimpleNamespace:
        """Objects of one's own."""
        return pickle.loads(self._stored)


def made_once(make: Callable[[], SimpleNamespace], blocker: DjangoDbBlocker) -> Iterator[Made]:
    """What `make` records, until the last test of the file has ended."""
    with blocker.unblock(), transaction.atomic():
        made = Made(make())
        with blocker.block():
            yield made
        transaction.set_rollback(True)


def made_on_top(below: Made, add: Callable[[SimpleNamespace], object], blocker: DjangoDbBlocker) -> Iterator[Made]:
    """What `add` records on top of that, for the fixture `made_of_file` of a file or a folder.

    tests/selection.py lets tests without it go first.
    """

    def make() -> SimpleNamespace:
        made = below.copy()
        add(made)
        return made

    yield from made_once(make, blocker)


@pytest.fixture(scope="module")
def people_of_file(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Made]:
    """The people of all tests of a file. Tests ask for `people`."""
    yield from made_once(cast.people, django_db_blocker)


@pytest.fixture(scope="module")
def stage_of_file(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Made]:
    """The stage of all tests of a file. Tests ask for `stage`."""
    yield from made_once(cast.stage, django_db_blocker)


@pytest.fixture(scope="module")
def ready_of_file(stage_of_file: Made, django_db_blocker: DjangoDbBlocker) -> Iterator[Made]:
    """The stage, from the first test that asks for it; tests/selection.py lets those without it go first."""
    yield from made_on_top(stage_of_file, cast.make_ready, django_db_blocker)


@pytest.fixture
def people(people_of_file: Made, db: None) -> SimpleNamespace:
    """`cast.people()`. A test with transactions of its own calls that instead."""
    return people_of_file.copy()


@pytest.fixture
def stage(stage_of_file: Made, db: None) -> SimpleNamespace:
    """`cast.stage()`. A test with transactions of its own calls that instead."""
    return stage_of_file.copy()


@pytest.fixture
def ready(ready_of_file: Made, db: None) -> SimpleNamespace:
    """The stage, ready to be closed: `cast.make_ready(stage)`."""
    return ready_of_file.copy()


@pytest.fixture(autouse=True)
def nothing_rendered() -> None:
    """Two tests may give one item the same version; a row rendered for the first is not for the second."""
    rendered.forget()
