"""Probes under kills: people order runs of all probes again and again, while parts of the instance die."""

import http.client
import threading
import time
from typing import Any, Self

from project import processes
from tests.journeys.person import Wire, verify
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

BOARD = "/t/pay/deployments/1/"
PAUSE = 0.5  # seconds between two orders
ENDS = 180  # seconds until everything that was ordered has ended
# What a campaign of probes kills: whoever has runs, where they wait, and where they are written down.
KILLED = ("prober", "pool of the prober", "broker", "database", "backend", "broker, nothing lost", "all", "beat")


class Orders:
    """Somebody orders runs of every probe until the block ends."""

    def __init__(self, stand: Stand, session: str) -> None:
        self.stand, self.who = stand, Wire(stand.site, session)
        self.over = threading.Event()
        self.acknowledged = self.unanswered = 0
        self.thread = threading.Thread(target=self._order)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _order(self) -> None:
        while not self.over.wait(PAUSE):
            try:
                status = self.who.post(f"{BOARD}probes/run/").status
            except (OSError, http.client.HTTPException):
                status = 0
            if status == 302:
                self.acknowledged += 1
            else:
                self.unanswered += 1


def attach(stand: Stand, session: str, items: range, urls: list[str]) -> None:
    """A probe for each of some items: they ask one address after the other."""
    who = Wire(stand.site, session)
    for number in items:
        values = {"name": f"P{number}", "url": urls[number % len(urls)], "timeout": 3, "basis": "-"}
        assert who.post(f"{BOARD}items/{number}/probe/attach/", values).status == 302


def audit(orders: Orders) -> dict[str, int]:
    """Wait until every run has ended, then look at all of them; returns figures.

    Asserts that each ended in exactly one result or in no result, by its deadline, with one entry in the ledger, that
    whatever does not pass blocks, and that the ledger is whole.
    """
    began, found = time.monotonic(), dict[str, Any]()

    def ended() -> bool:
        found.update(ask(orders.stand.site, "probed"))
        return not {"queued", "running"} & found["states"].keys()

    assert processes.wait_until(ended, seconds=ENDS), found
    wrong = {name: some for name, some in found.items() if name != "states" and some}
    assert wrong == {}, wrong
    whole = verify(orders.stand.site)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    return {
        "orders acknowledged": orders.acknowledged,
        "orders without an answer": orders.unanswered,
        **{f"runs that ended as {state}": count for state, count in sorted(found["states"].items())},
        "seconds until the last run had ended": round(time.monotonic() - began),
    }
