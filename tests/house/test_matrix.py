"""Every address × every method × everybody, against the table of `permissions.py`; and each check, taken away."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from pytest_django import DjangoDbBlocker

from apps.accounts.models import Team, User
from apps.core import queue
from apps.core.errors import NotAllowed
from apps.core.permissions import ALLOW, Verdict
from apps.ledger.models import Entry
from apps.live import notes
from tests import recorded
from tests.house.matrix import (
    METHODS,
    MISSING,
    NO_FACTS,
    REFUSED_WITH_A_REASON,
    Matrix,
    acts,
    answer_of,
    cells,
    expected,
    noting_reasons,
    right,
    rows_of_all,
    set_the_matrix,
    shows,
    undone,
)  # fmt: skip
from tests.house.permissions import ACTS, HELD_TWICE, OPEN, PAGES, PEOPLE, TURNS_NOBODY_AWAY, group_of, listed
from tests.house.routes import OF_A_TEAM, ROUTES
from tests.house.source import APPS, NAMES
from tests.house.test_walk import addresses
from tests.tampering import settle

pytestmark = pytest.mark.django_db
FEWEST_CELLS = 6_000
ROW = "say in tests/house/permissions.py who may open it (PAGES) and who may send its form (ACTS), or that it is OPEN"
PERMISSIONS = {
    app: import_module(f"apps.{app}.permissions")
    for app in NAMES
    if app != "core" and (APPS / app / "permissions.py").exists()
}
CHECKS = [
    f"{app}.{name}"
    for app, module in PERMISSIONS.items()
    for name, check in inspect.getmembers(module, inspect.isfunction)
    if check.__module__ == module.__name__ and name[0] != "_" and check.__annotations__.get("return") is Verdict
]


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SimpleNamespace]:
    """One stage for all cells; every request is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        stage = set_the_matrix()
        settle()
        with recorded.standing(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(queue.transaction, "on_commit", lambda *arguments, **options: None)
            patch.setattr(notes, "note", lambda name, what, *, seconds: True)
            yield stage
        transaction.set_rollback(True)


@pytest.fixture
def stage(made: SimpleNamespace) -> Iterator[SimpleNamespace]:
    with undone():
        yield made


def without_a_row(names: Iterable[str]) -> list[str]:
    """The addresses that the table does not know."""
    return sorted({*names} - {*listed()})


def test_the_table_knows_every_address():
    lacking, idle = without_a_row(addresses()), sorted({*listed()} - {*addresses()})
    assert not lacking, f"nobody said who may use {lacking}: {ROW}"
    assert not idle, f"tests/house/permissions.py has rows for {idle}, which no urls.py names"
    for name in {*ROUTES} - {*OPEN}:
        assert bool(group_of(PAGES, name)) is bool(ROUTES[name].get), f"{name} is opened, or is not: {ROW}"
        assert bool(group_of(ACTS, name)) is bool(ROUTES[name].body), f"{name} takes a form, or does not: {ROW}"


def test_a_new_address_without_a_row_is_found():
    assert without_a_row([*addresses(), "deployments:new_act"]) == ["deployments:new_act"]


def test_there_are_enough_cells():
    count = sum(len(cells(name)) for name in addresses())
    print(f"{count:,} cells: {len(ROUTES)} addresses, {len(METHODS)} methods, {len(PEOPLE)} people")
    assert count >= FEWEST_CELLS


@pytest.mark.parametrize("name", ROUTES)
def test_everybody_is_answered_as_the_table_says(stage, engine, name):
    """On PostgreSQL the forms alone: what answers a page is the same code, and is most of what all this costs."""
    methods = METHODS if engine == "sqlite" else ("POST",)
    matrix, wrong = Matrix(stage, name), list[str]()
    before = rows_of_all()
    reading = [cell for cell in cells(name, methods) if not acts(name, *cell)]
    for who, method in reading:
        wrong += [f"{method} by {who}: {fault}" for fault in faults_of_reading(matrix, who, method)]
    assert rows_of_all() == before
    acting = [cell for cell in cells(name, methods) if acts(name, *cell)]
    for who, method in acting:
        wrong += [f"{method} by {who}: {fault}" for fault in faults_of_acting(matrix, who)]
    assert len(reading) + len(acting) == len(cells(name, methods)) > len(methods)
    assert not wrong, f"{name}:\n" + "\n".join(wrong)


def faults_of_reading(matrix: Matrix, who: str, method: str) -> Iterator[str]:
    """What is wrong with a cell that changes nothing."""
    with noting_reasons() as reasons:
        response = matrix.ask(who, method)
    found = answer_of(response)
    if not right(matrix.name, who, method, found):
        yield f"{found}, where the table says {expected(matrix.name, who, method)}"
    if facts := [each for each in recorded.written() if not any(table in each for table in NO_FACTS)]:
        yield f"wrote: {facts[0][:80]}"
    if found == REFUSED_WITH_A_REASON and not (reasons and len(reasons[-1]) > 10 and shows(response, reasons[-1])):
        yield "refused without a reason"


def faults_of_acting(matrix: Matrix, who: str) -> Iterator[str]:
    """What is wrong with a cell of somebody who may."""
    with undone():
        entries = Entry.objects.count()
        status = matrix.ask(who, "POST").status_code
        if status not in (200, 302):
            yield f"{status}, where the table says that they may"
        elif (Entry.objects.count() > entries) is not matrix.route.records:
            yield "what they did is not in the ledger"


@pytest.fixture(scope="module")
def refusals(made: SimpleNamespace) -> dict[str, list[tuple[str, str]]]:
    """Of each check the (address, who) that it refused, the member first, to whom most is open."""
    found: dict[str, list[tuple[str, str]]] = {}
    cell = ("", "")

    def noting(name: str, check: Callable[..., Verdict]) -> Callable[..., Verdict]:
        def noted(*arguments: Any, **options: Any) -> Verdict:
            verdict = check(*arguments, **options)
            if not verdict and verdict.error is NotAllowed and cell not in found.setdefault(name, []):
                found[name].append(cell)
            return verdict

        return noted

    with pytest.MonkeyPatch.context() as patch, undone():
        for name in CHECKS:
            app, check = name.split(".")
            patch.setattr(PERMISSIONS[app], check, noting(name, getattr(PERMISSIONS[app], check)))
        for who in ("member", "auditor"):
            for address in ROUTES:
                if expected(address, who, "POST") == REFUSED_WITH_A_REASON:
                    cell = (address, who)
                    Matrix(made, address).ask(who, "POST")
    return found


BEHIND = {name for others in HELD_TWICE.values() for name in others}


@pytest.mark.parametrize("check", CHECKS)
def test_each_check_taken_away_is_found(stage, refusals, monkeypatch, check):
    """By the first that gets through where the table says that they are refused."""
    monkeypatch.setattr(Matrix.browser, "raise_request_exception", False)
    cells_of_check = refusals.get(check, [])
    take_away(check, monkeypatch)
    if check in HELD_TWICE:
        found = let_through(stage, cells_of_check)
        assert not found, f"{check} alone holds {found}: take it out of HELD_TWICE"
        for other in HELD_TWICE[check]:
            take_away(other, monkeypatch)
    if check in TURNS_NOBODY_AWAY or (check in BEHIND and not cells_of_check):
        assert not cells_of_check, f"{check} refuses {cells_of_check[0]}: take it out of TURNS_NOBODY_AWAY"
    else:
        assert let_through(stage, cells_of_check), f"no cell finds {check} missing, which refused {cells_of_check}"


def test_what_is_said_of_checks_is_about_checks():
    assert {*HELD_TWICE, *BEHIND, *TURNS_NOBODY_AWAY} <= {*CHECKS}
    assert not {*HELD_TWICE} & {*TURNS_NOBODY_AWAY}


def take_away(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a check allow everything to everybody."""
    app, name = check.split(".")
    monkeypatch.setattr(PERMISSIONS[app], name, lambda *arguments, **options: ALLOW)


def let_through(stage: SimpleNamespace, among: list[tuple[str, str]]) -> tuple[str, str] | None:
    """The first cell that was refused and is not now."""
    return next((cell for cell in among if is_let_through(stage, *cell)), None)


def is_let_through(stage: SimpleNamespace, address: str, who: str) -> bool:
    """Whether a cell that was refused is not now."""
    with undone():
        return answer_of(Matrix(stage, address).ask(who, "POST")) != REFUSED_WITH_A_REASON


@pytest.mark.parametrize("name", OF_A_TEAM)
def test_what_keeps_other_teams_out_taken_away_is_found(stage, monkeypatch, name):
    """It is their team that hides an address from them, and no mistake of the row."""
    method = "GET" if ROUTES[name].get else "POST"
    matrix = Matrix(stage, name)
    monkeypatch.setattr(User, "team_called", lambda user, slug: Team.objects.get(slug=slug))
    for kind in {kind for model in apps.get_models() for kind in type(model._default_manager.all()).__mro__}:
        if "visible_to" in vars(kind):
            monkeypatch.setattr(kind, "visible_to", lambda rows, user: rows.all())
    monkeypatch.setattr(Matrix.browser, "raise_request_exception", False)
    assert answer_of(matrix.ask("admin elsewhere", method)) != MISSING
