"""The threads that make pages: bounded, started as needed, and without a database connection while they rest."""

import threading

import pytest
from django.db import connections

from project import processes, threads
from project.threads import Threads

ANYBODY = ("", "")  # network and session


def test_no_more_threads_than_allowed_and_no_more_than_needed() -> None:
    pool = Threads(2, "few")
    names = [pool.submit(ANYBODY, lambda: threading.current_thread().name).result(5) for _ in range(20)]
    assert set(names) <= {"few_0", "few_1"}
    gate = threading.Event()
    waiting = [pool.submit(ANYBODY, gate.wait, 5) for _ in range(5)]
    assert pool.started == 2
    gate.set()
    assert all(each.result(5) for each in waiting)


def test_an_error_is_the_answer_and_the_thread_goes_on() -> None:
    pool = Threads(1, "one")
    with pytest.raises(ZeroDivisionError):
        pool.submit(ANYBODY, lambda: 1 / 0).result(5)
    assert pool.submit(ANYBODY, lambda: 7).result(5) == 7


def test_what_was_cancelled_while_it_waited_is_not_begun() -> None:
    pool, gate, begun = Threads(1, "one"), threading.Event(), list[str]()
    first = pool.submit(ANYBODY, gate.wait, 5)
    second = pool.submit(ANYBODY, begun.append, "second")
    assert second.cancel()
    gate.set()
    first.result(5)
    assert pool.submit(ANYBODY, lambda: begun).result(5) == []


def test_a_thread_at_rest_gives_its_database_connections_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "IDLE_SECONDS", 0.05)
    closed: list[str] = []
    monkeypatch.setattr(type(connections), "close_all", lambda _: closed.append(threading.current_thread().name))
    pool = Threads(1, "one")
    pool.submit(ANYBODY, lambda: None).result(5)
    assert processes.wait_until(lambda: closed == ["one_0"], seconds=5)
    assert pool.submit(ANYBODY, lambda: 7).result(5) == 7
