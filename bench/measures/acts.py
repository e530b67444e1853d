"""Turning keys and starting deployments."""

import threading
import time
from collections.abc import Callable
from itertools import cycle
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.shown import fingerprint
from apps.deployments import commands
from apps.deployments.models import Deployment, Item
from apps.deployments.selectors.upgrades import upgrade_of
from bench.figures import figure
from bench.measures import Bench
from bench.measures.boards import HTMX, address
from bench.site import Ask, Visitor
from bench.stage import offered
from tests.cast import PASSWORD

CLIENTS = 8
EACH = 8  # keys that each client turns in a round


def unsigned(board: Deployment, count: int) -> list[Item]:
    """So many items without a key."""
    return list(board.items.filter(sign_off__signatures=None).order_by("number")[:count])


def turning(board: Deployment, item: Item) -> Ask:
    """The form of the item page, sent."""
    fields = {**offered(item), "intent": str(uuid4()), "password": PASSWORD}
    return Ask(f"{address(board, item)}sign/", fields, status=302)


def changing(item: Item) -> Ask:
    """The least that writes."""
    return Ask(f"/bench/change/{item.pk}/", {})


@figure("turning a key ÷ change", 2.2)
def turn(bench: Bench) -> float:
    """The POST alone."""
    return _turn(bench, shows_part=False)


@figure("turning a key with the part shown after it ÷ change", 5)
def turn_and_show(bench: Bench) -> float:
    """The POST, and the GET that its redirect leads htmx to."""
    return _turn(bench, shows_part=True)


@figure("turning keys, 8 clients: answers per second ÷ change", 0.45, at_least=True, rounds=5, served=True)
def turn_together(bench: Bench) -> float:
    """Eight people on one board, each on a connection of their own and on items of their own."""
    board = bench.stage.board(1000)
    items = unsigned(board, CLIENTS * EACH)
    turned = _together(bench.served.web.send, bench.reviewer, [turning(board, item) for item in items])
    changed = _together(bench.served.reference.send, bench.reviewer, [changing(item) for item in items])
    return turned / changed


@figure("create from a template of 250 ÷ INSERT … SELECT", 10, rounds=9)
def create(bench: Bench) -> float:
    """A new deployment, its 250 items, their sign-offs and the ledger entry."""
    version = bench.stage.template(250)
    fields = {"service": "Gateway", "version": "2.0", "environment": "production", "intent": str(uuid4())}
    made = Ask(f"/t/pay/deployments/new/?template={version.pk}", fields, status=302)
    return bench.ratio(made, Ask(f"/bench/copy/{version.pk}/", {}), times=1)


@figure("create from a template of 250: statements", 15, rounds=2)
def create_statements(bench: Bench) -> float:
    """What the command asks and writes, without what begins and ends a transaction."""
    version, stage = bench.stage.template(250), bench.stage
    values: dict[str, Any] = {"service": "Gateway", "version": "2.0", "environment": "production"}
    return _statements(
        lambda: commands.create_deployment(stage.people.team, by=stage.lead, template_version=version, **values)
    )


@figure("upgrade of 250 ÷ INSERT … SELECT", 60, rounds=5)
def upgrade(bench: Bench) -> float:
    """A board in review takes over a version that changes a tenth of its items, with keys on a tenth of them."""
    older, newer = bench.stage.versions
    board = bench.stage.upgradable()
    found = upgrade_of(board)
    assert found
    fields = {"basis": fingerprint(found.shown), "version": str(newer.pk), "confirmed": "on"}
    made = bench.site.cpu(bench.lead, Ask(f"{address(board)}upgrade/", fields, status=302))
    return made / bench.site.bare(bench.lead, Ask(f"/bench/copy/{older.pk}/", {}))


@figure("upgrade of 250: statements", 20, rounds=2)
def upgrade_statements(bench: Bench) -> float:
    """What the command asks and writes, without what begins and ends a transaction."""
    _, newer = bench.stage.versions
    board = bench.stage.upgradable()
    return _statements(lambda: commands.upgrade_deployment(board, by=bench.stage.lead, version=newer))


def _statements(act: Callable[[], object]) -> float:
    with CaptureQueriesContext(connection) as asked:
        act()
    return sum(not each["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")) for each in asked)


def _turn(bench: Bench, *, shows_part: bool) -> float:
    board = bench.stage.board(1000)
    ours = theirs = 0.0
    for item in unsigned(board, 3):
        theirs += bench.site.bare(bench.reviewer, changing(item))
        ours += bench.site.cpu(bench.reviewer, turning(board, item))
        if shows_part:
            ours += bench.site.cpu(bench.reviewer, Ask(address(board, item), headers=HTMX))
    return ours / theirs


def _together(send: Callable[[Visitor, Ask, int], object], visitor: Visitor, asks: list[Ask]) -> float:
    """Answers per second when CLIENTS connections send `asks` at the same time."""
    shares: list[list[Ask]] = [[] for _ in range(CLIENTS)]
    for share, ask in zip(cycle(shares), asks, strict=False):
        share.append(ask)

    def client(line: int) -> None:
        for ask in shares[line]:
            send(visitor, ask, line)

    threads = [threading.Thread(target=client, args=(line,)) for line in range(CLIENTS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(asks) / (time.perf_counter() - begun)
