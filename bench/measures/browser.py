"""What people see in Chromium, and when."""

from typing import Any

from bench.figures import figure
from bench.measures import Bench
from bench.measures.boards import page, raw

SETTLES = 500  # milliseconds for what scripts ask for by themselves
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 100);
})"""


@figure("rows visible in Chromium ÷ bare page", 1.5, served=True)
def rows_visible(bench: Bench) -> float:
    """The board of 250 with nothing in the cache, beside the raw rows."""
    board = bench.stage.board(250)
    ours = bench.chromium.rows_visible(bench.served.web.origin, bench.lead, page(board).path)
    return ours / bench.chromium.rows_visible(bench.served.reference.origin, bench.lead, raw(board).path)


@figure("first load of a board of 250: requests", 9, rounds=3, served=True)
def requests(bench: Bench) -> float:
    """All that Chromium asks for until the page is at rest."""
    return _first_load(bench)["requests"]


@figure("first load of a board of 250: transferred", 52, unit="KB", rounds=3, served=True)
def transferred(bench: Bench) -> float:
    """Headers and bodies as they travel."""
    return _first_load(bench)["bytes"] / 1000


@figure("first load of a board of 250: script", 21, unit="ms", rounds=7, served=True)
def script(bench: Bench) -> float:
    """Time that the page's own script runs."""
    return _first_load(bench)["script"] * 1000


@figure("first load of a board of 250: layout shift", 0, rounds=3, served=True)
def shift(bench: Bench) -> float:
    """How far what was shown moved afterwards."""
    return _first_load(bench)["shift"]


def _first_load(bench: Bench) -> dict[str, float]:
    origin = bench.served.web.origin
    context = bench.chromium.context(origin, bench.lead)
    shown = context.new_page()
    asked: set[str] = set()
    sizes: dict[str, int] = {}

    def arrived(event: dict[str, Any], *, is_all: bool) -> None:
        so_far = 0 if is_all else sizes.get(event["requestId"], 0)
        sizes[event["requestId"]] = so_far + int(event["encodedDataLength"])

    network = context.new_cdp_session(shown)
    network.on("Network.requestWillBeSent", lambda event: asked.add(event["requestId"]))
    network.on("Network.dataReceived", lambda event: arrived(event, is_all=False))
    network.on("Network.loadingFinished", lambda event: arrived(event, is_all=True))
    network.send("Network.enable")
    network.send("Performance.enable")
    shown.goto(origin + page(bench.stage.board(250)).path, wait_until="load")
    shown.wait_for_timeout(SETTLES)
    metrics = {one["name"]: one["value"] for one in network.send("Performance.getMetrics")["metrics"]}
    shift = float(shown.evaluate(SHIFTS))
    context.close()
    return {"requests": len(asked), "bytes": sum(sizes.values()), "script": metrics["ScriptDuration"], "shift": shift}
