"""How soon people see what somebody else did."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from playwright.sync_api import Page

from apps.deployments.models import Deployment, Item
from apps.ledger import selectors as ledger
from bench.browser import came_at, watch_changes
from bench.figures import figure
from bench.measures import Bench
from bench.measures.acts import unsigned
from bench.measures.boards import page
from bench.stage import sign
from tests import servers

CHANGES = 20
PAUSE = 0.4  # seconds between two changes: nobody waits for the one before


@figure("another's change → seen on my board, p95", 150, unit="ms", rounds=3, warm_up=0, served=True)
def one_board(bench: Bench) -> float:
    """Twenty changes of single rows, each from its commit to the new row in Chromium."""
    board = bench.stage.deployment(250)
    with _open(bench, board) as shown:
        return _p95(bench, board, shown)


@figure("another's change → seen on my board, p95 of 100 boards", 300, unit="ms", rounds=3, warm_up=0, served=True)
def hundred_boards(bench: Bench) -> float:
    """The same while ninety-nine others follow the stream and fetch the row too."""
    board = bench.stage.deployment(250)
    with _crowd(bench, board, 99), _open(bench, board) as shown:
        return _p95(bench, board, shown)


@figure("another's change on 100 boards, CPU of the web processes", 300, unit="ms", rounds=3, warm_up=0, served=True)
def crowd_cost(bench: Bench) -> float:
    """What one change costs until everybody has its row."""
    board = bench.stage.deployment(250)
    with _crowd(bench, board, 100):
        before = bench.served.web.cpu()
        for item in unsigned(board, 5):
            _change(bench, item)
            time.sleep(1.5)
        return (bench.served.web.cpu() - before) / 5 * 1000


def _p95(bench: Bench, board: Deployment, shown: Page) -> float:
    times = []
    for item in unsigned(board, CHANGES):
        committed = _change(bench, item)
        times.append(came_at(shown, f"item-{item.number}") - committed)
        time.sleep(PAUSE)
    return sorted(times)[int(len(times) * 0.95) - 1]


def _change(bench: Bench, item: Item) -> float:
    """The first key of an item is turned; returns the moment of the commit in milliseconds since 1970."""
    moments: list[float] = []
    with transaction.atomic():
        transaction.on_commit(lambda: moments.append(time.time() * 1000))
        sign(item, bench.stage.member)
    return moments[0]


@contextmanager
def _open(bench: Bench, board: Deployment) -> Iterator[Page]:
    """The board in Chromium, with its stream open."""
    origin = bench.served.web.origin
    context = bench.chromium.context(origin, bench.lead)
    shown = context.new_page()
    shown.goto(origin + page(board).path, wait_until="load")
    shown.wait_for_timeout(1000)
    watch_changes(shown)
    yield shown
    context.close()


@contextmanager
def _crowd(bench: Bench, board: Deployment, boards: int) -> Iterator[None]:
    """So many followers in a process of their own."""
    port, seen = str(bench.served.web.port), str(ledger.head(board.stream).sequence)
    address = [port, str(board.pk), seen, page(board).path, bench.reviewer.headers["Cookie"]]
    command = [sys.executable, "-m", "bench.crowd", str(boards), *address]
    with subprocess.Popen(command, cwd=servers.ROOT, stdout=subprocess.PIPE, text=True) as crowd:
        assert crowd.stdout
        if not crowd.stdout.readline():
            raise SystemExit("the followers could not connect")
        yield
        crowd.terminate()
