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


def wants_an_empty_database(item: pytest.Item) -> bool:
    """Whether a test is at the database, and not inside the transaction that tests/stages.py opens."""
    asked_for = getattr(item, "fixturenames", ())
    if not MADE_ONCE.isdisjoint(asked_for):
        return False
    return item.get_closest_marker("django_db") is not None or "django_db_setup" in asked_for


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to the run on SQLite what needs no engine, and begin with what takes longest."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    items[:] = [item for tests in sorted(files.values(), key=_place) for item in sorted(tests, key=_in_its_file)]
    if os.environ.get("KEYTURN_TEST_ENGINE") == "postgresql":
        once = [item for item in items if not depends_on_the_engine(item)]
        items[:] = [item for item in items if depends_on_the_engine(item)]
        config.hook.pytest_deselected(items=once)


def _place(tests: list[pytest.Item]) -> tuple[int, int]:
    """Among all files: those that stand on the same follow each other, so that it stays from one to the next."""
    file = tests[0].nodeid
    place = next((place for place, folder in enumerate(FIRST) if file.startswith(folder)), len(FIRST))
    asked_for = {name for item in tests for name in getattr(item, "fixturenames", ())}
    grounds = (any(map(wants_an_empty_database, tests)), "stage_of_file" in asked_for, "people_of_file" in asked_for)
    return place, next((number for number, stands in enumerate(grounds) if stands), len(grounds))


def _in_its_file(item: pytest.Item) -> tuple[bool, bool]:
    """What wants an empty database first, and last what stands on more than its file begins with."""
    asked_for = getattr(item, "fixturenames", ())
    return not MADE_ONCE.isdisjoint(asked_for), not MADE_ON_TOP.isdisjoint(asked_for)
