"""Probes by the hundred: from the click to the last result in the ledger."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from apps.core.statements import fetched
from apps.deployments.models import Deployment
from apps.probes.models import Run
from bench.figures import figure
from bench.measures import Bench
from bench.measures.boards import address
from bench.site import Ask
from bench.tasks import QUEUE, add_kind, write
from project import processes
from tests import servers

PROBES = 500
LONGEST = 60  # seconds


@figure("500 probes of a server that answers after 200 ms", 3, unit="s", rounds=5, served=True)
def all_of_them(bench: Bench) -> float:
    """From the click until the last result is recorded."""
    return _taken(bench, _asking(bench))


@figure("500 probes ÷ a plain asyncio script that asks as often", 4, rounds=5, served=True)
def beside_a_script(bench: Bench) -> float:
    """The same beside a script that records nothing, each in its turn."""
    taken = _taken(bench, _asking(bench))
    command = [sys.executable, "-m", "bench.target", str(bench.served.target.port), str(PROBES)]
    done = subprocess.run(command, cwd=servers.ROOT, check=True, capture_output=True, text=True)
    return taken / float(done.stdout)


@figure("500 probes: CPU of the prober for one", 4, unit="ms", rounds=5, served=True)
def cost(bench: Bench) -> float:
    """All processes of the prober, from the click until they rest."""
    prober = bench.served.prober
    board, before = _asking(bench), prober.cpu()
    _taken(bench, board)
    prober.rest()
    return (prober.cpu() - before) / PROBES * 1000


@figure("500 probes: the request that orders them", 500, unit="ms", rounds=5, served=True)
def order(bench: Bench) -> float:
    """The click alone."""
    board = _asking(bench)
    begun = time.perf_counter()
    _click(bench, board)
    taken = time.perf_counter() - begun
    _wait_for(board)
    return taken * 1000


@figure("500 probes: what they measure too much, median", 100, unit="ms", rounds=5, served=True)
def measured(bench: Bench) -> float:
    """What the runs say that the answer took, beyond the 200 ms that it did."""
    board = _asking(bench)
    _taken(bench, board)
    latest = Run.objects.filter(stream=board.stream).order_by("-queued_at")[:PROBES]
    return 1000 * sorted(float(run.value) for run in latest)[PROBES // 2] - 200.0  # in seconds, as their limit is


@figure("500 empty probes ÷ 500 empty tasks with one write", 3, rounds=5, served=True)
def empty(bench: Bench) -> float:
    """From the order to the last result, by one prober that has both."""
    add_kind()
    board = _board(bench, "nothing")
    with _other_prober(bench):
        ours = _taken(bench, board)
        begun, written = time.perf_counter(), _written()
        for _ in range(PROBES):
            write.apply_async(queue=QUEUE)
        assert processes.wait_until(lambda: _written() == written + PROBES, seconds=LONGEST)
        return ours / (time.perf_counter() - begun)


@contextmanager
def _other_prober(bench: Bench) -> Iterator[None]:
    served = bench.served
    served.prober.stop()
    served.other_prober.start(listens=False)
    try:
        yield
    finally:
        served.other_prober.stop()
        served.prober.start(listens=False)


def _written() -> int:
    [[count]] = fetched("SELECT COUNT(*) FROM bench_audit")
    return int(count)


def _asking(bench: Bench) -> Deployment:
    """A board whose probes ask the target."""
    return _board(bench, "http", f"http://127.0.0.1:{bench.served.target.port}/health")


@cache
def _board(bench: Bench, kind: str, url: str = "") -> Deployment:
    # With a condition about it, the value of a run is what its answer took.
    config = {"url": url, "conditions": "status == 200\nlatency < 5 s"} if url else {}
    return bench.stage.probed(PROBES, kind, **config)


def _taken(bench: Bench, board: Deployment) -> float:
    begun = time.perf_counter()
    _click(bench, board)
    _wait_for(board)
    return time.perf_counter() - begun


def _click(bench: Bench, board: Deployment) -> None:
    bench.served.web.send(bench.lead, Ask(f"{address(board)}probes/run/", {}, status=302))


def _wait_for(board: Deployment) -> None:
    """Until every probe has its result, and that is the right one."""
    live = Run.objects.live().filter(stream=board.stream)
    assert processes.wait_until(lambda: not live.exists(), seconds=LONGEST), live.count()
    wrong = board.items.exclude(probe__latest_run__state="passed")
    assert not wrong.exists(), wrong.values_list("probe__latest_run__explanation", flat=True).first()
