"""An item with any number of pieces of evidence: its pages, acts, record and verification, on both engines.

A few pieces show it: SQLite's limits are set low, and nothing that is asked grows with the rows. The long form is
`make thousand`, with SQLite's own limits.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.attachments import commands
from apps.boards.selectors.history import PER_PAGE
from apps.core.errors import TooLarge
from apps.deployments.models import Item
from apps.evidence.models import Kind
from project import verification
from tests import cast as casting
from tests.cast import again
from tests.records import making

pytestmark = pytest.mark.django_db
PIECES = int(os.environ.get("KEYTURN_TEST_PIECES", "24"))
IS_LONG = PIECES > 1000


@pytest.fixture(autouse=True)
def low_limits(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Batches are small and SQLite takes expressions of few levels, so that few rows are what many are otherwise."""
    if IS_LONG:
        yield
        return
    for room in ("chains", "history", "rows"):
        monkeypatch.setattr(import_module(f"apps.ledger.selectors.{room}"), "BATCH", 10)
    connection.ensure_connection()
    if connection.vendor != "sqlite":
        yield
        return
    before = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 2 * PIECES)
    yield
    connection.connection.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, before)


def attach(made: SimpleNamespace, item: Item, count: int) -> None:
    for number in range(count):
        commands.attach_evidence(item, by=made.by, kind=Kind.NOTE, title=f"Seen {number}", text="It works.")


def asked(act: Callable[[], Any]) -> int:
    """How many values the longest question had that an act asked."""
    most = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal most
        most = max(most, len(params or ()) if not many else 0)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        act()
    return most


def walk(made: SimpleNamespace, item: Item) -> None:
    """Every page that shows the item, the acts that read it whole, its record, and the verification of all."""
    client = Client()
    client.force_login(again(made.lead))
    of = [made.team.slug, made.deployment.number]
    for name, arguments in (
        ("board", of), ("item", [*of, item.number]), ("history", of), ("sheet", of), ("records:records", of),
    ):  # fmt: skip
        name = name if ":" in name else f"deployments:{name}"
        assert client.get(reverse(name, args=arguments)).status_code == 200
    assert client.get(reverse("deployments:history", args=of), {"q": "Seen 1"}).status_code == 200
    casting.sign(item, made.member)
    attach(made, item, 1)  # which its key falls out by
    casting.sign(item, made.member)
    casting.sign(item, made.reviewer)
    record = making.filed(made)
    assert record.is_filed
    assert verification.verify().faults == []


def test_nothing_breaks_and_no_question_grows_with_the_pieces_on_an_item(stage: SimpleNamespace) -> None:
    stage.by, item = again(stage.lead), stage.items[0]
    if IS_LONG:
        attach(stage, item, PIECES)
        walk(stage, item)
        return
    attach(stage, item, PIECES * 3)
    assert asked(lambda: walk(stage, item)) <= PER_PAGE


def test_more_than_the_most_is_refused_with_what_to_do(stage: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.by, item = again(stage.member), stage.items[0]
    monkeypatch.setattr(commands, "MOST_PIECES", 2)
    attach(stage, item, 2)
    with pytest.raises(TooLarge, match=r"at most 2 pieces of evidence, .* attach a link"):
        attach(stage, item, 1)
