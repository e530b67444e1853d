"""Which test runs in which run, and in what order: what touches a database runs on both engines, the rest once."""

import os

import pytest

# Whoever asks for one of these, directly or through another fixture, has an engine's database, server or broker.
OF_AN_ENGINE = frozenset({"django_db_setup", "engine", "broker"})
MADE_ONCE = frozenset({"people_of_file", "stage_of_file"})
MADE_ON_TOP = frozenset({"ready_of_file", "made_of_file", "without_guards"})
# Stories that wait for servers and browsers come first: whatever else there is fills the time that they wait.
FIRST = ("tests/journeys/", "tests/project/", "tests/ledger/")


def depends_on_the_engine(item: pytest.Item) -> bool:
    """Whether a test could end differently on the other engine; pytest-django refuses a database to all others.

    A story marked `browser` is about what a browser does with pages that both engines serve alike.
    """
    if item.get_closest_marker("browser") is not None:
        return False
    asked_for = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or not OF_AN_ENGINE.isdisjoint(asked_for)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to the run on SQLite what needs no engine, and begin with what takes longest."""
    files = {_file(item): place for place, item in reversed(list(enumerate(items)))}
    items.sort(key=lambda item: (*_place(item), files[_file(item)], _is_on_top(item)))
    if os.environ.get("KEYTURN_TEST_ENGINE") == "postgresql":
        once = [item for item in items if not depends_on_the_engine(item)]
        items[:] = [item for item in items if depends_on_the_engine(item)]
        config.hook.pytest_deselected(items=once)


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _is_on_top(item: pytest.Item) -> bool:
    """Whether a test stands on more than its file begins with, which is there for all that come after it."""
    return not MADE_ON_TOP.isdisjoint(getattr(item, "fixturenames", ()))


def _place(item: pytest.Item) -> tuple[bool, int]:
    # Tests that want an empty database come before those inside the transaction that tests/stages.py opens.
    inside = not MADE_ONCE.isdisjoint(getattr(item, "fixturenames", ()))
    place = next((place for place, folder in enumerate(FIRST) if item.nodeid.startswith(folder)), len(FIRST))
    return inside, place
