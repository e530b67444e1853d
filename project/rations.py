"""What one person may have read at once, so that nobody's large pages hold up those of others.

A heavy read takes one of its person's places, which count over all web processes, and one of the process. Who finds
none waits a moment, as long as threads are left for everybody else, and is asked to come again after that.
"""

import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Condition
from typing import Any

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from apps.core.errors import TooMany
from apps.core.http import HEAVY, refuse, weight_of

from . import broker

MOST_OF_ONE = 2  # heavy reads of one person at once, over all processes
SHARE = 3  # of the threads of a process one third reads what is heavy, and one third may wait for that
MOMENT = 0.5  # seconds that somebody waits for a place
PAUSE = 0.05  # seconds between two looks
LONGEST = 60  # seconds after which a place is free again, should its process have ended
MINE = f"You are loading {MOST_OF_ONE} large pages at once, and one more would keep others waiting."
OTHERS = "Many large pages are being loaded here just now."


class Rations:
    """The places of this process. `threads` is how many threads make its pages."""

    def __init__(self, threads: int) -> None:
        self.most = max(1, threads // SHARE)
        self.of: Counter[Hashable] = Counter()  # heavy reads by person
        self.waiting = 0
        self.changed = Condition()

    @contextmanager
    def place(self, person: Hashable, *, everywhere: bool) -> Iterator[None]:
        """A place for one heavy read of `person`, where `everywhere` one of those that all processes share. TooMany."""
        until = time.monotonic() + MOMENT
        with self._waiter():
            self._take(person, until)
            try:
                shared = broker_place(person, until) if everywhere else None
            except TooMany:
                self._give_back(person)
                raise
        try:
            yield
        finally:
            self._give_back(person)
            if shared:
                broker.give_back(settings.KEYTURN_REDIS_URL, *shared)

    @contextmanager
    def _waiter(self) -> Iterator[None]:
        with self.changed:
            self.waiting += 1
        try:
            yield
        finally:
            with self.changed:
                self.waiting -= 1

    def _take(self, person: Hashable, until: float) -> None:
        with self.changed:
            while self._refusal(person):
                left = until - time.monotonic()
                if left <= 0 or self.waiting > self.most:
                    raise TooMany(self._refusal(person))
                self.changed.wait(left)
            self.of[person] += 1

    def _give_back(self, person: Hashable) -> None:
        with self.changed:
            self.of[person] -= 1
            self.of += Counter()  # forgets whoever has none
            self.changed.notify_all()

    def _refusal(self, person: Hashable) -> str:
        if self.of[person] >= MOST_OF_ONE:
            return MINE
        return OTHERS if self.of.total() >= self.most else ""


def broker_place(person: Hashable, until: float) -> tuple[str, str] | None:
    """One of the places that all processes share; None where the broker, which counts them, is away. TooMany."""
    names = [f"keyturn:heavy:{person}:{place}" for place in range(MOST_OF_ONE)]
    while True:
        try:
            found = broker.take_place(settings.KEYTURN_REDIS_URL, names, seconds=LONGEST)
        except redis.RedisError:
            return None
        if found:
            return found
        if time.monotonic() >= until:
            raise TooMany(MINE)
        time.sleep(PAUSE)


class RationMiddleware:
    """Gives a heavy view its place until it has answered, and answers 429 where there is none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.rations = Rations(settings.KEYTURN_THREADS)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Make the answer, and give back the place that its view took."""
        with ExitStack() as held:
            vars(request)["held"] = held
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> HttpResponse | None:
        """Take a place for a view that needs one."""
        weight = weight_of(view)
        if not weight:
            return None
        try:
            vars(request)["held"].enter_context(self.rations.place(request.user.pk, everywhere=weight == HEAVY))
        except TooMany as refusal:
            return refuse(request, refusal)
        return None
