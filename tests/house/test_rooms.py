"""Where things are, how long they are, and what they are called."""

import ast
import re

import pytest

from apps.core import states
from apps.core.errors import WrongState
from tests.counted import PURE_ROOMS
from tests.house import source
from tests.house.source import APPS, NAMES, ROOT, files, name, room, tree, walk

ROOMS = {
    "__init__", "commands", "events", "forms", "guards", "management", "models", "permissions", "roles", "rules",
    "selectors", "states", "tasks", "urls", "views",
}  # fmt: skip
# Rooms that only one app has, each a pure one or the one way out of the house.
OWN_ROOMS = {
    "live": {"notes", "presence", "publish", "stream"},
    "ledger": {"chain", "proofs"},
    "probes": {"argv", "conditions", "egress", "kinds", "sandbox"},
    "checklists": {"exports", "library", "markdown"},
    "deployments": {"wording"},
    "imports": {"formats"},
    "notices": {"formats"},
    "records": {"document", "pdf"},
    "factors": {"assertions"},
    "evidence": {"objects"},
    "secrets": {"keyring"},
}
CORE = {
    "__init__.py", "bulk.py", "clock.py", "comparing.py", "errors.py", "fairness.py", "forms/__init__.py",
    "forms/ceremonies.py", "forms/local_times.py", "forms/proofs.py", "guards.py", "hosts.py", "http.py", "lists.py",
    "mail.py", "middleware.py", "permissions.py", "queue.py", "shown.py", "statements.py", "states.py", "storable.py",
    "templatetags/__init__.py", "templatetags/moments.py", "templatetags/ui.py", "wording.py",
}  # fmt: skip
HOMELESS = re.compile(r"utils?|helpers?|misc|services?|managers?|signals?|common|shared|stuff|tools?")
LONGEST_FUNCTION, LONGEST_VIEW, LONGEST_FILE, LONGEST_PAGE, LONGEST_PART = 30, 15, 400, 120, 60
# Mappings written out field by field: splitting them would hide what they list.
LONG_FUNCTIONS = {"item_page"}
LONG_VIEWS: set[str] = set()
# Libraries that cost time at every start or need system packages are imported where they are used.
LAZY_IMPORTS = {
    "apps/evidence/objects.py", "apps/factors/assertions.py", "apps/factors/commands/ceremonies.py",
    "apps/probes/conditions/language.py",
    "apps/records/pdf.py",
}  # fmt: skip
MOST_VERBS = 15


@source.for_each([app for app in NAMES if app != "core"])
def test_an_app_has_no_room_of_another_name(app):
    allowed = ROOMS | OWN_ROOMS.get(app, set())
    other = {room(path) for path in files(f"apps/{app}")} - allowed
    assert not other, f"apps/{app} has rooms that ARCHITECTURE.md does not know: {sorted(other)}"


def test_architecture_lists_the_floors_that_are():
    listed = (ROOT / "ARCHITECTURE.md").read_text().partition("## Floors")[2].partition("─\n")[2].partition("```")[0]
    names = [re.match(r"\w+(?: +│ +\w+)*", line) for line in listed.splitlines()]
    assert [re.split(r" +│ +", each[0]) for each in names if each] == source.floors()


def test_core_has_a_closed_list_of_files():
    assert {path.relative_to(APPS / "core").as_posix() for path in files("apps/core")} == CORE


@source.for_each(NAMES)
def test_an_app_says_in_one_sentence_what_it_is(app):
    assert ast.get_docstring(tree(APPS / app / "__init__.py"))


def test_every_thing_has_a_name():
    named = [path for path in files("apps", "project", "tests", "bench", "scripts") if HOMELESS.fullmatch(path.stem)]
    assert named == []


@source.for_each(files("apps", "project", "tests", "bench", "scripts"), name)
def test_no_file_is_too_long(path):
    generous = 2 if name(path).startswith("tests/") else 1
    assert len(path.read_text().splitlines()) <= LONGEST_FILE * generous


def test_no_function_is_too_long():
    found = {}
    for path in files("apps", "project"):
        limit = LONGEST_VIEW if room_or_none(path) == "views" else LONGEST_FUNCTION
        for function in source.functions(path):
            if source.code_lines(function) > limit:
                found[function.name] = f"{name(path)} {source.code_lines(function)}"
    assert found.keys() <= LONG_FUNCTIONS | LONG_VIEWS, found
    assert len(LONG_FUNCTIONS | LONG_VIEWS) <= 5


def room_or_none(path):
    return room(path) if path.is_relative_to(APPS) else ""


@source.for_each(sorted((ROOT / "templates").rglob("*.html")), name)
def test_no_template_is_too_long(path):
    limit = LONGEST_PART if path.name.startswith("_") else LONGEST_PAGE
    assert len(path.read_text().splitlines()) <= limit


@source.for_each(NAMES)
def test_an_app_has_few_verbs(app):
    assert len(source.commands(app)) <= MOST_VERBS


def test_nothing_is_imported_inside_a_function():
    found = {
        name(path)
        for path in files("apps", "project", "tests", "bench", "scripts")
        for node in walk(path, ast.Import, ast.ImportFrom)
        if any(each.lineno <= node.lineno <= each.end_lineno for each in source.functions(path))
    }
    assert found <= LAZY_IMPORTS


def test_nothing_is_caught_blindly():
    for path in files("apps", "project", "bench", "scripts"):
        for handler in walk(path, ast.ExceptHandler):
            assert handler.type is not None, f"{name(path)}:{handler.lineno}"


def test_there_is_one_signal_and_no_default_order():
    for path in files("apps", "project"):
        text = path.read_text()
        assert "receiver(" not in text, name(path)
        assert not re.search(r"django\.\S*signals import|django\.dispatch", text) or name(path) == "project/apps.py", (
            name(path)
        )
        for node in walk(path, ast.ClassDef):
            ordered = [a for a in node.body if isinstance(a, ast.Assign) and ast.unparse(a.targets[0]) == "ordering"]
            assert node.name != "Meta" or not ordered, name(path)


def test_nothing_is_left_for_later():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    folders = ("apps", "project", "templates", "static/css", "docs")
    left = [
        name(path)
        for folder in folders
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in {".py", ".html", ".css", ".md"} and marks.search(path.read_text())
    ]
    assert left == []


@source.for_each([path for path in files("apps") if room(path) in PURE_ROOMS], name)
def test_pure_rooms_know_no_database_no_clock_and_no_network(path):
    for node in walk(path, ast.Import, ast.ImportFrom):
        statement = ast.unparse(node)
        allowed = statement == "from django.db.models import TextChoices"
        assert allowed or not re.search(
            r"django\.(db|http|conf|utils\.timezone)|httpcore|socket|requests", statement
        ), statement
    clocks = [each for each in source.called(tree(path)) if re.search(r"\b(now|today|time)$", each)]
    assert clocks == []


@source.for_each(files("apps", "project"), name)
def test_nothing_forgets_that_it_was_cancelled(path):
    """`asyncio.wait_for` of Python 3.11 does, where its result comes in the same moment: use `asyncio.timeout`."""
    assert [each for each in source.called(tree(path)) if each.endswith("asyncio.wait_for")] == []


@source.for_each(files("tests"), name)
def test_what_tests_wait_for_has_the_time_that_a_busy_machine_needs(path):
    """A number is a guess at how busy it is; `tests.clock.PATIENCE` is the one that only what hangs reaches."""
    waits = [node for node in walk(path, ast.Call) if ast.unparse(node.func).endswith("wait_for")]
    assert [ast.unparse(node) for node in waits if isinstance(node.args[-1], ast.Constant)] == []


MOVING = [app for app in NAMES if hasattr(source.module_of(app, "states"), "MOVES")]


@source.for_each([app for app in MOVING if app != "core"])
def test_every_state_and_move_leads_somewhere_or_is_refused(app):
    moves = source.module_of(app, "states").MOVES
    everywhere = {state for sources, target in moves.values() for state in (*sources, target)}
    for move, (sources, target) in moves.items():
        for state in everywhere:
            if state in sources:
                assert states.after(moves, state, move) == target
            else:
                with pytest.raises(WrongState, match="Cannot"):
                    states.after(moves, state, move)


def test_the_page_of_states_shows_every_table():
    page = (ROOT / "docs" / "states.md").read_text()
    for app in MOVING:
        if app != "core":
            assert states.diagram(source.module_of(app, "states").MOVES) in page, f"make states: {app} has changed"
