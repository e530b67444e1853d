"""Which test runs in which run, and in what order: what touches a database runs on both engines, the rest once."""

import os

import pytest

# Whoever asks for one of these, directly or through another fixture, has an engine's database, server or broker.
OF_AN_ENGINE = frozenset({"django_db_setup", "engine", "broker"})
MADE_ONCE = frozenset({"people_of_file", "stage_of_file"})
# Stories that wait for servers and browsers come first: whatever else there is fills the time that they wait.
FIRST = ("tests/journeys/", "tests/project/", "tests/ledger/")


def depends_on_the_engine(item: pytest.Item) -> bool:
    """Whether a test could end differently on the other engine; pytest-django refuses a database to all others."""
    asked_for = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or not OF_AN_ENGINE.isdisjoint(asked_for)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to the run on SQLite what needs no engine, and begin with what takes longest."""
    items.sort(key=_place)
    if os.environ.get("KEYTURN_TEST_ENGINE") == "postgresql":
        once = [item for item in items if not depends_on_the_engine(item)]
        items[:] = [item for item in items if depends_on_the_engine(item)]
        config.hook.pytest_deselected(items=once)


def _place(item: pytest.Item) -> tuple[bool, int]:
    # Tests that want an empty database come before those inside the transaction that tests/stages.py opens.
    inside = not MADE_ONCE.isdisjoint(getattr(item, "fixturenames", ()))
    place = next((place for place, folder in enumerate(FIRST) if item.nodeid.startswith(folder)), len(FIRST))
    return inside, place
