"""Forty planted secrets are used by a whole Keyturn against a server that repeats them.

What it shows here, and what it leaves when it ends, is looked through with the whole run (tests/canaries.py).
"""

import re
from pathlib import Path

import pytest

from project import processes
from tests.canaries import COUNT, SEARCH
from tests.journeys.person import Wire
from tests.journeys.staged import ask
from tests.journeys.standing import Stand
from tests.secrets.echoing import echoing, server

pytestmark = pytest.mark.journey


def test_forty_secrets_are_used_and_nothing_has_one(engine: str, tmp_path: Path) -> None:
    before = SEARCH.texts.copy()
    with server(echoing) as port:
        stand = Stand(tmp_path, engine, KEYTURN_PROBE_ALLOW=f"127.0.0.1:{port}")
        try:
            planted = ask(stand.start().site, "plant")
            wire = {name: Wire(stand.site, session) for name, session in planted["sessions"].items()}
            assert processes.wait_until(lambda: states(stand) == {"failed": COUNT}, seconds=60), states(stand)
            seen = [page(wire["lead"], address) for address in pages(wire["lead"], planted["board"])]
            assert sum("[masked]" in text for text in seen) > COUNT / 2
            records = f"{planted['board']}records/"
            assert wire["auditor"].post(f"{records}request/").status == 302
            filed = re.compile(r"/records/(\d+)/pdf/")
            assert processes.wait_until(lambda: filed.search(page(wire["auditor"], records)) is not None, seconds=60)
            assert "[masked]" in page(wire["auditor"], f"{records}1/json/")
        finally:
            stand.stop()
    assert all(SEARCH.texts[place] > before[place] for place in ("files", "dump", "pdf")), SEARCH.summary()


def states(stand: Stand) -> dict[str, int]:
    """How many runs are in each state."""
    found: dict[str, int] = ask(stand.site, "probed")["states"]
    return found


def pages(lead: Wire, board: str) -> list[str]:
    """The addresses of what a lead looks at: board, probes, each item and its probe, the trail, every secret."""
    secrets = re.findall(r'href="(/t/pay/secrets/[0-9a-f-]{36}/)"', page(lead, "/t/pay/secrets/"))
    assert secrets
    items = [f"{board}items/{number}/{rest}" for number in range(1, COUNT + 1) for rest in ("", "probe/")]
    return [board, f"{board}probes/", *items, *secrets]


def page(person: Wire, address: str) -> str:
    """What is there."""
    answer = person.get(address)
    assert answer.status == 200, address
    return answer.text
