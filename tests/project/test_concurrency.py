"""Nobody's large pages hold up those of others: so many at once, counted over all web processes."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier, Event

import pytest
from django.conf import settings as of_the_tests
from django.http import HttpResponse
from django.urls import reverse

from apps.core.errors import TooMany
from project import broker as brokers
from project import concurrency
from project.concurrency import SLOTS_PER_PERSON, ConcurrencyLimit
from tests.cast import signed_in


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long."""
    monkeypatch.setattr(concurrency, "WAIT_SECONDS", 0.02)
    monkeypatch.setattr(concurrency, "POLL_SECONDS", 0.005)


def take(which: ConcurrencyLimit, person: str, *, times: int, held: ExitStack, everywhere: bool = False) -> None:
    for _ in range(times):
        held.enter_context(which.slot(person, everywhere=everywhere))


def test_one_person_has_so_many_slots_and_others_have_theirs():
    here = ConcurrencyLimit(threads=12)
    with ExitStack() as held:
        take(here, "aude", times=SLOTS_PER_PERSON, held=held)
        with pytest.raises(TooMany, match="You are loading 2 large pages"):
            take(here, "aude", times=1, held=held)
        take(here, "mika", times=1, held=held)
    with ExitStack() as held:
        take(here, "aude", times=SLOTS_PER_PERSON, held=held)
    assert not here.held
    assert not here.waiting


def test_a_process_leaves_most_of_its_threads_to_what_is_light():
    here = ConcurrencyLimit(threads=12)
    with ExitStack() as held:
        for person in ("aude", "mika"):
            take(here, person, times=SLOTS_PER_PERSON, held=held)
        with pytest.raises(TooMany, match="Many large pages are being loaded"):
            take(here, "lena", times=1, held=held)


def test_who_waits_gets_the_slot_that_is_released(monkeypatch):
    monkeypatch.setattr(concurrency, "WAIT_SECONDS", 10)
    here = ConcurrencyLimit(threads=3)
    with ThreadPoolExecutor(1) as threads, ExitStack() as held:
        with here.slot("aude", everywhere=False):
            waiting = threads.submit(lambda: take(here, "mika", times=1, held=held))
            while not here.waiting:
                Event().wait(0.001)
        waiting.result(timeout=10)
        assert here.held == {"mika": 1}


def begin_waiting(here: ConcurrencyLimit, threads: ThreadPoolExecutor, held: ExitStack, who: str) -> list[Future[None]]:
    """A thread that reads for each letter of `who`, one after the other; each has its slot until `held` is left."""
    begun = []
    for person in who:
        before = here.held.total() + len(here.waiting)
        begun.append(threads.submit(take, here, person, times=1, held=held))
        while here.held.total() + len(here.waiting) == before:
            Event().wait(0.001)
    return begun


def test_no_more_wait_than_there_are_threads_to_spare(monkeypatch):
    monkeypatch.setattr(concurrency, "WAIT_SECONDS", 10)
    here = ConcurrencyLimit(threads=3)
    with ThreadPoolExecutor(2) as threads, ExitStack() as held:
        waiting = begin_waiting(here, threads, held, "ab")
        with pytest.raises(TooMany):
            take(here, "c", times=1, held=held)
        here._release("a")
        waiting[1].result(timeout=10)
        here.held["a"] += 1


def test_who_floods_gives_way_to_who_comes_with_fewer(monkeypatch):
    """Everybody else waits as long as they would without the flood, and is served before the rest of it."""
    monkeypatch.setattr(concurrency, "WAIT_SECONDS", 10)
    here = ConcurrencyLimit(threads=12)
    with ThreadPoolExecutor(16) as threads, ExitStack() as held:
        flood = begin_waiting(here, threads, held, "ff" + "mm" + "ffff")
        third = threads.submit(take, here, "t", times=1, held=held)
        with pytest.raises(TooMany, match="You are loading 2 large pages"):
            flood[-1].result(timeout=10)
        assert [each.done() for each in flood[4:-1]] == [False] * 3
        assert not third.done()
        here._release("f")
        third.result(timeout=10)
        assert here.held == {"f": 1, "m": 2, "t": 1}
        here.held["f"] += 1
        with here.changed:
            for each in here.waiting:
                each.gave_way = True
            here.changed.notify_all()


def test_seven_tabs_of_one_person_wait_for_each_other(monkeypatch):
    monkeypatch.setattr(concurrency, "WAIT_SECONDS", 10)
    here = ConcurrencyLimit(threads=12)
    begin = Barrier(7)

    def tab(_: int) -> None:
        begin.wait(10)
        with here.slot("aude", everywhere=False):
            Event().wait(0.002)

    with ThreadPoolExecutor(7) as threads:
        list(threads.map(tab, range(7)))
    assert not here.held
    assert not here.waiting


@pytest.fixture
def counting(broker: object) -> Iterator[None]:
    """A broker that counts; the client of another test's is forgotten."""
    brokers._shared.cache_clear()
    yield
    brokers._shared(of_the_tests.KEYTURN_REDIS_URL).flushall()
    brokers._shared.cache_clear()


@pytest.mark.usefixtures("counting")
def test_the_slots_of_a_person_count_over_all_processes():
    one, other = ConcurrencyLimit(threads=12), ConcurrencyLimit(threads=12)
    with ExitStack() as held:
        take(one, "aude", times=SLOTS_PER_PERSON, held=held, everywhere=True)
        with pytest.raises(TooMany):
            take(other, "aude", times=1, held=held, everywhere=True)
        assert not other.held
        take(other, "aude", times=1, held=held)
        take(other, "mika", times=1, held=held, everywhere=True)
    with ExitStack() as held:
        take(other, "aude", times=SLOTS_PER_PERSON, held=held, everywhere=True)


@pytest.mark.usefixtures("counting")
def test_a_slot_that_ran_out_is_not_taken_from_whoever_has_it_now():
    url = of_the_tests.KEYTURN_REDIS_URL
    first = brokers.acquire_slot(url, ["one"], seconds=60)
    brokers._shared(url).delete("one")
    second = brokers.acquire_slot(url, ["one"], seconds=60)
    brokers.release_slot(url, *first)
    assert brokers.acquire_slot(url, ["one"], seconds=60) is None
    brokers.release_slot(url, *second)
    assert brokers.acquire_slot(url, ["one"], seconds=60)
    assert 0 < brokers._shared(url).ttl("one") <= 60


def test_without_a_broker_each_process_counts_for_itself(settings, tmp_path):
    settings.KEYTURN_REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    one, other = ConcurrencyLimit(threads=12), ConcurrencyLimit(threads=12)
    with ExitStack() as held:
        take(one, "aude", times=SLOTS_PER_PERSON, held=held, everywhere=True)
        take(other, "aude", times=SLOTS_PER_PERSON, held=held, everywhere=True)
        with pytest.raises(TooMany):
            take(one, "aude", times=1, held=held, everywhere=True)


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every slot is taken."""
    monkeypatch.setattr(ConcurrencyLimit, "_refusal", lambda self, person: concurrency.MINE)


@pytest.mark.django_db
@pytest.mark.usefixtures("full")
def test_who_is_refused_is_told_why_and_the_page_comes_again_by_itself(stage):
    history = reverse("deployments:history", args=["pay", stage.deployment.number])
    answer = signed_in(stage.auditor).get(history)
    assert answer.status_code == 429
    assert (answer.headers["Retry-After"], answer.headers["Refresh"]) == ("2", "2")
    assert "one more would keep others waiting. Wait 2 seconds, then load it again." in answer.content.decode()
    part = signed_in(stage.auditor).get(history, headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["Retry-After"], part.headers["HX-Retarget"]) == (429, "2", "#notices")
    assert "Refresh" not in part.headers
    item = reverse("deployments:item", args=["pay", stage.deployment.number, 1])
    assert signed_in(stage.auditor).get(item).status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("full")
def test_a_text_that_was_typed_is_shown_again_and_sent_by_hand(stage):
    answer = signed_in(stage.member).post(reverse("imports:start_import", args=["pay"]), {"text": "- [ ] my words"})
    assert answer.status_code == 429
    assert "my words" in answer.content.decode()
    assert "Refresh" not in answer.headers


@pytest.mark.django_db
def test_a_slot_is_released_whatever_becomes_of_the_page(stage, monkeypatch):
    history = reverse("deployments:history", args=["pay", stage.deployment.number])
    client = signed_in(stage.auditor)
    client.raise_request_exception = False
    monkeypatch.setattr("apps.boards.selectors.history_page", lambda *a, **o: 1 / 0)
    assert [client.get(history).status_code for _ in range(SLOTS_PER_PERSON + 2)] == [500] * (SLOTS_PER_PERSON + 2)
    monkeypatch.undo()
    assert client.get(history).status_code == 200


def test_readers_at_once_are_never_more_than_the_slots():
    here, most, begin = ConcurrencyLimit(threads=12), 0, Barrier(8)

    def read(person: str) -> HttpResponse | None:
        nonlocal most
        begin.wait(10)
        try:
            with here.slot(person, everywhere=False):
                most = max(most, here.held.total())
        except TooMany:
            return None
        return None

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(read, "aabbccdd"))
    assert most <= here.slots
    assert not here.held
