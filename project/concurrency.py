"""How many heavy reads run concurrently, so that nobody's large pages hold up those of others.

A heavy read takes one of its person's slots, which count over all web processes, and one of the process. Who finds none
waits a moment, and is asked to come again after that. So many threads wait and no more, for others are left to what is
light; who waits with most of them gives way to who comes with fewer.
"""

import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Condition
from typing import Any

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from apps.core.errors import TooMany
from apps.core.fairness import crowder, first_in_turn
from apps.core.http import HEAVY, refuse, weight_of

from . import broker

SLOTS_PER_PERSON = 2  # heavy reads of one person at once, over all processes
SHARE = 3  # of the threads of a process one third reads what is heavy
SPARE = 2  # times as many threads as there are slots read it or wait for it; the others are left to what is light
WAIT_SECONDS = 0.5  # that somebody waits for a slot
POLL_SECONDS = 0.05  # between two questions to the broker
EXPIRY_SECONDS = 60  # after which a slot is free again, should its process have ended
MINE = f"You are loading {SLOTS_PER_PERSON} large pages at once, and one more would keep others waiting."
OTHERS = "Many large pages are being loaded here just now."


@dataclass(eq=False)
class Waiter:
    """A thread that waits for a slot for its person."""

    person: Hashable
    is_served: bool = False
    gave_way: bool = False


class ConcurrencyLimit:
    """The slots of this process. `threads` is how many threads make its pages."""

    def __init__(self, threads: int) -> None:
        self.slots = max(1, threads // SHARE)
        self.held: Counter[Hashable] = Counter()  # slots by person
        self.waiting: list[Waiter] = []
        self.changed = Condition()

    @contextmanager
    def slot(self, person: Hashable, *, everywhere: bool) -> Iterator[None]:
        """A slot for one heavy read of `person`, where `everywhere` one of those that all processes share as well.

        Raises TooMany where none is free in time.
        """
        until = time.monotonic() + WAIT_SECONDS
        self._acquire(person, until)
        shared = None
        try:
            shared = shared_slot(person, until) if everywhere else None
            yield
        finally:
            self._release(person)
            if shared:
                broker.release_slot(settings.KEYTURN_REDIS_URL, *shared)

    def _acquire(self, person: Hashable, until: float) -> None:
        with self.changed:
            me = Waiter(person, gave_way=not self._make_room(person))
            self.waiting.append(me)
            self._serve()
            while not me.is_served:
                left = until - time.monotonic()
                if left <= 0 or me.gave_way:
                    self.waiting.remove(me)
                    raise TooMany(self._refusal(person) or OTHERS)
                self.changed.wait(left)

    def _make_room(self, person: Hashable) -> bool:
        """Whether one more thread may be taken: where there is none, whoever has most gives up the last wait."""
        waiting = [each for each in self.waiting if not each.gave_way]
        if self.held.total() + len(waiting) < SPARE * self.slots:
            return True
        # Only a wait can be given up, so that of the others those who wait are counted, with the slots that they hold.
        waits = Counter((each.person,) for each in waiting)
        taken = waits + Counter({who: self.held[who[0]] for who in [*waits, (person,)]})
        crowding = crowder(taken, (person,))
        last = next((each for each in reversed(waiting) if (each.person,) == crowding), None)
        if last:
            last.gave_way = True
        return last is not None

    def _serve(self) -> None:
        """Give what is free to those who wait, first to who has least."""
        while True:
            may = [each for each in self.waiting if not (each.gave_way or self._refusal(each.person))]
            if not may:
                break
            turn = first_in_turn([(each.person,) for each in may], {(who,): count for who, count in self.held.items()})
            served = next(each for each in may if (each.person,) == turn)
            served.is_served = True
            self.waiting.remove(served)
            self.held[served.person] += 1
        self.changed.notify_all()

    def _release(self, person: Hashable) -> None:
        with self.changed:
            self.held[person] -= 1
            self.held += Counter()  # forgets whoever has none
            self._serve()

    def _refusal(self, person: Hashable) -> str:
        if self.held[person] >= SLOTS_PER_PERSON:
            return MINE
        return OTHERS if self.held.total() >= self.slots else ""


def shared_slot(person: Hashable, until: float) -> tuple[str, str] | None:
    """One of the slots that all processes share; None where the broker, which counts them, is away.

    Raises TooMany where none is free by `until`, a moment of time.monotonic().
    """
    names = [f"keyturn:heavy:{person}:{slot}" for slot in range(SLOTS_PER_PERSON)]
    while True:
        try:
            found = broker.acquire_slot(settings.KEYTURN_REDIS_URL, names, seconds=EXPIRY_SECONDS)
        except redis.RedisError:
            return None
        if found:
            return found
        if time.monotonic() >= until:
            raise TooMany(MINE)
        time.sleep(POLL_SECONDS)


class ConcurrencyLimitMiddleware:
    """Gives a heavy view its slot until it has answered, and answers 429 where there is none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.limit = ConcurrencyLimit(settings.KEYTURN_THREADS)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Make the answer, and release the slot that its view took."""
        with ExitStack() as held:
            request.held = held  # type: ignore[attr-defined]
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> HttpResponse | None:
        """Take a slot for a view that needs one."""
        weight = weight_of(view)
        if not weight:
            return None
        try:
            slot = self.limit.slot(request.user.pk, everywhere=weight == HEAVY)
            request.held.enter_context(slot)  # type: ignore[attr-defined]
        except TooMany as refusal:
            return refuse(request, refusal)
        return None
