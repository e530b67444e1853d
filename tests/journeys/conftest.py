"""A whole Keyturn, started as people start it, and a browser."""

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, expect, sync_playwright

from tests import servers
from tests.journeys.person import PATIENCE, Person, Wire
from tests.journeys.staged import ask
from tests.journeys.standing import Stand

CHROMIUM = "/usr/bin/chromium"
expect.set_options(timeout=PATIENCE)
# Pages live for seconds: what V8 compiles beside them for the hundredth call costs more than it saves.
ENGINE = "--js-flags=--no-opt --no-maglev --single-threaded"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", ENGINE]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless. For stories only: while it runs, an event loop runs, and Django's ORM refuses."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Iterator[Browser]:
    """The same for the stories of a file; at its end nobody has a page open any more."""
    yield chromium
    for context in chromium.contexts:
        context.close()


class Health(http.server.BaseHTTPRequestHandler):
    """A service that says it is well, for probes."""

    def do_GET(self) -> None:
        """Answer every address alike."""
        body = b'{"status": "healthy"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output to itself."""


@pytest.fixture
def target() -> Iterator[int]:
    """The port of a service that probes may ask."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Health)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="package")
def standing(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[Stand]:
    """One Keyturn for all stories that need nothing of its environment: each start costs seconds of CPU time."""
    stand = Stand(tmp_path_factory.mktemp("kt"), engine)
    try:
        yield stand.start()
    finally:
        stand.stop()


@pytest.fixture(scope="module")
def stand(standing: Stand) -> Stand:
    """A Keyturn without people for the stories of a file: on the embedded default, or on PostgreSQL and Redis."""
    ask(standing.site, "start_over")
    standing.printed_before = len(standing.site.output)
    return standing


@pytest.fixture(scope="module")
def team(stand: Stand) -> SimpleNamespace:
    """Its people on the wire, `ids` of people, `items` by number, and all else that was `staged`."""
    staged = ask(stand.site, "stage")
    people = {name: Wire(stand.site, session) for name, session in staged["sessions"].items()}
    chosen = {"staged": staged, "ids": staged["people"], "items": staged["items"], "sessions": staged["sessions"]}
    return SimpleNamespace(**chosen, **people)


@pytest.fixture
def site(tmp_path: Path, target: int, engine: str) -> Iterator[servers.Keyturn]:
    """An empty Keyturn on the engine of this run, whose probes may ask `target`."""
    stand = Stand(tmp_path, engine, KEYTURN_PROBE_ALLOW=f"127.0.0.1:{target}")
    try:
        yield stand.start().site
    finally:
        stand.stop()


@pytest.fixture
def sit(stand: Stand, team: SimpleNamespace, browser: Browser) -> Iterator[Callable[..., Person]]:
    """Somebody sits down at a browser; at the end no script of a stranger ran in it and nothing was blocked."""
    seated: list[Person] = []

    def down(who: str, **how: Any) -> Person:
        person = Person(browser, stand.site, session=team.sessions[who], **how)

        def dismissed(dialog: Dialog) -> None:
            person.errors.append(dialog.message)
            dialog.dismiss()

        person.page.on("dialog", dismissed)
        seated.append(person)
        return person

    yield down
    errors = [person.errors for person in seated]
    for person in seated:
        person.context.close()
    assert errors == [[]] * len(seated)
