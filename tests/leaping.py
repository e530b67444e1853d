"""An event loop whose time leaps to the next timer: waiting takes no time, and a busy machine is late for nothing.

For coroutines that wait for each other and for timers alone, not for sockets, threads or processes.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class LeapingLoop(asyncio.SelectorEventLoop):
    """Its clock begins at 0 and moves only when everything waits, by exactly as much as the next timer needs."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Leap(self))

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self.now


class _Leap(selectors.DefaultSelector):
    def __init__(self, loop: LeapingLoop) -> None:
        super().__init__()
        self.loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("Everything waits, and no timer will ever end it.")
        self.loop.now += max(timeout, 0)
        return super().select(0)


def run(story: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, as asyncio.run does, in time that leaps."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(story)
