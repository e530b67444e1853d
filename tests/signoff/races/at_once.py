"""Several people act at the same moment, each in a thread with a connection of its own."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from django.db import connection

from apps.accounts.models import User
from apps.core.errors import Refusal
from apps.deployments import commands as deployments
from apps.deployments.models import Item
from apps.signoff.rules import content_digest
from tests import cast as casting
from tests.cast import again, proof

Act = Callable[[], object]


class Crowd:
    """So many threads, each with a connection that stays open until all of it is over."""

    def __init__(self, size: int) -> None:
        self.start = threading.Barrier(size)
        self.threads = ThreadPoolExecutor(size)
        self.size = size

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        self.at_once(*[lambda: connection.close()] * self.size)  # of the thread that it runs in
        self.threads.shutdown()

    def at_once(self, *acts: Act) -> list[Any]:
        """What each act returned, or the refusal it met; anything else fails the test."""
        return [each.result() for each in [self.threads.submit(self._run, act) for act in acts]]

    def _run(self, act: Act) -> object:
        self.start.wait()  # so that each thread takes one of them
        try:
            return act()
        except Refusal as refusal:
            return refusal


def at_once(*acts: Act) -> list[Any]:
    """What each act returned, or the refusal it met; anything else fails the test."""
    with Crowd(len(acts)) as crowd:
        return crowd.at_once(*acts)


def signing(item: Item, by: User, *, intent: UUID | None = None, slot: int = 0) -> Act:
    """Turning a key as a page does that was opened a moment ago."""
    now = casting.load(item)
    shown = content_digest(now.content(pinned=now.run_to_pin))
    person = again(by)
    intent, slot = intent or uuid.uuid4(), slot or len(now.sign_off.turned) + 1
    return lambda: deployments.sign_item(now, by=person, proof=proof(person), shown=shown, intent=intent, slot=slot)


def refusals(ends: list[Any]) -> list[Refusal]:
    """Those acts of them that were refused."""
    return [end for end in ends if isinstance(end, Refusal)]
