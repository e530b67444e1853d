"""The cast and its stage for tests: made once for many files, and each test finds them as they were.

What `cast.people()` and `cast.stage()` record stays in a transaction around the tests of all files that ask for the
same, until one asks for something else (`Ground`), on PostgreSQL until the file ends; what a file or a test adds is
undone at its end by a savepoint.
Each test gets objects of its own, so that what one remembers about a person or an item is unknown to the next.
"""

import pickle
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from apps.boards.selectors import rendered
from tests import cast, recorded, selection


class Made:
    """What was made once. Pickling takes a third of the time that `copy.deepcopy` takes for the same."""

    def __init__(self, made: SimpleNamespace) -> None:
        self._stored = pickle.dumps(made, pickle.HIGHEST_PROTOCOL)

    def copy(self) -> SimpleNamespace:
        """Objects of one's own."""
        return pickle.loads(self._stored)


def made_once(make: Callable[[], SimpleNamespace], blocker: DjangoDbBlocker) -> Iterator[Made]:
    """What `make` records on an empty database, until the last test of the file has ended."""
    ground.clear()
    yield from _made(make, blocker)


def _made(make: Callable[[], SimpleNamespace], blocker: DjangoDbBlocker) -> Iterator[Made]:
    with blocker.unblock(), transaction.atomic():
        made = Made(make())
        with recorded.standing(), blocker.block():
            yield made
        transaction.set_rollback(True)


class Ground:
    """What stands in the database from file to file: the people or the stage."""

    def __init__(self) -> None:
        self.users = 0  # files that stand on it: one or none
        self._make: Callable[[], SimpleNamespace] | None = None
        self._until_cleared = ExitStack()

    def under_a_file(self, make: Callable[[], SimpleNamespace], blocker: DjangoDbBlocker) -> Iterator[Made]:
        """What `make` records, whether for this file or for one before it."""
        if self._make is not make:
            self.clear()
            self._made = self._until_cleared.enter_context(contextmanager(_made)(make, blocker))
            self._make = make
        self.users += 1
        yield self._made
        self.users -= 1
        if connection.vendor == "postgresql":  # it cannot clear away what savepoints leave while a transaction is open
            self.clear()

    def clear(self) -> None:
        """Nothing stands there any more."""
        self._make = None
        self._until_cleared.close()


ground = Ground()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test at the database that stands on nothing begins with an empty one."""
    if not ground.users and selection.wants_an_empty_database(item):
        ground.clear()


def made_on_top(below: Made, add: Callable[[SimpleNamespace], object], blocker: DjangoDbBlocker) -> Iterator[Made]:
    """What `add` records on top of that."""

    def make() -> SimpleNamespace:
        made = below.copy()
        add(made)
        return made

    yield from _made(make, blocker)


@pytest.fixture(scope="session")
def ground_of_run(django_db_setup: None) -> Iterator[Ground]:
    """Cleared before the database goes."""
    yield ground
    ground.clear()


def fixtures_on_top(on: str, add: Callable[[SimpleNamespace], object]) -> tuple[Any, Any]:
    """Two fixtures of a file or a folder: what `add` records on top of its `people` or its `stage`, and a copy of that.

    The first has to be called `made_of_file`, so that tests without it go first (tests/selection.py). The second is
    what tests ask for, by any name: `made_of_file, made = fixtures_on_top("stage", add_probes)`.
    """

    # By name, since tests are put in order by the fixtures that pytest sees.
    def on_people(people_of_file: Made, django_db_blocker: DjangoDbBlocker) -> Iterator[Made]:
        yield from made_on_top(people_of_file, add, django_db_blocker)

    def on_stage(stage_of_file: Made, django_db_blocker: DjangoDbBlocker) -> Iterator[Made]:
        yield from made_on_top(stage_of_file, add, django_db_blocker)

    @pytest.fixture
    def copied(made_of_file: Made, db: None) -> SimpleNamespace:
        return made_of_file.copy()

    return pytest.fixture(scope="module")({"people": on_people, "stage": on_stage}[on]), copied


@pytest.fixture(scope="module")
def people_of_file(ground_of_run: Ground, django_db_blocker: DjangoDbBlocker) -> Iterator[Made]:
    """The people of all tests of a file. Tests ask for `people`."""
    yield from ground_of_run.under_a_file(cast.people, django_db_blocker)


@pytest.fixture(scope="module")
def stage_of_file(ground_of_run: Ground, django_db_blocker: DjangoDbBlocker) -> Iterator[Made]:
    """The stage of all tests of a file. Tests ask for `stage`."""
    yield from ground_of_run.under_a_file(cast.stage, django_db_blocker)


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
