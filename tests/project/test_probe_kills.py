"""Whatever is killed under probes, each run ends once: the short form of `python -m scripts.probe_kills`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.staged import ask
from tests.journeys.standing import Stand
from tests.project import kills, probing

ITEMS = range(1, 13)
SHORT = ("pool of the prober", "prober", "broker")


@pytest.fixture
def stand(tmp_path: Path, engine: str) -> Iterator[Stand]:
    """A running Keyturn."""
    stand = Stand(tmp_path, engine, KEYTURN_PROBE_ALLOW="127.0.0.1")
    try:
        yield stand.start()
    finally:
        stand.stop()


def test_every_run_ends_in_one_result_or_in_none_and_whatever_does_not_pass_blocks(stand: Stand) -> None:
    staged: dict[str, Any] = ask(stand.site, "stage")
    session = staged["sessions"]["member"]
    healthy = f"http://127.0.0.1:{stand.site.port}/healthz"
    silent = [f"http://127.0.0.1:{port}/" for port in range(1, 5)]  # of a target that rests one run a minute tries
    probing.attach(stand, session, ITEMS, [each for one in silent for each in (healthy, healthy, one)])
    campaign = kills.Campaign(stand)
    with probing.Orders(stand, session) as orders:
        for name in SHORT:
            campaign.kill(name)
    figures = probing.audit(orders)
    assert figures["orders acknowledged"] > 0
    assert figures["runs that ended as passed"] > 0
    assert figures["runs that ended as failed"] > 0
