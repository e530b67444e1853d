"""What runs on both engines: decided by what a test asks for, never by a list."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests import selection


def test_what_needs_no_database_runs_once(request, tmp_path):
    assert not selection.depends_on_the_engine(request.node)


@pytest.mark.django_db
def test_what_is_marked_for_a_database_runs_on_both_engines(request):
    assert selection.depends_on_the_engine(request.node)


@pytest.fixture
def made(db):
    return db


def test_what_reaches_a_database_through_a_fixture_runs_on_both_engines(request, made):
    assert selection.depends_on_the_engine(request.node)


def test_what_asks_for_the_engine_runs_on_both(request, engine):
    assert selection.depends_on_the_engine(request.node)


def an_item(nodeid, *asked_for):
    return SimpleNamespace(nodeid=nodeid, fixturenames=asked_for, get_closest_marker=lambda name: None)


def selected(monkeypatch, engine, *names):
    """Which of these tests a run keeps, in its order; a name with “db” in it stands for one that needs a database."""
    items: list[Any] = [an_item(f"tests/{name}") for name in names]
    left_out: list[Any] = []
    hook = SimpleNamespace(pytest_deselected=lambda items: left_out.extend(items))
    monkeypatch.setenv("KEYTURN_TEST_ENGINE", engine)
    monkeypatch.setattr(selection, "depends_on_the_engine", lambda item: "db" in item.nodeid)
    config: Any = SimpleNamespace(hook=hook)
    selection.pytest_collection_modifyitems(config, items)
    assert len(items) + len(left_out) == len(names)
    return [item.nodeid.removeprefix("tests/") for item in items]


def test_the_first_run_keeps_everything(monkeypatch):
    assert selected(monkeypatch, "sqlite", "core/pure", "core/db") == ["core/pure", "core/db"]


def test_the_second_run_keeps_what_needs_a_database(monkeypatch):
    assert selected(monkeypatch, "postgresql", "core/pure", "core/db") == ["core/db"]


def test_stories_come_first_so_that_the_rest_fills_the_time_that_they_wait(monkeypatch):
    names = ("accounts/a", "core/b", "project/c", "journeys/d")
    assert selected(monkeypatch, "sqlite", *names) == ["journeys/d", "project/c", "accounts/a", "core/b"]


def test_what_stands_on_more_than_the_stage_of_its_file_comes_after_the_rest_of_the_file():
    items: list[Any] = [
        an_item("tests/core/a.py::ready", "stage_of_file", "ready_of_file"),
        an_item("tests/core/a.py::x", "stage_of_file"),
        an_item("tests/core/a.py::db", "django_db_setup"),
    ]
    selection.pytest_collection_modifyitems(None, items)
    assert [item.nodeid for item in items] == ["tests/core/a.py::db", "tests/core/a.py::x", "tests/core/a.py::ready"]


def test_files_that_stand_on_the_same_follow_each_other():
    asked_for = {
        "pure": (), "people": ("people_of_file",), "stage": ("stage_of_file",), "db": ("django_db_setup",),
        "both": ("django_db_setup", "stage_of_file"), "more_stage": ("stage_of_file",),
    }  # fmt: skip
    items: list[Any] = [an_item(f"tests/core/{name}.py::test", *asked) for name, asked in asked_for.items()]
    items.append(an_item("tests/core/both.py::other", "django_db_setup"))
    selection.pytest_collection_modifyitems(None, items)
    files = [item.nodeid.removeprefix("tests/core/").partition(".")[0] for item in items]
    assert files == ["db", "both", "both", "stage", "more_stage", "people", "pure"]


@pytest.mark.browser
@pytest.mark.django_db
def test_what_is_about_the_browser_runs_once(request):
    assert not selection.depends_on_the_engine(request.node)
