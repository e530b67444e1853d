"""PostgreSQL restarts under everything that runs, streams are many, parts are killed while people sign.

Short forms of `scripts/pressure.py` and `scripts/kills.py`.
"""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from apps.live.stream import MOST_OF_ONE
from apps.probes.states import PLAN
from project import processes
from tests.journeys.person import Wire
from tests.journeys.staged import ask
from tests.journeys.standing import Stand
from tests.project import kills, load, pressure
from tests.project.pressure import BOARD

MOST_CONNECTIONS, MOST_THREADS = 5, 20
MOST_PATIENT = 60  # seconds; the longest that a probe may wait


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """`manage.py up` on PostgreSQL and Redis."""
    stand = pressure.on_postgresql(tmp_path_factory.mktemp("kt"))
    try:
        yield stand.start()
    finally:
        stand.stop()


@pytest.fixture(scope="module")
def staged(stand: Stand) -> dict[str, Any]:
    """Its people."""
    return ask(stand.site, "stage")


def test_streams_hold_few_connections_and_threads_and_soon_after_they_end_none(
    stand: Stand, staged: dict[str, Any]
) -> None:
    sessions = [staged["sessions"][name] for name in ("lead", "member", "reviewer", "auditor")]
    found = pressure.streams(stand, staged, sessions, each=25)
    assert (found["open"], found["refused"], found["afterwards"]) == (100, 0, 0)
    assert found["connections"] <= MOST_CONNECTIONS
    assert found["threads"] <= MOST_THREADS


def test_one_person_may_have_so_many_streams_and_no_more_and_others_still_have_theirs(
    stand: Stand, staged: dict[str, Any]
) -> None:
    found = pressure.streams(stand, staged, [staged["sessions"]["auditor"]], each=MOST_OF_ONE + 2)
    assert (found["open"], found["refused"]) == (MOST_OF_ONE, 2)
    assert pressure.streams(stand, staged, [staged["sessions"]["member"]], each=1)["open"] == 1


def test_workers_heal_after_the_database_and_no_task_is_lost(stand: Stand, staged: dict[str, Any]) -> None:
    member = Wire(stand.site, staged["sessions"]["member"])
    values = {"name": "Health", "url": "http://127.0.0.1:9/", "timeout": 5}
    assert member.post(f"{BOARD}items/2/probe/attach/", values).status == 302
    assert pressure.restart_database(stand, member) < pressure.HEALS


def test_no_kill_loses_or_doubles_a_signature_that_was_acknowledged(stand: Stand, staged: dict[str, Any]) -> None:
    campaign = kills.Campaign(stand)
    with load.Load(stand, staged["sessions"], range(21, 27), probed=2, seed=8) as crowd:
        for kind in ("web", "backend", "broker"):
            campaign.kill(kind)
            crowd.wait_for(crowd.acknowledged + 5)
    assert campaign.ended == []
    assert load.audit(crowd)["signatures acknowledged"] >= 15


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a service that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=2 * PLAN.share) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def attach_and_run(who: Wire, board: str, item: int, url: str, timeout: int) -> None:
    values = {"name": f"Health {item}", "url": url, "timeout": timeout}
    assert who.post(f"{board}items/{item}/probe/attach/", values).status == 302
    assert who.post(f"{board}items/{item}/probe/run/").status == 302


def test_probes_of_one_team_that_hang_delay_neither_anothers_probes_nor_records(
    stand: Stand, staged: dict[str, Any], silent: str
) -> None:
    """The last, because what hangs still hangs when it ends."""
    before = len(ask(stand.site, "work")["runs"])
    pay, stores = (Wire(stand.site, staged["sessions"][name]) for name in ("member", "stranger"))
    attach_and_run(pay, BOARD, 10, silent, timeout=MOST_PATIENT)  # each of them longer than this test
    hanging = 1 + ask(stand.site, "stage_crowd")
    board = BOARD.replace("pay", "stores")
    attach_and_run(stores, board, 1, "http://127.0.0.1:9/", timeout=5)
    assert stores.post(f"{board}records/request/").status == 302

    def done() -> bool:
        work = ask(stand.site, "work")
        *hung, other = [state for _, state, _ in work["runs"][before:]]
        assert len(hung) == hanging
        assert hung.count("running") <= PLAN.share
        filed = {state for _, state, _ in work["records"]} == {"filed"}
        return other == "failed" and filed and hung.count("running") == PLAN.share

    # They would hang longer than this.
    assert processes.wait_until(done, seconds=MOST_PATIENT - 20), ask(stand.site, "work")
