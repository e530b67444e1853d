"""Every run of tests is looked through for planted secrets (tests/canaries.py) and fails if one was found."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.db.backends.signals import connection_created
from django.test import Client

from tests import canaries
from tests.canaries import SEARCH


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What a test printed and logged."""
    for _, text in report.sections:
        SEARCH.search_text("output", text, report.nodeid)


@pytest.fixture(scope="session", autouse=True)
def canaries_are_found_nowhere() -> Iterator[None]:
    """Look through what tests write and see, from the first to the last, and fail if a planted secret was in it."""

    def watch(connection: Any, **_: Any) -> None:
        if canaries.search_write not in connection.execute_wrappers:
            # First: whoever adds one for a while takes the last one off.
            connection.execute_wrappers.insert(0, canaries.search_write)

    def request(client: Client, **asked: Any) -> Any:
        answer = ask(client, **asked)
        if not answer.streaming:
            SEARCH.search_text("pages", f"{answer.headers}\n{answer.content.decode(answer.charset, 'replace')}")
        return answer

    ask: Any = Client.request
    Client.request = request  # type: ignore[method-assign, assignment]
    for connection in connections.all():
        watch(connection)
    connection_created.connect(watch, weak=False, dispatch_uid="tests.canaries")
    yield
    Client.request = ask  # type: ignore[method-assign]
    assert not SEARCH.hits, SEARCH.summary()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say where was looked."""
    terminalreporter.write_line(SEARCH.summary())
