"""What an instance on PostgreSQL has to bear: restarts of its database, hundreds of event streams."""

import http.client
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from project import processes
from tests import servers
from tests.journeys.person import SESSION, Wire
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

HEALS = 30  # seconds after the database
GIVEN_BACK = 5  # seconds after the last stream
WAITS = "waits for the database"
BOARD = "/t/pay/deployments/1/"
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'keyturn'"


def on_postgresql(folder: Path) -> Stand:
    """`manage.py up` on PostgreSQL and Redis of its own, not started."""
    return Stand(folder, "postgresql", KEYTURN_PROBE_ALLOW="127.0.0.1")


def restart_database(stand: Stand, member: Wire) -> float:
    """Restart PostgreSQL so that a sweep meets the dead line; returns the seconds until a probe had its result.

    Asserts what pages and /readyz say meanwhile, and that everything heals in time.
    """
    done = len(ask(stand.site, "work")["runs"])
    assert processes.wait_until(lambda: stand.readiness()["worked_seconds_ago"] is not None, seconds=HEALS)
    waited = stand.site.output.count(WAITS)
    stand.database.end()
    assert processes.wait_until(lambda: stand.site.output.count(WAITS) > waited, seconds=HEALS), stand.site.output
    page, found = member.get(BOARD), stand.readiness()
    assert (page.status, "busy or away" in page.text, found["database"]) == (503, True, False)
    stand.database.start_again()
    began = time.monotonic()
    assert member.post(f"{BOARD}items/2/probe/run/").status == 302
    item = ask(stand.site, "work")["runs"][-1][0]

    def healed() -> bool:
        worked = stand.readiness()["worked_seconds_ago"] <= time.monotonic() - began
        return worked and ask(stand.site, "work")["runs"][done:] == [[item, "failed", 1]]

    assert processes.wait_until(healed, seconds=HEALS), stand.readiness()
    assert "Internal Server Error" not in stand.site.output, stand.site.output
    return time.monotonic() - began


def streams(stand: Stand, staged: dict[str, Any], sessions: list[str], each: int) -> dict[str, int]:
    """Open `each` streams of every session and close them; returns what they held, and what was held afterwards."""
    web = stand.child("uvicorn")
    with ExitStack() as lines:
        answers = [_follow(stand.site, staged["deployment"], session, lines) for session in sessions * each]
        time.sleep(1)  # in which each of them has asked what it missed
        held = {"connections": connections(stand), "threads": _threads(web)}
    processes.wait_until(lambda: not connections(stand), seconds=GIVEN_BACK)
    found = {"open": answers.count(200), "refused": answers.count(429), "afterwards": connections(stand)}
    return held | found


def connections(stand: Stand) -> int:
    """How many connections the database has from Keyturn."""
    return int(stand.database.sql(CONNECTIONS))


def _follow(site: servers.Keyturn, deployment: str, session: str, lines: ExitStack) -> int:
    line = lines.enter_context(socket.create_connection(("127.0.0.1", site.port), timeout=30))
    head = [f"GET /live/deployments/{deployment}/?after=0 HTTP/1.1", f"Host: 127.0.0.1:{site.port}"]
    line.sendall("\r\n".join([*head, f"Cookie: {SESSION}={session}", "", ""]).encode())
    answer = http.client.HTTPResponse(line)
    lines.callback(answer.close)
    answer.begin()
    return answer.status


def _threads(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("Threads:")[2].split()[0])
