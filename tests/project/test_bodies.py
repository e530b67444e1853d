"""How bodies arrive before a page is made: whole, in time, and not too many large ones at once."""

import asyncio

import pytest
from django.conf import settings
from django.test import override_settings

from project import bodies
from tests import leaping
from tests.clock import PATIENCE

LARGE = bodies.SMALL + 1


class Page:
    """Stands for the pages: notes each request that reached it, and answers 200."""

    def __init__(self):
        self.lengths, self.read = [], []

    async def __call__(self, scope, receive, send, body):
        self.lengths.append(dict(scope["headers"])[b"content-length"])
        self.read.append(body.read())
        await bodies.turn_down(send, 200, "done")


class Sender:
    """Sends pieces with a pause before each; without an end, it stops in the middle."""

    def __init__(self, *pieces, pause=0.0, is_whole=True, length=None, of=("", "")):
        self.left, self.pause, self.is_whole = list(pieces), pause, is_whole
        named = {b"transfer-encoding": b"chunked"} if length is None else {b"content-length": str(length).encode()}
        network, session = of
        fields = [(b"host", b"testserver"), (b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode())]
        self.scope = {"type": "http", "client": (network, 1), "headers": [*named.items(), *fields]}
        self.status = 0

    async def receive(self):
        await asyncio.sleep(self.pause)
        if not self.left:
            await asyncio.Event().wait()
        piece = self.left.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(self.left) or not self.is_whole}

    async def send(self, message):
        self.status = message.get("status", self.status)

    async def to(self, pages):
        await pages(self.scope, self.receive, self.send)
        return self.status


@pytest.fixture
def pages():
    return Page()


@pytest.mark.parametrize("length", [0, 1, bodies.SMALL, LARGE, 262_144, 786_437])
@pytest.mark.parametrize("is_announced", [True, False])
def test_a_page_reads_what_was_sent_and_knows_its_length(pages, length, is_announced):
    whole = bytes(n % 251 for n in range(length))
    pieces = [whole[at : at + 60_000] for at in range(0, length, 60_000)] or [b""]
    sender = Sender(*pieces, length=length if is_announced else None)
    assert leaping.run(sender.to(bodies.WholeRequests(pages))) == 200
    assert pages.read == [whole]
    assert pages.lengths == [str(length).encode()]


@pytest.mark.parametrize("length", [10, LARGE, None])
def test_a_body_that_stops_in_the_middle_is_answered_and_takes_no_thread(pages, monkeypatch, length):
    monkeypatch.setattr(bodies, "LONGEST_PAUSE", 0.05)
    sender = Sender(b"a=", is_whole=False, length=length)
    assert leaping.run(sender.to(bodies.WholeRequests(pages))) == 408
    assert pages.read == []


def test_a_body_may_take_longer_than_any_pause_as_long_as_it_comes(pages, monkeypatch):
    monkeypatch.setattr(bodies, "LONGEST_PAUSE", 1.0)
    sender = Sender(*[b"x"] * 6, pause=0.2, length=6)
    assert leaping.run(sender.to(bodies.WholeRequests(pages))) == 200


def test_a_body_that_comes_byte_by_byte_is_given_up_in_the_end(pages, monkeypatch):
    monkeypatch.setattr(bodies, "LONGEST_WAY", 0.2)
    sender = Sender(*[b"x"] * 1000, pause=0.01, length=1000)
    assert leaping.run(sender.to(bodies.WholeRequests(pages))) == 408
    assert pages.read == []


def test_half_a_request_is_no_request(pages):
    sender = Sender(b"a=1", None, length=10)
    assert leaping.run(sender.to(bodies.WholeRequests(pages))) == 0
    assert pages.read == []


def test_of_a_body_that_is_too_large_only_the_length_is_kept(pages, monkeypatch):
    monkeypatch.setattr(bodies, "AROUND_THE_FILE", 0)
    monkeypatch.setattr(bodies, "READ_ANYWAY", 20)
    endless = Sender(*[b"xxxx"] * 1000)
    with override_settings(KEYTURN_MAX_UPLOAD=10):
        assert leaping.run(endless.to(bodies.WholeRequests(pages))) == 200
    assert pages.read == [b""]
    assert pages.lengths == [b"20"]
    assert len(endless.left) == 995


async def beside_stuck_ones(sender, pages, stuck, sent=LARGE, length=LARGE + 1):
    others = [Sender(b"x" * sent, is_whole=False, length=length) for _ in range(stuck)]
    waiting = [asyncio.create_task(other.to(pages)) for other in others]
    await asyncio.sleep(0.05)
    try:
        return await asyncio.wait_for(sender.to(pages), PATIENCE)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def test_large_bodies_wait_for_each_other_and_small_ones_for_nobody(pages, monkeypatch):
    monkeypatch.setattr(bodies, "LARGE_AT_ONCE", 3)
    small, large = Sender(b"a=1", length=3), Sender(b"x" * LARGE, length=LARGE)
    assert leaping.run(beside_stuck_ones(small, bodies.WholeRequests(pages), stuck=5)) == 200
    assert leaping.run(beside_stuck_ones(large, bodies.WholeRequests(pages), stuck=2)) == 200
    monkeypatch.setattr(bodies, "LONGEST_WAY", 0.5)
    assert leaping.run(beside_stuck_ones(large, bodies.WholeRequests(pages), stuck=3)) == 408


@pytest.mark.parametrize("length", [LARGE, None])
def test_nobody_has_a_place_for_what_they_do_not_send(pages, monkeypatch, length):
    monkeypatch.setattr(bodies, "LARGE_AT_ONCE", 3)
    large = Sender(b"x" * LARGE, length=LARGE)
    assert leaping.run(beside_stuck_ones(large, bodies.WholeRequests(pages), stuck=5, sent=1, length=length)) == 200


def test_who_has_a_place_and_sends_byte_by_byte_loses_it(pages, monkeypatch):
    monkeypatch.setattr(bodies, "LONGEST_PAUSE", 0.3)
    dripping = Sender(b"x" * LARGE, *[b"x"] * 1000, pause=0.01)
    assert leaping.run(dripping.to(bodies.WholeRequests(pages))) == 408
    assert len(dripping.left) > 900
    steady = Sender(*[b"x" * bodies.LEAST] * 5, pause=0.1)
    assert leaping.run(steady.to(bodies.WholeRequests(pages))) == 200


@pytest.mark.parametrize("of", [("10.0.0.7", "t"), ("10.0.0.9", "t")])
def test_who_floods_with_large_bodies_gives_way_to_who_sends_one(pages, monkeypatch, of):
    """Also to another session of the same network; sessions that are made up do not count as others elsewhere."""
    monkeypatch.setattr(bodies, "LARGE_AT_ONCE", 4)

    async def story():
        made = bodies.WholeRequests(pages)
        flood = [Sender(b"x" * LARGE, is_whole=False, length=LARGE + 1, of=("10.0.0.9", "f")) for _ in range(20)]
        waiting = [asyncio.create_task(each.to(made)) for each in flood]
        await asyncio.sleep(0.05)
        other = Sender(b"x" * LARGE, length=LARGE, of=of)
        assert await asyncio.wait_for(other.to(made), PATIENCE) == 200
        statuses = [each.status for each in flood]
        assert (statuses.count(429), statuses.count(0)) == (1, 19)
        assert len(made.places.taken) == 4
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert (made.places.taken, made.places.waiting) == ([], [])

    leaping.run(story())


def test_made_up_sessions_of_one_network_are_one_to_others(pages, monkeypatch):
    monkeypatch.setattr(bodies, "LARGE_AT_ONCE", 4)

    async def story():
        made = bodies.WholeRequests(pages)
        flood = [
            Sender(b"x" * LARGE, is_whole=False, length=LARGE + 1, of=(f"2001:db8::{n:x}", str(n))) for n in range(20)
        ]
        waiting = [asyncio.create_task(each.to(made)) for each in flood]
        await asyncio.sleep(0.05)
        assert await asyncio.wait_for(Sender(b"x" * LARGE, length=LARGE, of=("10.0.0.7", "")).to(made), PATIENCE) == 200
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    leaping.run(story())


def test_who_signed_in_shares_with_nobody_who_makes_up_sessions_behind_the_same_address(pages, monkeypatch):
    """Behind a proxy that is not named everybody has its address."""
    monkeypatch.setattr(bodies, "LARGE_AT_ONCE", 4)
    monkeypatch.setattr(bodies, "sender", lambda scope: scope["who"])

    async def story():
        made = bodies.WholeRequests(pages)
        flood = [Sender(b"x" * LARGE, is_whole=False, length=LARGE + 1) for _ in range(20)]
        for n, sends in enumerate(flood):
            sends.scope["who"] = ("10.0.0.9", str(n))
        waiting = [asyncio.create_task(each.to(made)) for each in flood]
        await asyncio.sleep(0.05)
        for person in "ab":
            other = Sender(b"x" * LARGE, length=LARGE)
            other.scope["who"] = (person, "")
            assert await asyncio.wait_for(other.to(made), PATIENCE) == 200
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    leaping.run(story())


def test_a_body_that_is_here_gives_way_to_nobody(monkeypatch):
    monkeypatch.setattr(bodies, "LARGE_AT_ONCE", 2)
    gate = asyncio.Event()

    async def page(scope, receive, send, body):
        await gate.wait()
        await bodies.turn_down(send, 200, "done")

    async def story():
        made = bodies.WholeRequests(page)
        own = [Sender(b"x" * LARGE, length=LARGE, of=("10.0.0.9", "f")) for _ in range(2)]
        other = Sender(b"x" * LARGE, length=LARGE, of=("10.0.0.7", "t"))
        tasks = [asyncio.create_task(each.to(made)) for each in (*own, other)]
        await asyncio.sleep(0.05)
        gate.set()
        assert await asyncio.gather(*tasks) == [200] * 3

    leaping.run(story())
